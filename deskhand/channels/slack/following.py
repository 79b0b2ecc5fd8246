"""What the runs of a question have to say while they work, and the messages that come of them in the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskhand.channels.slack import wording
from deskhand.channels.slack.messages import Message, Reply, answer_messages, notice_message
from deskhand.errors import DeskhandError, NotFound, RunFailed
from deskhand.nouns import Answer, Reader, StreamEvent

if TYPE_CHECKING:
    from deskhand.answering import Asking
    from deskhand.channels.slack.showing import Clock, Showing

TRIES = 30
"""How often following a run is taken up again when it breaks off."""
AGAIN_SECONDS = 2.0
NOTHING = frozenset({"library-empty", "nothing-open", "withheld"})
"""Why there was nothing to answer from, as `Answer.reason` has it."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """How far one run has come."""

    label: str
    state: str = ""
    ended: bool = False
    code: str = ""
    """Of the error that it failed with."""
    passages: int = 0


class Following:
    """Shows what several runs of one question do, until all have ended. One is shown as it writes; several are shown
    by their labels. Without `counts` nothing is told of how much there is: others see the status too."""

    def __init__(
        self, runs: Sequence[tuple[str, str]], reader: Reader, *, asking: Asking, showing: Showing, clock: Clock,
        language: str, counts: bool = True,
    ) -> None:  # fmt: skip
        self._asking, self._reader, self._showing, self._clock = asking, reader, showing, clock
        self._language, self._counts = language, counts
        self._progress = {run: Progress(label, wording.searching(0, language)) for run, label in runs}

    async def all(self) -> dict[str, Progress]:
        """Follow them to their ends; what became of each, by its id."""
        self._say()
        async with asyncio.TaskGroup() as group:
            for run in self._progress:
                group.create_task(self._one(run))
        return self._progress

    async def _one(self, run: str) -> None:
        after: str | None = None
        for _ in range(TRIES):
            try:
                async for event in self._asking.follow(run, self._reader, after=after):
                    self._heard(run, event)
                    after = event.id
                break
            except NotFound as error:
                self._progress[run].code = error.code
                break
            except Exception as error:
                log.warning("run %s: following it broke off (%s)", run, type(error).__name__)
                await self._clock.sleep(AGAIN_SECONDS)
        self._progress[run].ended = True
        self._say()

    def _heard(self, run: str, event: StreamEvent) -> None:
        progress, alone = self._progress[run], len(self._progress) == 1
        match event.type:
            case "searching":
                sources = int(event.data.get("sources") or 0)
                progress.state = wording.searching(sources if self._counts else 0, self._language)
            case "passage" if self._counts:
                progress.passages += 1
                progress.state = wording.reading(progress.passages, self._language)
            case "token":
                progress.state = wording.writing(self._language)
                if alone:
                    self._showing.add(str(event.data["text"]))
            case "restarted":
                progress.passages, progress.code = 0, ""
                if alone:
                    self._showing.void()
            case "failed":
                progress.code = str(event.data.get("code") or DeskhandError.code)
        self._say()

    def _say(self) -> None:
        if len(self._progress) == 1:
            (progress,) = self._progress.values()
            self._showing.say(progress.state)
            return
        states = (f"{each.label}: {_mark(each)}" for each in self._progress.values())
        self._showing.say(" · ".join(states))


def _mark(progress: Progress) -> str:
    if not progress.ended:
        return progress.state
    return "✗" if progress.code else "✓"


async def answers_of(
    progress: dict[str, Progress], reader: Reader, *, asking: Asking
) -> AsyncIterator[tuple[str, str, Answer | None, str]]:
    """Of each run: its id, its label, its answer as the reader may see it now, or None and the code of its error."""
    for run, each in progress.items():
        try:
            if each.code:
                raise RunFailed(each.code)
            yield run, each.label, await asking.answer(run, reader), ""
        except DeskhandError as error:
            yield run, each.label, None, each.code or error.code


def _unless_nothing(one: tuple[str, str, Answer | None, str]) -> tuple[str, str, Answer | None, str]:
    """A refusal that is none of the question's fault is said as a failure is: with what to do about it."""
    run, label, made, _ = one
    if made is not None and made.refused and made.reason in NOTHING:
        return run, label, None, made.reason
    return one


def side_by_side(
    found: Sequence[tuple[str, str, Answer | None, str]], *, language: str, footer: str, person: bool, share: bool
) -> list[Message]:  # fmt: skip
    """The messages for what came of a question's runs; one that failed, or had nothing to answer from, says so in its
    place, with its run as the reference."""
    found = [_unless_nothing(each) for each in found]
    if len(found) == 1 and found[0][2] is None:
        run, _, _, code = found[0]
        text = wording.failure(code, "", language)
        return [notice_message(text, run, language=language, run=run if person else "")]
    replies = [
        Reply(
            run,
            made,
            label if len(found) > 1 else "",
            failed="" if made else wording.failure(code, run, language),
            language=language,
        )
        for run, label, made, code in found
    ]
    return answer_messages(replies, footer=footer, person=person, share=share)
