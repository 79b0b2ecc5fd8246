"""How the Slack door behaves; assembly fills it in from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

API = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class Channel:
    """What is different in one channel.

    `ephemeral`: answers are shown to the asker alone, with a button to share them. `models` and `libraries` are labels
    that questions go to, side by side when there are several.
    """

    ephemeral: bool = False
    models: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """One workspace's door.

    `bot_token` acts; `signing_secret` opens the way in over HTTP, `app_token` the one by Socket Mode. `bots` are ids of
    other bots (B…, or their app's A…) that are answered too. A channel with more than `most_members` counts as public;
    members are looked up again after `members_seconds`. `person` is where "ask a person" hands over to: a channel's or
    a user's id, or an e-mail address (None: there is no such button). `channels` is by channel id; `default` holds for
    all others. File limits are per message (`files`) and per file (`file_mb`); `question_characters` is the longest
    question.
    """

    bot_token: str = field(repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    app_token: str | None = field(default=None, repr=False)
    api_url: str = API
    bots: frozenset[str] = frozenset()
    most_members: int = 1_000
    members_seconds: float = 600.0
    person: str | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    default: Channel = Channel()
    files: int = 5
    file_mb: int = 20
    question_characters: int = 4_000

    def of(self, channel: str) -> Channel:
        """What holds in a channel."""
        return self.channels.get(channel, self.default)
