"""The library's calls: what an owner does with sources and files, and what becomes of those who are not the owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deskhand.assembly import Desk, open_desk
from deskhand.catalog import document_id
from deskhand.channels.api import Options, create_app
from deskhand.settings import Settings

GUIDE = document_id("sent", "guide.md")
PEOPLE = {"olga": ["writers"], "ana": ["staff"], "eve": []}


@dataclass
class Office:
    """A desk where Olga may upload, Ana is staff and Eve is nobody; all may ask and ingest."""

    desk: Desk
    folder: Path
    client: httpx2.AsyncClient
    tokens: dict[str, str]

    async def __call__(self, who: str, method: str, path: str, code: int = 200, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **more.pop("headers", {})}
        reply = await self.client.request(method, f"/v1{path}", headers=headers, **more)
        assert reply.status_code == code, reply.text
        return reply.json() if reply.content else None

    async def send(self, name: str = "guide.md", text: str = "# Paper\n\nFill the lower tray.", **read: Any) -> Any:
        """Olga's file, read to the end of its run."""
        params = read or {"read": "group:staff"}
        taken = await self("olga", "PUT", f"/sources/sent/files/{name}", 202, content=text.encode(), params=params)
        await self.desk.engine.result(taken["run"], timeout=60)
        return taken


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings.model_validate({"home": tmp_path / "home", "embedder": {"provider": "none"}})
    (tmp_path / "files").mkdir()
    async with open_desk(settings, grace=0.0) as desk:
        tokens = {}
        for who, groups in PEOPLE.items():
            await desk.directory.put_person(f"{who}@example.com", groups)
            tokens[who], _ = await desk.directory.issue_token(f"{who}@example.com", ["ask", "ingest"])
        tokens["asker"], _ = await desk.directory.issue_token("olga@example.com", ["ask"])
        transport = httpx2.ASGITransport(app=create_app(desk, Options(file_bytes=100_000)))
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            yield Office(desk, tmp_path / "files", client, tokens)


async def test_a_file_that_is_sent_is_read_by_those_who_may(office: Office) -> None:
    taken = await office.send()

    report = await office("olga", "GET", f"/ingest/{taken['run']}")
    text = await office("ana", "GET", f"/documents/{taken['document']}/passages")
    [source] = await office("olga", "GET", "/sources")

    assert (taken["document"], taken["events"]) == (GUIDE, f"/v1/ingest/{taken['run']}/events")
    assert (report["state"], report["counts"]["indexed"], report["error"]) == ("finished", 1, "")
    assert [(each["text"], each["heading"]) for each in text["passages"]] == [("Fill the lower tray.", "")]
    assert (text["version"], text["readable"], text["after"]) == (1, True, None)
    assert (source["uploads"], source["state"], source["access"]) == (True, "idle", ["group:staff"])
    assert (source["run"]["run"], source["run"]["state"]) == (taken["run"], "finished")


async def test_who_may_not_know_of_a_source_or_a_document_is_told_that_it_is_not_there(office: Office) -> None:
    """Word for word as of one that never was."""
    await office.send()
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/sources/{source}", None),
        ("PATCH", "/sources/{source}", {"access": ["everyone"]}),
        ("POST", "/sources/{source}/sync", None),
        ("POST", "/sources/{source}/retry", None),
        ("GET", "/documents/{document}", None),
        ("GET", "/documents/{document}/passages", None),
        ("DELETE", "/documents/{document}", None),
    ]
    for method, path, body in calls:
        told = [
            str(await office("eve", method, path.format(source=source, document=document), 404, json=body))
            .replace(source, "").replace(document, "")
            for source, document in (("sent", GUIDE), ("nothing", "d" + "0" * 20))
        ]  # fmt: skip
        assert told[0] == told[1], (method, path)
    assert await office("eve", "GET", "/documents") == []
    assert (await office("olga", "GET", "/sources/sent"))["access"] == ["group:staff"]


async def test_who_may_read_a_document_may_do_nothing_to_it_and_is_not_told_who_else_may(office: Office) -> None:
    await office.send()

    seen = await office("ana", "GET", f"/documents/{GUIDE}")

    assert (seen["access"], seen["own_access"], seen["title"]) == (None, None, "Paper")
    assert (await office("olga", "GET", f"/documents/{GUIDE}"))["access"] == ["group:staff"]
    for method, path in (("DELETE", f"/documents/{GUIDE}"), ("GET", "/sources/sent"), ("POST", "/sources/sent/retry")):
        await office("ana", method, path, 404)
    await office("ana", "PUT", "/sources/sent/files/guide.md", 409, content=b"Give me your password.")


async def test_what_changes_the_library_needs_the_scope_ingest(office: Office) -> None:
    await office.send()

    for method, path in (
        ("PUT", "/sources/sent/files/guide.md"),
        ("PATCH", "/sources/sent"),
        ("POST", "/sources/sent/sync"),
        ("POST", "/sources/sent/retry"),
        ("DELETE", f"/documents/{GUIDE}"),
    ):
        assert (await office("asker", method, path, 403, json={"access": []}))["code"] == "not-allowed"


async def test_an_owner_who_is_not_on_the_list_sees_the_document_and_not_its_text(office: Office) -> None:
    await office.send()

    text = await office("olga", "GET", f"/documents/{GUIDE}/passages")

    assert (text["readable"], text["passages"]) == (False, [])
    assert (await office("olga", "GET", f"/documents/{GUIDE}"))["title"] == "Paper"


async def test_a_text_is_asked_for_at_one_of_its_passages(office: Office) -> None:
    """A link to a passage leads there; of one that a new version has not any more, it is told that it is gone."""
    await office.send(text="# Paper\n\n" + "\n\n".join(f"{n}. " + "Fill the lower tray. " * 60 for n in range(9)))
    path = f"/documents/{GUIDE}/passages"
    whole = (await office("ana", "GET", path))["passages"]
    assert len(whole) > 5

    there = await office("ana", "GET", path, params={"around": whole[4]["id"], "limit": 3})
    earlier = await office("ana", "GET", path, params={"before": there["before"], "limit": 3})
    await office("ana", "GET", path, 422, params={"before": 3, "around": 4})
    await office.send()
    gone = await office("ana", "GET", path, params={"around": whole[4]["id"]})

    assert (there["place"], [each["position"] for each in there["passages"]], there["after"]) == (4, [3, 4, 5], 5)
    assert [each["position"] for each in earlier["passages"]] == [0, 1, 2]
    assert (earlier["before"], earlier["after"]) == (None, 2)
    assert (gone["version"], gone["place"], len(gone["passages"])) == (2, None, 1)


async def test_a_source_is_closed_and_opened_for_the_next_look(office: Office) -> None:
    await office.send()

    closed = await office("olga", "PATCH", "/sources/sent", json={"access": [], "was": ["group:staff"]})
    late = await office("olga", "PATCH", "/sources/sent", 409, json={"access": ["everyone"], "was": ["group:staff"]})
    await office("ana", "GET", f"/documents/{GUIDE}/passages", 404)
    await office("olga", "PATCH", "/sources/sent", json={"access": ["group:staff", "person:eve@example.com"]})

    assert closed["access"] == []
    assert "by nobody now" in late["detail"]
    assert (await office("eve", "GET", f"/documents/{GUIDE}/passages"))["passages"]
    assert (await office("olga", "PATCH", "/sources/sent", 422, json={"access": ["staff"]}))["code"] == "bad-input"


async def test_an_uploaded_document_is_deleted_and_searched_no_more(office: Office) -> None:
    await office.send()

    await office("olga", "DELETE", f"/documents/{GUIDE}", 204)

    await office("ana", "GET", f"/documents/{GUIDE}", 404)
    [left] = await office("olga", "GET", "/documents", params={"source": "sent"})
    assert (left["state"], left["title"], left["passages"]) == ("deleted", "", 0)
    assert await office("olga", "GET", f"/documents/{GUIDE}/versions") == []


async def test_a_folder_is_brought_up_to_date_and_its_failures_read_again(office: Office) -> None:
    (office.folder / "a.md").write_text("Alpha servers.")
    (office.folder / "b.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    desk = office.desk
    run = await desk.ingestion.ingest([office.folder], owner="person:olga@example.com", source="files")
    await desk.ingestion.result(run, timeout=60)

    (office.folder / "c.md").write_text("Gamma servers.")
    synced = await office("olga", "POST", "/sources/files/sync", 202)
    await desk.ingestion.result(synced["run"], timeout=60)
    again = await office("olga", "POST", "/sources/files/retry", 202)
    await desk.ingestion.result(again["run"], timeout=60)

    source = await office("olga", "GET", "/sources/files")
    assert source["counts"] == {"indexed": 2, "failed": 1}
    assert (source["uploads"], source["location"], again["retried"]) == (False, str(office.folder), 1)
    assert (await office("olga", "POST", "/sources/sent/sync", 404))["code"] == "not-found"
    office.folder.rename(office.folder.with_name("elsewhere"))
    assert (await office("olga", "POST", "/sources/files/sync", 409))["code"] == "conflict"


async def test_a_file_that_is_too_large_or_no_file_is_refused_before_it_is_read(office: Office) -> None:
    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 5_000

    path = "/sources/sent/files/guide.md"
    for content in (b"x" * 100_001, unannounced()):
        assert (await office("olga", "PUT", path, 413, content=content))["status"] == 413
    assert (await office("olga", "PUT", "/sources/sent/files/setup.exe", 422, content=b"MZ"))["code"] == "unreadable"
    assert (await office("olga", "PUT", path, 422, content=b""))["code"] == "bad-input"
    assert (await office("olga", "PUT", "/sources/a%20b/files/a.md", 422, content=b"x"))["code"] == "bad-input"
    assert (await office("olga", "PUT", "/sources/sent/files/..%2Fa.md", 404, content=b"x"))["code"]

    home = office.desk.settings.home
    spool = home / "spool"
    assert home.stat().st_mode & 0o777 == 0o700, "the database in it is nobody else's either"
    assert [*spool.rglob("*.md"), *spool.iterdir()] == []


async def test_only_those_with_the_words_in_title_or_file_are_listed_page_by_page(office: Office) -> None:
    for number in range(3):
        await office.send(f"printer-{number}.md")
    await office.send("phone.md", "# Phone\n\nPick up.")

    first = await office("ana", "GET", "/documents", params={"q": " PRINTER-", "limit": 2})
    rest = await office("ana", "GET", "/documents", params={"q": " PRINTER-", "limit": 2, "after": first[-1]["id"]})

    assert [each["item"] for each in first + rest] == ["printer-0.md", "printer-1.md", "printer-2.md"]
    assert await office("eve", "GET", "/documents", params={"q": "printer"}) == []


async def test_what_an_answer_cites_is_on_record_until_its_conversation_is_deleted(office: Office) -> None:
    await office.send()
    await office.desk.library.catch_up()

    asked = await office("ana", "POST", "/ask", json={"question": "Which tray do I fill?"})
    [used] = await office("olga", "GET", f"/documents/{GUIDE}/answers")
    again = await office("ana", "POST", "/ask", json={"question": "Which tray do I fill?"})
    runs = {each["run"] for each in await office("olga", "GET", f"/documents/{GUIDE}/answers")}
    for each in (asked, again):
        await office("ana", "DELETE", f"/conversations/{each['conversation']}", 204)

    assert (used["run"], used["version"], used["question"]) == (asked["runs"][0]["run"], 1, None)
    assert runs == {asked["runs"][0]["run"], again["runs"][0]["run"]}
    assert await office("olga", "GET", f"/documents/{GUIDE}/answers") == []


async def test_the_desk_is_tidied_of_files_whose_run_has_ended(office: Office) -> None:
    taken = await office.send()
    left = office.desk.settings.home / "spool" / taken["run"]
    left.mkdir()
    (left / "guide.md").write_text("left")

    await office.desk.engine.start("tidy", "tidy-now", {})
    await office.desk.engine.result("tidy-now", timeout=60)

    assert not await asyncio.to_thread(left.exists)
