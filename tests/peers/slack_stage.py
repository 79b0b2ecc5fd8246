"""What tests of the Slack door's sending share: a question in a thread, attempts to answer it that can be made to die
at any call of Slack or write of the database, and what must be true of the thread in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_server import SlackServer

from deskhand.channels.slack.abilities import Abilities
from deskhand.channels.slack.calls import Calls
from deskhand.channels.slack.delivering import Delivery
from deskhand.channels.slack.heard import Heard
from deskhand.channels.slack.messages import Message, text_messages
from deskhand.channels.slack.options import Options
from deskhand.channels.slack.showing import Clock, Showing
from deskhand.channels.slack.trail import Trail
from deskhand.nouns import RedactedText
from deskhand.store import Database


class Died(BaseException):
    """The process is gone, as by SIGKILL."""


class Time:
    """A clock that goes as fast as it is slept on."""

    def __init__(self) -> None:
        self.t = 1_000.0

    def now(self) -> float:
        return self.t

    async def sleep(self, seconds: float) -> None:
        self.t += seconds
        await asyncio.sleep(0)


@dataclass
class Fate:
    """Counts the moments at which a process may die, and kills it at the `at`-th; nothing it does after that counts."""

    at: int | None = None
    moments: int = 0

    def moment(self) -> None:
        self.moments += 1
        if self.at is not None and self.moments >= self.at:
            raise Died


class MortalCalls(Calls):
    """Dies before a call goes out, or after Slack has carried it out."""

    def __init__(self, options: Options, fate: Fate, time: Time) -> None:
        super().__init__(options, clock=time.now, sleep=time.sleep)
        self._fate = fate

    async def _send(self, method: str, arguments: Any) -> Any:
        self._fate.moment()
        reply = await super()._send(method, arguments)
        self._fate.moment()
        return reply


class MortalDatabase:
    """Dies before a write, or after it is on disk."""

    def __init__(self, database: Database, fate: Fate) -> None:
        self._database, self._fate = database, fate

    async def read(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return await self._database.read(fn, *args, **kwargs)

    async def write(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self._fate.moment()
        value = await self._database.write(fn, *args, **kwargs)
        self._fate.moment()
        return value


@dataclass
class Attempt:
    """One process's work on a question."""

    trail: Trail
    showing: Showing
    calls: Calls
    time: Time

    async def deliver(self, messages: list[Message], *, ephemeral: bool = False) -> None:
        await Delivery(self.trail, messages, calls=self.calls, sleep=self.time.sleep).surely(ephemeral=ephemeral)


@dataclass
class Stage:
    """A workspace with a person in a channel, who asks."""

    slack: SlackServer
    database: Database
    abilities: Abilities = field(default_factory=Abilities)
    opened: list[Calls] = field(default_factory=list)
    time: Time = field(default_factory=Time)

    def __post_init__(self) -> None:
        self.ana = self.slack.user("ana", email="ana@example.com")
        self.room = self.slack.channel("help", members=[self.ana])
        self._asked = 0

    @property
    def options(self) -> Options:
        return Options(self.slack.bot_token, api_url=self.slack.api_url)

    def ask(self) -> Heard:
        """A new question, in a thread of its own."""
        self._asked += 1
        ts = self.slack.put(self.ana, self.room, "how do I reset my password?").ts
        text = RedactedText("how do I reset my password?")
        return Heard(f"Ev{self._asked}", "T0DESKHND", self.room, "channel", ts, ts, self.ana, text)

    async def attempt(self, heard: Heard, number: int = 1, *, fate: Fate | None = None, **more: Any) -> Attempt:
        """A process takes the question up; `showing` is to be stepped by hand."""
        fate = fate or Fate()
        calls = MortalCalls(self.options, fate, self.time)
        self.opened.append(calls)
        database: Any = MortalDatabase(self.database, fate)
        trail = Trail(f"slack-{heard.event}", number, heard, calls=calls, database=database)
        await trail.open()
        clock = Clock(self.time.now, self.time.sleep)
        showing = Showing(trail, calls=calls, abilities=self.abilities, clock=clock, **more)
        return Attempt(trail, showing, calls, self.time)

    async def close(self) -> None:
        for calls in self.opened:
            await calls.close()

    def replies(self, heard: Heard) -> list[Any]:
        return self.slack.replies(heard.channel, heard.thread)

    def problems(self, heard: Heard, expected: list[Message]) -> list[str]:
        """What is not as it must be once a question is answered; [] when all is."""
        replies, run = self.replies(heard), f"slack-{heard.event}"
        told = [(reply.metadata or {}).get("event_payload") for reply in replies]
        keys = [{"key": f"{run}:{part}", "final": True} for part in range(1, len(expected) + 1)]
        found = [] if told == keys else [f"keys are {told}, not {keys}"]
        if [reply.text for reply in replies] != [message.text for message in expected]:
            found.append(f"texts are {[reply.text[:40] for reply in replies]}")
        found += [
            f"{reply.ts} is still a stream" for reply in replies if reply.stream and reply.stream.state == "in_progress"
        ]
        if status := self.slack.status(heard.channel, heard.thread):
            found.append(f"the status still says {status!r}")
        return found


def final(text: str = "Press *Forgot password*.") -> list[Message]:
    return text_messages(text)


def long(paragraphs: int = 40) -> str:
    """A text of several messages."""
    return "\n\n".join(
        f"Paragraph {number}. " + "Words that say nothing much at all. " * 8 for number in range(paragraphs)
    )


async def until(step: Callable[[], Any], done: Callable[[], bool], time: Time, most: int = 200) -> None:
    """Step until it is done, letting as much time pass as each step asks for."""
    for _ in range(most):
        pause = await step()
        if done():
            return
        time.t += max(0.05, pause)
    raise AssertionError(f"not done after {most} steps")
