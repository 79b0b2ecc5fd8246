"""Parts of a text packed into messages, each within every limit that Slack has, and cut where it is least felt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from deskhand.channels.slack.richtext import (
    Block,
    Part,
    code_pieces,
    preformatted,
    section,
    shorten,
    size,
    spoken,
    text_of,
)

TEXT = 3_900
BLOCKS = 50
CHARACTERS = 12_000
"""All blocks of a message as JSON: Slack counts something between their text and this, and refuses about 13,200."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its `blocks`, and the `text` (mrkdwn) that notifications show, which says the same."""

    text: str
    blocks: list[Block]


@dataclass(slots=True)
class Page:
    """A message that is being filled. What it counts is never less than what Slack may count."""

    parts: list[Part] = field(default_factory=list)
    size: int = 0
    text: int = 0
    blocks: int = 0

    def takes(self, more: Sequence[Part]) -> bool:
        """Whether these fit in beside what is there."""
        return (
            self.size + sum(_size(part) for part in more) <= CHARACTERS
            and self.text + sum(_length(part) for part in more) <= TEXT
            and self.blocks + _blocks(more) <= BLOCKS
        )

    def add(self, more: Sequence[Part]) -> None:
        self.parts += more
        self.size += sum(_size(part) for part in more)
        self.text += sum(_length(part) for part in more)
        self.blocks += _blocks(more)

    @property
    def has_table(self) -> bool:
        return any(part.kind == "table" for part in self.parts)


def packed(done: Sequence[Part]) -> list[Message]:
    """The parts as messages, one at least. A group is only parted where it is longer than a whole message."""
    pages = [Page()]
    for group in _groups(done):
        if pages[-1].has_table:
            group = [each for part in group for each in without_table(part)]
        if not pages[-1].takes(group) and Page().takes(group):
            pages.append(Page())
        for part in group:
            if not pages[-1].takes([part]) and pages[-1].parts:
                pages.append(Page())
            pages[-1].add([part])
    return [message_of(page.parts) for page in pages]


def _groups(done: Sequence[Part]) -> Iterator[list[Part]]:
    """Parts that belong together; a heading belongs to what it stands over."""
    held: list[Part] = []
    for _, group in groupby(done, key=lambda part: part.group):
        held += group
        if held[-1].kind != "header":
            yield held
            held = []
    if held:
        yield held


def _size(part: Part) -> int:
    # Around a part there may be a rich text block of its own, and an empty line.
    return size(part.body) + 100


def _length(part: Part) -> int:
    return len(part.words) + 2


def _blocks(more: Sequence[Part]) -> int:
    """How many blocks they make at most, when blocks of other kinds stand around them."""
    return sum(1 if rich else len(list(run)) for rich, run in groupby(more, key=lambda part: part.rich))


def without_table(part: Part) -> Iterator[Part]:
    """The part, or a table's aligned text: a message can have one table block."""
    if part.kind != "table":
        yield part
        return
    for n, piece in enumerate(code_pieces(part.aligned)):
        yield Part(preformatted(piece), part.group, n > 0)


def message_of(done: Sequence[Part]) -> Message:
    """One message of parts that fit in it; its text is never empty."""
    return Message(shorten(spoken(done), TEXT) or "…", list(_assembled(done)))


def _assembled(done: Sequence[Part]) -> Iterator[Block]:
    for rich, run in groupby(done, key=lambda part: part.rich):
        if rich:
            yield {"type": "rich_text", "elements": _elements(list(run))}
        else:
            yield from (part.body for part in run)


def _elements(run: Sequence[Part]) -> list[Block]:
    """The elements of one rich text block, neighbours that belong together as one."""
    done: list[Block] = []
    group = -1
    for part in run:
        body = part.body
        if not done:
            done.append(body)
        elif not _joined(done, part, same=part.group == group):
            after_list = done[-1]["type"] == "rich_text_list" and part.kind == "rich_text_section"
            done.append(section([text_of("\n"), *body["elements"]]) if after_list else body)
        group = part.group
    if done[-1]["type"] == "rich_text_preformatted":
        *above, last = done[-1]["elements"]
        done[-1] = {**done[-1], "elements": [*above, {**last, "text": last["text"].rstrip("\n") or "\n"}]}
    return done


def _joined(done: list[Block], part: Part, *, same: bool) -> bool:
    """Whether the part could be added to the element before it; it then has been."""
    last, body = done[-1], part.body
    between = [] if part.continues else [text_of("\n" if part.tight else "\n\n")]
    match last["type"], part.kind:
        case "rich_text_section", "rich_text_section":
            done[-1] = section([*last["elements"], *between, *body["elements"]])
        case "rich_text_quote", "rich_text_quote" if same:
            done[-1] = {**last, "elements": [*last["elements"], *between, *body["elements"]]}
        case "rich_text_preformatted", "rich_text_preformatted" if part.continues:
            done[-1] = {**last, "elements": [*last["elements"], *body["elements"]]}
        case "rich_text_list", "rich_text_section" if same and part.tight:
            *items, item = last["elements"]
            done[-1] = {**last, "elements": [*items, section([*item["elements"], *between, *body["elements"]])]}
        case "rich_text_list", "rich_text_list" if _goes_on(last, body):
            done[-1] = {**last, "elements": [*last["elements"], *body["elements"]]}
        case _:
            return False
    return True


def _goes_on(last: Block, body: Block) -> bool:
    """Whether a list's next item can stand in the same list element."""
    if any(last.get(name) != body.get(name) for name in ("style", "indent", "border")):
        return False
    return last["style"] == "bullet" or bool(last.get("offset", 0) + len(last["elements"]) == body.get("offset", 0))
