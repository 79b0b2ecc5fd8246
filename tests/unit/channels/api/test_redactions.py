"""Documents whose values are sealed: what stands in the library, who has a value turned back, what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from deskhand.assembly import Desk, open_desk
from deskhand.channels.api import create_app
from deskhand.nouns import AccessList
from deskhand.redaction.placeholders import SEALED
from deskhand.redaction.vault_records import redaction_vault
from deskhand.settings import Settings

KINDS = ["email", "card"]
MODES = {"mode": "vault", "modes": {"card": "block"}, "key": "k" * 32, "reveal_group": "privacy", "kinds": KINDS}
PEOPLE = {"olga": ["staff"], "ana": ["staff", "privacy"], "ben": ["staff"], "eve": ["privacy"]}


@dataclass
class Office:
    """A desk over a folder of Olga's that staff may read."""

    desk: Desk
    folder: Path
    client: httpx2.AsyncClient
    tokens: dict[str, str]

    async def ingest(self, **files: str) -> dict[str, int]:
        for name, text in files.items():
            (self.folder / f"{name}.md").write_text(text, encoding="utf-8")
        run = await self.desk.ingestion.ingest(
            [self.folder], owner="person:olga@example.com", source="mail", access=AccessList.of(["group:staff"])
        )
        return dict((await self.desk.ingestion.result(run, timeout=60)).counts)

    async def text(self) -> str:
        await self.desk.library.catch_up()
        reader = await self.desk.directory.principal("olga@example.com")
        found = await self.desk.library.search("letter", reader, limit=9)
        return " ".join(hit.passage.text for hit in found.hits)

    async def __call__(self, who: str, method: str, path: str, body: Any = None, code: int = 200) -> Any:
        reply = await self.client.request(
            method, path, json=body, headers={"Authorization": f"Bearer {self.tokens[who]}"}
        )
        assert reply.status_code == code, reply.text
        return reply.json()

    def kept(self) -> int:
        with self.desk.database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(redaction_vault)).scalar_one())


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings.model_validate(
        {
            "home": tmp_path / "home",
            "embedder": {"provider": "none"},
            "redaction": MODES,
        }
    )
    (tmp_path / "mail").mkdir()
    async with open_desk(settings, grace=0.0) as desk:
        for person, groups in PEOPLE.items():
            await desk.directory.put_person(f"{person}@example.com", groups)
        tokens = {person: (await desk.directory.issue_token(f"{person}@example.com", ["ask"]))[0] for person in PEOPLE}
        transport = httpx2.ASGITransport(create_app(desk))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            yield Office(desk, tmp_path / "mail", client, tokens)


async def test_a_sealed_value_is_turned_back_for_who_has_the_right_and_may_read_its_document(office: Office) -> None:
    await office.ingest(one="A letter from zoe@example.com.")
    placeholder = SEALED.search(await office.text())
    assert placeholder

    shown = await office("ana", "POST", "/v1/redactions/reveal", {"placeholder": placeholder[0]})
    not_a_member = await office("ben", "POST", "/v1/redactions/reveal", {"placeholder": placeholder[0]}, code=403)
    not_a_reader = await office("eve", "POST", "/v1/redactions/reveal", {"placeholder": placeholder[2]}, code=404)
    listed = f"/v1/documents/{shown['document']}/sealed"
    told = [await office(who, "GET", listed) for who in ("ana", "ben", "olga")]
    await office("eve", "GET", listed, code=404)

    assert shown["value"] == "zoe@example.com"
    assert told == [[{"token": placeholder[2], "kind": "email"}], [], []]
    assert "zoe" not in str(not_a_member) + str(not_a_reader)
    assert [(each.person, each.outcome) for each in await office.desk.vault.reveals()] == [
        ("person:eve@example.com", "refused"),
        ("person:ben@example.com", "refused"),
        ("person:ana@example.com", "revealed"),
    ]


async def test_values_go_with_the_version_and_with_the_document_that_had_them(office: Office) -> None:
    await office.ingest(one="A letter from zoe@example.com to bob@example.com.", two="A letter to amy@example.com.")
    assert office.kept() == 3

    await office.ingest(one="A letter from zoe@example.com.")
    assert office.kept() == 2

    (office.folder / "two.md").unlink()
    await office.ingest()
    assert office.kept() == 1


async def test_a_document_with_what_is_blocked_is_kept_out_and_the_others_are_taken_in(office: Office) -> None:
    counts = await office.ingest(good="A letter from zoe@example.com.", bad="A letter: card 4111 1111 1111 1111.")

    owner = await office.desk.directory.principal("olga@example.com")
    [failed] = await office.desk.catalog.documents(owner, state="failed")

    assert (counts["indexed"], counts["failed"]) == (1, 1)
    assert failed.reason == "blocked: it holds 1 card, which may not be taken in (redaction.modes)."
    assert "4111" not in await office.text()


async def test_the_report_of_a_source_is_its_owners_and_samples_are_for_who_has_the_right(office: Office) -> None:
    await office.ingest(
        one="A letter from zoe@example.com to bob@example.com.",
        two="A letter without anything.",
        bad="A letter: card 4111 1111 1111 1111.",
    )

    report = await office("olga", "GET", "/v1/sources/mail/redactions")
    refused = await office("olga", "GET", "/v1/sources/mail/redactions?samples=1", code=403)
    await office("ana", "GET", "/v1/sources/mail/redactions", code=404)
    await office.desk.directory.put_person("olga@example.com", ["staff", "privacy"])
    sampled = await office("olga", "GET", "/v1/sources/mail/redactions?samples=1")

    assert (report["documents"], report["redacted"], report["blocked"]) == (2, 1, 1)
    assert (report["counts"], report["samples"]) == ({"email": 2}, [])
    assert {each["kind"] for each in report["unchecked"]} >= {"person", "address"}
    assert "'privacy'" in refused["detail"]
    assert [each["value"] for each in sampled["samples"]] in (["zoe@example.com"], ["bob@example.com"])


async def test_a_question_is_redacted_and_nothing_of_it_is_kept(office: Office) -> None:
    asked = office.desk.redactor.redact("who is zoe@example.com")

    assert asked.text == "who is [Email]"
    assert office.kept() == 0
