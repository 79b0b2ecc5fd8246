"""axe, in the page that it judges: what keeps somebody from using it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

GRAVE = ("serious", "critical")

_SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
  .map((each) => each.finished))"""
"""A colour that is on its way from one to another is judged when it is there."""


@cache
def _source(packages: Path) -> str:
    return (packages / "axe-core" / "axe.min.js").read_text()


def grave_findings(page: Page, packages: Path) -> list[str]:
    """What axe finds serious or critical, each with the elements; `packages` is the folder of Node's packages.

    It comes in past the page's content policy, as the browser's own tools do.
    """
    page.evaluate(_SETTLED)
    page.evaluate(_source(packages))
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {_told(node)}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def _told(node: dict[str, Any]) -> str:
    said = " ".join(str(node["failureSummary"]).split())
    return f"{' '.join(map(str, node['target']))} {node['html'][:160]} {said[:300]}"
