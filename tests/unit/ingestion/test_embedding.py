"""The embedder always has work, and never a whole huge document at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from deskhand.llm.protocol import Vectors


class Gathering:
    """Lets nobody go until `at_once` callers are there; notes how many texts each brought."""

    name, dimensions = "gathering", 8

    def __init__(self, at_once: int) -> None:
        self._barrier = asyncio.Barrier(at_once)
        self.sizes: list[int] = []

    async def embed(self, texts: Sequence[str], *, kind: str) -> Vectors:
        if kind == "passage":
            self.sizes.append(len(texts))
            await self._barrier.wait()
        return np.full((len(texts), 8), 8**-0.5, np.float32)


@pytest.mark.parametrize(("passages", "at_once"), [(1, 8), (25, 8), (300, 2)])
async def test_while_one_document_is_stored_others_are_embedded(open_a_desk, passages, at_once):
    """Two at least; small ones leave the embedder sooner than the next comes, so there are more of them."""
    embedder = Gathering(at_once)
    async for desk in open_a_desk(embedder=embedder):
        for number in range(at_once):
            desk.write(f"{number}.md", sections(number, passages))

        report = await desk.ingest()

        assert report.passages == sum(embedder.sizes) == at_once * passages


async def test_a_huge_document_is_embedded_in_portions(open_a_desk):
    embedder = Gathering(1)
    async for desk in open_a_desk(embedder=embedder):
        desk.write("huge.md", sections(0, 1_000))

        report = await desk.ingest()

        assert report.passages == sum(embedder.sizes) == 1_000
        assert max(embedder.sizes) <= 256


async def test_many_large_documents_wait_in_their_files(open_a_desk):
    """What is prepared is in memory: of large documents the library gets no more than three before one is stored."""
    embedder = Gathering(4)
    async for desk in open_a_desk(embedder=embedder):
        for number in range(6):
            desk.write(f"{number}.md", sections(number, 250))

        run = asyncio.create_task(desk.ingest())
        while len(embedder.sizes) < 3:
            await asyncio.sleep(0)
        done, _ = await asyncio.wait([run], timeout=0.5)

        assert not done
        assert len(embedder.sizes) == 3
        run.cancel()


def sections(number: int, count: int) -> str:
    return f"# Document {number}\n" + "".join(
        f"\n## Part {part}\n\nPart {part} of {number}.\n" for part in range(count)
    )
