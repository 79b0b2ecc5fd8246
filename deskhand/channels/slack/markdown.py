"""Markdown, as a model writes it, to Slack's own format.

Half-written Markdown (an open fence, half a table) is taken as it comes: while an answer is being written, that is what
there is. Raw HTML stays text, images become links, and no text is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from deskhand.channels.slack.inline import inline
from deskhand.channels.slack.richtext import (
    Block,
    Part,
    clean,
    code_pieces,
    header,
    merged,
    pieces,
    preformatted,
    section,
    spoken,
    text_of,
)
from deskhand.channels.slack.tables import table, with_whole_rows

NESTING = 60
INDENT = 8

_UNSAFE = re.compile(r"[ \"<>\\^`{|}]")
_BEGUN_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^)\s]{0,300}\Z")
_TASK = re.compile(r"\[([ xX])\]\s")


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
    return " ".join(" ".join("".join(_words(part.body)) for part in parts(text)).split())


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
    last = _BEGUN_LINK.sub(r"\1", last)
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
                self._heading(inline(tokens[at + 1].children or []), int(token.tag[1]))
                return at + 3
            case "inline":
                self._paragraph(inline(token.children or []))
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
            body = preformatted(piece)
            self.done.append(Part({**body, "border": 1} if self.quotes else body, self.group, n > 0))

    def _table(self, tokens: Sequence[Token]) -> None:
        block, aligned = table(tokens)
        if block is not None:
            self.done.append(Part(block, self.group, aligned=aligned))
        else:
            self._preformatted(aligned)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING}).enable(["table", "strikethrough"])
    # Definitions would swallow "[1]: https://…" and make links of an answer's marks; a line "---" or "=" under a
    # paragraph that is being written would turn it into a heading; joining hides which characters were escaped.
    parser.disable(["reference", "lheading", "text_join"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.normalizeLink = _address  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda url: url  # type: ignore[method-assign, assignment]
    return parser


def _address(url: str) -> str:
    """An address as it was written, but for the characters that no address may have."""
    return _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", url.strip())


def _parse(text: str) -> list[Token]:
    tokens = _parser().parse(text)
    if all(token.type != "table_open" for token in tokens):
        return tokens
    return _parser().parse(with_whole_rows(text, tokens))


def _bold(element: Block) -> Block:
    return {**element, "style": {**element.get("style", {}), "bold": True}}


def _trimmed(elements: list[Block]) -> list[Block]:
    """Without white space at both ends."""
    while elements and not elements[0]["text"].strip():
        elements = elements[1:]
    while elements and not elements[-1]["text"].strip():
        elements = elements[:-1]
    return elements


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
