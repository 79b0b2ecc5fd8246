"""The Slack door, gone in by every mix of readers: no call to Slack carries a word that somebody there may not read.

Each group has a document with a word of its own, and the model says all that it is shown. Whatever is sent into a
place is looked through: answers, drafts, statuses, sources, snippets, footers.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from slack_server import SlackServer

WORDS = {"staff": "zirconfish", "hr": "quokkabeam", "public": "ambertoad"}
READERS = {"eve": (), "sam": ("staff",), "hanna": ("hr",), "olga": ("staff", "hr")}
QUESTION = "What is the entry code of the boathouse?"
RUN = {"workflow_input", "operation_outputs", "run_events"}
"""The engine's tables, whose rows go after `retention_days`."""
ENDED = "SELECT count(*) FROM slack_inbox WHERE state = 'done'"

PLACES: dict[str, tuple[str, ...]] = {
    "sam alone": ("sam",),
    "hanna alone": ("hanna",),
    "eve alone": ("eve",),
    "sam and olga": ("sam", "olga"),
    "sam and hanna": ("sam", "hanna"),
    "olga and eve": ("olga", "eve"),
    "olga and a guest of another company": ("olga", "stranger"),
    "olga and somebody without a confirmed address": ("olga", "doubtful"),
    "olga and a crowd": ("olga", *(f"p{number}" for number in range(12))),
}


def words_open_to(members: tuple[str, ...]) -> set[str]:
    """What everybody there may read; nothing, once somebody is nobody we know."""
    if not set(members) <= {*READERS, *PLACES["olga and a crowd"]}:
        return set()
    groups = [set(READERS.get(member, ())) for member in members]
    return {WORDS["public"], *(WORDS[group] for group in set.intersection(*groups))}


@pytest.fixture
def doors(request: pytest.FixtureRequest) -> Any:
    return request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))


@pytest.fixture
def model(doors: Any) -> Iterator[Any]:
    """A model that says whatever it is shown."""
    peer = doors._peer("model_server")
    with peer.ModelServer(peer.Script(lambda prompt: f"{prompt} [1]")) as server:
        yield server


@pytest.fixture
def house(doors: Any, model: Any, tmp_path: Path, slack_server: SlackServer) -> Iterator[Any]:
    """A desk with a source for each group, behind Slack alone; most_members is 10."""
    scripted = {"provider": "openai", "model": "scripted", "base_url": f"{model.url}/v1", "api_key": "none"}
    slack = {
        "bot_token": slack_server.bot_token,
        "signing_secret": slack_server.signing_secret,
        "api_url": slack_server.api_url,
        "most_members": 10,
    }
    opened = doors.Household(
        tmp_path,
        {
            "DESKHAND_HOME": str(tmp_path / "desk"),
            "DESKHAND_EMBEDDER__PROVIDER": "none",
            "DESKHAND_MODELS": json.dumps({"scripted": scripted}),
            "DESKHAND_SLACK": json.dumps(slack),
        },
    )
    people = {f"{who}@example.com": list(groups) for who, groups in READERS.items()}
    (tmp_path / "people.yaml").write_text(json.dumps({"people": people}))
    opened.run("people", "load", "people.yaml")
    for group, word in WORDS.items():
        (tmp_path / group).mkdir()
        (tmp_path / group / "codes.md").write_text(f"# Codes\n\nThe entry code of the boathouse is {word}.\n")
        opened.run("ingest", group, "--read", "everyone" if group == "public" else f"group:{group}")
    served = opened.serve()
    slack_server.subscribe(f"{served.url}/slack/events")
    yield opened
    opened.close()


@pytest.fixture
def members(slack_server: SlackServer) -> dict[str, str]:
    """Ids of all who are in some place, by name."""
    names = sorted({member for place in PLACES.values() for member in place} - {"stranger", "doubtful"})
    ids = {name: slack_server.user(name, email=f"{name}@example.com") for name in names}
    ids["stranger"] = slack_server.user("stranger", email="hanna@example.com", stranger=True, team="T0ELSEWHERE")
    ids["doubtful"] = slack_server.user("doubtful", email="sam@example.com", confirmed=False)
    return ids


def sent_into(slack: SlackServer, channel: str) -> str:
    """Everything that went into a channel by any method."""
    return "\n".join(str(call) for call in slack.calls() if channel in str(call)).casefold()


def final(slack: SlackServer, channel: str, thread: str) -> Any:
    """The final message in a thread, waited for."""

    def there() -> Any:
        marked = [(each, (each.metadata or {}).get("event_payload", {})) for each in slack.replies(channel, thread)]
        return [each for each, payload in marked if payload.get("final")]

    return slack.wait_until(there)[-1]


def test_what_goes_into_a_channel_is_what_everybody_in_it_may_read(
    house: Any, slack_server: SlackServer, members: dict[str, str]
) -> None:
    slack = slack_server
    found: dict[str, set[str]] = {}
    for place, names in PLACES.items():
        room = slack.channel(place.replace(" ", "-"), members=[members[name] for name in names])
        asked = slack.say(members[names[0]], room, f"{slack.mention} {QUESTION}")
        final(slack, room, asked.ts)
        found[place] = {word for word in WORDS.values() if word in sent_into(slack, room)}

    assert found == {place: words_open_to(names) for place, names in PLACES.items()}


def test_what_goes_into_a_direct_message_is_what_that_person_may_read(
    house: Any, slack_server: SlackServer, members: dict[str, str]
) -> None:
    slack = slack_server
    found: dict[str, set[str]] = {}
    for name in (*READERS, "stranger", "doubtful"):
        room = slack.im(members[name])
        asked = slack.say(members[name], room, QUESTION)
        final(slack, room, asked.ts)
        found[name] = {word for word in WORDS.values() if word in sent_into(slack, room)}

    assert found == {name: words_open_to((name,)) for name in found}


def test_who_joins_a_channel_closes_it_for_the_next_answer(
    house: Any, slack_server: SlackServer, members: dict[str, str]
) -> None:
    slack = slack_server
    room = slack.group("staff", members=[members["sam"], members["olga"]])
    first = slack.say(members["sam"], room, f"{slack.mention} {QUESTION}")
    assert WORDS["staff"] in final(slack, room, first.ts).everything

    slack.join(members["eve"], room)
    slack.settle()
    second = slack.say(members["sam"], room, f"{slack.mention} {QUESTION}")

    assert WORDS["staff"] not in final(slack, room, second.ts).everything


def test_what_is_asked_in_slack_is_in_no_log(house: Any, slack_server: SlackServer, members: dict[str, str]) -> None:
    slack = slack_server
    room = slack.im(members["olga"])
    slack.fail("chat.startStream", "internal_error")
    asked = slack.say(members["olga"], room, f"{QUESTION} My card is 4111 1111 1111 1111, says olgaswhisper.")
    final(slack, room, asked.ts)

    log = house.log()

    assert "olgaswhisper" not in log
    assert "4111" not in log
    assert "olga@example.com" not in log
    assert slack.bot_token not in log


def test_what_stays_on_disk_is_what_the_page_says(
    house: Any, slack_server: SlackServer, members: dict[str, str], tmp_path: Path
) -> None:
    """See `docs/how-to/slack.md`, "What is stored"."""
    slack, card = slack_server, "4111 1111 1111 1111"
    room = slack.group("staff", members=[members["sam"], members["olga"]])
    first = slack.say(members["sam"], room, f"{slack.mention} {QUESTION} My card is {card}.")
    final(slack, room, first.ts)
    slack.put(members["olga"], room, f"threadwhisper {card}", thread_ts=first.ts)
    note = slack.file("note.txt", f"filewhisper {card}".encode(), "text/plain", user=members["sam"])
    second = slack.say(members["sam"], room, f"{slack.mention} And now?", first.ts, files=[note])
    slack.wait_until(lambda: [each for each in slack.replies(room, first.ts) if each.ts > second.ts and each.actions])
    with closing(sqlite3.connect(tmp_path / "desk" / "desk.db")) as database:
        slack.wait_until(lambda: database.execute(ENDED).fetchone() == (2,))
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: str(database.execute(f'SELECT * FROM "{name}"').fetchall()) for name in tables}
    house.close()
    kept = {name for name, text in rows.items() if "threadwhisper" in text or "filewhisper" in text}
    addresses = {name for name, text in rows.items() if "olga@example.com" in text}
    everything = b"".join(path.read_bytes() for path in (tmp_path / "desk").rglob("*") if path.is_file())

    assert kept <= RUN
    assert "workflow_input" in kept
    assert addresses <= {"audience_members", "people", "memberships"}
    assert QUESTION not in rows["slack_inbox"]
    assert card.encode() not in everything
    for secret in (slack.bot_token, slack.signing_secret):
        assert secret.encode() not in everything
