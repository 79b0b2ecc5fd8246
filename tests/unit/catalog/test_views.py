"""A document's id follows from its source and item alone."""

from __future__ import annotations

import re

from deskhand.catalog import document_id


def test_an_items_id_is_the_same_for_ever() -> None:
    assert document_id("files", "a.md") == "d48999d77c12a0f99cc32"


def test_ids_differ_by_source_and_by_item() -> None:
    """The border between source and item counts too."""
    ids = {document_id(*pair) for pair in (("a", "bc"), ("ab", "c"), ("a", "b"), ("b", "a"))}

    assert len(ids) == 4
    assert all(re.fullmatch(r"d[0-9a-f]{20}", key) for key in ids)
