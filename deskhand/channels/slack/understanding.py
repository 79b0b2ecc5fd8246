"""From a message on record to the runs that answer it, or to the reason why there are none, which the asker is told.

What is made here is recorded with the run: ids and fixed codes, no texts and no names.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskhand.channels.slack import thread as threads
from deskhand.channels.slack import wording
from deskhand.channels.slack.hearing import EMOJI
from deskhand.channels.slack.inbox import DOOR, run_id
from deskhand.errors import DeskhandError, EngineError, SlackError, SlackUnavailable, SlackUnsure
from deskhand.knowledge.language import detect
from deskhand.nouns import Audience, Principal

if TYPE_CHECKING:
    from deskhand.channels.slack.door import SlackDoor
    from deskhand.channels.slack.heard import Heard
    from deskhand.channels.slack.thread import Thread

STRANGER, STRANGERS, EMPTY, NO_WORDS, TOO_LONG = "stranger", "strangers", "empty", "no-words", "too-long"
"""Codes of what is not asked, beside those of errors."""
TRANSIENT = (SlackUnavailable, SlackUnsure, EngineError)
"""What may be over in a while."""

_EMOJI = re.compile(rf"{EMOJI}(?=\s|:|\Z)")
_ABOUT_FILES = {"en": "What do the attached files say?", "de": "Was steht in den angehängten Dateien?"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """The runs that answer, as (id, label), and the id of who asked; or the `code` of why nothing was asked, with
    Slack's own word for it (`detail`) or a number that belongs to it (`count`). `notes` counts remarks on what of the
    thread was not read."""

    runs: tuple[tuple[str, str], ...] = ()
    asker: str = ""
    code: str = ""
    detail: str = ""
    count: int = 0
    notes: int = 0


def language_of(heard: Heard) -> str:
    """The language in which the door speaks to the asker."""
    return detect(heard.text)


def ephemeral(heard: Heard, door: SlackDoor) -> bool:
    """Whether the asker alone is shown the answer, where others could read along."""
    return door.options.of(heard.channel).ephemeral and not heard.private


async def begin(heard: Heard, *, door: SlackDoor) -> tuple[Begun, tuple[str, ...]]:
    """Ask what was heard; also the notes on what was not read. Raises only what may be over in a while."""
    run = run_id(heard.event)
    try:
        begun, notes = await _begin(heard, door)
    except TRANSIENT:
        raise
    except SlackError as error:
        log.warning("run %s: not asked, since Slack refused it (%s)", run, error)
        return Begun(code=error.code, detail=error.slack), ()
    except DeskhandError as error:
        log.warning("run %s: not asked (%s)", run, error.code)
        return Begun(code=error.code), ()
    if begun.code:
        log.info("run %s: not asked (%s)", run, begun.code)
    return begun, notes


async def _begin(heard: Heard, door: SlackDoor) -> tuple[Begun, tuple[str, ...]]:
    refusal = _unfit(heard, door.options.question_characters)
    if refusal is not None:
        return refusal, ()
    asker = await asker_of(heard, door=door)
    if asker is None:
        return Begun(code=STRANGER), ()
    audience = await audience_of(heard, door=door)
    if audience is not None and not audience.open and (audience.unknown or not audience.members):
        return Begun(code=STRANGERS, count=max(1, audience.unknown)), ()
    read = await threads.read(heard, calls=door.calls, people=door.people, files=door.files)
    notes = read.notes(language_of(heard), door.options)
    return await _asked(heard, read, asker, audience, len(notes), door), notes


async def _asked(
    heard: Heard, read: Thread, asker: Principal, audience: Audience | None, notes: int, door: SlackDoor
) -> Begun:
    place = door.options.of(heard.channel)
    language = language_of(heard)
    text = await threads.named(heard.text, door.people)
    asked = await door.asking.ask(
        text if text.strip() else _ABOUT_FILES.get(language, _ABOUT_FILES["en"]),
        asker=asker,
        event_id=heard.event,
        door=DOOR,
        models=place.models,
        libraries=place.libraries,
        thread=heard.key,
        turns=read.turns,
        attached=read.attached,
        audience=audience,
    )
    return Begun(tuple((run.id, run.label) for run in asked.runs), asker=asker.id, notes=notes)


def _unfit(heard: Heard, most: int) -> Begun | None:
    """Why a text is no question, if it is none."""
    text = heard.text.strip()
    if len(text) > most:
        return Begun(code=TOO_LONG, count=len(text))
    if heard.files:
        return None
    if not text:
        return Begun(code=EMPTY)
    return None if any(each.isalnum() for each in _EMOJI.sub("", text)) else Begun(code=NO_WORDS)


async def asker_of(heard: Heard, *, door: SlackDoor) -> Principal | None:
    """Who asks; None for a person who cannot be identified. Another bot is a service without any group.

    Raises as `People.person`.
    """
    person = await door.people.person(heard.user)
    if person.bot:
        return Principal(f"slack-{heard.user.lower()}", kind="service")
    return None if person.address is None else await door.directory.principal(person.address)


async def audience_of(heard: Heard, *, door: SlackDoor) -> Audience | None:
    """Who reads along, as of now; None where the asker alone does. Raises as `People.audience`."""
    return None if heard.private or ephemeral(heard, door) else await door.people.audience(heard)


def why(begun: Begun, heard: Heard, *, most: int) -> str:
    """What the asker is told when nothing was asked, without the reference."""
    language = language_of(heard)
    match begun.code:
        case "stranger":
            return wording.stranger(language)
        case "strangers":
            return wording.strangers(begun.count, language)
        case "empty":
            return wording.empty(language)
        case "no-words":
            return wording.no_words(language)
        case "too-long":
            return wording.too_long(begun.count, language, most)
        case code:
            return wording.failure(code, "", language, detail=begun.detail)
