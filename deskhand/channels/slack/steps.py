"""What a run of "slack" does: hear (ask what was heard), answer (show it being made, then send it), settle.

What the steps record is ids and fixed codes; the payload has the redacted text. Whatever goes wrong is said in the
thread, with a reference to the run whose trace tells more, or to this one, which the log names; only when Slack cannot
be reached for about an hour is nothing said.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from deskhand.channels.slack import following, understanding, wording
from deskhand.channels.slack import thread as threads
from deskhand.channels.slack.delivering import Delivery
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.messages import Message, notice_message, text_messages
from deskhand.channels.slack.pressed import patiently
from deskhand.channels.slack.showing import Clock, Showing
from deskhand.channels.slack.trail import StoodDown, Trail

# The engine rebuilds a step's result by its type hints, so their names must be there at run time.
from deskhand.channels.slack.understanding import TRANSIENT, Begun
from deskhand.engine.protocol import Context, Retry
from deskhand.errors import DeskhandError, SlackError, SlackUnavailable, SlackUnsure
from deskhand.nouns import Json, Reader
from deskhand.store import utc_now

if TYPE_CHECKING:
    from deskhand.channels.slack.door import SlackDoor

P = ParamSpec("P")
T = TypeVar("T")

HEAR = Retry(tries=66, wait=1.0, longest=60.0, on=TRANSIENT)
"""For about an hour."""

log = logging.getLogger(__name__)


class Work:
    """One attempt's work on one question: what its steps share in memory, and could do without."""

    def __init__(self, run: str, attempt: int, heard: Heard, *, door: SlackDoor, clock: Clock) -> None:
        self.heard, self.door, self.clock = heard, door, clock
        self.language = understanding.language_of(heard)
        self.ephemeral = understanding.ephemeral(heard, door)
        self.trail = Trail(run, attempt, heard, calls=door.calls, database=door.database)
        self.notes: tuple[str, ...] | None = None
        self._showing: Showing | None = None

    async def begin(self) -> Showing:
        """Take the question, look what was left of it, and show a first sign of life."""
        await self.trail.open()
        if self._showing is None:
            showing = Showing(
                self.trail,
                calls=self.door.calls,
                abilities=self.door.abilities,
                clock=self.clock,
                ephemeral=self.ephemeral,
            )
            self._showing = await showing.__aenter__()
        return self._showing

    async def patiently(self, fn: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(*args)`, again for about an hour while Slack does not answer."""
        return await patiently(lambda: fn(*args, **kwargs), sleep=self.clock.sleep)

    async def stop_showing(self, error: BaseException | None = None) -> None:
        """Show nothing more."""
        if self._showing is not None:
            await self._showing.__aexit__(type(error) if error else None, error, None)


async def carry(context: Context, payload: Json, *, door: SlackDoor, clock: Clock = Clock()) -> Json:
    """The workflow: from a message on record to its answer in the thread."""
    heard = Heard(**payload)
    work = Work(context.run_id, context.attempt, heard, door=door, clock=clock)
    try:
        begun = await context.step_with(HEAR, "hear", hear, work=work)
        said = await context.effect("answer", answer, begun, work=work)
        await context.step("settle", settle, said, work=work)
    except StoodDown:
        raise
    except Exception as error:
        # The engine refuses what an attempt records that has lost the run; the later one goes on.
        if not await work.trail.lost():
            code = error.code if isinstance(error, DeskhandError) else DeskhandError.code
            log.error("run %s: nothing could be said (%s)", context.run_id, code)
            await door.inbox.settle(heard.event, "failed", code)
        raise
    except BaseException as error:
        await work.stop_showing(error)
        raise
    finally:
        await work.stop_showing()
    return {"said": said, "attempt": context.attempt}


async def hear(*, work: Work) -> Begun:
    """Show that the question was heard, and ask it, or find out why it cannot be asked."""
    showing = await work.begin()
    showing.say(wording.reading_conversation(work.language))
    try:
        begun, work.notes = await understanding.begin(work.heard, door=work.door)
    except (*TRANSIENT, StoodDown):
        raise
    except Exception as error:
        log.error("run %s: the question could not be asked (%s)", work.trail.run, type(error).__name__)
        return Begun(code=DeskhandError.code)
    return begun


async def answer(key: str, begun: Begun, *, work: Work) -> str:
    """Show the answer being made, then send it; "answered", or the code of what was said instead."""
    showing = await work.patiently(work.begin)
    if work.trail.done:
        return "answered before"
    code = begun.code
    if code:
        messages = _why_not(begun, work)
    else:
        try:
            messages, code = await _answered(begun, showing, work)
        except StoodDown:
            raise
        except Exception as error:
            code = error.code if isinstance(error, DeskhandError) else DeskhandError.code
            log.error("run %s: the answer could not be shown (%s)", work.trail.run, type(error).__name__)
            detail = error.slack if isinstance(error, SlackError) else ""
            messages = _why_not(replace(begun, code=code, detail=detail), work)
    await work.stop_showing()
    delivery = Delivery(work.trail, messages, calls=work.door.calls, sleep=work.clock.sleep)
    await delivery.surely(ephemeral=work.ephemeral)
    return code or "answered"


async def _answered(begun: Begun, showing: Showing, work: Work) -> tuple[list[Message], str]:
    """The messages of the answers, and the code of an error where there is no answer at all."""
    door, language = work.door, work.language
    reader = await work.patiently(_reader, begun, work)
    follow = following.Following(
        begun.runs, reader, asking=door.asking, showing=showing, clock=work.clock, language=language,
        counts=not work.ephemeral,
    )  # fmt: skip
    progress = await follow.all()
    # Looked up again: the answer is shown with the rights of now, and says how old they are.
    reader = await work.patiently(_reader, begun, work)
    found = [each async for each in following.answers_of(progress, reader, asking=door.asking)]
    notes = await work.patiently(_notes, begun, work)
    messages = following.side_by_side(
        found,
        language=language,
        footer="\n".join([*notes, wording.readers(reader, utc_now(), language)]),
        person=door.options.person is not None,
        share=work.ephemeral,
    )
    failed = [code for _, _, made, code in found if made is None]
    return messages, failed[0] if len(failed) == len(found) else ""


async def _reader(begun: Begun, work: Work) -> Reader:
    audience = await understanding.audience_of(work.heard, door=work.door)
    if audience is not None:
        return audience
    return await work.door.directory.principal(begun.asker)


async def _notes(begun: Begun, work: Work) -> tuple[str, ...]:
    """Remarks on what was not read; read anew where another attempt made them, since they name files."""
    if begun.notes and work.notes is None:
        door = work.door
        try:
            read = await threads.read(work.heard, calls=door.calls, people=door.people, files=door.files)
        except (SlackUnavailable, SlackUnsure):
            raise
        except SlackError:
            # Better an answer without remarks than none.
            return ()
        work.notes = read.notes(work.language, door.options)
    return work.notes or ()


def _why_not(begun: Begun, work: Work) -> list[Message]:
    text = understanding.why(begun, work.heard, most=work.door.options.question_characters)
    if begun.code in PLAIN:
        return text_messages(text)
    # Where there is a trace, the reference is what it is found by; else the log has this run.
    reference = begun.runs[0][0] if begun.runs else work.trail.run
    return [notice_message(text, reference, language=work.language)]


PLAIN = frozenset({understanding.EMPTY, understanding.NO_WORDS, understanding.TOO_LONG})
"""What needs no reference: everything there is to know is said."""


async def settle(said: str, *, work: Work) -> None:
    """The message is answered."""
    await work.door.inbox.settle(work.heard.event, "done")
