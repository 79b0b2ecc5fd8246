"""A contact flow's functions against `deskhand serve`: a slow model, a line that drops, a server that is killed."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from phone_scene import event

pytestmark = pytest.mark.timeout(120)

QUESTION = "How do I reset my password?"
SAID = "To reset a password, open the sign-in page and choose Forgotten password."
BONUS = "What is the yearly bonus for the sales team?"
BONUS_SAID = "The yearly bonus for the sales team is 4000 crowns and is paid in March [1]."


class Phone:
    """A flow's functions over HTTP, with a caller."""

    def __init__(self, household: Any) -> None:
        self.household = household
        self.tests = 0
        self.server = household.serve()
        self.client = self.server.client(household.token("phone", "contact"))

    @property
    def number(self) -> str:
        return f"+1555123456{self.tests}"

    def call(
        self, function: str, contact: str = "call-1", *, seconds: float = 6.5, **parameters: Any
    ) -> dict[str, str]:
        # A caller and calls of the test's own.
        given = event(f"{self.tests}-{contact}", self.number, **parameters)
        reply = self.client.post(f"/contact/{function}?seconds={seconds}", json=given)
        assert reply.status_code == 200, reply.text
        told: dict[str, str] = reply.json()
        assert told["prompt"]
        return told

    def ask(self, question: str = QUESTION, contact: str = "call-1", **more: Any) -> str:
        return self.call("producer", contact, question=question, **more)["reference"]

    def hear(self, reference: str, contact: str = "call-1", **more: Any) -> dict[str, str]:
        told = {"status": "202"}
        while told["status"] == "202":
            told = self.call("consumer", contact, reference=reference, **more)
        return told

    def until_heard(self, contact: str) -> None:
        """Calls until there is nothing left to hear: that an answer was heard is put on record after the reply."""
        while self.call("resume", contact)["reason"] != "nothing-to-resume":
            continue

    def again(self) -> None:
        """The server's place taken by another one, on another port."""
        self.server = self.household.serve()
        self.client = self.server.client(self.client.headers["authorization"].removeprefix("Bearer "))


def contact(**options: Any) -> dict[str, str]:
    return {
        "DESKHAND_CONTACT": json.dumps({"caller_key": "a long random text", "person_parameter": "person"} | options)
    }


@pytest.fixture(scope="module")
def doors(request: pytest.FixtureRequest) -> Any:
    """The suite's own `conftest`, for its household."""
    return request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))


def household(doors: Any, folder: Path, model: Any, **more: str) -> Any:
    scripted = {
        "provider": "openai",
        "model": "scripted",
        "base_url": f"{model.url}/v1",
        "api_key": "none",
        "timeout": 4,
    }
    models = {"DESKHAND_MODELS": json.dumps({"scripted": scripted})}
    return doors.Household(folder, {**doors.variables(folder), **contact(), **models, **more})


@pytest.fixture(scope="module")
def served(doors: Any, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Phone, Any]]:
    """A desk with a phone door, and its model; one for all tests, whose callers are strangers to each other."""
    folder = tmp_path_factory.mktemp("contact") / "household"
    shutil.copytree(template, folder)
    peer = doors._peer("model_server")
    with peer.ModelServer(peer.Script(doors.RESET)) as server:
        opened = household(doors, folder, server)
        opened.run("people", "add", "phone")
        yield Phone(opened), server
        opened.close()


@pytest.fixture
def phone(served: tuple[Phone, Any]) -> Phone:
    served[0].tests += 1
    return served[0]


@pytest.fixture
def model(served: tuple[Phone, Any], doors: Any) -> Iterator[Any]:
    _, server = served
    yield server
    server.script.says, server.script.rate, server.script.stops = doors.RESET, None, None
    server.script.faults.clear()


def test_a_call_waits_hears_the_answer_and_its_number_is_nowhere(phone: Phone, model: Any) -> None:
    model.script.rate = 8.0

    reference = phone.ask(f"{QUESTION} Call me at {phone.number}")
    waits = [phone.call("consumer", seconds=0.3, reference=reference, attempt=str(n)) for n in (1, 2)]
    told = phone.hear(reference)
    called_back = phone.call("resume", "call-2")
    handed_over = phone.call("handover", "call-2")

    assert [wait["status"] for wait in waits] == ["202", "202"]
    assert waits[0]["prompt"] != waits[1]["prompt"]
    assert (told["status"], told["prompt"].startswith(SAID)) == ("200", True)
    assert (called_back["status"], SAID in called_back["prompt"]) == ("200", True)
    assert QUESTION in handed_over["summary"]
    phone.until_heard("call-3")
    kept = [file.read_bytes() for file in (phone.household.folder / "desk").rglob("*") if file.is_file()]
    assert not [each for each in (*kept, phone.household.log().encode()) if phone.number[1:].encode() in each]
    assert phone.number[1:] not in repr([request.body for request in model.script.requests])


def test_what_the_model_does_wrong_is_told_in_time_and_the_next_question_is_answered(phone: Phone, model: Any) -> None:
    def told(number: int) -> tuple[str, str]:
        reply = phone.hear(phone.ask(f"{QUESTION} {number}", f"call-{number}"), f"call-{number}")
        return reply["status"], reply["reason"]

    model.script.fails(400)
    assert told(1) == ("502", "model")
    model.script.fails(429, Retry_After="600")
    assert told(2) == ("429", "model-throttled")
    model.script.hangs(after_frames=2)
    assert told(3) == ("504", "model-timeout")
    model.script.stops = "content_filter"
    assert told(4) == ("451", "model-blocked")
    model.script.stops = None
    assert told(5) == ("200", "")


def test_what_a_caller_may_not_read_is_not_said_even_if_it_was_before(phone: Phone, model: Any) -> None:
    model.script.says = BONUS_SAID
    ana: dict[str, Any] = {"person": "ana@example.com"}
    ben: dict[str, Any] = {"person": "ben@example.com"}

    nobody = phone.hear(phone.ask(BONUS))
    of_ben = phone.hear(phone.ask(BONUS, **ben), **ben)
    of_ana = phone.hear(reference := phone.ask(BONUS, **ana), **ana)
    phone.household.run("people", "add", "ana@example.com")
    later = phone.call("consumer", reference=reference, **ana)
    resumed = phone.call("resume", "call-2", **ana)

    assert (of_ana["status"], "4000" in of_ana["prompt"]) == ("200", True)
    assert (later["status"], later["reason"]) == ("204", "withheld")
    assert [nobody["status"], of_ben["status"], resumed["status"]] == ["204", "204", "404"]
    assert "4000" not in f"{nobody}{of_ben}{later}{resumed}"


def test_a_server_that_is_killed_while_it_answers_keeps_the_question(phone: Phone, model: Any) -> None:
    model.script.rate = 2.0
    question = "Where do I reset a password?"
    reference = phone.ask(question)
    assert phone.call("consumer", seconds=1, reference=reference)["status"] == "202"

    phone.server.stop(signal.SIGKILL)
    model.script.rate = None
    phone.again()

    assert phone.hear(reference)["prompt"].startswith(SAID)
    assert phone.ask(question) == reference


# The functions in one process, the generator in another


@pytest.fixture
def shared(doors: Any, model: Any, empty: None, postgres_url: str, tmp_path: Path) -> Iterator[Any]:
    """A desk with its data on PostgreSQL."""
    opened = household(doors, tmp_path, model, DESKHAND_DATABASE_URL=postgres_url)
    (tmp_path / "library").mkdir()
    for file, text in doors.LIBRARY.items():
        (tmp_path / "library" / file).write_text(text)
    opened.run("ingest", "library", "--read", "everyone")
    yield opened
    opened.close()


@pytest.mark.postgres
async def test_a_process_with_the_database_alone_takes_a_question_and_is_woken_by_its_answer(
    shared: Any, model: Any, postgres_url: str, tmp_path: Path
) -> None:
    from deskhand.assembly import open_phone
    from deskhand.settings import load_settings

    model.script.rate = 8.0
    shared.serve()
    settings = load_settings(
        database_url=postgres_url, home=tmp_path / "function", contact={"caller_key": "a long random text"}
    )
    async with open_phone(settings) as functions:
        asked = await functions.call("producer", event(question=QUESTION))
        waiting = await functions.call("consumer", event(reference=asked.reference), 0.3)
        told = await functions.call("consumer", event(reference=asked.reference))
        resumed = await functions.call("resume", event("call-2"))

    assert [reply.status for reply in (asked, waiting, told, resumed)] == ["202", "202", "200", "200"]
    assert told.prompt.startswith(SAID)
