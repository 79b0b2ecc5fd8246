"""How access lists are written down, and what is not one."""

from __future__ import annotations

import pytest

from deskhand.access import group_name, parse_access, person_id, service_id
from deskhand.errors import BadInput
from deskhand.nouns import Principal


def test_entries_are_read_in_any_case_and_with_spaces_around() -> None:
    access = parse_access(
        [" Ana@Example.com ", "person:BOB@example.com", "group:Staff", "service:Reporter", "Everyone"]
    )

    assert access.entries == {
        "person:ana@example.com",
        "person:bob@example.com",
        "group:staff",
        "service:reporter",
        "everyone",
    }


def test_no_entries_admit_nobody() -> None:
    assert not parse_access([]).admits(Principal("ana@example.com", frozenset({"staff"})))


@pytest.mark.parametrize(
    "entry", ["staff", "group:", "person:ana", "team:x", "", "group:a b", "everyone:else", "a@b@c", "group:a:b", 7]
)
def test_an_entry_that_names_nobody_is_refused_with_its_text(entry: str) -> None:
    with pytest.raises(BadInput, match=r"access\.md"):
        parse_access(["group:staff", entry])


def test_a_text_in_the_place_of_a_list_is_refused() -> None:
    """Its letters would be read as entries."""
    with pytest.raises(BadInput, match=r"must be a list"):
        parse_access("everyone")


def test_ids_are_kept_in_one_form() -> None:
    assert person_id(" ANA@Example.COM ") == "ana@example.com"
    assert service_id("Nightly-Report") == "nightly-report"
    assert group_name("HR.Berlin_2") == "hr.berlin_2"
