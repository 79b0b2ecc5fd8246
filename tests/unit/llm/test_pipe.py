"""Text on its way to the caller: the first at once, the rest joined, none lost."""

from __future__ import annotations

import asyncio

from deskhand.llm.pipe import Pipe


async def ended(pipe: Pipe) -> None:
    task = asyncio.create_task(asyncio.sleep(0))
    task.add_done_callback(pipe.end)
    await task


async def test_the_first_text_leaves_at_once_and_what_follows_leaves_joined() -> None:
    pipe = Pipe(gather=3600.0)
    texts = aiter(pipe)

    pipe.put("one ")
    assert await anext(texts) == "one "

    pipe.put("two ")
    pipe.put("three")
    await ended(pipe)
    assert [text async for text in texts] == ["two three"]


async def test_what_waits_leaves_when_its_time_has_come() -> None:
    pipe = Pipe(gather=0.01)
    texts = aiter(pipe)
    pipe.put("one")
    await anext(texts)

    pipe.put("two")

    assert await asyncio.wait_for(anext(texts), 5) == "two"


async def test_an_empty_stream_ends() -> None:
    pipe = Pipe(gather=0.01)
    await ended(pipe)

    assert [text async for text in pipe] == []
