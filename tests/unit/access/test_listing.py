"""The people file, and what it says when it cannot be taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskhand.access import load_people
from deskhand.errors import BadInput


def written(path: Path, text: str) -> Path:
    file = path / "people.yaml"
    file.write_text(text)
    return file


def test_people_and_services_are_read_with_their_groups(tmp_path: Path) -> None:
    listing = load_people(
        written(
            tmp_path, "people:\n  Ana@example.com: [Staff, hr]\n  bob@example.com:\nservices:\n  reporter: [staff]\n"
        )
    )

    assert listing.people == {"ana@example.com": {"staff", "hr"}, "bob@example.com": frozenset()}
    assert listing.services == {"reporter": {"staff"}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("people: [ana@example.com]", r"`people` must map each id"),
        ("people: {ana: [staff]}", r"'ana' is not a person"),
        ("people: {ana@example.com: staff}", r"must be a list such as \[staff\]"),
        ("people: {ana@example.com: ['no group']}", r"'no group' is not a group's name"),
        ("people: {ana@example.com: [], ANA@example.com: []}", r"has 'ana@example.com' twice"),
        ("people: {ana@example.com: [hr], ana@example.com: []}", r"has 'ana@example.com' twice"),
        ("people: {ana@example.com: []}\npeople: {}", r"has 'people' twice"),
        ("services: {a@b: []}", r"not a service's name"),
        ("persons: {}", r"must hold `people:` or `services:`"),
        ("", r"must hold `people:`"),
        ("people:\n\t- x", r"line 2 is not YAML"),
        ("people: !!python/object:os.system {}", r"is not YAML"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    file = written(tmp_path, text)

    with pytest.raises(BadInput, match=says) as refused:
        load_people(file)

    assert str(file) in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no people file at .*nobody\.yaml"):
        load_people(tmp_path / "nobody.yaml")
