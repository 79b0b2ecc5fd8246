"""What Slack will not do here, remembered for an hour, so that the next question goes straight to another way."""

from __future__ import annotations

import time
from collections.abc import Callable

from deskhand.errors import SlackError

FOR_ALL = frozenset(
    {
        "access_denied",
        "feature_not_enabled",
        "method_deprecated",
        "missing_scope",
        "not_allowed",
        "not_allowed_token_type",
        "team_access_not_granted",
        "unknown_method",
    }
)
"""Slack's words for what holds in every channel."""
FOR_CHANNEL = frozenset({"channel_type_not_supported", "method_not_supported_for_channel_type", "not_supported"})
SECONDS = 3_600.0
MOST = 1_000


class Abilities:
    """Methods that Slack has refused, by channel or everywhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lost: dict[tuple[str, str], float] = {}

    def has(self, method: str, channel: str) -> bool:
        """Whether a method is worth trying in a channel."""
        now = self._clock()
        return all(self._lost.get((method, where), now) <= now for where in ("", channel))

    def lost(self, method: str, channel: str, error: SlackError) -> None:
        """Remember what Slack said of a method, where that holds for longer than this question."""
        if error.slack in FOR_ALL | FOR_CHANNEL:
            while len(self._lost) >= MOST:
                del self._lost[next(iter(self._lost))]
            self._lost[method, "" if error.slack in FOR_ALL else channel] = self._clock() + SECONDS
