"""What stands in a line of Markdown: text, styles and links, as elements of rich text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from deskhand.channels.slack.richtext import Block, link_of, linkable, merged, text_of

_URL = re.compile(r"https?://[^\s<>\"`{}|\\^]+", re.IGNORECASE)
_LEFT_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_STYLES = {"strong_open": "bold", "em_open": "italic", "s_open": "strike"}


def inline(tokens: Sequence[Token]) -> list[Block]:
    """The elements that the children of an inline token make, neighbours of one style as one."""
    done: list[Block] = []
    style: dict[str, bool] = {}
    opened: Token | None = None
    begun = 0
    for token in tokens:
        if token.type in _STYLES:
            style = {**style, _STYLES[token.type]: True}
        elif token.type in {"strong_close", "em_close", "s_close"}:
            style = {**style, _STYLES[token.type.replace("close", "open")]: False}
        elif token.type == "link_open":
            opened, begun = token, len(done)
        elif token.type == "link_close":
            done[begun:] = _linked(done[begun:], opened) if opened else done[begun:]
            opened = None
        else:
            done += _leaf(token, style, opened is not None)
    return merged(done)


def _linked(shown: list[Block], opened: Token) -> list[Block]:
    """What a link or an image shows, as links to its address, or followed by it when that may not be linked."""
    url, title = str(opened.attrs.get("href") or opened.attrs.get("src", "")), str(opened.attrs.get("title", ""))
    words = "".join(each["text"] for each in shown)
    behind = f" ({title})" if title and title != words else ""
    if linkable(url) or not words:
        done = [link_of(url, each["text"], **each.get("style", {})) for each in shown] or [link_of(url, "")]
        return [*done, text_of(behind)]
    return [*shown, text_of((f" ({url})" if url not in {"", words} else "") + behind)]


def _leaf(token: Token, style: dict[str, bool], linked: bool) -> list[Block]:
    match token.type:
        case "softbreak" | "hardbreak":
            return [text_of("\n", **style)]
        case "code_inline":
            return [text_of(token.content, **style, code=True)]
        case "image":
            alt = "".join(each["text"] for each in inline(token.children or []))
            if linked:
                return [text_of(alt or str(token.attrs["src"]), **style)]
            return _linked([text_of(alt, **style)] if alt else [], token)
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
