"""Which runs the HTTP door shows, and what of them: to whose they are, to an operator, to who may not read their
sources, to a stranger."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deskhand.assembly import Desk, open_desk
from deskhand.channels.api import create_app
from deskhand.nouns import AccessList, Principal, Run, Step
from deskhand.settings import Settings
from deskhand.ticketing import audit_records
from deskhand.ticketing.tools.builtin import SEARCH

QUESTION = "Which tray of the printer takes paper?"
PEOPLE = {
    "olga": (["writers"], ["ask", "ingest"]),
    "ana": (["staff"], ["ask", "ingest", "tickets"]),
    "eve": ([], ["ask", "ingest", "tickets"]),
    "root": ([], ["admin"]),
    "ana's uploader": (["staff"], ["ingest"]),
}


@dataclass
class Office:
    """A desk with a guide of Olga's that staff may read: Ana is staff, Eve is not, Root is an operator."""

    desk: Desk
    client: httpx2.AsyncClient
    tokens: dict[str, str]
    ingestion: str

    async def __call__(self, who: str, path: str = "", code: int = 200, method: str = "GET", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        reply = await self.client.request(method, f"/v1/engine/runs{path}", params=more, headers=headers)
        assert reply.status_code == code, reply.text
        return reply.json() if reply.content else None

    async def asks(self, who: str, text: str = QUESTION) -> str:
        asker = await self.desk.directory.principal(f"{who}@example.com")
        asked = await self.desk.asking.ask(text, asker=asker, door="api", fresh=True)
        await self.desk.engine.result(asked.runs[0].id, timeout=20)
        return asked.runs[0].id

    async def ids(self, who: str, **wanted: Any) -> list[str]:
        return [run["id"] for run in await self(who, **wanted)]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings.model_validate({"home": tmp_path / "home", "embedder": {"provider": "none"}})
    folder = tmp_path / "guides"
    folder.mkdir()
    (folder / "printer.md").write_text("# Printer\n\nPaper goes into the upper tray of the printer.\n")
    async with open_desk(settings) as desk:
        tokens = {}
        for who, (groups, scopes) in PEOPLE.items():
            address = f"{who.partition(chr(39))[0]}@example.com"
            await desk.directory.put_person(address, groups)
            tokens[who], _ = await desk.directory.issue_token(address, scopes)
        run = await desk.ingestion.ingest(
            [folder], owner="person:olga@example.com", source="guides", access=AccessList.of(["group:staff"])
        )
        await desk.ingestion.result(run, timeout=60)
        await desk.library.catch_up()
        transport = httpx2.ASGITransport(app=create_app(desk))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            yield Office(desk, client, tokens, run)


async def test_a_run_is_listed_for_whose_it_is_and_for_an_operator(office: Office) -> None:
    run = await office.asks("ana")

    [mine] = await office("ana")

    assert (mine["id"], mine["kind"], mine["state"], mine["door"]) == (run, "answer", "finished", "api")
    assert mine["about"] == QUESTION
    assert {each["about"] for each in await office("root")} == {None}
    assert [each["about"] for each in await office("olga")] == ["guides"]
    assert (mine["by"], mine["attempts"], mine["error"]) == ("person:ana@example.com", 1, None)
    assert await office("eve") == []
    assert await office("eve", id=run) == []
    assert {run, office.ingestion} <= set(await office.ids("root"))


async def test_a_token_lists_the_kinds_it_is_for(office: Office) -> None:
    run = await office.asks("ana")

    assert await office.ids("ana") == [run]
    assert await office.ids("ana", kind="ticket") == []
    assert await office.ids("ana", kind="prune") == []
    assert await office.ids("ana's uploader") == []
    await office("ana's uploader", f"/{run}", 404)


async def test_only_an_operator_asks_for_somebody_elses_runs(office: Office) -> None:
    run = await office.asks("ana")

    assert await office.ids("root", by="ana@example.com") == [run]
    assert await office.ids("root", by="person:ana@example.com") == [run]
    assert await office.ids("ana", by="me") == [run]
    assert await office.ids("root", by="me") == []
    assert "scope 'admin'" in (await office("eve", "", 403, by="ana@example.com"))["detail"]


async def test_runs_are_filtered_and_paged(office: Office) -> None:
    runs = [await office.asks("ana", f"{QUESTION} {number}") for number in range(3)]

    assert await office.ids("ana", limit=2) == [runs[2], runs[1]]
    assert await office.ids("ana", limit=2, after=runs[1]) == [runs[0]]
    assert await office.ids("ana", after=office.ingestion) == [], "another's run is no place to go on from"
    assert await office.ids("ana", state="failed") == []
    assert await office.ids("ana", door="slack") == []
    assert await office.ids("ana", longer=3600) == []
    assert await office.ids("ana", longer=0, door="api", kind="answer", limit=1) == [runs[2]]
    await office("ana", "", 422, longer=-1)


async def test_what_changed_among_the_runs_is_told_to_whoever_may_see_them_and_waited_for(office: Office) -> None:
    first = await office.asks("ana")
    mark = (await office("ana", "/changes", wait=20))["mark"]
    everybodys = (await office("root", "/changes"))["mark"]
    waits = asyncio.create_task(office("ana", "/changes", since=mark, wait=30))
    await asyncio.sleep(0)
    run = await office.asks("ana", f"{QUESTION} Now")

    came = await waits

    assert run in [each["id"] for each in came["runs"]]
    assert (came["others"], came["whole"]) == ([], True)
    assert run in [each["id"] for each in (await office("root", "/changes", since=everybodys))["runs"]]
    assert (await office("eve", "/changes", going=run))["runs"] == []
    gone = await office("ana", "/changes", since=mark, state="failed", going=[run, first])
    assert (gone["runs"], {each["id"] for each in gone["others"]}) == ([], {run, first})
    calm = await office("ana", "/changes", since=gone["mark"], wait=0)
    assert (calm["runs"], calm["mark"]) == ([], gone["mark"])
    assert "never given" in (await office("ana", "/changes", 422, since="x"))["detail"]
    await office("ana", "/changes", 403, since=gone["mark"], by="root@example.com")


async def test_a_run_is_given_again_once_something_has_happened_in_it(office: Office) -> None:
    await office.desk.engine.start("answer", "broken", {"no": "task"}, by="person:ana@example.com", door="api")
    await _ended(office, "broken")
    seen = await office("ana", "/broken")
    waits = asyncio.create_task(office("ana", "/broken", since=seen["mark"], wait=30))
    await asyncio.sleep(0)
    await office("ana", "/broken/resume", 202, "POST")

    assert (await waits)["mark"] != seen["mark"]
    await _ended(office, "broken")
    assert (await office("ana", "/broken", since=(await office("ana", "/broken"))["mark"], wait=0))["attempts"] == 2
    await office("eve", "/broken", 404, since=seen["mark"], wait=30)


async def test_whose_question_it_is_sees_what_each_step_was_given_and_made(office: Office) -> None:
    run = await office.asks("ana")

    whole = await office("ana", f"/{run}")

    assert (whole["withheld"], whole["question"], whole["input"]["text"]) == (False, True, QUESTION)
    steps = {step["name"]: step for step in whole["steps"]}
    assert list(steps) == ["condense", "retrieve", "draft", "cite"]
    assert "upper tray" in steps["draft"]["output"]["text"], whole["steps"]
    assert steps["draft"]["seconds"] >= 0
    number = steps["draft"]["number"]
    assert await office("ana", f"/{run}/steps/{number}") == steps["draft"]
    bare = await office("ana", f"/{run}", content="false")
    assert (bare["input"], {step["output"] for step in bare["steps"]}) == (None, {None})
    await office("ana", f"/{run}/steps/9", 404)


async def test_an_operator_sees_that_it_ran_and_nothing_of_what_was_asked_or_read(office: Office) -> None:
    run = await office.asks("ana")

    whole = await office("root", f"/{run}")

    assert (whole["withheld"], whole["question"], whole["state"]) == (True, False, "finished")
    assert [step["name"] for step in whole["steps"]] == ["condense", "retrieve", "draft", "cite"]
    assert all(step["withheld"] and step["output"] is None for step in whole["steps"])
    said = json.dumps([whole, await office("root"), await office("root", f"/{run}/steps/3")])
    assert "tray" not in said


async def test_a_strangers_run_is_as_one_that_is_not_there(office: Office) -> None:
    run = await office.asks("ana")

    for path, method in (("", "GET"), ("/steps/1", "GET"), ("/cancel", "POST"), ("/resume", "POST")):
        closed = await office("eve", f"/{run}{path}", 404, method)
        nothing = await office("eve", f"/a-nothing{path}", 404, method)
        assert closed["detail"].replace(run, "a-nothing") == nothing["detail"]
        assert {**closed, "detail": "", "reference": ""} == {**nothing, "detail": "", "reference": ""}


async def test_what_rests_on_a_document_that_was_closed_since_is_withheld_from_its_asker_too(office: Office) -> None:
    run = await office.asks("ana")
    assert (await office("ana", f"/{run}"))["withheld"] is False

    await office.desk.catalog.set_source_access("guides", AccessList.of(["group:writers"]))

    whole = await office("ana", f"/{run}")
    assert (whole["withheld"], whole["may_cancel"], whole["about"]) == (True, False, QUESTION)
    assert "upper tray" not in json.dumps([whole, await office("ana", f"/{run}/steps/3")])


async def test_an_ingestion_shows_its_files_to_the_owner_of_its_sources_only(office: Office) -> None:
    mine = await office("olga", f"/{office.ingestion}")

    assert (mine["withheld"], mine["kind"], mine["by"]) == (False, "ingest", "person:olga@example.com")
    assert "printer.md" in json.dumps(mine)
    assert "printer.md" not in json.dumps(await office("root", f"/{office.ingestion}"))
    await office("ana", f"/{office.ingestion}", 404)


async def test_the_houses_own_runs_are_an_operators(office: Office) -> None:
    await office.desk.engine.start("prune", "prune-1", {"days": 90}, door="schedule")
    await office.desk.engine.result("prune-1", timeout=20)

    whole = await office("root", "/prune-1")

    assert (whole["withheld"], whole["input"], whole["by"]) == (False, {"days": 90}, "")
    assert await office.ids("root", by="", door="schedule") == ["prune-1"]
    assert await office.ids("root", kind="prune") == ["prune-1"]
    assert "prune-1" not in await office.ids("root", house="false")
    await office("ana", "/prune-1", 404)


async def test_a_run_is_carried_on_by_whose_it_is_or_an_operator(office: Office) -> None:
    await office.desk.engine.start("answer", "broken", {"no": "task"}, by="person:ana@example.com", door="api")
    await _ended(office, "broken")
    failed = await office("ana", "/broken")
    assert (failed["state"], failed["error"], failed["may_resume"], failed["may_cancel"]) == (
        "failed",
        "TypeError",
        True,
        False,
    )
    assert failed["withheld"], "no question of hers is on record"

    for who in ("ana", "root"):
        await office(who, "/broken/resume", 202, "POST")
        await _ended(office, "broken")

    assert (await office("ana", "/broken"))["attempts"] == 3
    run = await office.asks("ana")
    assert (await office("ana", f"/{run}/resume", 409, "POST"))["code"] == "conflict"
    await office("root", f"/{run}/cancel", 202, "POST")
    assert (await office("ana", f"/{run}"))["state"] == "finished", "what has ended stays as it is"


async def test_a_tickets_run_is_looked_into_by_who_sees_the_ticket_and_may_read_the_protocols(office: Office) -> None:
    desk = office.desk
    eve = await desk.directory.principal("eve@example.com")
    ticket = (await desk.ticketing.submit("Please tell me which tray.", submitter=eve, source="api")).id
    run = await desk.engine.run(f"ticket-{ticket}-1")
    assert (run.by, run.door) == ("person:eve@example.com", "api")
    await desk.engine.result(run.id, timeout=20)
    assert (await office("eve", f"/{run.id}"))["ticket"] == ticket

    [passage] = await desk.library.read([1], await desk.directory.principal("ana@example.com"))
    await desk.database.write(_read, ticket, run.id, passage.id)

    whole = await office("eve", f"/{run.id}")
    assert (whole["withheld"], whole["ticket"]) == (True, ticket)
    await office("ana", f"/{run.id}", 404)
    await desk.directory.put_person("eve@example.com", ["staff"])
    assert (await office("eve", f"/{run.id}"))["withheld"] is False


async def test_a_search_of_protocols_that_the_log_does_not_name_keeps_a_tickets_run_closed(office: Office) -> None:
    desk = office.desk
    eve = await desk.directory.principal("eve@example.com")
    ticket = (await desk.ticketing.submit("Which tray?", submitter=eve, source="api")).id
    run = await desk.engine.run(f"ticket-{ticket}-1")
    found = {"tool": SEARCH, "text": "Found: passage 1.", "facts": {"found": 1}}
    hidden = Step(SEARCH, None, None, output={"text": "the upper tray", "unlogged": None})
    unlogged = Step(SEARCH, None, None, output={"text": "the upper tray", "unlogged": found})

    assert not await desk.ticketing.may_look(_with(run, hidden), eve)
    assert not await desk.ticketing.may_look(_with(run, unlogged), eve)
    reader = Principal("eve@example.com", frozenset({"staff"}))
    assert not await desk.ticketing.may_look(_with(run, unlogged), reader), "the groups on record count"
    await desk.directory.put_person("eve@example.com", ["staff"])
    assert await desk.ticketing.may_look(_with(run, unlogged), eve)


def _with(run: Run, step: Step) -> Run:
    return Run(run.id, run.workflow, "running", datetime.now(UTC), steps=(*run.steps, step))


def _read(connection: Any, ticket: str, run: str, passage: int) -> None:
    body = {"tool": SEARCH, "text": f"Found: passage {passage}.", "facts": {"consulted": True, "found": 1}}
    audit_records.append(connection, ticket=ticket, run=run, by="agent", kind="read", body=body)


async def _ended(office: Office, run: str) -> None:
    from deskhand.errors import RunFailed

    with pytest.raises(RunFailed):
        await office.desk.engine.result(run, timeout=20)
