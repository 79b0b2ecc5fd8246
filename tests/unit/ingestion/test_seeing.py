"""Pictures and scans are read by a seeing model, and what it says is treated like any text of a file."""

from __future__ import annotations

import io

import pypdfium2

from deskhand.errors import ModelError
from deskhand.llm import Budget
from deskhand.llm.protocol import Completion
from deskhand.nouns import Principal, Usage

OWNER = Principal("olga@example.com")
PNG = b"\x89PNG\r\n\x1a\n"


class ScriptedSeer:
    """Says what it was told to, picture by picture; an error in the script is raised."""

    name = "scripted"

    def __init__(self, *script: str | Exception) -> None:
        self._script = list(script)
        self.seen: list[tuple[bytes, str]] = []

    async def describe(self, image: bytes, media_type: str, *, budget: Budget) -> Completion:
        self.seen.append((image, media_type))
        said = self._script.pop(0)
        if isinstance(said, Exception):
            raise said
        return Completion(said, Usage(10, 10))


def scan(pages: int) -> bytes:
    """A PDF without a letter in it."""
    document, file = pypdfium2.PdfDocument.new(), io.BytesIO()
    for _ in range(pages):
        document.new_page(200, 100)
    document.save(file)
    return file.getvalue()


async def test_a_picture_is_read_and_redacted_like_any_text(open_a_desk):
    seer = ScriptedSeer("A screen: the gateway is offline.\n\nWrite to ana@example.com about it.")
    async for desk in open_a_desk(seer=seer):
        desk.write("screen.png", PNG + b"pixels")

        report = await desk.ingest()

        assert report.counts["indexed"] == 1
        assert report.redactions == {"email": 1}
        assert seer.seen == [(PNG + b"pixels", "image/png")]
        (text,) = await desk.texts("gateway")
        assert "the gateway is offline" in text
        assert "ana@example.com" not in text


async def test_each_page_of_a_scan_is_seen_and_keeps_its_number(open_a_desk):
    seer = ScriptedSeer("The contract begins in May.", "The deposit is two rents.")
    async for desk in open_a_desk(seer=seer):
        desk.write("contract.pdf", scan(pages=2))

        await desk.ingest()

        assert [(image[:8], kind) for image, kind in seer.seen] == [(PNG, "image/png")] * 2
        await desk.library.catch_up()
        hits = (await desk.library.search("deposit", OWNER)).hits
        assert [(hit.passage.text, hit.passage.page) for hit in hits] == [("The deposit is two rents.", 2)]


async def test_what_has_text_is_not_shown_to_the_seer(open_a_desk):
    seer = ScriptedSeer()
    async for desk in open_a_desk(seer=seer):
        desk.write("reset.md", "# Reset\n\nThe reset link is valid for 30 minutes.")

        report = await desk.ingest()

        assert report.counts["indexed"] == 1
        assert seer.seen == []


async def test_a_seer_that_fails_costs_that_file_only_until_the_next_time(open_a_desk):
    seer = ScriptedSeer("Page one.", ModelError("the seeing model is away; try again later."), "Page one.", "Page two.")
    async for desk in open_a_desk(seer=seer):
        desk.write("contract.pdf", scan(pages=2))
        desk.write("reset.md", "The reset link is valid for 30 minutes.")

        first = await desk.ingest()
        second = await desk.ingest()

        assert first.counts == {"indexed": 1, "unchanged": 0, "failed": 1, "deleted": 0}
        assert [(failure.item, failure.reason) for failure in first.failures] == [
            ("contract.pdf", "the seeing model is away; try again later.")
        ]
        assert second.counts == {"indexed": 1, "unchanged": 1, "failed": 0, "deleted": 0}


async def test_a_picture_that_says_nothing_is_empty(open_a_desk):
    async for desk in open_a_desk(seer=ScriptedSeer("  \n\n ")):
        desk.write("wall.jpg", b"\xff\xd8\xff pixels")

        report = await desk.ingest()

        assert [failure.reason.partition(":")[0] for failure in report.failures] == ["empty"]
