"""The nearest access file that speaks of a file decides; one that makes no sense closes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deskhand.ingestion.sources.access import AccessFiles
from deskhand.nouns import AccessList


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., list[str] | None]:
    """The entries of an item's list with these access files, or None."""

    def looked(item: str, **files: str) -> list[str] | None:
        for folder, text in files.items():
            path = tmp_path / ("" if folder == "root" else folder.replace("_", "/"))
            path.mkdir(parents=True, exist_ok=True)
            (path / ".access.yaml").write_text(text)
        access = AccessFiles(tmp_path).own(item)
        return None if access is None else sorted(access.entries)

    return looked


def test_nothing_said_is_none(own):
    assert own("a/b.md") is None


def test_the_nearest_file_wins(own):
    files = {"root": "read: [group:staff]", "hr": "read: [group:hr]", "hr_open": "read: everyone"}

    assert own("a.md", **files) == ["group:staff"]
    assert own("x/y/a.md", **files) == ["group:staff"]
    assert own("hr/a.md", **files) == ["group:hr"]
    assert own("hr/open/a.md", **files) == ["everyone"]


def test_patterns_are_for_single_files(own):
    root = "read: [group:staff]\nfiles:\n  'salar*.xlsx': [group:finance]\n  'x/*.md': [ana@example.com]\n"

    assert own("salaries.xlsx", root=root) == ["group:finance"]
    assert own("deep/salary.xlsx", root=root) == ["group:finance"]
    assert own("x/a.md", root=root) == ["person:ana@example.com"]
    assert own("a.md", root=root) == ["group:staff"]


def test_a_file_that_speaks_of_others_only_leaves_the_word_to_the_one_above(own):
    files = {"root": "read: [group:staff]", "hr": "files: {'a.md': [group:hr]}"}

    assert own("hr/a.md", **files) == ["group:hr"]
    assert own("hr/b.md", **files) == ["group:staff"]


def test_an_empty_list_admits_nobody(own):
    assert own("a.md", root="read: []") == []


@pytest.mark.parametrize(
    "text",
    ["", "read", "read: [a", "read: [staff]", "read: {a: b}", "reads: [everyone]", "files: [a]", "read: [1]", "\x00"],
)
def test_what_makes_no_sense_closes(own, tmp_path, text):
    assert own("a.md", root=text) == []
    assert AccessFiles(tmp_path).rules(".").bad.startswith(".access.yaml")


def test_a_link_in_the_place_of_an_access_file_closes(tmp_path):
    (tmp_path / "other.yaml").write_text("read: everyone")
    (tmp_path / ".access.yaml").symlink_to(tmp_path / "other.yaml")

    assert AccessFiles(tmp_path).own("a.md") == AccessList()


def test_a_thousand_million_laughs_close(own):
    laughs = "a: &a [x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(12)
    )

    assert own("a.md", root=laughs + "read: *m\n") == []
