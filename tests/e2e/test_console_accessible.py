"""Every page, light and dark, on a desktop and on a phone: axe finds nothing serious, nothing hangs over the edge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe
import console_pages
import pytest
from browser import Browser
from console_pages import PLACES, Place
from household import Served

SIZES = [(1280, 800), (360, 740)]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_page_can_be_used_by_everybody(busy: Served, windows: Browser, node_peers: Path, place: Place) -> None:
    """One page for all four ways of looking at it, as somebody has it who turns the phone, or the light off."""
    page = console_pages.open_place(windows, busy, place)

    found: dict[str, list[str]] = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function("(is) => document.documentElement.dataset.mantineColorScheme === is", arg=scheme)
            console_pages.settle(page)
            found[f"{scheme}, {width} wide"] = axe.grave_findings(page, node_peers)
        found[f"{width} wide"] = overhanging(page)

    said = [f"{where}: {each}" for where, what in found.items() for each in what]
    assert not said, "\n".join(said)


def overhanging(page: Any) -> list[str]:
    """The elements because of which the page is wider than the window; none where it is not."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
          .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
          .map((each) => each.outerHTML.slice(0, 200))"""
    )


def test_axe_sees_what_it_should(browser: Browser, node_peers: Path) -> None:
    """The test of the test: a button without a name, and grey on grey."""
    page = browser.window()
    page.set_content("<html lang=en><title>t</title><main><h1>h</h1><button></button><p style='color:#aaa'>Pale</main>")

    found = axe.grave_findings(page, node_peers)

    assert {each.partition(" ")[0] for each in found} == {"button-name", "color-contrast"}
    browser.close_windows()
