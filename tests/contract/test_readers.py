"""One contract for every format: structure is kept, and a hostile file gives a reason while its neighbours are read.

All of it goes through the real child processes, as ingestion does.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from deskhand.errors import Unreadable
from deskhand.ingestion.blocks import Block, Facts, Image
from deskhand.ingestion.parsing import Ceilings
from deskhand.ingestion.parsing.pool import Parsers
from deskhand.ingestion.readers import DOCUMENTS, EXPORTS

EXAMPLES = Path(__file__).parents[2] / "examples"

Read = Callable[..., list[Facts | Block | Image]]


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """The script that makes the sample library's binary files."""
    spec = importlib.util.spec_from_file_location("examples_build", EXAMPLES / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    with Parsers(1, Ceilings(seconds=20, memory_mb=400)) as opened:
        yield opened


def parts(parsers: Parsers, path: Path) -> list[Facts | Block | Image]:
    """What a child finds in the file; raises `Unreadable` with the reason that it gives."""
    found: list[Facts | Block | Image] = []
    for message in parsers.messages(str(path), path.name):
        if "failed" in message:
            raise Unreadable(message["failed"])
        if "facts" in message:
            found.append(Facts(**message["facts"]))
        found += [Block(*block) for block in message.get("blocks", ())]
    return found


@pytest.fixture
def read(parsers: Parsers, tmp_path: Path) -> Read:
    """Read bytes or text as a file with that name."""

    def reading(name: str, content: bytes | str) -> list[Facts | Block | Image]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return parts(parsers, path)

    return reading


def reason_of(read: Read, name: str, content: bytes | str) -> str:
    """Why the file cannot be read; "" when it can."""
    try:
        found = read(name, content)
    except Unreadable as error:
        return str(error)
    return "" if any(isinstance(one, Block) for one in found) else "empty"


def blocks(found: list[Facts | Block | Image], kind: str) -> list[Block]:
    return [one for one in found if isinstance(one, Block) and one.kind == kind]


# Every format

TABLE = [["Code", "Meaning"], ["E1", "disk full"], ["E2", "no network"]]
TEXT = "The reset link is valid for 30 minutes."


def _docx() -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("Reset", 1)
    document.add_paragraph(TEXT)
    table = document.add_table(rows=0, cols=2)
    for row in TABLE:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_heading("After", 2)
    return _saved(document)


def _pptx() -> bytes:
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    for title in ("First", "Reset"):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
    slide.shapes.add_textbox(0, 0, Inches(3), Inches(1)).text_frame.text = TEXT
    table = slide.shapes.add_table(3, 2, 0, Inches(2), Inches(4), Inches(1)).table
    for r, row in enumerate(TABLE):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    return _saved(deck)


def _xlsx(rows: list[list[str]] = TABLE, sheet: str = "Reset") -> bytes:
    import xlsxwriter

    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        for number, row in enumerate([*rows, [TEXT]] if rows is TABLE else rows):
            book.add_worksheet(sheet) if not number else None
            book.worksheets()[0].write_row(number, 0, row)
    return data.getvalue()


def _saved(document: object) -> bytes:
    data = io.BytesIO()
    document.save(data)  # type: ignore[attr-defined]
    return data.getvalue()


MARKDOWN = f"# Reset\n\n{TEXT}\n\n| Code | Meaning |\n|---|---|\n| E1 | disk full |\n| E2 | no network |\n"
HTML = (
    f"<nav>Home</nav><h1>Reset</h1><p>{TEXT}</p><script>track()</script><table><tr><th>Code<th>Meaning"
    "<tr><td>E1<td>disk full<tr><td>E2<td>no network</table>"
)
MAIL = f"From: a@example.com\nSubject: Hello\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{HTML}"


@pytest.mark.parametrize(
    ("name", "content", "page"),
    [
        ("a.md", lambda: MARKDOWN, None),
        ("a.html", lambda: HTML, None),
        ("a.docx", _docx, None),
        ("a.pptx", _pptx, 2),
        ("a.eml", lambda: MAIL, None),
        ("a.xlsx", _xlsx, None),
    ],
)
def test_headings_texts_tables_and_pages_are_kept(read, name, content, page):
    found = read(name, content())

    assert "Reset" in [heading.text for heading in blocks(found, "heading")]
    assert any(TEXT in one.text for one in found if isinstance(one, Block))
    rows = [row for row in blocks(found, "row") if row.text.startswith("Code: E")]
    assert [row.text for row in rows] == ["Code: E1; Meaning: disk full", "Code: E2; Meaning: no network"]
    assert {row.page for row in rows} == {page}


def test_a_page_of_a_pdf_keeps_its_number_its_headings_and_its_paragraphs(read, build):
    found = read("a.pdf", build.pdf(build.SLA, build.SLA_TITLE))

    assert found[0] == Facts("Service Level Agreement")
    heading = next(one for one in blocks(found, "heading") if one.text == "4 Credits")
    assert (heading.page, heading.level) == (3, 1)
    credit = next(one for one in blocks(found, "paragraph") if "25 percent" in one.text)
    assert credit.page == 3
    assert "is\n" not in credit.text
    assert credit.text.endswith("for one month.")


def test_navigation_scripts_and_styles_are_dropped(read):
    found = read(
        "a.html", "<style>x{}</style><nav>Home</nav><script>track()</script><p>Text.</p><noscript>n</noscript>"
    )

    assert [one.text for one in found if isinstance(one, Block)] == ["Text."]


def test_front_matter_names_title_and_address(read):
    found = read("a.md", "---\ntitle: Reset\nurl: https://h.example.com/r\nproduct: vpn\ntags: [a, b]\n---\nText.\n")

    assert found[0] == Facts("Reset", "https://h.example.com/r", {"product": "vpn", "tags": ["a", "b"]})


def test_the_steps_of_a_list_keep_their_numbers(read):
    found = read("a.md", "1. Open the page.\n2. Press Start.\n\n   It takes a minute.\n\n- red\n- green\n")

    assert [one.text for one in found if isinstance(one, Block)] == [
        "1. Open the page.", "2. Press Start.", "It takes a minute.", "- red", "- green",
    ]  # fmt: skip


def test_a_long_markdown_file_is_the_same_in_stretches(read):
    section = "## Part\n\nSome words here.\n\n```\n# no heading\n```\n\n"
    found = read("a.md", section * 20_000)

    assert len(blocks(found, "heading")) == 20_000
    assert {one.text for one in blocks(found, "heading")} == {"Part"}


def test_the_attachments_of_a_mail_belong_to_it(read):
    mail = (
        "From: a@example.com\nTo: b@example.com\nSubject: Window\nDate: Mon, 12 May 2025 09:15:00 +0200\n"
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nHello.\n"
        "--x\nContent-Type: text/markdown\nContent-Disposition: attachment; filename=list.md\n\n# Steps\n\nOne.\n"
        "--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=bad.pdf\n\nnone\n--x--\n"
    )
    found = read("a.eml", mail)

    assert found[0].title == "Window"
    assert set(found[0].metadata) == {"from", "to", "date"}
    assert [one.text for one in blocks(found, "paragraph")] == ["Hello.", "One."]
    assert [one.text for one in blocks(found, "heading")] == ["Attachment: list.md", "Steps", "Attachment: bad.pdf"]


@pytest.mark.parametrize(
    "content",
    [TEXT.encode("utf-16"), TEXT.encode("utf-16-le"), TEXT.encode("utf-8-sig"), TEXT.encode("utf-32")],
    ids=["utf-16 with mark", "utf-16 without", "utf-8 with mark", "utf-32"],
)
def test_text_in_other_encodings_is_read(read, content):
    assert [one.text for one in read("a.txt", content)] == [TEXT]


def test_german_text_of_old_editors_is_read(read):
    assert [one.text for one in read("a.txt", "Prüfung der Größe".encode("cp1252"))] == ["Prüfung der Größe"]


def test_a_table_of_values_is_one_document_with_its_column_names(read):
    found = read("a.csv", "Region;City\neu;Frankfurt\nus;Ashburn\n")

    assert [one.text for one in blocks(found, "row")] == [
        "Region: eu; City: Frankfurt",
        "Region: us; City: Ashburn",
    ]


def test_a_json_file_that_is_no_export_is_one_document(read):
    found = read("a.json", json.dumps({"title": "Limits", "plans": {"starter": {"servers": 5}}}))

    assert found[0] == Facts("Limits")
    assert "plans.starter.servers: 5" in [one.text for one in blocks(found, "row")]


def test_words_are_not_glued_together(read, build):
    """What halves lexical recall: words of 22 letters and more must be next to none."""
    found = read("a.pdf", build.pdf(build.SLA, build.SLA_TITLE))
    words = " ".join(one.text for one in found if isinstance(one, Block)).split()

    assert len(words) > 300
    assert not [word for word in words if len(word) >= 22]


# Hostile files


def _encrypted_pdf() -> bytes:
    body = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    lock = b"3 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    head = b"%PDF-1.4\n"
    places = [len(head) + (body + lock).index(b"%d 0 obj" % number) for number in (1, 2, 3)]
    table = b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer<</Size 4/Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]>>\nstartxref\n%d\n%%%%EOF" % len(head + body + lock)
    return head + body + lock + table + tail


def _cyclic_pdf() -> bytes:
    body = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj\n"
    head = b"%PDF-1.4\n"
    places = [len(head) + body.index(b"%d 0 obj" % number) for number in (1, 2)]
    table = b"xref\n0 3\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return head + body + table + b"trailer<</Size 3/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(head + body)


def _scanned_pdf() -> bytes:
    from PIL import Image as Picture

    data = io.BytesIO()
    Picture.new("RGB", (100, 100), "white").save(data, "PDF")
    return data.getvalue()


def _bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("word/document.xml", b"0" * (300 << 20))
    return data.getvalue()


def _many_entries() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"{number}", b"")
    return data.getvalue()


def _sparse_xlsx() -> bytes:
    """Two cells, in the first and the last corner: a dense table of them has 17 thousand million."""
    import xlsxwriter

    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "z")
    return data.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("cyclic.pdf", _cyclic_pdf, "malformed|empty|no text layer"),
        ("locked.pdf", _encrypted_pdf, "encrypted"),
        ("scan.pdf", _scanned_pdf, "no text layer"),
        ("none.pdf", lambda: b"hello", "malformed"),
        ("locked.docx", lambda: OLE, "encrypted"),
        ("locked.xlsx", lambda: OLE, "encrypted"),
        ("none.docx", lambda: b"PK\x03\x04 not quite", "malformed"),
        ("bomb.docx", _bomb, "too large: a ZIP bomb"),
        ("entries.pptx", _many_entries, "too large: the archive has 20001 entries"),
        ("other.docx", _xlsx, "malformed: the part word/document.xml is missing"),
        ("sparse.xlsx", _sparse_xlsx, "too much memory"),
        ("random.md", lambda: os.urandom(100_000), "undecodable text"),
        ("random.html", lambda: os.urandom(100_000), "undecodable text"),
        ("random.eml", lambda: os.urandom(100_000), "malformed: it does not begin with"),
        ("half.json", lambda: b'{"a": [1, 2', "malformed: it is no JSON at line 1"),
        ("deep.json", lambda: b"[" * 1_000_000, "malformed"),
        ("blank.txt", lambda: b" \n\t\n", "empty"),
        ("nothing.md", lambda: b"", "empty"),
        ("script.html", lambda: b"<script>1</script>", "empty"),
    ],
)
def test_a_hostile_file_gives_a_reason_and_its_neighbour_is_read(read, name, content, reason):
    told = reason_of(read, name, content())

    assert re.match(reason, told)
    assert len(told) < 300
    assert [one.text for one in read("neighbour.txt", TEXT)] == [TEXT]


def test_a_pdf_cut_short_is_read_as_far_as_it_goes_or_said_to_be_broken(read, build):
    whole = build.pdf(build.SLA, build.SLA_TITLE)
    told = {
        reason_of(read, "cut.pdf", whole[:length]).partition(":")[0]
        for length in range(50, len(whole), len(whole) // 12)
    }

    assert told <= {"", "malformed", "empty", "no text layer"}
    assert "malformed" in told


def test_html_nested_a_hundred_megabytes_deep_does_not_bring_the_parent_down(tmp_path):
    deep, text = tmp_path / "deep.html", tmp_path / "a.txt"
    deep.write_bytes(b"<div>" * (20 << 20))
    text.write_text(TEXT)

    with Parsers(1, Ceilings(seconds=3, memory_mb=400)) as parsers:
        with pytest.raises(Unreadable, match=r"^(?:too much memory|too slow|malformed)"):
            parts(parsers, deep)
        assert [one.text for one in parts(parsers, text)] == [TEXT]


def test_html_nested_deeper_than_any_recursion_is_read(read):
    found = read("deep.html", b"<div>" * 20_000 + b"<p>At the bottom.</p>")

    assert [one.text for one in blocks(found, "paragraph")] == ["At the bottom."]


def test_a_csv_line_of_thirty_megabytes_is_no_trouble(read):
    with pytest.raises(Unreadable, match="malformed: the CSV's quotes do not match, or a cell is longer"):
        read("long.csv", b"a,b\n" + b"x" * (30 << 20) + b",1\n")

    found = read("wide.csv", b"a,b\n" + b"word," * (1 << 20) + b"1\n")

    assert max(len(one.text) for one in blocks(found, "row")) <= 50_000


def test_a_file_over_the_ceiling_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "big.txt"
    path.write_bytes(b"word " * 300_000)

    with Parsers(1, Ceilings(file_mb=1)) as parsers, pytest.raises(Unreadable, match="too large: more than 1 MB"):
        parts(parsers, path)


def test_more_text_than_the_ceiling_is_refused_as_it_comes(tmp_path):
    path = tmp_path / "big.txt"
    path.write_bytes(b"word " * 300_000)

    with Parsers(1, Ceilings(text_mb=1)) as parsers, pytest.raises(Unreadable, match="too large: more than 1 million"):
        parts(parsers, path)


def test_a_parser_that_never_ends_is_killed_and_the_next_file_is_read(tmp_path):
    """A named pipe that nobody writes to stands for a parser that hangs: no CPU is used, so only waiting tells."""
    pipe, text = tmp_path / "pipe.txt", tmp_path / "a.txt"
    os.mkfifo(pipe)
    text.write_text(TEXT)

    with Parsers(1, Ceilings(seconds=0.5)) as parsers:
        with pytest.raises(Unreadable, match=r"too slow: no end after 0\.5 s"):
            parts(parsers, pipe)
        assert [one.text for one in parts(parsers, text)] == [TEXT]


def test_a_file_that_vanished_is_said_to_be_gone(parsers, tmp_path):
    with pytest.raises(Unreadable, match=r"^gone: the file vanished"):
        parts(parsers, tmp_path / "never.txt")


def test_a_file_that_became_a_link_is_not_followed(parsers, tmp_path):
    (tmp_path / "link.txt").symlink_to("/etc/hostname")

    with pytest.raises(Unreadable, match="symbolic link"):
        parts(parsers, tmp_path / "link.txt")


def test_the_children_get_none_of_the_parents_secrets(tmp_path, monkeypatch):
    """A child's whole environment, as the kernel tells it."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-children")
    text = tmp_path / "a.txt"
    text.write_text(TEXT)
    with Parsers(1, Ceilings()) as parsers:
        parts(parsers, text)
        child = parsers._idle.queue[0]
        assert "sk-not-for-children" not in str(child._seen.environ())


def test_reasons_never_quote_the_document(read):
    secret = "hunter2-topsecret"
    broken = {
        "a.json": f'{{"password": "{secret}", ',
        "b.jsonl": f"{secret}\n",
        "c.csv": f'a,b\n"{secret}',
        "d.pdf": f"%PDF-1.4 {secret}",
        "e.eml": f"{secret}",
        "f.docx": f"PK{secret}",
    }
    told = [reason_of(read, name, content) for name, content in broken.items()]

    assert sum(map(bool, told)) >= 5
    assert secret not in " ".join(told)


def test_every_ending_has_a_reader(read):
    """An ending in the list that no reader takes would fail with a wrong reason."""
    told = " ".join(reason_of(read, f"a{ending}", "x") for ending in [*DOCUMENTS, *EXPORTS])

    assert "unsupported" not in told
    assert "its reader stopped" not in told
