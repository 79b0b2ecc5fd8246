"""A button under an answer that was pressed: which answer, where it stands, and with whose rights it is looked at."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from deskhand.channels.slack.delivering import PAUSES
from deskhand.channels.slack.heard import Heard, Place
from deskhand.errors import DeskhandError, NotFound, SlackError, SlackUnavailable, SlackUnsure

if TYPE_CHECKING:
    from deskhand.channels.slack.door import SlackDoor
    from deskhand.nouns import Audience, Json, Principal, Reader

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lent:
    """What the steps of runs are lent: the engine reads their type hints, where the door's own name is not known."""

    door: SlackDoor


@dataclass(frozen=True, slots=True)
class Pressed:
    """`runs` are those of the answers (several when they stand side by side), `user` who pressed, `at` when, as a
    timestamp of Slack's. `thread` is that of the message; `ephemeral` says that only the asker sees it."""

    runs: tuple[str, ...]
    team: str
    channel: str
    thread: str
    at: str
    user: str
    ephemeral: bool = False

    @property
    def run(self) -> str:
        """The run that stands for all."""
        return self.runs[0]

    @property
    def private(self) -> bool:
        """Whether nobody but the asker reads along."""
        return self.channel.startswith("D")

    def to_json(self) -> dict[str, Json]:
        return {**asdict(self), "runs": list(self.runs)}

    @classmethod
    def from_json(cls, value: Json) -> Pressed:
        return cls(**{**value, "runs": tuple(value["runs"])})


def pressed(body: Mapping[str, Any], team: str) -> Pressed | None:
    """What Slack tells of a press of one of our buttons in the workspace `team`; None when it is of no answer."""
    actions, container = body.get("actions") or [{}], body.get("container") or {}
    message = body.get("message") or {}
    runs = _runs(actions[0].get("value"))
    channel = container.get("channel_id") or (body.get("channel") or {}).get("id")
    stamp = container.get("message_ts") or message.get("ts")
    user = (body.get("user") or {}).get("id")
    if not (runs and channel and stamp and user):
        return None
    thread = container.get("thread_ts") or message.get("thread_ts") or stamp
    at = actions[0].get("action_ts") or stamp
    return Pressed(runs, team, str(channel), str(thread), str(at), str(user), bool(container.get("is_ephemeral")))


def _runs(value: object) -> tuple[str, ...]:
    try:
        told = json.loads(value) if isinstance(value, str) else {}
        return tuple(str(run) for run in told.get("runs") or [told["run"]])
    except (ValueError, KeyError, AttributeError, TypeError):
        return ()


async def person_of(door: SlackDoor, user: str) -> tuple[Principal | None, str]:
    """Who a Slack user is (None: not identified), and that person's language. Raises `SlackError`."""
    person = await door.people.person(user)
    who = await door.directory.principal(person.address) if person.address else None
    return who, person.language or "en"


async def reader_of(door: SlackDoor, place: Pressed, person: Principal) -> Reader:
    """With whose rights an answer is looked at there: those of all who read along, else the person's own."""
    if place.private or place.ephemeral:
        return person
    try:
        return await door.directory.audience(f"slack:{place.team}:{place.channel}")
    except NotFound:
        return person


async def audience_of(door: SlackDoor, channel: str, user: str = "") -> Audience:
    """Who reads along in a channel now, looked up anew; `user`, if one is named, is among them. Raises `SlackError`."""
    await door.people.forget(channel)
    # Not `door.me`: the run may be carried by a process whose door stays shut.
    me, nothing = await door.calls.me(), door.redactor.redact("").text
    place: Place = "group" if channel.startswith("G") else "channel"
    seat = Heard("", me.team, channel, place, "", "", user or me.user, nothing)
    audience = await door.people.audience(seat)
    assert audience is not None
    return audience


async def whisper(door: SlackDoor, place: Pressed, text: str) -> None:
    """Tell the one who pressed, and nobody else. Raises `SlackError`."""
    await door.calls.must(
        "chat.postEphemeral", channel=place.channel, user=place.user, thread_ts=place.thread, text=text
    )


async def patiently(
    work: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> T:
    """What `work` gives, tried again for about an hour while Slack does not answer; it must bear to be done twice.

    Raises what else it raises, and at last `SlackUnavailable` or `SlackUnsure`.
    """
    for pause in PAUSES:
        try:
            return await work()
        except (SlackUnavailable, SlackUnsure):
            await sleep(pause)
    return await work()


def code_of(error: DeskhandError) -> str:
    """Slack's word for what went wrong; "" when it was something else."""
    return error.slack if isinstance(error, SlackError) else ""
