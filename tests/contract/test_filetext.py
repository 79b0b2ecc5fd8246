"""One contract for every format that people attach: its words are read, redacted, by the real child processes."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deskhand.ingestion.filetext import FileTexts
from deskhand.ingestion.parsing import Ceilings
from deskhand.redaction import Redactor

BUILD = Path(__file__).parents[2] / "examples" / "build.py"
WORDS = "Opening hours: write to ana.berg@example.com"


@pytest.fixture
async def texts() -> AsyncIterator[FileTexts]:
    opened = FileTexts(Redactor(), Ceilings(seconds=20, memory_mb=400))
    yield opened
    await opened.close()


def _pdf(path: Path) -> bytes:
    spec = importlib.util.spec_from_file_location("examples_build", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: bytes = module.pdf([[(WORDS,)]], "Hours")
    return made


def _docx(path: Path) -> bytes:
    import docx

    document = docx.Document()
    document.add_paragraph(WORDS)
    document.save(str(path))
    return path.read_bytes()


def _pptx(path: Path) -> bytes:
    import pptx

    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = WORDS
    slides.save(str(path))
    return path.read_bytes()


def _xlsx(path: Path) -> bytes:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Hours").write_row(0, 0, (WORDS,))
    return path.read_bytes()


PLAIN = {
    ".txt": WORDS,
    ".md": f"# Hours\n\n{WORDS}\n",
    ".html": f"<html><body><p>{WORDS}</p></body></html>",
    ".csv": f"what,where\n{WORDS},Berlin\n",
    ".json": f'[{{"note": "{WORDS}"}}]',
}


@pytest.mark.parametrize("end", [*PLAIN, ".pdf", ".docx", ".pptx", ".xlsx"])
async def test_the_words_of_every_format_are_read_and_redacted(texts: FileTexts, tmp_path: Path, end: str) -> None:
    made = {".docx": _docx, ".pptx": _pptx, ".xlsx": _xlsx, ".pdf": _pdf}
    data = made[end](tmp_path / f"made{end}") if end in made else PLAIN[end].encode()

    found = await texts.of(data, f"attached{end}", limit=1_000)

    assert "Opening hours: write to [Email]" in found.text
    assert not found.cut
