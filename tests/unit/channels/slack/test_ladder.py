"""Whatever Slack refuses, forgets or breaks off, at whatever call: one final answer in the end, and no draft."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_stage import Died, Fate, Stage, final, long

import deskhand.channels.slack.records  # noqa: F401 - the tables
from deskhand.channels.slack.abilities import Abilities
from deskhand.store import Database, metadata

if TYPE_CHECKING:
    from slack_server import SlackServer

METHODS = (
    "assistant.threads.setStatus",
    "chat.startStream",
    "chat.appendStream",
    "chat.stopStream",
    "chat.postMessage",
    "chat.update",
    "chat.delete",
    "conversations.replies",
)
REFUSALS = ("message_not_in_streaming_state", "msg_too_long", "invalid_blocks", "channel_type_not_supported", "no_such")
NEVER = {"chat.postMessage", "conversations.replies", "chat.delete"}
"""Where a plain refusal leaves no way to go: whoever may not post cannot answer."""

broken = st.tuples(
    st.sampled_from(METHODS), st.sampled_from(("limit", "drop", "drop after", "crash", "crash after", "fail")),
    st.sampled_from(REFUSALS),
)  # fmt: skip
acts = st.one_of(
    st.just(("step",)),
    st.just(("step",)),
    st.tuples(st.just("add"), st.sampled_from((1, 3, 20))),
    st.tuples(st.just("say"), st.sampled_from(("searching…", "reading…"))),
    st.just(("void",)),
    st.tuples(st.just("wait"), st.sampled_from((1.0, 100.0, 280.0))),
)


@pytest.fixture
def stage(slack_server: SlackServer, tmp_path: Path) -> Iterator[Stage]:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}", synchronous="NORMAL")
    with database.writing() as connection:
        metadata.create_all(connection)
    yield Stage(slack_server, database)
    database.close()


def scripted(slack: SlackServer, faults: list[tuple[str, str, str]]) -> None:
    for method, kind, refusal in faults:
        if kind == "limit":
            slack.limit(method, 1, retry_after=3)
        elif kind.startswith("drop"):
            slack.drop(method, after=kind.endswith("after"))
        elif kind.startswith("crash"):
            slack.crash(method, after=kind.endswith("after"))
        elif method == "assistant.threads.setStatus":
            # What could be set can be taken away.
            slack.fail(method, refusal, status="searching…")
        elif method not in NEVER:
            slack.fail(method, refusal)


async def act(attempt: Any, stage: Stage, one: tuple[Any, ...]) -> None:
    match one:
        case ("add", count):
            attempt.showing.add(long(count) + "\n\n")
        case ("say", state):
            attempt.showing.say(state)
        case ("void",):
            attempt.showing.void()
        case ("wait", seconds):
            stage.time.t += seconds
    stage.time.t += min(2.0, await attempt.showing.step())


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    faults=st.lists(broken, max_size=10),
    script=st.lists(acts, max_size=14),
    messages=st.sampled_from((final(), final(long(16)))),
    deaths=st.lists(st.integers(2, 40), max_size=2),
)
async def test_there_is_one_final_answer_and_no_draft(
    stage: Stage, slack_server: SlackServer, faults: Any, script: Any, messages: Any, deaths: list[int]
) -> None:
    slack_server.heal()
    stage.abilities = Abilities()
    heard = stage.ask()
    scripted(slack_server, faults)
    for number, at in enumerate([*deaths, None], 1):
        try:
            attempt = await stage.attempt(heard, number, fate=Fate(at))
            for one in script:
                await act(attempt, stage, one)
            await attempt.deliver(messages)
        except Died:
            continue
        finally:
            await stage.close()
            stage.opened.clear()

    assert stage.problems(heard, messages) == []
