"""The console's pages are checked against the calls that the server has."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_shapes_that_the_pages_use_are_made_of_the_present_openapi_document() -> None:
    """`npm run types` writes the document's hash above what it makes of it."""
    document = (ROOT / "docs" / "reference" / "openapi.json").read_bytes()

    first = (ROOT / "frontend" / "src" / "api" / "schema.d.ts").read_text().partition("\n")[0]

    assert hashlib.sha256(document).hexdigest() in first, "run `python frontend/node.py npm run types`"
