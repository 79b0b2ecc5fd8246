"""Filters and rights are plain terms that cannot be mistaken for one another."""

from __future__ import annotations

from deskhand.knowledge import Filters
from deskhand.knowledge.terms import document_key, groups_of, term_key, terms_of
from deskhand.nouns import Principal


def test_a_document_carries_its_rights_its_source_and_its_plain_metadata() -> None:
    data = {"team": "it", "open": True, "year": 2024, "tags": ["a", "b"], "nested": {"no": 1}, "none": None}

    assert terms_of(["group:staff"], "files", data) == [
        "a:group:staff",
        "s:files",
        "m:team=it",
        "m:open=true",
        "m:year=2024",
        "m:tags=a",
        "m:tags=b",
    ]


def test_metadata_cannot_pose_as_a_right() -> None:
    """A file's front matter may say anything."""
    groups = groups_of(Principal("eve@example.com").entry_sets, None)

    assert not set(groups[0]) & set(terms_of([], "person:eve@example.com", {"a:person": "eve@example.com"}))


def test_every_search_has_the_readers_group_first() -> None:
    reader = Principal("ana@example.com", frozenset({"staff"}))

    groups = groups_of(reader.entry_sets, Filters(frozenset({"files"}), {"team": frozenset({"it", "hr"})}))

    assert groups == [
        ["a:everyone", "a:group:staff", "a:person:ana@example.com"],
        ["s:files"],
        ["m:team=hr", "m:team=it"],
    ]


def test_a_long_value_is_filtered_by_its_hash_on_both_sides() -> None:
    value = "x" * 100_000
    (term,) = [term for term in terms_of([], "s", {"key": value}) if term.startswith("m:")]

    assert len(term) < 100
    assert groups_of(Principal("a").entry_sets, Filters(metadata={"key": frozenset({value})}))[1] == [term]


def test_a_documents_key_is_never_that_of_a_row_that_is_gone() -> None:
    assert document_key("d1") == term_key("d1") > 0
