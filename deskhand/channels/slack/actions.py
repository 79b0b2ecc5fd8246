"""The buttons under an answer: helpful or not, share it, ask a person. What is pressed is on record before Slack is
told, so a press that could not be recorded shows as failed in Slack."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from deskhand.channels.slack import handover, phrases, sharing, wording
from deskhand.channels.slack.inbox import DOOR
from deskhand.channels.slack.messages import BAD, GOOD, PERSON, SHARE
from deskhand.channels.slack.pressed import Pressed, person_of, pressed, reader_of, whisper
from deskhand.errors import NotFound, SlackError
from deskhand.nouns import Json

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from deskhand.channels.slack.door import SlackDoor
    from deskhand.engine.protocol import Engine

WHY = "deskhand_why"
REASON = 1_000
"""Characters of a reason."""
TRIES = 20
"""How often a hand-over or a share that failed can be begun again."""

Ack = Callable[..., Awaitable[Any]]
Body = dict[str, Any]

log = logging.getLogger("deskhand.slack")


def register(app: AsyncApp, door: SlackDoor) -> None:
    """Listen to the buttons."""

    async def good(ack: Ack, body: Body) -> None:
        await _judge(door, ack, body, good=True)

    async def bad(ack: Ack, body: Body) -> None:
        await _judge(door, ack, body, good=False)

    async def why(ack: Ack, body: Body) -> None:
        await _explain(door, ack, body)

    async def share(ack: Ack, body: Body) -> None:
        await _begin(door, ack, body, sharing.WORKFLOW, wording.already_shared)

    async def person(ack: Ack, body: Body) -> None:
        await _begin(door, ack, body, handover.WORKFLOW, wording.already_handed_over)

    for action, listener in ((GOOD, good), (BAD, bad), (SHARE, share), (PERSON, person)):
        app.action(action)(listener)
    app.view(WHY)(why)


async def _judge(door: SlackDoor, ack: Ack, body: Body, *, good: bool) -> None:
    """Put a verdict on record, then say thanks; whoever says "not helpful" is asked why."""
    place = pressed(body, door.me.team)
    if place is None:
        await ack()
        return
    refused, language = await _recorded(door, place, good=good, reason="")
    await ack()
    try:
        if not refused and not good and await _asked_why(door, place, str(body.get("trigger_id")), language):
            return
        await whisper(door, place, refused or wording.thanks(good, language))
    except SlackError as error:
        log.debug("nobody could be thanked (%s)", error.slack)


async def _recorded(door: SlackDoor, place: Pressed, *, good: bool, reason: str) -> tuple[str, str]:
    """Why the verdict is not taken ("": it is on record), and the language of the one who gave it.

    Raises what keeps it from being recorded.
    """
    person, language = await person_of(door, place.user)
    if person is None:
        return wording.stranger(language), language
    try:
        reader = await reader_of(door, place, person)
        await door.asking.put_verdict(place.run, person, good, door.redactor.redact(reason).text, reader=reader)
    except NotFound:
        return wording.not_yours(language), language
    return "", language


async def _asked_why(door: SlackDoor, place: Pressed, trigger: str, language: str) -> bool:
    """Whether a dialog opened in which the reason can be given; the verdict stands without one."""
    try:
        return await door.calls.may("views.open", trigger_id=trigger, view=_dialog(place, language)) is not None
    except SlackError as error:
        log.debug("the dialog did not open (%s)", error.slack)
        return False


def _dialog(place: Pressed, language: str) -> dict[str, Json]:
    def plain(phrase: phrases.Phrase) -> dict[str, Json]:
        return {"type": "plain_text", "text": phrases.said(phrase, language)}

    field = {"type": "plain_text_input", "action_id": "reason", "multiline": True, "max_length": REASON}
    return {
        "type": "modal",
        "callback_id": WHY,
        "private_metadata": json.dumps({"place": place.to_json(), "language": language}),
        "title": plain(phrases.WHY_TITLE),
        "submit": plain(phrases.WHY_SEND),
        "close": plain(phrases.WHY_CLOSE),
        "blocks": [
            {
                "type": "input",
                "block_id": "why",
                "optional": True,
                "label": plain(phrases.WHY_LABEL),
                "element": field,
            }
        ],
    }


async def _explain(door: SlackDoor, ack: Ack, body: Body) -> None:
    """Put the reason that was written into the dialog on record, with the verdict."""
    view = body.get("view") or {}
    told = json.loads(view.get("private_metadata") or "{}")
    place = Pressed.from_json({**told["place"], "user": body["user"]["id"]})
    written = view["state"]["values"]["why"]["reason"].get("value") or ""
    refused, language = await _recorded(door, place, good=False, reason=str(written)[:REASON])
    await ack()
    try:
        await whisper(door, place, refused or wording.thanks(False, language))
    except SlackError as error:
        log.debug("nobody could be thanked (%s)", error.slack)


async def _begin(door: SlackDoor, ack: Ack, body: Body, workflow: str, already: Callable[[str], str]) -> None:
    """Start what a press asks for, once; say so when it is done or under way."""
    place = pressed(body, door.me.team)
    refused = "" if place is None else await _refused(door, place)
    new = place is None or (not refused and await begin(door.engine, workflow, place))
    await ack()
    if place is None or new:
        return
    try:
        _, language = await person_of(door, place.user)
        await whisper(door, place, refused or already(language))
    except SlackError as error:
        log.debug("nobody could be told that it is under way (%s)", error.slack)


async def _refused(door: SlackDoor, place: Pressed) -> str:
    """What somebody is told who may not see the answer ("" for those who may): they must not use up the tries of those
    who may. While Slack does not say who it is, the run finds out."""
    try:
        person, language = await person_of(door, place.user)
    except SlackError:
        return ""
    if person is None:
        return wording.stranger(language)
    try:
        await door.asking.verdicts(place.run, await reader_of(door, place, person))
    except NotFound:
        return wording.not_yours(language)
    return ""


async def begin(engine: Engine, workflow: str, place: Pressed) -> bool:
    """Put a run for an answer on record, unless one is there that did not fail; whether there is a new one."""
    name = f"{workflow.replace('.', '-')}-{place.run}"
    for number in range(1, TRIES + 1):
        run_id = name if number == 1 else f"{name}-{number}"
        if await engine.start(workflow, run_id, place.to_json(), door=DOOR):
            return True
        run = await engine.run(run_id)
        problem = run.state in ("failed", "cancelled") or bool((run.output or {}).get("problem"))
        if not problem:
            return False
    return False
