"""The cloud functions and a real server: over HTTP, by its PostgreSQL and with SQS between; frozen, cut off, killed."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_servers
import pytest
import sqlalchemy as sa
from lambda_container import Container

BOUND = 20.0
QUESTION = "How do I reset my password?"
PHONE = {"DESKHAND_CONTACT": "{}"}


def event(contact: str = "c-1", **parameters: str) -> dict[str, Any]:
    data = {
        "ContactId": contact, "InitialContactId": contact, "Channel": "VOICE", "LanguageCode": "en-US",
        "CustomerEndpoint": {"Address": "+15551234567", "Type": "TELEPHONE_NUMBER"},
    }  # fmt: skip
    return {"Name": "ContactFlowEvent", "Details": {"ContactData": data, "Parameters": parameters}}


def walk(model: Any, container: Container) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A call: asked, waited for while the model thinks, answered. The waiting prompts, and the answer."""
    gate = model.script.stands()
    asked = container.call("producer", **event(question=QUESTION))
    assert (asked["status"], asked["prompt"][:3]) == ("202", "One"), asked
    waits = [container.call("consumer", 1.2, **event(reference=asked["reference"], attempt="1"))]
    assert gate.reached.wait(BOUND)
    waits.append(container.call("consumer", 1.2, **event(reference=asked["reference"], attempt="2")))
    gate.open.set()
    return [asked, *waits], heard(container, asked["reference"])


def heard(container: Container, reference: str, contact: str = "c-1") -> dict[str, Any]:
    """What the flow hears in the end."""
    deadline = time.monotonic() + BOUND
    while (told := container.call("consumer", **event(contact, reference=reference)))["status"] == "202":
        assert time.monotonic() < deadline, told
    return told


def is_an_answer(told: dict[str, Any]) -> bool:
    assert told["status"] == "200", told
    return "Forgotten password" in told["prompt"] and "[1]" not in told["prompt"] and told["sources"] == "Accounts"


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Callable[..., Container]]:
    """Starts containers with these variables."""
    started: list[Container] = []

    def start(**variables: str) -> Container:
        opened = Container({"DESKHAND_HOME": str(tmp_path / "none"), **PHONE, **variables}, tmp_path)
        started.append(opened)
        return opened.__enter__()

    yield start
    for each in started:
        each.__exit__()


@pytest.fixture
def phone(household: Any) -> Any:
    """The household with its phone door set."""
    household.variables |= PHONE
    return household


def test_over_http_a_slow_answer_is_waited_for_and_heard_until_the_server_is_killed(
    phone: Any, model: Any, container: Any
) -> None:
    token = phone.token("ben@example.com", "contact")
    server = phone.serve()
    function = container(DESKHAND_URL=server.url, DESKHAND_TOKEN=token)
    shut_out = container(DESKHAND_URL=server.url, DESKHAND_TOKEN=token[:-1] + "_")

    waits, answer = walk(model, function)
    resumed = function.call("resume", **event())
    handed_over = function.call("handover", **event(reference=answer["reference"]))
    unknown = function.call("consumer", **event(reference="q1"))
    not_let_in = shut_out.call("consumer", **event(reference=answer["reference"]))
    server.stop(signal.SIGKILL)
    gone = function.call("producer", **event(question=QUESTION))

    assert [told["status"] for told in waits] == ["202", "202", "202"]
    assert waits[1]["prompt"] != waits[2]["prompt"]
    assert is_an_answer(answer)
    assert is_an_answer(resumed)
    assert "How do I reset my password" in handed_over["summary"]
    assert (unknown["status"], unknown["reason"]) == ("404", "not-found")
    assert (not_let_in["status"], not_let_in["reason"]) == ("503", "not-let-in")
    assert (gone["status"], gone["reason"]) == ("503", "unreachable")
    assert token not in function.log.read_text() + phone.log()


@pytest.fixture
def on_postgres(
    request: pytest.FixtureRequest, model: Any, empty: None, postgres_url: str, tmp_path: Path
) -> Iterator[Any]:
    """A desk with one document, its data on PostgreSQL."""
    doors = request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    scripted = f'{{"provider": "openai", "model": "scripted", "base_url": "{model.url}/v1", "api_key": "none"}}'
    variables = {**doors.variables(tmp_path), **PHONE, "DESKHAND_MODELS": f'{{"scripted": {scripted}}}'}
    opened = doors.Household(tmp_path, {**variables, "DESKHAND_DATABASE_URL": postgres_url})
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "accounts.md").write_text(doors.LIBRARY["accounts.md"])
    opened.run("ingest", "library", "--read", "everyone")
    yield opened
    opened.close()


def cut_off(url: str) -> int:
    """End all connections to the database that rest; how many."""
    address = sa.make_url(url)
    engine = sa.create_engine(address.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        ended = connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND state = 'idle'"),
            {"name": address.database},
        ).all()
    engine.dispose()
    return len(ended)


@pytest.mark.postgres
def test_on_the_desks_postgres_connections_that_died_while_it_was_frozen_are_replaced(
    on_postgres: Any, model: Any, postgres_url: str, container: Any
) -> None:
    on_postgres.serve()
    function = container(DESKHAND_DATABASE_URL=postgres_url)

    waits, answer = walk(model, function)
    ended = cut_off(postgres_url)
    again = heard(function, answer["reference"])
    asked = function.call("producer", **event("c-2", question="How do I reset a password?"))

    assert [told["status"] for told in waits] == ["202", "202", "202"]
    assert is_an_answer(answer)
    assert ended > 0
    assert is_an_answer(again)
    assert is_an_answer(heard(function, asked["reference"], "c-2"))


@pytest.mark.postgres
def test_a_database_of_another_release_and_one_that_is_gone_are_prompts(
    empty: None, postgres_url: str, container: Any
) -> None:
    bare = container(DESKHAND_DATABASE_URL=postgres_url)
    gone = container(DESKHAND_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:9/none")

    of_another_release = bare.call("producer", **event(question=QUESTION))
    unreachable = gone.call("producer", **event(question=QUESTION))

    assert (of_another_release["status"], of_another_release["reason"]) == ("500", "bad-settings")
    assert "migration" in bare.log.read_text()
    assert (unreachable["status"], unreachable["reason"]) == ("503", "database")


def jobs_and_runs(desk: Any) -> tuple[int, int]:
    """How many jobs and questions are on record."""
    with sqlite3.connect(Path(desk.variables["DESKHAND_HOME"]) / "desk.db") as connection:
        rounds = connection.execute("SELECT coalesce(sum(round), 0) FROM contact_jobs").fetchone()[0]
        return rounds, connection.execute("SELECT count(*) FROM questions").fetchone()[0]


def test_through_a_queue_a_server_that_is_killed_loses_and_doubles_nothing(
    phone: Any, container: Any, moto: Any
) -> None:
    """It is killed when all is on record and nothing deleted. And what is no event is a dead letter."""
    queues = aws_servers.Queues.made(moto, visibility=2)
    token = phone.token("ben@example.com", "contact")
    queue = {
        **aws_servers.ENVIRONMENT,
        "DESKHAND_CONTACT__QUEUE__URL": queues.url,
        "DESKHAND_CONTACT__QUEUE__DEAD_LETTER_URL": queues.dead_letter_url,
    }
    with aws_servers.Gatekeeper(moto) as gatekeeper:
        phone.variables |= {**queue, "DESKHAND_CONTACT__QUEUE__ENDPOINT": gatekeeper.url}
        producing = container(DESKHAND_CONTACT__QUEUE__ENDPOINT=moto.url, **queue)
        asked = producing.call("producer", **event(question=QUESTION))
        gatekeeper.hold("DeleteMessageBatch")
        server = phone.serve()
        assert gatekeeper.came.wait(BOUND), phone.log()
        on_record = jobs_and_runs(phone)[0]
        server.stop(signal.SIGKILL)
        server = phone.serve()
        queues.send("an order of 12 chairs")
        answer = heard(container(DESKHAND_URL=server.url, DESKHAND_TOKEN=token), asked["reference"])
        [dead] = queues.dead()
        deadline = time.monotonic() + BOUND
        while queues.count():
            assert time.monotonic() < deadline

    assert asked["status"] == "202"
    assert on_record == 1
    assert is_an_answer(answer)
    assert jobs_and_runs(phone) == (1, 1)
    assert dead["body"] == "an order of 12 chairs"
    assert dead["attributes"]["code"] == "malformed"
