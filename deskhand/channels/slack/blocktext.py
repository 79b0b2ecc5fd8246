"""What a message's blocks say, as plain text; of our own answers without their sources, small print and buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from deskhand.channels.slack import wording

SMALL_PRINT = frozenset({"actions", "context", "context_actions"})
HEADER, STRONG, PLAIN, END = "header", "strong", "plain", "end"

Token = tuple[str, str]
"""A kind of text and the text itself; `END` stands where small print or buttons did."""

_MARKS = re.compile(r" ?(?:\[\d{1,3}\])+(?=[\s.,;:!?)]|$)")
_SOURCE = re.compile(r"\s*\[\d{1,3}\] ")
_BLANK_LINES = re.compile(r"\n{3,}")


def block_text(blocks: object) -> str:
    """What somebody else's blocks say; "" for what are none."""
    return _joined(text for kind, text in _tokens(blocks) if kind != END)


def answer_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """What an answer of ours says that stands in these messages, without the marks of its sources."""
    tokens: list[Token] = []
    for message in messages:
        here = list(_tokens(message.get("blocks")))
        tokens += here or [(PLAIN, _without_sources(str(message.get("text") or "")))]
        tokens.append((PLAIN, "\n\n"))
    return _MARKS.sub("", _joined(_answers_only(tokens)))


def _answers_only(tokens: Sequence[Token]) -> Iterator[str]:
    """Sources begin with their title in bold, before "[1] …", and go on to the small print or the next label."""
    titles = {wording.sources("en"), wording.sources("de")}
    in_sources = False
    for n, (kind, text) in enumerate(tokens):
        if kind in (HEADER, END):
            in_sources = False
        elif kind == STRONG and text.strip() in titles:
            after = next((each for _, each in tokens[n + 1 :] if each.strip()), "")
            in_sources = in_sources or _SOURCE.match(after) is not None
        if not in_sources and kind != END:
            yield text


def _without_sources(text: str) -> str:
    """The same for an answer whose blocks Slack did not take."""
    for title in (wording.sources("en"), wording.sources("de")):
        text = re.split(rf"\n+\*{re.escape(title)}\*\n+(?=\[\d)", text)[0]
    return text


def _joined(texts: Iterable[str]) -> str:
    return _BLANK_LINES.sub("\n\n", "".join(texts)).strip()


def _tokens(blocks: object) -> Iterator[Token]:
    for block in _objects(blocks):
        kind = block.get("type")
        if kind in SMALL_PRINT:
            yield END, ""
        elif kind == "rich_text":
            for element in _objects(block.get("elements")):
                yield from _rich(element)
        else:
            yield (HEADER if kind == "header" else PLAIN), "\n\n".join(_plain(block))
        yield PLAIN, "\n\n"


def _plain(block: Mapping[str, Any]) -> Iterator[str]:
    """The texts of a block that has no rich text."""
    match block.get("type"):
        case "markdown":
            yield str(block.get("text") or "")
        case "header" | "section":
            yield from (_words(each) for each in (block.get("text"), *_objects(block.get("fields"))) if each)
        case "table":
            rows = block.get("rows")
            for row in rows if isinstance(rows, list) else []:
                yield " | ".join(_cell(cell) for cell in _objects(row))
        case "image":
            yield str(block.get("alt_text") or "")


def _cell(cell: Mapping[str, Any]) -> str:
    if "elements" in cell:
        return _joined(text for each in _objects(cell["elements"]) for _, text in _rich(each))
    return str(cell.get("text") or "")


def _words(text: object) -> str:
    return str(text.get("text") or "") if isinstance(text, Mapping) else ""


def _rich(element: Mapping[str, Any], indent: str = "") -> Iterator[Token]:
    """An element of rich text, or one inline element of it."""
    kind = element.get("type")
    inner = list(_objects(element.get("elements")))
    if kind == "rich_text_list":
        for number, item in enumerate(inner, int(element.get("offset") or 0) + 1):
            mark = f"{number}. " if element.get("style") == "ordered" else "• "
            yield PLAIN, f"\n{'  ' * int(element.get('indent') or 0)}{mark}"
            yield from _rich(item)
        yield PLAIN, "\n"
    elif kind == "rich_text_preformatted":
        yield PLAIN, f"\n```\n{''.join(text for each in inner for _, text in _rich(each))}\n```\n"
    elif kind == "rich_text_quote":
        quoted = "".join(text for each in inner for _, text in _rich(each))
        yield PLAIN, "\n" + "\n".join(f"> {line}" for line in quoted.split("\n")) + "\n"
    elif inner:
        for each in inner:
            yield from _rich(each)
    else:
        strong = kind == "text" and element.get("style") == {"bold": True}
        yield (STRONG if strong else PLAIN), _inline(element)


def _inline(element: Mapping[str, Any]) -> str:
    match element.get("type"):
        case "text":
            return str(element.get("text") or "")
        case "link":
            url, text = str(element.get("url") or ""), str(element.get("text") or "")
            return f"{text} ({url})" if text and text != url else url
        case "user":
            return f"<@{element.get('user_id')}>"
        case "channel":
            return f"#{element.get('channel_id')}"
        case "broadcast":
            return f"@{element.get('range')}"
        case "emoji":
            return f":{element.get('name')}:"
        case "date":
            return str(element.get("fallback") or "")
    return ""


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
