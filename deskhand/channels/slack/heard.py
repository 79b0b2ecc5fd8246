"""What the door heard: one message that is to be answered, as it is put on record. Its text has been redacted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deskhand.nouns import RedactedText

Place = Literal["im", "mpim", "channel", "group"]
"""A direct message, one to several people, a public channel, a private one."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message to answer. `event` is Slack's event id, `ts` the message's own timestamp, `thread` that of the thread
    it is answered in (its own when it begins one), `replies` whether it came as a reply in that thread.

    `user` is who wrote it (a bot's user id for an allowed bot). `files` says that it has files, which are read from
    the thread later.
    """

    event: str
    team: str
    channel: str
    place: Place
    ts: str
    thread: str
    user: str
    text: RedactedText
    replies: bool = False
    files: bool = False

    @property
    def key(self) -> str:
        """The thread, within which questions are answered one after another."""
        return f"{self.team}:{self.channel}:{self.thread}"

    @property
    def private(self) -> bool:
        """Whether nobody but the asker reads along."""
        return self.place == "im"

    @property
    def audience(self) -> str:
        """The id under which the directory keeps who reads along."""
        return f"slack:{self.team}:{self.channel}"
