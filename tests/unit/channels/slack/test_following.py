"""What is told of a question's runs while they work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deskhand.channels.slack.following import Following
from deskhand.channels.slack.showing import Clock
from deskhand.nouns import Principal, StreamEvent

ANA = Principal("ana@example.com")
EVENTS = [
    StreamEvent("1-1", "searching", {"sources": 3}),
    StreamEvent("1-2", "passage", {"number": 1}),
    StreamEvent("1-3", "passage", {"number": 2}),
    StreamEvent("1-4", "token", {"text": "Yes."}),
]


class Runs:
    """Stands in for the engine's streams at the edge: every run tells the same."""

    async def follow(self, run: str, reader: Principal, after: str | None = None) -> AsyncIterator[StreamEvent]:
        for event in EVENTS:
            yield event


class Screen:
    """What would be shown."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.text = ""

    def say(self, state: str) -> None:
        self.states.append(state)

    def add(self, text: str) -> None:
        self.text += text

    def void(self) -> None:
        self.text = ""


async def told(*runs: tuple[str, str], counts: bool) -> Screen:
    screen, asking = Screen(), Runs()
    shown: Any = screen
    await Following(
        runs,
        ANA,
        asking=asking,  # type: ignore[arg-type]
        showing=shown,
        clock=Clock(),
        language="en",
        counts=counts,
    ).all()
    return screen


async def test_one_run_tells_how_far_it_is_and_shows_its_text() -> None:
    screen = await told(("a1", "quotes"), counts=True)

    assert list(dict.fromkeys(screen.states))[1:4] == [
        "searching 3 sources…",
        "reading 1 passage…",
        "reading 2 passages…",
    ]
    assert screen.text == "Yes."


async def test_where_others_see_the_status_nothing_is_told_of_how_much_the_asker_may_read() -> None:
    screen = await told(("a1", "quotes"), counts=False)

    assert not any(letter.isdigit() for state in screen.states for letter in state)


@pytest.mark.parametrize("counts", [True, False])
async def test_several_runs_are_told_by_their_labels_and_stream_nothing(counts: bool) -> None:
    screen = await told(("a1", "fast"), ("a2", "careful"), counts=counts)

    assert screen.text == ""
    assert screen.states[-1] == "fast: ✓ · careful: ✓"
