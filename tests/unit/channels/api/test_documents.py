"""What a document's versions, readers and answers say, and to whom: its owner, who may read it, an operator, nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deskhand.answering import records, used_records
from deskhand.assembly import Desk, open_desk
from deskhand.catalog import document_id, version_records
from deskhand.channels.api import create_app
from deskhand.nouns import AccessList, RedactedText, Verdict
from deskhand.settings import Settings

GUIDE = document_id("guides", "guide.md")
CALLS = ("versions", "readers", "answers")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = {"olga": ["writers"], "ana": ["staff"], "eve": [], "root": []}


@dataclass
class Office:
    """A desk with a document of Olga's that staff may read: Ana is staff, Eve is not, Root is an operator."""

    desk: Desk
    client: httpx2.AsyncClient
    tokens: dict[str, str]

    async def __call__(self, who: str, what: str, code: int = 200, document: str = GUIDE, **more: Any) -> Any:
        reply = await self.client.get(
            f"/v1/documents/{document}/{what}",
            params=more,
            headers={"Authorization": f"Bearer {self.tokens[who]}"},
        )
        assert reply.status_code == code, reply.text
        return reply.json()

    async def asks(self, who: str, run: str, text: str) -> None:
        new = records.NewQuestion(
            f"c-{run}", [(run, "fast")], f"person:{who}@example.com", "api", None, RedactedText(text), "en", begins=True
        )
        await self.desk.database.write(records.put_question, new)
        await self.desk.database.write(used_records.put_used, run, [{"document": GUIDE, "version": 2}])

    async def had(self, version: int, title: str) -> None:
        await self.desk.database.write(
            version_records.put_version,
            GUIDE,
            version,
            title=title,
            content_hash="h",
            size=10,
            passages=1,
            redactions={},
            at=NOON,
        )


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings.model_validate({"home": tmp_path / "home", "embedder": {"provider": "none"}})
    folder = tmp_path / "guides"
    folder.mkdir()
    async with open_desk(settings) as desk:
        tokens = {}
        for who, groups in PEOPLE.items():
            address = f"{who}@example.com"
            await desk.directory.put_person(address, groups)
            scopes = ["admin"] if who == "root" else ["ask"]
            tokens[who], _ = await desk.directory.issue_token(address, scopes)
        for text in ("# Paper\n\nFill the lower tray.\n", "# Paper\n\nFill the upper tray.\n"):
            (folder / "guide.md").write_text(text)
            run = await desk.ingestion.ingest(
                [folder], owner="person:olga@example.com", source="guides", access=AccessList.of(["group:staff"])
            )
            await desk.ingestion.result(run, timeout=60)
        transport = httpx2.ASGITransport(app=create_app(desk))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            yield Office(desk, client, tokens)


async def test_to_whom_a_document_is_closed_it_is_not_there(office: Office) -> None:
    """Word for word as one that never was."""
    for what in CALLS:
        closed = await office("eve", what, code=404)
        never = await office("eve", what, code=404, document="d" + "0" * 20)

        assert closed["detail"].replace(GUIDE, "") == never["detail"].replace("d" + "0" * 20, "")
        assert closed.keys() == never.keys()


async def test_who_may_read_a_document_is_not_told_who_else_does_nor_what_used_it(office: Office) -> None:
    await office("ana", "readers", code=404)
    await office("ana", "answers", code=404)


async def test_a_scope_is_needed(office: Office) -> None:
    office.tokens["ana"], _ = await office.desk.directory.issue_token("olga@example.com", ["tickets"])

    for what in CALLS:
        assert (await office("ana", what, code=403))["code"] == "not-allowed"


async def test_the_owner_sees_every_version_and_a_reader_the_present_one(office: Office) -> None:
    """What it was called before may have been closed to who reads it now."""
    await office.had(1, "Trays, before the lawsuit")
    await office.had(2, "Trays")

    own, others = await office("olga", "versions"), await office("ana", "versions")

    assert [(each["version"], each["title"], each["present"]) for each in own] == [
        (2, "Trays", True),
        (1, "Trays, before the lawsuit", False),
    ]
    assert others == own[:1]
    assert await office("ana", "versions", before=2) == []
    assert await office("olga", "versions", before=2) == own[1:]


async def test_the_owner_sees_who_can_read_it_and_why(office: Office) -> None:
    found = await office("olga", "readers")

    assert found == {
        "entries": ["group:staff"],
        "own": False,
        "searched": True,
        "everyone": False,
        "total": 1,
        "people": [{"id": "ana@example.com", "kind": "person", "through": ["group:staff"]}],
        "nobody": [],
    }
    assert (await office("olga", "readers", q="eve"))["total"] == 0


async def test_an_operator_sees_who_can_read_it_without_reading_it(office: Office) -> None:
    assert (await office("root", "readers"))["total"] == 1
    for what in ("versions", "answers"):
        await office("root", what, code=403)


async def test_the_owner_sees_that_it_was_used_and_not_what_was_asked(office: Office) -> None:
    await office.asks("ana", "r1", "Which tray, after my divorce?")
    await office.asks("olga", "r2", "Which tray?")
    await office.desk.database.write(records.put_verdict, Verdict("r1", "person:ana@example.com", good=False))

    own, hers = await office("olga", "answers")

    assert (own["run"], own["mine"], own["question"], own["conversation"]) == ("r2", True, "Which tray?", "c-r2")
    assert (hers["run"], hers["mine"], hers["question"], hers["conversation"]) == ("r1", False, None, None)
    assert (hers["version"], hers["label"], hers["door"], hers["good"], hers["bad"]) == (2, "fast", "api", 0, 1)
    assert "ana" not in str(hers)
    assert await office("olga", "answers", after="r2") == [hers]
    await office.desk.database.write(used_records.drop, ["r2"])
    assert await office("olga", "answers", after="r2") == [], "an answer that does not cite it has no place here"
