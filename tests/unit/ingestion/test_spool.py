"""Where uploaded files wait, and what may be the name of one: it becomes a file on disk and an item of a source."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deskhand.errors import BadInput
from deskhand.ingestion.spool import Spool, file_name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".hidden.md",
        ".access.yaml",
        "~$lock.docx",
        "a/b.md",
        "/etc/passwd",
        "a\\b.md",
        "a\0.md",
        "a\n.md",
        "a\u202egpj.md",
        "\ud800.md",
        " a.md",
        "a.md ",
        "cases.csv#1",
        "cases.csv#1.md",
        "ä" * 127 + ".md",
    ],
)
def test_what_is_no_name_of_a_file_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="another name"):
        file_name(name)


@pytest.mark.parametrize("name", ["guide.md", "C# guide.md", "Übersicht (alt) №2.pdf", "ä" * 126 + ".md", "手順.txt"])
def test_names_in_other_scripts_are_taken_as_they_are(name: str) -> None:
    assert file_name(name) == name


def test_the_two_spellings_of_an_umlaut_are_one_name() -> None:
    assert file_name("U\u0308bersicht.md") == "Übersicht.md"


async def test_a_file_that_goes_while_the_room_is_measured_is_no_reason_to_refuse_another(tmp_path: Path) -> None:
    """Runs end while files come: what was listed is not there any more when its size is asked for."""
    (tmp_path / "ended").mkdir()
    (tmp_path / "ended" / "gone.md").symlink_to(tmp_path / "nowhere")

    async def content() -> AsyncIterator[bytes]:
        yield b"A lamp."

    assert await Spool(tmp_path, 100, 100).take("new", "lamp.md", content()) == 7
