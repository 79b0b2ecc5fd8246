"""What Slack tells of a press is understood, or is of no answer."""

from __future__ import annotations

from typing import Any

import pytest

from deskhand.answering import Summary
from deskhand.channels.slack import phrases
from deskhand.channels.slack.handover import message
from deskhand.channels.slack.pressed import Pressed, patiently, pressed
from deskhand.errors import SlackError, SlackUnavailable, SlackUnsure
from deskhand.redaction import Redactor

BODY: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "team_id": "T9"},
    "channel": {"id": "C1"},
    "container": {"type": "message", "message_ts": "2.0", "channel_id": "C1", "is_ephemeral": True, "thread_ts": "1.0"},
    "actions": [{"action_id": "deskhand_share", "value": '{"run": "a1", "runs": ["a1", "a2"]}', "action_ts": "3.0"}],
}


def test_a_press_names_its_answers_and_its_thread() -> None:
    place = pressed(BODY, "T1")

    assert place == Pressed(("a1", "a2"), "T1", "C1", "1.0", "3.0", "U1", ephemeral=True)
    assert Pressed.from_json(place.to_json()) == place


@pytest.mark.parametrize("value", [None, "", "no json", "[]", "{}", '"a1"', '{"runs": 3}'])
def test_a_press_of_no_answer_is_none(value: str | None) -> None:
    assert pressed({**BODY, "actions": [{"value": value}]}, "T1") is None


@pytest.mark.parametrize("missing", ["container", "user", "actions"])
def test_a_press_that_lacks_something_is_none(missing: str) -> None:
    body = {name: value for name, value in BODY.items() if name not in (missing, "message")}

    assert pressed(body, "T1") is None


async def test_what_slack_does_not_answer_is_tried_again_and_what_it_refuses_is_not() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    faults: list[Exception] = [SlackUnavailable("down"), SlackUnsure("broke off"), SlackError("no", "not_in_channel")]

    async def work() -> None:
        raise faults.pop(0)

    with pytest.raises(SlackError, match="no"):
        await patiently(work, sleep=sleep)
    assert len(waited) == 2


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_phrase_is_there_in_both_languages(language: str) -> None:
    found = {name: value for name, value in vars(phrases).items() if name.isupper()}
    each = [value for name, value in found.items() if name != "NOT_HANDED_OVER"]

    assert len(each) > 15
    assert all(language in value for value in (*each, *phrases.NOT_HANDED_OVER.values()))


def test_what_a_person_is_handed_pings_nobody_and_fits_into_a_message() -> None:
    """Forty thousand characters that would like to be a mention of everybody."""
    redact = Redactor().redact
    loud = redact("<!channel> @here <https://evil.example|click> " * 800).text
    summary = Summary(tuple([loud] * 30), "withheld", "en", text=loud)

    made = message(summary, asker="<@U1>", link="https://x.slack.com/archives/C1/p1")

    [first, *others] = made.blocks
    assert "<!channel>" not in made.text
    assert "<!channel>" not in str(first)
    assert all(block["type"] == "rich_text" for block in others)
    assert len(made.text) <= 3_900
    assert len(str(made.blocks)) <= 12_000
