"""Markdown, as a model writes it, to Slack's own format.

Half-written Markdown (an open fence, half a table) is taken as it comes: while an answer is being written, that is what
there is. Raw HTML stays text, images become links, and no text is lost.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from deskhand.channels.slack.richtext import (
    Block,
    Part,
    clean,
    code_pieces,
    header,
    link_of,
    merged,
    pieces,
    preformatted,
    said,
    section,
    size,
    spoken,
    text_of,
)

NESTING = 60
INDENT = 8
TABLE_ROWS, TABLE_COLUMNS = 100, 20
TABLE_JSON, TABLE_TEXT, CELL = 8_000, 3_000, 1_800
COLUMN = 40
"""Characters up to which a column of aligned text is filled up with spaces."""

_URL = re.compile(r"https?://[^\s<>\"`{}|\\^]+", re.IGNORECASE)
_LEFT_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_TASK = re.compile(r"\[([ xX])\]\s")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_STYLES = {"strong_open": "bold", "em_open": "italic", "s_open": "strike"}


def parts(text: str) -> list[Part]:
    """What a text consists of, in order, each part short enough to move to a further message; [] without any text."""
    text = clean(text)
    tokens = _parse(text)
    if any(token.level >= NESTING - 1 for token in tokens):
        return _Reading().plainly(text)
    return _Reading().read(tokens)


def mrkdwn(text: str) -> str:
    """The text in Slack's mrkdwn, of any length, with nothing in it that pings: for `text` beside blocks."""
    return spoken(parts(text))


def plain(text: str) -> str:
    """The words of a text without any marks, in one line."""
    return " ".join("".join(_words(part.body)) for part in parts(text)).strip()


def for_stream(text: str) -> str:
    """Markdown as Slack's streams may have it: no `<!channel>` in it pings.

    The start of a longer text becomes the start of its result, so it may be given in any pieces.
    """
    return text.replace("<", "<\u2060")


def completed(text: str) -> str:
    """Half-written Markdown with its last bold, code or link closed, so that it does not flicker."""
    above, _, last = text.rpartition("\n")
    if above.count("```") % 2 or "```" in last:
        return text
    last = re.sub(r"!?\[([^\]\n]*)\]\([^)\s]*\Z", r"\1", last)
    for mark in ("`", "**"):
        if last.count(mark) % 2:
            last = last[: -len(mark)] if last.endswith(mark) else last + mark
    return text[: len(above) + 1] + last if "\n" in text else last


@dataclass(slots=True)
class _List:
    """A list that is being read: its number so far, and whether its next item still needs its bullet."""

    ordered: bool
    number: int
    fresh: bool = False


@dataclass(slots=True)
class _Reading:
    """A walk over the tokens of one text; `done` grows by the parts found."""

    done: list[Part] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    quotes: int = 0
    group: int = 0

    def read(self, tokens: Sequence[Token]) -> list[Part]:
        at = 0
        while at < len(tokens):
            at = self._one(tokens, at)
        return self.done

    def plainly(self, text: str) -> list[Part]:
        """Without any marks: for what is nested too deep to be meant."""
        self._paragraph([text_of(text.strip())])
        return self.done

    def _one(self, tokens: Sequence[Token], at: int) -> int:
        token = tokens[at]
        if not self.lists:
            self.group += token.level == 0 and token.nesting >= 0 and token.type != "inline"
        match token.type:
            case "heading_open":
                self._heading(_inline(tokens[at + 1].children or []), int(token.tag[1]))
                return at + 3
            case "inline":
                self._paragraph(_inline(token.children or []))
            case "fence" | "code_block":
                self._code(token)
            case "hr" if not self.lists and not self.quotes:
                self.done.append(Part({"type": "divider"}, self.group))
            case "table_open":
                end = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
                self._table(tokens[at : end + 1])
                return end + 1
            case _:
                self._container(token)
        return at + 1

    def _container(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self.lists.append(_List(False, 0))
            case "ordered_list_open":
                self.lists.append(_List(True, int(token.attrs.get("start", 1)) - 1))
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self.lists[-1].fresh = True
                self.lists[-1].number += 1
                self.group += len(self.lists) == 1
            case "blockquote_open":
                self.quotes += 1
            case "blockquote_close":
                self.quotes -= 1

    def _heading(self, elements: list[Block], level: int) -> None:
        text = "".join(each["text"] for each in elements).strip()
        simple = all(each["type"] == "text" and not each.get("style", {}).get("code") for each in elements)
        if not text:
            return
        if simple and len(text) <= 150 and level <= 3 and not self.lists and not self.quotes:
            self.done.append(Part(header(" ".join(text.split())), self.group))
        else:
            self._paragraph([_bold(each) for each in elements])

    def _paragraph(self, elements: list[Block]) -> None:
        elements = _trimmed(merged(elements))
        if not elements:
            return
        fresh = bool(self.lists) and self.lists[-1].fresh
        if self.quotes > 1:
            elements = [text_of("> " * (self.quotes - 1)), *elements]
        for n, piece in enumerate(pieces(merged(elements))):
            self.done.append(Part(self._body(piece, fresh and n == 0), self.group, n > 0, self._tight()))
        if fresh:
            self.lists[-1].fresh = False

    def _body(self, elements: list[Block], fresh: bool) -> Block:
        if fresh:
            return self._item(elements)
        return {"type": "rich_text_quote", "elements": elements} if self.quotes else section(elements)

    def _item(self, elements: list[Block]) -> Block:
        box = self.lists[-1]
        if task := _TASK.match(elements[0]["text"]):
            mark = "☐ " if task[1] == " " else "☑ "
            elements = [{**elements[0], "text": mark + elements[0]["text"][task.end() :]}, *elements[1:]]
        body: Block = {"type": "rich_text_list", "style": "ordered" if box.ordered else "bullet"}
        body["elements"] = [section(elements)]
        body["indent"] = min(len(self.lists) - 1, INDENT)
        if box.ordered and box.number > 1:
            body["offset"] = box.number - 1
        if self.quotes:
            body["border"] = 1
        return body

    def _tight(self) -> bool:
        return bool(self.lists)

    def _code(self, token: Token) -> None:
        code = token.content.strip("\n") if not token.content.strip() else token.content.rstrip("\n")
        if len(token.info.split()) > 1:
            code = f"{token.info.strip()}\n{code}"
        if code.strip():
            self._preformatted(code)

    def _preformatted(self, code: str) -> None:
        for n, piece in enumerate(code_pieces(code)):
            body = preformatted(piece or " ")
            self.done.append(Part({**body, "border": 1} if self.quotes else body, self.group, n > 0))

    def _table(self, tokens: Sequence[Token]) -> None:
        rows = list(_rows(tokens))
        aligns = [_alignment(token) for token in tokens if token.type == "th_open"]
        words = [["".join(each["text"] for each in cell) for cell in row] for row in rows]
        body: Block = {
            "type": "table",
            "rows": [[_cell(cell) for cell in row] for row in rows],
            "column_settings": [{"align": each, "is_wrapped": True} for each in aligns],
        }
        if _fits(body, words):
            self.done.append(Part(body, self.group, aligned=_aligned(words, aligns)))
        else:
            self._preformatted(_aligned(words, aligns))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING}).enable(["table", "strikethrough"])
    # Definitions would swallow "[1]: https://…" and make links of an answer's marks; a line "---" or "=" under a
    # paragraph that is being written would turn it into a heading; joining hides which characters were escaped.
    parser.disable(["reference", "lheading", "text_join"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def _parse(text: str) -> list[Token]:
    tokens = _parser().parse(text)
    if all(token.type != "table_open" for token in tokens):
        return tokens
    lines = text.split("\n")
    for at, token in enumerate(tokens):
        if token.type == "table_open" and token.map:
            columns = _columns(tokens, at)
            for n in range(token.map[0], min(token.map[1], len(lines))):
                lines[n] = _escaped_row(lines[n], columns)
    return _parser().parse("\n".join(lines))


def _columns(tokens: Sequence[Token], at: int) -> int:
    count = 0
    for token in tokens[at:]:
        if token.type == "thead_close":
            break
        count += token.type == "th_open"
    return count


def _escaped_row(line: str, columns: int) -> str:
    """A row whose pipes in code, and those beyond the last column, do not begin a cell."""
    line = _CODE_SPAN.sub(lambda found: re.sub(r"(?<!\\)\|", r"\\|", found[0]), line)
    bars = [found.start() for found in re.finditer(r"(?<!\\)\|", line)]
    lead = bool(bars) and not line[: bars[0]].strip(" \t>")
    inner = bars[columns - 1 + lead :]
    if inner and not line[inner[-1] + 1 :].strip():
        inner = inner[:-1]
    if not inner or not line[inner[0] :].strip(" \t|"):
        return line
    for bar in reversed(inner):
        line = f"{line[:bar]}\\{line[bar:]}"
    return line


def _inline(tokens: Sequence[Token]) -> list[Block]:
    """Inline tokens as rich text elements."""
    done: list[Block] = []
    style: dict[str, bool] = {}
    url = ""
    for token in tokens:
        if token.type in _STYLES:
            style = {**style, _STYLES[token.type]: True}
        elif token.type in {"strong_close", "em_close", "s_close"}:
            style = {**style, _STYLES[token.type.replace("close", "open")]: False}
        elif token.type == "link_open":
            url, begun = str(token.attrs.get("href", "")), len(done)
        elif token.type == "link_close":
            done[begun:] = _linked(done[begun:], url, str(token.attrs.get("title", "")))
            url = ""
        else:
            done += _leaf(token, style, bool(url))
    return merged(done)


def _linked(shown: list[Block], url: str, title: str) -> list[Block]:
    if not url:
        return shown
    words = "".join(each["text"] for each in shown)
    whole = [link_of(url, each["text"], **each.get("style", {})) for each in merged(shown)] or [link_of(url, "")]
    if whole[0]["type"] == "link":
        return whole
    return shown if words in {url, ""} and words else [*shown, text_of(f" ({url})" if words else url)]


def _leaf(token: Token, style: dict[str, bool], linked: bool) -> list[Block]:
    match token.type:
        case "softbreak" | "hardbreak":
            return [text_of("\n", **style)]
        case "code_inline":
            return [text_of(token.content, **style, code=True)]
        case "image":
            alt = "".join(each["text"] for each in _inline(token.children or []))
            return [text_of(alt, **style)] if linked and alt else [link_of(str(token.attrs["src"]), alt, **style)]
        case "text":
            return [text_of(token.content, **style)] if linked else list(_texts(token.content, style))
    return [text_of(token.content, **style)]


def _texts(text: str, style: dict[str, bool]) -> Iterator[Block]:
    """Text with its bare addresses as links, and as bold what Markdown leaves alone in "**Note:**text"."""
    at = 0
    for found in _LEFT_BOLD.finditer(text):
        yield from _with_links(text[at : found.start()], style)
        yield from _with_links(found[1], {**style, "bold": True})
        at = found.end()
    yield from _with_links(text[at:], style)


def _with_links(text: str, style: dict[str, bool]) -> Iterator[Block]:
    at = 0
    for found in _URL.finditer(text):
        url = _bare(found[0])
        yield text_of(text[at : found.start()], **style)
        yield link_of(url, url, **style)
        at = found.start() + len(url)
    yield text_of(text[at:], **style)


def _bare(url: str) -> str:
    """An address without the punctuation of the sentence around it."""
    while True:
        last = url[-1]
        if last not in ".,:;!?'\"*_~…" and not url.count(last) > url.count({")": "(", "]": "["}.get(last, last)):
            return url
        url = url[:-1]


def _bold(element: Block) -> Block:
    return {**element, "style": {**element.get("style", {}), "bold": True}}


def _trimmed(elements: list[Block]) -> list[Block]:
    """Without white space at both ends."""
    while elements and not elements[0]["text"].strip():
        elements = elements[1:]
    while elements and not elements[-1]["text"].strip():
        elements = elements[:-1]
    return elements


def _rows(tokens: Sequence[Token]) -> Iterator[list[list[Block]]]:
    row: list[list[Block]] = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(_inline(token.children or []))
        elif token.type == "tr_close":
            yield row


def _alignment(token: Token) -> str:
    return str(token.attrs.get("style", "text-align:left")).removeprefix("text-align:")


def _cell(elements: list[Block]) -> Block:
    """A table's cell; Slack refuses one without any character."""
    if any(each["type"] != "text" or "style" in each for each in elements):
        return {"type": "rich_text", "elements": [section(elements)]}
    return {"type": "raw_text", "text": "".join(each["text"] for each in elements) or " "}


def _fits(body: Block, words: list[list[str]]) -> bool:
    return (
        len(words) <= TABLE_ROWS
        and len(words[0]) <= TABLE_COLUMNS
        and size(body) <= TABLE_JSON
        and len(said(body)) <= TABLE_TEXT
        and all(len(cell) <= CELL for row in words for cell in row)
    )


def _aligned(rows: list[list[str]], aligns: Sequence[str]) -> str:
    """A table as lines of text whose columns stand under each other in a fixed-width font."""
    widths = [min(COLUMN, max(_width(row[n]) for row in rows)) for n in range(len(rows[0]))]
    lines = [" | ".join(_padded(*each) for each in zip(row, widths, aligns, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-+-".join("-" * width for width in widths), *lines[1:]])


def _padded(text: str, width: int, align: str) -> str:
    room = max(0, width - _width(text))
    left = {"left": 0, "right": room}.get(align, room // 2)
    return " " * left + text + " " * (room - left)


def _width(text: str) -> int:
    """Columns that a text takes in a fixed-width font."""
    return sum(
        0 if unicodedata.combining(each) or each in "\u200d\ufe0f" else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def _words(body: Block) -> Iterator[str]:
    if "elements" in body:
        for each in body["elements"]:
            yield from _words(each)
    elif body["type"] == "table":
        for row in body["rows"]:
            for cell in row:
                yield from _words(cell)
                yield " "
    elif "text" in body:
        yield body["text"] if isinstance(body["text"], str) else body["text"]["text"]


__all__ = ["Part", "completed", "for_stream", "mrkdwn", "parts", "plain"]
