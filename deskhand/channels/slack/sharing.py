"""An answer that only its asker saw, shown to all in the thread: if all who can read there may read what it rests on.

The rights are looked up when the button is pressed, not when the answer was given.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deskhand.channels.slack import phrases, wording
from deskhand.channels.slack.delivering import post_once
from deskhand.channels.slack.messages import Reply, answer_messages
from deskhand.channels.slack.pressed import Lent, Pressed, audience_of, code_of, patiently, person_of, whisper

# The engine rebuilds a step's result by its type hints, so their names must be there at run time.
from deskhand.engine.protocol import Context
from deskhand.errors import DeskhandError, NotFound, SlackError
from deskhand.nouns import Json

if TYPE_CHECKING:
    from deskhand.channels.slack.door import SlackDoor
    from deskhand.nouns import Principal

log = logging.getLogger("deskhand.slack")

WORKFLOW = "slack.share"


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether an answer may be shared; `closed` counts the sources that not everyone there may read, `code` and
    `word` (Slack's) tell what failed."""

    outcome: Literal["open", "closed", "nothing", "not theirs", "stranger", "failed"]
    language: str = "en"
    closed: int = 0
    code: str = ""
    word: str = ""


async def carry(context: Context, payload: Json, *, door: SlackDoor) -> Json:
    """The workflow: check, then post, else tell why not. Its output names the problem, "" when it was shared."""
    place, lent = Pressed.from_json(payload), Lent(door)
    checked = await context.step("check", check, place.run, place=place, lent=lent)
    if checked.outcome == "open":
        # Looked up again on a later try: what was open may be closed by then.
        checked = await context.effect("post", post, place.run, place=place, lent=lent, checked=checked)
    if checked.outcome != "open":
        await context.step("tell", tell, checked, place=place, lent=lent)
    return {"problem": "" if checked.outcome == "open" else checked.outcome}


async def check(run: str, *, place: Pressed, lent: Lent) -> Checked:
    """Whether everyone who can read the channel may read every passage that the answers cite."""
    try:
        return await patiently(lambda: _checked(place, lent.door))
    except NotFound:
        return Checked("not theirs")
    except DeskhandError as error:
        return Checked("failed", code=error.code, word=code_of(error))


async def _checked(place: Pressed, door: SlackDoor) -> Checked:
    person, language = await person_of(door, place.user)
    if person is None:
        return Checked("stranger", language)
    answers = [await door.asking.answer(run, person, timeout=0) for run in place.runs]
    cited = [citation for answer in answers for citation in answer.citations]
    if not cited or all(answer.refused for answer in answers):
        return Checked("nothing", language)
    everyone = await audience_of(door, place.channel, place.user)
    readable = await door.asking.readable([each.passage for each in cited], everyone)
    closed = len({each.document for each in cited if each.passage not in readable})
    return Checked("closed" if closed else "open", language, closed)


async def post(key: str, run: str, *, place: Pressed, lent: Lent, checked: Checked) -> Checked:
    """Post the answers to the thread, once, with who shared them."""
    try:
        return await patiently(lambda: _posted(place, lent.door))
    except NotFound:
        return Checked("not theirs", checked.language)
    except DeskhandError as error:
        return Checked("failed", checked.language, code=error.code, word=code_of(error))


async def _posted(place: Pressed, door: SlackDoor) -> Checked:
    now = await _checked(place, door)
    if now.outcome != "open":
        return now
    person, language = await person_of(door, place.user)
    assert person is not None
    replies = [
        Reply(run, await door.asking.answer(run, person, timeout=0), await _label(run, place, person, door))
        for run in place.runs
    ]
    footer = phrases.said(phrases.SHARED_BY, language, who=(await door.people.person(place.user)).name)
    for part, message in enumerate(answer_messages(replies, footer=footer, buttons=False), 1):
        key = f"share:{place.run}" if part == 1 else f"share:{place.run}:{part}"
        await post_once(door.calls, message, key=key, channel=place.channel, thread=place.thread, since=place.thread)
    return now


async def _label(run: str, place: Pressed, person: Principal, door: SlackDoor) -> str:
    """The label of a run where several answers stand side by side."""
    return (await door.asking.trace(run, person)).label if len(place.runs) > 1 else ""


async def tell(checked: Checked, *, place: Pressed, lent: Lent) -> None:
    """Tell the one who pressed why nothing was shared."""
    match checked.outcome:
        case "closed":
            text = phrases.said(phrases.NOT_SHARED, checked.language, count=checked.closed)
        case "nothing":
            text = phrases.said(phrases.NOTHING_TO_SHARE, checked.language)
        case "stranger":
            text = wording.stranger(checked.language)
        case "not theirs":
            text = wording.not_yours(checked.language)
        case _:
            text = wording.failure(checked.code, place.run, checked.language, detail=checked.word)
    try:
        await patiently(lambda: whisper(lent.door, place, text))
    except SlackError as error:
        log.warning("run %s: nobody could be told why it was not shared (%s)", place.run, error.slack)
