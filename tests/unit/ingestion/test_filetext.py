"""What one attached file says, for the question that it came with: redacted, bounded, and kept nowhere."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import psutil
import pytest

from deskhand.errors import ModelError, Unreadable
from deskhand.ingestion.filetext import FileTexts
from deskhand.ingestion.parsing import Ceilings
from deskhand.llm import Budget
from deskhand.llm.protocol import Completion
from deskhand.nouns import Usage
from deskhand.redaction import Redactor

PNG = b"\x89PNG\r\n\x1a\n"


class Seer:
    """Says `said`, or raises it; a picture of nothing keeps it busy for ever."""

    name = "scripted"

    def __init__(self, said: str | Exception = "", *, endless: bool = False) -> None:
        self.said, self.endless, self.began = said, endless, asyncio.Event()

    async def describe(self, image: bytes, media_type: str, *, budget: Budget) -> Completion:
        self.began.set()
        if self.endless:
            await asyncio.Event().wait()
        if isinstance(self.said, Exception):
            raise self.said
        return Completion(self.said, Usage(1, 1))


@pytest.fixture
async def texts() -> Any:
    opened = FileTexts(Redactor(), Ceilings(seconds=20, memory_mb=400))
    yield opened
    await opened.close()


async def seeing(seer: Seer) -> FileTexts:
    return FileTexts(Redactor(), Ceilings(seconds=20, memory_mb=400), seer)


async def test_what_a_file_says_is_redacted(texts: FileTexts) -> None:
    page = b"# Contacts\n\nWrite to ana.berg@example.com about the invoice."

    found = await texts.of(page, "contacts.md", limit=1000)

    assert found.text == "# Contacts\n\nWrite to [Email] about the invoice."
    assert not found.cut


async def test_rows_stand_line_by_line(texts: FileTexts) -> None:
    table = io.StringIO()
    csv.writer(table).writerows([["plan", "price"], ["Basic", "10 EUR"], ["Pro", "20 EUR"]])

    found = await texts.of(table.getvalue().encode(), "plans.csv", limit=1000)

    assert "plan: Basic; price: 10 EUR\nplan: Pro; price: 20 EUR" in found.text


async def test_no_more_than_the_limit_is_read_and_that_is_said(texts: FileTexts) -> None:
    """Five megabytes of text, of which a hundred characters are wanted."""
    found = await texts.of(b"one two three\n\n" * 350_000, "long.txt", limit=100)

    assert found.cut
    assert 80 < len(found.text) <= 100
    again = await texts.of(b"after it", "short.txt", limit=100)
    assert again.text == "after it"


async def test_a_file_on_disk_is_read_where_it_lies(texts: FileTexts, tmp_path: Path) -> None:
    (tmp_path / "f7a0").write_text("The bridge opens at nine.")

    assert (await texts.of(tmp_path / "f7a0", "note.txt", limit=100)).text == "The bridge opens at nine."


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("report.pdf", b"%PDF-1.7 and then nothing", "malformed"),
        ("nothing.txt", b"  \n", "empty"),
        ("old.doc", b"\xd0\xcf\x11\xe0", "unsupported format '.doc'"),
        ("photo.png", PNG, "needs a model that sees"),
        ("photo.gif", b"GIF89a", "needs a model that sees"),
    ],
)
async def test_an_unreadable_file_is_told_with_its_reason(
    texts: FileTexts, name: str, data: bytes, reason: str
) -> None:
    with pytest.raises(Unreadable, match=reason):
        await texts.of(data, name, limit=1000)


async def test_a_picture_is_read_by_the_model_that_sees_and_redacted() -> None:
    texts = await seeing(Seer("A letter from ana.berg@example.com."))

    found = await texts.of(PNG, "letter.png", limit=1000)

    assert found.text == "A letter from [Email]."
    await texts.close()


async def test_what_the_model_that_sees_raises_is_passed_on() -> None:
    texts = await seeing(Seer(ModelError("the model is down")))

    with pytest.raises(ModelError, match="is down"):
        await texts.of(PNG, "letter.png", limit=1000)
    await texts.close()


async def test_another_error_of_the_model_is_told_by_its_kind_alone() -> None:
    texts = await seeing(Seer(KeyError("ana.berg@example.com")))

    with pytest.raises(Unreadable, match="KeyError") as raised:
        await texts.of(PNG, "letter.png", limit=1000)
    assert "ana" not in str(raised.value)
    await texts.close()


async def test_who_does_not_wait_any_longer_holds_up_nobody() -> None:
    """There is one worker, and it waits for a model that never answers."""
    seer = Seer(endless=True)
    texts = await seeing(seer)
    reading = asyncio.create_task(texts.of(PNG, "letter.png", limit=1000))
    await seer.began.wait()

    reading.cancel()

    assert (await texts.of(b"The next one.", "next.txt", limit=100)).text == "The next one."
    await texts.close()


async def test_closing_ends_what_is_being_read_and_the_processes() -> None:
    seer = Seer(endless=True)
    texts = await seeing(seer)
    reading = asyncio.create_task(texts.of(PNG, "letter.png", limit=1000))
    await seer.began.wait()

    await texts.close()

    with pytest.raises(Unreadable, match="stopped"):
        await reading
    with pytest.raises(Unreadable, match="stopped"):
        await texts.of(b"late", "late.txt", limit=10)
    children = psutil.Process().children()
    assert not [child for child in children if "deskhand.ingestion.parsing.child" in " ".join(child.cmdline())]
