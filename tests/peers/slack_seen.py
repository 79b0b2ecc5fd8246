"""What our Slack has seen: messages, statuses, calls and deliveries, for a test to look at."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from slack_core import Call, Core
from slack_delivery import Delivery
from slack_world import BOT_USER, Message


class Seen(Core):
    """Copies of everything; what is given does not change any more."""

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """All messages of a channel, oldest first, without deleted ones; or a thread's, with its parent."""
        with self._lock:
            found = [m for m in self._world.channels[channel].messages.values() if not m.deleted]
            return deepcopy([m for m in found if thread_ts is None or thread_ts in (m.ts, m.thread_ts)])

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """What the bot posted in a thread, oldest first."""
        return [m for m in self.messages(channel, thread_ts) if m.user == BOT_USER and m.thread_ts == thread_ts]

    def message(self, channel: str, ts: str) -> Message:
        """One message, deleted or not."""
        with self._lock:
            return deepcopy(self._world.find(ts, channel))

    @property
    def ephemerals(self) -> list[Message]:
        with self._lock:
            return deepcopy([message for message in self._world.ephemerals if not message.deleted])

    @property
    def statuses(self) -> dict[tuple[str, str], str]:
        """The statuses that show now, by channel and thread."""
        with self._lock:
            return dict(self._api.statuses)

    def status(self, channel: str, thread_ts: str) -> str:
        """The status that shows now in a thread; "" for none."""
        return self.statuses.get((channel, thread_ts), "")

    @property
    def status_log(self) -> list[dict[str, Any]]:
        """Every change of a status: at, channel, thread, status, by ("app", or "post" where a post took it away)."""
        with self._lock:
            return deepcopy(self._api.status_log)

    @property
    def titles(self) -> dict[tuple[str, str], str]:
        return dict(self._world.titles)

    @property
    def prompts(self) -> dict[tuple[str, str], list[dict[str, str]]]:
        return deepcopy(self._world.prompts)

    @property
    def homes(self) -> dict[str, dict[str, Any]]:
        """The published home of each user."""
        with self._lock:
            return deepcopy(self._world.homes)

    @property
    def views(self) -> dict[str, dict[str, Any]]:
        """Every view, by id, oldest first."""
        with self._lock:
            return deepcopy(self._world.views)

    @property
    def answered(self) -> list[dict[str, Any]]:
        """Posts to response URLs."""
        with self._lock:
            return deepcopy(self._answered)

    def calls(self, method: str | None = None) -> list[Call]:
        """Calls of the Web API in the order they came; downloads of files are under "download"."""
        with self._lock:
            return [call for call in self._calls if method in (None, call.method)]

    @property
    def impatient(self) -> list[Call]:
        """Calls that came before the Retry-After of an earlier 429 was over."""
        return [call for call in self.calls() if call.early]

    @property
    def deliveries(self) -> list[Delivery]:
        """Every event, interaction and command, in order."""
        with self._lock:
            return list(self._deliveries.values())

    def delivery(self, event_id: str) -> Delivery:
        with self._lock:
            return self._deliveries[event_id]
