"""Calls that wait for news: looked for at each ring of a bell and from time to time, as long as the caller has time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Annotated, TypeVar

from fastapi import Query

from deskhand.store.bell import RAREST_LOOK, Wait

T = TypeVar("T")

APART = 0.5
"""Seconds between two looks at least: a bell rings for everybody, and most rings are not for who waits here."""

Seconds = Annotated[float, Query(ge=0, le=60, description="Seconds to wait for news, where there are none yet.")]
Since = Annotated[
    str | None, Query(max_length=100, description="The `mark` of the last answer; without one, it answers at once.")
]
"""In a call's signature: how long it may wait, and for what."""


async def news(
    look: Callable[[], Awaitable[T | None]],
    bell: AbstractContextManager[Wait],
    seconds: float,
    *,
    still: Callable[[], Awaitable[object]],
    closing: asyncio.Event,
    rarest: float = RAREST_LOOK,
) -> T | None:
    """What `look` finds, at once or within so many seconds; None when it found nothing until then, or the server is
    `closing`. Before each further look `still` raises if the caller is signed in no longer. `rarest` is how long it is
    waited for a ring at most."""
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    closes = asyncio.ensure_future(closing.wait())
    try:
        with bell as wait:
            while (found := await look()) is None and not closes.done() and (left := end - clock()) > 0:
                rung = asyncio.ensure_future(wait(min(left, rarest)))
                await asyncio.wait({rung, closes}, return_when=asyncio.FIRST_COMPLETED)
                if rung.done():
                    await asyncio.wait({closes}, timeout=min(APART, max(0.0, end - clock())))
                else:
                    rung.cancel()
                await still()
        return found
    finally:
        closes.cancel()
