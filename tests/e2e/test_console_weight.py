"""What a browser fetches for the first page: under 150 kB of script, all of it from here, and the second time none."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parents[2] / "deskhand" / "channels" / "console" / "web"
BUDGET = 150_000
"""Bytes of script, gzip."""
LOADED = """() => performance.getEntriesByType('resource').map(({ name, transferSize, encodedBodySize }) =>
  ({ name, transferSize, encodedBodySize }))"""


def scripts(page: Any) -> dict[str, dict[str, Any]]:
    """What was fetched of script, by file name."""
    return {each["name"].rpartition("/")[2]: each for each in page.evaluate(LOADED) if each["name"].endswith(".js")}


@pytest.mark.parametrize("path", ["/", "/sign-in"])
def test_the_first_page_needs_little_script(console, signed_in, page, path):
    if path == "/":
        page = signed_in(console, "ben@example.com")
        page.get_by_label("Your question").wait_for()
    else:
        page.goto(f"{console.url}/console{path}")
        page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")

    loaded = scripts(page)

    zipped = {name: len(gzip.compress(_file(name).read_bytes(), 9)) for name in loaded}
    assert sum(zipped.values()) < BUDGET, zipped
    assert sum(each["transferSize"] for each in loaded.values()) < BUDGET, loaded
    assert loaded


def _file(name: str) -> Path:
    assets = WEB / "assets" / name
    return assets if assets.exists() else WEB / name


def test_what_was_fetched_once_is_not_fetched_again(console, signed_in, windows):
    """Files are named for what is in them, so a browser keeps them without asking."""
    page = signed_in(console, "ben@example.com")
    page.get_by_label("Your question").wait_for()

    page.goto(f"{console.url}/console/library")
    page.get_by_role("heading", name="Library", level=1).wait_for()

    again = [
        each["name"] for each in page.evaluate(LOADED) if "/assets/index-" in each["name"] and each["transferSize"]
    ]
    assert again == []


def test_no_page_names_another_host(console_built):
    """Nor a map of its source: what is served holds addresses of ours and names of standards only."""
    standards = re.compile(rb"https?://(www\.w3\.org|react\.dev|mantine\.dev|reactjs\.org|tanstack\.com|github\.com)")
    named = {
        (path.name, host)
        for path in WEB.rglob("*")
        if path.suffix in {".js", ".css", ".html", ".svg"}
        for host in re.findall(rb"https?://[\w.-]+\.[a-z]{2,}", path.read_bytes())
        if not standards.match(host)
    }

    assert named == set()
    assert not list(WEB.rglob("*.map"))
