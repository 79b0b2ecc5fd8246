"""The settings of the Slack door: what makes no sense is said before anything is opened."""

from __future__ import annotations

from typing import Any

import pytest

from deskhand.assembly import slack_options
from deskhand.errors import BadSettings
from deskhand.settings import Settings, load_settings

DOOR = {"bot_token": "xoxb-1", "app_token": "xapp-1"}


@pytest.mark.parametrize(
    ("slack", "said"),
    [
        ({"bot_token": "xoxb-1"}, "slack.signing_secret"),
        ({"app_token": "xapp-1"}, "slack.bot_token"),
        ({**DOOR, "models": ["big"]}, "slack.models has 'big'"),
        ({**DOOR, "libraries": ["hr"]}, "slack.libraries has 'hr'"),
        ({**DOOR, "channels": {"C1": {"models": ["big"]}}}, "slack.channels.C1.models has 'big'"),
        ({**DOOR, "channels": {"#general": {}}}, "no channel id"),
    ],
)
def test_what_makes_no_sense_is_said_with_its_name(slack: dict[str, Any], said: str):
    with pytest.raises(BadSettings, match=said.replace(".", r"\.")):
        load_settings(slack=slack)


def test_a_channel_is_as_everywhere_but_for_what_it_says():
    given = {**DOOR, "models": ["quotes"], "ephemeral": True, "channels": {"C1": {"ephemeral": False}}}
    options = slack_options(Settings.model_validate({"slack": given}))

    assert options.default.ephemeral
    assert not options.of("C1").ephemeral
    assert options.of("C1").models == options.of("C2").models == ("quotes",)


def test_no_secret_is_shown():
    settings = Settings.model_validate({"slack": {**DOOR, "signing_secret": "s3cret"}})

    for shown in (repr(settings), repr(slack_options(settings))):
        assert not any(secret in shown for secret in ("xoxb-1", "xapp-1", "s3cret"))


def test_without_a_door_there_are_no_options():
    with pytest.raises(BadSettings, match="deskhand slack manifest"):
        slack_options(Settings())
