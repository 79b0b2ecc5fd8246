"""What a browser says that it wants: a page or a file, in which encodings, and what it has already."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import Headers


def wants_a_page(asked: Headers) -> bool:
    """Whether this is asked for to be looked at, and not as a part of a page."""
    target = asked.get("sec-fetch-dest")
    return target is None or target == "document"


def accepted_encodings(asked: Headers) -> list[str]:
    """The encodings that may be sent, of those there are, the best first."""
    offered: dict[str, float] = {}
    for part in ",".join(asked.getlist("accept-encoding")).split(","):
        name, _, parameters = part.partition(";")
        offered[name.strip().casefold()] = _quality(parameters)
    any_other = offered.get("*", 0.0)
    return [name for name in ("br", "gzip") if offered.get(name, any_other) > 0]


def unchanged(asked: Headers, tag: str) -> bool:
    """Whether the browser has what is under this ETag."""
    had = [each.strip().removeprefix("W/") for each in ",".join(asked.getlist("if-none-match")).split(",")]
    return tag in had or "*" in had


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().casefold() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if math.isfinite(quality) else 0.0
