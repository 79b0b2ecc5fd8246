"""The pieces of Slack's rich text: inline elements, parts of a message, how long they are, and where they may be cut.

All text in them is literal, so nothing that somebody wrote can ping anybody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]
"""One of Slack's JSON objects: a block, an element of a rich text block, or one of its inline elements."""

PIECE = 1_800
"""Characters of text in one piece; a longer paragraph or code is cut between sentences or lines."""
PIECE_JSON = 3_500
"""The same, as JSON: many short words in bold are long as JSON."""
URL = 2_000
"""Characters of a link's address; a longer one is written out as text."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"\\^`{|}]+\Z", re.IGNORECASE)
_CUTS = (
    re.compile(r"\n\n(?!\n)"),
    re.compile(r"(?<=[.!?…])[\"”’)]*\s+|(?<=[。！？])|\n"),
    re.compile(r"\s+"),
)
_JOINED = re.compile(r"[\u0300-\u036f\u200d\ufe00-\ufe0f\u20d0-\u20f0\U0001f3fb-\U0001f3ff]")
_MARKS = (("code", "`"), ("strike", "~"), ("italic", "_"), ("bold", "*"))


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a message: an element of rich text or, as a header or a table, a block of its own.

    Parts of one `group` stay in one message where that can hold them all. One that `continues` goes on where the part
    before it was cut, a `tight` one belongs to the line above it. `aligned` is a table's text for where the table
    cannot stand, `spoken` what the notification says in place of the body.
    """

    body: Block
    group: int = 0
    continues: bool = False
    tight: bool = False
    aligned: str = ""
    spoken: str | None = None

    @property
    def kind(self) -> str:
        return str(self.body["type"])

    @property
    def rich(self) -> bool:
        """Whether it is an element of a rich text block, rather than a block."""
        return self.kind.startswith("rich_text_")

    @property
    def words(self) -> str:
        """The part as mrkdwn."""
        return said(self.body) if self.spoken is None else self.spoken


def clean(text: str) -> str:
    """The text as JSON and Slack take it: one kind of line end, no control characters, no lone surrogates."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def escape(text: str) -> str:
    """As it must stand in mrkdwn, where `<!channel>` would ping everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def linkable(url: str) -> bool:
    """Whether an address may be a link: http, https or mailto, and not endless."""
    return len(url) <= URL and _LINK.match(url) is not None


def text_of(text: str, **style: bool) -> Block:
    """An inline element of literal text; `style`: bold, italic, strike, code."""
    kept = {name: True for name, on in style.items() if on}
    return {"type": "text", "text": text, **({"style": kept} if kept else {})}


def link_of(url: str, text: str, **style: bool) -> Block:
    """An inline link that shows `text`, or its address without one; as text when the address is no link."""
    if not linkable(url):
        return text_of(f"{text} ({url})" if text and text != url else url, **style)
    return {**text_of(text or url, **style), "type": "link", "url": url}


def section(elements: Sequence[Block]) -> Block:
    return {"type": "rich_text_section", "elements": list(elements)}


def preformatted(text: str) -> Block:
    return {"type": "rich_text_preformatted", "elements": [text_of(text)]}


def header(text: str) -> Block:
    """A header block of at most 150 characters."""
    return {"type": "header", "text": {"type": "plain_text", "text": shorten(text, 150), "emoji": False}}


def shorten(text: str, most: int) -> str:
    """At most so many characters, cut after a word where there is one, with "…" when something is missing."""
    if len(text) <= most:
        return text
    head, space, _ = text[:most].rpartition(" ")
    return (head.rstrip() if space and len(head) > most // 2 else text[: most - 1]) + "…"


def size(value: Any) -> int:
    """Characters of its JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def merged(elements: Sequence[Block]) -> list[Block]:
    """Without empty ones, and neighbours of the same style as one."""
    done: list[Block] = []
    for each in elements:
        if not each["text"]:
            continue
        before = done[-1] if done else None
        if before is not None and {**before, "text": ""} == {**each, "text": ""} and each["type"] == "text":
            done[-1] = {**before, "text": before["text"] + each["text"]}
        else:
            done.append(each)
    return done


def pieces(elements: Sequence[Block]) -> Iterator[list[Block]]:
    """Runs of inline elements, none longer than a piece, cut between paragraphs, sentences or words where possible."""
    run: list[Block] = []
    text = weight = 0
    for element in elements:
        for each in _cut_up(element):
            if run and (text + len(each["text"]) > PIECE or weight + size(each) > PIECE_JSON):
                yield run
                run, text, weight = [], 0, 0
            run.append(each)
            text += len(each["text"])
            weight += size(each)
    if run:
        yield run


def cut(text: str, most: int = PIECE) -> Iterator[str]:
    """The text in pieces of at most `most` characters, whose concatenation it is."""
    while len(text) > most:
        at = _cut_at(text, most)
        yield text[:at]
        text = text[at:]
    yield text


def code_pieces(code: str, most: int = PIECE) -> Iterator[str]:
    """Code in pieces whose concatenation it is, of whole lines where these are not too long themselves."""
    held = ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", code):
        for at in range(0, len(line), most):
            stretch = line[at : at + most]
            if held and len(held) + len(stretch) > most:
                yield held
                held = ""
            held += stretch
    if held:
        yield held


def said(body: Block) -> str:
    """The same in mrkdwn, as the notification and a screen reader have it."""
    match body["type"]:
        case "header":
            return f"*{escape(body['text']['text'])}*"
        case "divider":
            return "———"
        case "context":
            return "\n".join(escape(each["text"]) for each in body["elements"])
        case "actions":
            return ""
        case "table":
            return "\n".join(" | ".join(_cell(cell) for cell in row) for row in body["rows"])
        case "rich_text_preformatted":
            return f"```\n{escape(''.join(each['text'] for each in body['elements'])).strip(chr(10))}\n```"
        case "rich_text_quote":
            return "\n".join(f"> {line}" for line in _inline(body["elements"]).split("\n"))
        case "rich_text_list":
            return _items(body)
    return _inline(body["elements"])


def _items(body: Block) -> str:
    indent, first = "    " * body.get("indent", 0), body.get("offset", 0) + 1
    marks = [f"{first + n}." if body["style"] == "ordered" else "•" for n in range(len(body["elements"]))]
    return "\n".join(
        f"{indent}{mark} {_inline(item['elements'])}" for mark, item in zip(marks, body["elements"], strict=True)
    )


def _cell(cell: Block) -> str:
    return escape(cell["text"]) if cell["type"] == "raw_text" else said(cell["elements"][0])


def _inline(elements: Sequence[Block]) -> str:
    return "".join(_marked(each) for each in elements)


def _marked(element: Block) -> str:
    """One inline element with its marks, which mrkdwn wants close around the words of one line."""
    style = element.get("style", {})
    lines = []
    for line in element["text"].split("\n"):
        core = line.strip()
        done = escape(core)
        for name, mark in _MARKS:
            done = f"{mark}{done}{mark}" if style.get(name) and core else done
        if element["type"] == "link" and core:
            done = f"<{escape(element['url']).replace('|', '%7C')}|{done.replace('|', '¦')}>"
        lead = line[: len(line) - len(line.lstrip())]
        lines.append(lead + done + line[len(lead) + len(core) :])
    return "\n".join(lines)


def _cut_up(element: Block) -> Iterator[Block]:
    """One element as several that are no longer than a piece each."""
    most = PIECE
    while most > 100 and size({**element, "text": element["text"][:most]}) > PIECE_JSON:
        most //= 2
    for text in cut(element["text"], most):
        yield {**element, "text": text}


def _cut_at(text: str, most: int) -> int:
    for pattern in _CUTS:
        ends = [found.end() for found in pattern.finditer(text, 0, most) if found.end() > most // 3]
        if ends:
            return ends[-1]
    at = most
    while at > most // 2 and (_JOINED.match(text[at]) or text[at - 1] == "\u200d"):
        at -= 1
    return at


def spoken(parts: Sequence[Part]) -> str:
    """Several parts as mrkdwn."""
    done = ""
    for part in parts:
        if not part.words:
            continue
        if done and not (part.continues and part.kind != "rich_text_preformatted"):
            done = done.rstrip("\n") + ("\n" if part.tight else "\n\n")
        done += part.words
    return done
