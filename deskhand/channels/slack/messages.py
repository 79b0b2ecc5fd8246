"""Answers, drafts and notices as Slack messages, each within every limit that Slack has.

What does not fit goes on in a further message, cut between blocks, else between sentences or lines; lists keep their
numbers, code its fence. Only a draft is shortened, at its front.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from deskhand.channels.slack import wording
from deskhand.channels.slack.markdown import completed, parts
from deskhand.channels.slack.packing import Message as Message
from deskhand.channels.slack.packing import Page, message_of, packed, without_table
from deskhand.channels.slack.richtext import (
    Block,
    Part,
    clean,
    escape,
    header,
    link_of,
    linkable,
    section,
    shorten,
    text_of,
)
from deskhand.nouns import Answer, Citation

SNIPPET = 300
FULL_SOURCES = 10
"""Sources shown with their snippet; those after them are a line each."""

GOOD, BAD, SHARE, PERSON = "deskhand_good", "deskhand_bad", "deskhand_share", "deskhand_person"
"""The action ids of the buttons. A button's value is JSON: `{"run": "<answer run id>"}`, with "runs" when several
answers stand side by side."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to show, the run that made it, and its label where several stand side by side.

    Without an answer, `failed` is said in its place, in `language`, and there is nothing to judge.
    """

    run: str
    answer: Answer | None
    label: str = ""
    failed: str = ""
    language: str = "en"

    @property
    def speaks(self) -> str:
        return self.answer.language if self.answer else self.language


def answer_messages(
    replies: Sequence[Reply], *, footer: str = "", person: bool = False, share: bool = False, buttons: bool = True
) -> list[Message]:
    """One answer, or several side by side, as one message or more.

    `footer` says who may read what it rests on (`wording.readers`). `person` and `share` ask for these buttons;
    without `buttons` there are none at all, as in an answer that was shared. The last message has the buttons.
    """
    done: list[Part] = []
    for reply in replies:
        _add(done, _reply_parts(reply))
        if len(replies) > 1:
            _add(done, _closing(reply, "", _feedback(reply) if buttons else []))
    language = replies[0].speaks
    more = _more_buttons(replies, language, person, share) if buttons else []
    if len(replies) > 1:
        _add(done, _tail([footer], more))
    else:
        feedback = _feedback(replies[0]) if buttons else []
        _add(done, _closing(replies[0], footer, [*feedback, *more]))
    return packed(done)


def text_messages(text: str) -> list[Message]:
    """Any Markdown as messages."""
    return packed(parts(text))


def draft_message(text: str, state: str) -> Message:
    """What is written so far, in one message that is edited in place, with what is going on below it ("writing…").

    A draft that is too long loses its beginning.
    """
    whole = parts(completed(text))
    below = [_context(state)] if state else []
    page = Page()
    page.add([_ELLIPSIS, *below])
    kept: list[Part] = []
    left = len(whole)
    for part in reversed(whole):
        stood = list(without_table(part)) if page.has_table else [part]
        if not page.takes(stood):
            break
        page.add(stood)
        kept = [*stood, *kept]
        left -= 1
    return message_of([*([_ELLIPSIS] if left else []), *kept, *below])


def notice_message(text: str, reference: str = "", *, language: str = "en", run: str = "") -> Message:
    """A short notice, as of a failure, with the reference to its trace; `run` adds a button to ask a person."""
    done = parts(text)
    if reference:
        _add(done, [_context(wording.reference(reference, language))])
    if run:
        _add(done, [_actions([_button(PERSON, wording.ask_a_person(language), [run])])])
    return packed(done)[0]


def status_message(state: str) -> Message:
    """The first sign of life where Slack has no status of its own: one line."""
    return message_of([_context(state)])


_ELLIPSIS = Part(section([text_of("…")]))


def _reply_parts(reply: Reply) -> list[Part]:
    label = _line(reply.label)
    done = [Part(header(label))] if label else []
    _add(done, parts(reply.answer.text if reply.answer else reply.failed))
    if reply.answer and reply.answer.citations:
        title = Part(section([text_of(wording.sources(reply.answer.language), bold=True)]))
        _add(done, [title, *_sources(reply.answer.citations)])
    return done


def _sources(citations: Sequence[Citation]) -> Iterator[Part]:
    for n, each in enumerate(citations):
        title = shorten(_line(each.title) or each.document, 200)
        mark, place = f"[{each.number}] ", f" · {_line(each.place)}" if each.place else ""
        link = each.url is not None and linkable(each.url)
        elements = [text_of(mark), link_of(each.url or "", title) if link else text_of(title, bold=True)]
        elements += [text_of(place)] if place else []
        snippet = shorten(_line(each.snippet or each.quote), SNIPPET)
        if n < FULL_SOURCES and snippet:
            elements.append(text_of(f"\n{snippet}", italic=True))
        spoken = f"{mark}{escape(title)}{escape(place)}"
        yield Part(section(elements), n, tight=True, spoken=spoken)


def _closing(reply: Reply, footer: str, buttons: Sequence[Block]) -> list[Part]:
    notices = reply.answer.notices if reply.answer else ()
    return _tail([*notices, footer, wording.reference(reply.run, reply.speaks)], buttons)


def _tail(lines: Sequence[str], buttons: Sequence[Block]) -> list[Part]:
    lines = [said for line in lines if (said := clean(line).strip())]
    return [*([_context(*lines)] if lines else []), *([_actions(buttons)] if buttons else [])]


def _feedback(reply: Reply) -> list[Block]:
    if reply.answer is None:
        return []
    language = reply.speaks
    return [
        _button(GOOD, f"👍 {wording.helpful(language)}", [reply.run]),
        _button(BAD, f"👎 {wording.not_helpful(language)}", [reply.run]),
    ]


def _more_buttons(replies: Sequence[Reply], language: str, person: bool, share: bool) -> list[Block]:
    runs = [reply.run for reply in replies]
    return [
        *([_button(PERSON, wording.ask_a_person(language), runs)] if person else []),
        *([_button(SHARE, wording.share(language), runs)] if share else []),
    ]


def _button(action: str, text: str, runs: Sequence[str]) -> Block:
    value = {"run": runs[0], **({"runs": list(runs)} if len(runs) > 1 else {})}
    shown = {"type": "plain_text", "text": text, "emoji": True}
    return {"type": "button", "action_id": action, "text": shown, "value": json.dumps(value)}


def _actions(buttons: Sequence[Block]) -> Part:
    return Part({"type": "actions", "elements": list(buttons)})


def _context(*lines: str) -> Part:
    """Small print; beyond what fits, lines share an element."""
    lines = (*lines[:9], "\n".join(lines[9:])) if len(lines) > 10 else lines
    elements = [{"type": "plain_text", "text": shorten(line, 1_900), "emoji": False} for line in lines]
    return Part({"type": "context", "elements": elements})


def _add(done: list[Part], more: Iterable[Part]) -> None:
    """Puts parts behind those there are, in groups of their own."""
    last = done[-1].group + 1 if done else 0
    done += [replace(part, group=last + part.group) for part in more]


def _line(text: str) -> str:
    return " ".join(clean(text).split())
