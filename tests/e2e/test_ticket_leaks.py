"""Tickets asked for by everybody, through every call and command: nobody reads a word of one that does not concern
them, or finds out that it is there.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from ticket_office import ASKING, EXAMPLE

from deskhand.cli import main

TEXT = """Title: Request Environment Access
EnvironmentId: 3
Business Justification: The zebrawood project needs it."""
WORDS = ("zebrawood", "walnutnote", "teakwork", "cedarword", "ask-the-owner")
"""Of its text, of who denied it, of what its assignee is to do, of a comment; and the rule by which it was decided."""
SEES = {"ana", "kirk", "susi", "cleo", "hanna"}
"""Its requester, who was asked about it, its assignee, a subscriber, who handles tickets."""
PEOPLE = (*sorted(SEES), "ben", "sam", "dan", "olga")
GROUPS = {"hanna": ["support"], "olga": ["staff"], "ben": ["staff"]}
NOBODY = "t00000000000000000000"
"""An id that no ticket has."""


@dataclass
class Desk:
    """A served desk with one ticket that went through many hands."""

    household: Any
    served: Any
    clients: dict[str, httpx2.Client] = field(default_factory=dict)
    ticket: str = ""
    approval: str = ""

    def call(self, who: str, method: str, path: str, body: Any = None, code: int = 200, **headers: str) -> Any:
        reply = self.clients[who].request(method, path, json=body, headers=headers)
        assert reply.status_code == code, (who, method, path, reply.text)
        return reply.json() if reply.text else None

    @property
    def version(self) -> int:
        return int(self.call("hanna", "GET", f"/v1/tickets/{self.ticket}")["version"])


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    doors = request.config.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))
    assert doors is not None
    folder = tmp_path_factory.mktemp("tickets")
    (folder / "policy.yaml").write_text(ASKING)
    more = {"DESKHAND_TICKETS__POLICY": str(folder / "policy.yaml")}
    household = doors.Household(folder, {**doors.variables(folder), **more})
    listing = {"people": {f"{who}@example.com": GROUPS.get(who, []) for who in PEOPLE}, "services": {"robot": []}}
    (folder / "people.yaml").write_text(json.dumps(listing))
    household.run("people", "load", "people.yaml")
    household.run("tickets", "load", str(EXAMPLE))
    (folder / "library").mkdir()
    (folder / "library" / "lamps.md").write_text("# Lamps\n\nTo reset a lamp, turn the pinecone knob twice.\n")
    household.run("ingest", "library", "--read", "everyone")
    tokens = issued(folder)
    served = household.serve()
    opened = Desk(household, served, {who: served.client(token) for who, token in tokens.items()})
    opened.clients["stranger"] = served.client()
    handed_round(opened)
    yield opened
    household.close()


def issued(folder: Path) -> dict[str, str]:
    """A token for everybody, and three of Ana's that are worth nothing here."""
    import asyncio

    from deskhand.access import Directory
    from deskhand.store import Database

    database = Database(f"sqlite:///{folder / 'desk' / 'desk.db'}")

    async def issue() -> dict[str, str]:
        directory = Directory(database)
        tokens = {}
        for who in PEOPLE:
            tokens[who], _ = await directory.issue_token(f"{who}@example.com", ["tickets"])
        tokens["robot"], _ = await directory.issue_token("robot", ["tickets"])
        tokens["asks"], _ = await directory.issue_token("ana@example.com", ["ask", "ingest"])
        for name in ("revoked", "expired"):
            tokens[name], _ = await directory.issue_token("ana@example.com", ["tickets"])
        await directory.revoke(tokens["revoked"][:11])
        return tokens

    tokens = asyncio.run(issue())
    database.close()
    with sqlite3.connect(folder / "desk" / "desk.db") as connection:
        connection.execute(
            "UPDATE tokens SET expires = '2020-01-01 00:00:00.000000' WHERE id = ?", [tokens["expired"][:11]]
        )
    return tokens


def handed_round(desk: Desk) -> None:
    """Ana's ticket: Kirk was asked and said no, Hanna gave it to Susi, and Cleo follows it."""
    came = desk.call("ana", "POST", "/v1/tickets", {"text": TEXT, "wait": 30}, 201, **{"Idempotency-Key": "key-1"})
    assert came["ticket"]["status"] == "waiting for @kirk"
    desk.ticket = came["id"]
    [asked] = desk.call("kirk", "GET", "/v1/approvals")
    desk.approval = asked["id"]
    desk.call("kirk", "POST", f"/v1/approvals/{desk.approval}/deny", {"note": "A walnutnote."})
    path = f"/v1/tickets/{desk.ticket}"
    now = desk.call("ana", "GET", f"{path}?wait=30")
    assert now["status"] == "assigned to @kirk"
    given = {"version": now["version"], "to": "@susi", "instructions": "Some teakwork."}
    desk.call("hanna", "POST", f"{path}/assign", given)
    desk.call("ana", "POST", f"{path}/subscribers", {"employee": "131"}, 204)
    desk.call("susi", "POST", f"{path}/comments", {"version": desk.version, "text": "A cedarword."})


def looks(ticket: str, approval: str) -> list[tuple[str, str, Any]]:
    """Every call that could show a ticket, and that changes nothing when it is refused."""
    at, version = f"/v1/tickets/{ticket}", {"version": 1}
    return [
        ("GET", "/v1/tickets", None),
        ("GET", "/v1/tickets?mine=true&state=assigned&limit=200", None),
        ("GET", "/v1/tickets?q=zebrawood&requester=111&assignee=%40susi&source=api&cut=10", None),
        ("GET", "/v1/tickets/counts", None),
        ("GET", "/v1/tickets/counts?q=zebrawood", None),
        ("GET", "/v1/tickets/changes", None),
        ("GET", "/v1/tickets/changes?q=xylocarp&since=20200101T000000000000_0123456789abcdef", None),
        ("GET", "/v1/policy", None),
        ("GET", at, None),
        ("GET", f"{at}/trace", None),
        ("PATCH", at, {**version, "text": "x"}),
        ("POST", f"{at}/comments", {**version, "text": "x"}),
        ("POST", f"{at}/assign", {**version, "to": "121"}),
        ("POST", f"{at}/resolve", version),
        ("POST", f"{at}/reopen", version),
        ("POST", f"{at}/retry", None),
        ("POST", f"{at}/subscribers", {}),
        ("POST", f"{at}/subscribers", {"employee": "121"}),
        ("DELETE", f"{at}/subscribers", None),
        ("GET", "/v1/approvals", None),
        ("POST", f"/v1/approvals/{approval}/approve", {}),
        ("POST", f"/v1/approvals/{approval}/deny", {"note": "x"}),
        ("GET", "/v1/proposals", None),
        ("GET", f"/v1/proposals/{ticket}", None),
        ("PATCH", f"/v1/proposals/{ticket}", {**version, "text": "x"}),
        ("POST", f"/v1/proposals/{ticket}/approve", version),
        ("POST", f"/v1/proposals/{ticket}/send", version),
        ("POST", f"/v1/proposals/{ticket}/reject", {**version, "reason": "x"}),
        ("GET", "/v1/audit?limit=1000", None),
        ("GET", f"/v1/runs/ticket-{ticket}-1", None),
        ("GET", f"/v1/runs/ticket-{ticket}-1/events", None),
        ("GET", "/v1/runs", None),
        ("GET", "/v1/conversations", None),
    ]


def test_every_call_of_tickets_is_looked_at() -> None:
    described = json.loads((Path(__file__).parents[2] / "docs/reference/openapi.json").read_text())["paths"]
    ours = ("/v1/tickets", "/v1/approvals", "/v1/proposals", "/v1/audit", "/v1/policy")
    there = {(method.upper(), path) for path in described if path.startswith(ours) for method in described[path]}

    looked = {
        (method, path.partition("?")[0].replace("{ticket}", "{id}"))
        for method, path, _ in [*looks("{id}", "{id}"), ("POST", "/v1/tickets", None)]
    }
    assert {(method, path.replace("{ticket}", "{id}")) for method, path in there} <= looked


@pytest.mark.parametrize("who", ["ben", "sam", "dan", "olga", "robot"])
def test_whom_a_ticket_does_not_concern_learns_nothing_of_it(desk: Desk, who: str) -> None:
    """What they are told of it is what they are told of one that there is not."""
    before = desk.version
    for (method, path, body), (_, other, _) in zip(
        looks(desk.ticket, desk.approval), looks(NOBODY, "ap-0000"), strict=True
    ):
        said, instead = (desk.clients[who].request(method, each, json=body) for each in (path, other))

        assert not [word for word in WORDS if word in said.text], (method, path)
        told = said.text.replace(desk.ticket, "T").replace(desk.approval, "A")
        assert told == instead.text.replace(NOBODY, "T").replace("ap-0000", "A"), (method, path)
        assert said.status_code == instead.status_code
    assert desk.version == before


@pytest.mark.parametrize(("who", "code"), [("stranger", 401), ("revoked", 401), ("expired", 401), ("asks", 403)])
def test_who_is_not_signed_in_for_tickets_gets_nowhere(desk: Desk, who: str, code: int) -> None:
    """Although three of the tokens are its requester's."""
    calls = [*looks(desk.ticket, desk.approval)[:26], ("POST", "/v1/tickets", {"text": "x"})]
    for method, path, body in calls:
        said = desk.clients[who].request(method, path, json=body)

        assert said.status_code == code, (method, path)
        assert not [word for word in (*WORDS, desk.ticket) if word in said.text]


@pytest.mark.parametrize("who", sorted(SEES))
def test_whom_it_concerns_sees_all_of_it(desk: Desk, who: str) -> None:
    """The test of the tests above: these words can be read."""
    whole = json.dumps([desk.call(who, "GET", f"/v1/tickets/{desk.ticket}{part}") for part in ("", "/trace")])

    assert [word for word in WORDS if word not in whole] == []
    assert desk.ticket in [each["id"] for each in desk.call(who, "GET", "/v1/tickets")]


def test_the_audit_log_is_shown_to_who_handles_tickets_alone(desk: Desk) -> None:
    for who in PEOPLE:
        reply = desk.clients[who].get("/v1/audit?limit=1000")

        assert reply.status_code == (200 if who == "hanna" else 403)
        assert ("teakwork" in reply.text) == (who == "hanna")


def test_a_key_or_an_id_of_another_opens_nothing(desk: Desk) -> None:
    again = desk.call("ana", "POST", "/v1/tickets", {"text": "x"}, 201, **{"Idempotency-Key": "key-1"})
    theirs = desk.call("ben", "POST", "/v1/tickets", {"text": "Title: y"}, 201, **{"Idempotency-Key": "key-1"})
    for chosen in (desk.ticket, NOBODY):
        refused = desk.clients["ben"].post("/v1/tickets", json={"text": "x", "id": chosen})
        assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    for_another = desk.clients["ben"].post("/v1/tickets", json={"text": "x", "requester": "111"})

    assert again["id"] == desk.ticket
    assert theirs["id"] != desk.ticket
    assert for_another.status_code == 403


def test_a_drafted_reply_is_shown_to_who_reviews_it_alone(desk: Desk) -> None:
    """Until it is sent; its requester is told nothing of it before."""
    text = "How do I reset a lamp?"
    came = desk.call("ana", "POST", "/v1/tickets", {"text": text, "wait": 30}, 201)["ticket"]
    at = f"/v1/proposals/{came['id']}"
    reply = desk.call("hanna", "GET", at)
    assert "pinecone" in reply["text"]
    for who in ("ana", "ben", "kirk", "robot"):
        assert desk.clients[who].get(at).status_code == 404
        assert "pinecone" not in desk.clients[who].get("/v1/proposals").text
    seen = [desk.clients["ana"].get(f"/v1/tickets/{came['id']}{part}").text for part in ("", "/trace")]
    assert not [each for each in seen if "pinecone" in each or '"proposed":true' in each]
    desk.call("hanna", "POST", f"{at}/send", {"version": reply["version"]})

    assert "pinecone" in desk.call("ana", "GET", f"/v1/tickets/{came['id']}")["communication"]


def test_a_service_is_not_shown_what_it_submitted_for_another(desk: Desk) -> None:
    """It may send it again, and still learns nothing of what became of it."""
    sent = {"text": "Title: a question of Dan's", "requester": "141", "id": "dan-1", "wait": 20}
    for _ in range(2):
        came = desk.call("robot", "POST", "/v1/tickets", sent, 201, **{"Idempotency-Key": "row-1"})
        assert came == {"id": "dan-1", "ticket": None}
    desk.call("robot", "GET", "/v1/tickets/dan-1", code=404)

    assert desk.call("dan", "GET", "/v1/tickets/dan-1")["requester"] == "141"


def test_the_command_line_shows_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the server, as everybody: the words are there for whom it concerns, and for others not even the id."""
    run = desk.household.run
    seen = run("tickets", "show", desk.ticket, "--trace", "--as", "cleo@example.com").stdout
    assert [word for word in WORDS if word not in seen] == []

    nothing = [
        (("tickets", "list"), 0),
        (("tickets", "approvals"), 0),
        (("tickets", "show", desk.ticket, "--trace"), 1),
        (("tickets", "comment", desk.ticket, "hello"), 1),
        (("tickets", "approve", desk.approval), 1),
    ]
    monkeypatch.chdir(desk.household.folder)
    for name, value in desk.household.environment().items():
        monkeypatch.setenv(name, value)
    for arguments, code in nothing:
        # In this process: a command that has begun looks at the same database.
        monkeypatch.setattr(sys, "argv", ["deskhand", *arguments, "--as", "sam@example.com"])
        with pytest.raises(SystemExit) as end:
            main()
        assert (end.value.code or 0) == code, arguments
        done = capsys.readouterr()
        said = (done.out + done.err).replace("there is no ticket '" + desk.ticket, "there is no ticket '")
        assert not [word for word in (*WORDS, desk.ticket) if word in said], arguments


def test_the_server_writes_no_word_of_a_ticket_into_its_log(desk: Desk) -> None:
    log = desk.household.log()

    assert desk.ticket in log
    assert not [word for word in WORDS if word in log]
