"""What a folder lists: in a fixed order, from any place on, without hidden files, never through a link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deskhand.errors import NotFound
from deskhand.ingestion.sources.folder import Listed, Place, holds, listing, take


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for item in ("b.md", "a/z.md", "a/b/c.md", "a-b.md", "a.md", ".hidden.md", ".git/x.md", "~$lock.docx", "c/d.txt"):
        path = tmp_path / "root" / item
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return Place("s", str(tmp_path / "root"))


def items(place: Place, after: str | None = None) -> list[str]:
    return [listed.item for listed in listing(place, after)]


def test_files_are_listed_in_order_without_hidden_ones(place):
    assert items(place) == ["a/b/c.md", "a/z.md", "a-b.md", "a.md", "b.md", "c/d.txt"]


def test_a_listing_goes_on_after_any_item(place):
    every = items(place)

    for number, item in enumerate(every):
        assert items(place, item) == every[number + 1 :]
    assert items(place, "a/b/c.zip") == every[1:]
    assert [listed.item for listed in take(place, every[0], 2)] == every[1:3]


def test_a_link_that_leaves_the_folder_is_refused(place, tmp_path):
    (tmp_path / "secret.md").write_text("secret")
    (Path(place.root) / "link.md").symlink_to(tmp_path / "secret.md")
    (Path(place.root) / "folder").symlink_to(tmp_path)

    refused = {listed.item: listed.reason for listed in listing(place) if listed.reason}

    assert set(refused) == {"link.md", "folder"}
    assert all("leaves the folder" in reason for reason in refused.values())


def test_links_in_circles_and_within_the_folder_are_passed_over(place):
    root = Path(place.root)
    (root / "round").symlink_to(root)
    (root / "one").symlink_to(root / "two")
    (root / "two").symlink_to(root / "one")
    (root / "copy.md").symlink_to(root / "b.md")

    assert items(place) == ["a/b/c.md", "a/z.md", "a-b.md", "a.md", "b.md", "c/d.txt"]


def test_pipes_are_no_files(place):
    os.mkfifo(Path(place.root) / "pipe.md")

    assert "pipe.md" not in items(place)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder_is_told_and_what_was_in_it_is_not_gone(place):
    closed = Path(place.root) / "a"
    closed.chmod(0)
    try:
        assert Listed("a", reason="not permitted: this process may not read the file; give it the right and retry") in (
            list(listing(place))
        )
        assert holds(place, "a/z.md")
    finally:
        closed.chmod(0o755)


def test_a_name_that_is_no_text_is_told(place):
    Path(os.fsdecode(os.fsencode(place.root) + b"/\xff.md")).write_text("x")

    told = [listed for listed in listing(place) if listed.reason]

    assert [(listed.item, listed.reason) for listed in told] == [("\\udcff.md", "its name is not UTF-8; rename it")]


def test_only_the_named_files_are_listed(place):
    assert items(Place("s", place.root, ("b.md", "a.md"))) == ["a.md", "b.md"]


def test_a_folder_that_is_gone_is_an_error(place):
    with pytest.raises(NotFound, match="is gone"):
        items(Place("s", place.root + "-not"))


def test_records_are_there_as_long_as_their_file(place):
    assert holds(place, "b.md#17")
    assert holds(place, "b.md#with#signs")
    assert not holds(place, "gone.md#17")
