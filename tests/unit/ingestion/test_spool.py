"""What may be the name of an uploaded file: it becomes a file on disk and an item of a source."""

from __future__ import annotations

import pytest

from deskhand.errors import BadInput
from deskhand.ingestion.spool import file_name


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
