"""Uploaded files: each waits in the spool until the run that reads it has ended, and is then deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from deskhand.catalog import Catalog
from deskhand.errors import BadInput, DeskhandError, EngineError, NotFound, StepFailed
from deskhand.ingestion import steps
from deskhand.ingestion.readers import unsupported
from deskhand.ingestion.sources.folder import Place
from deskhand.ingestion.spool import Spool, file_name
from deskhand.nouns import AccessList, Json, Run, RunState

SPOOLED = 20
"""So many files of the largest size may wait to be read."""

LEFT_BEHIND = 1200.0
"""Seconds after which a file without a run was left behind by a process that died while it came in; a file may take
less to come."""

UNDER_WAY: tuple[RunState, ...] = ("waiting", "running")
"""States of a run that has not ended."""

GONE = (
    "the uploaded file is not there: it is kept on the server that took it, and only until its run has ended. "
    "Upload it again."
)


class Uploads:
    """Takes files of at most `largest` bytes into the folder `spool` (None: it takes none); `sees`: pictures too."""

    def __init__(self, catalog: Catalog, spool: Path | None, largest: int, *, sees: bool) -> None:
        self._catalog, self._sees = catalog, sees
        self._spool = Spool(spool, largest, largest * SPOOLED) if spool is not None else None

    async def take(
        self,
        run: str,
        source: str,
        name: str,
        content: AsyncIterator[bytes],
        *,
        owner: str,
        access: AccessList | None,
        announced: int = 0,
    ) -> Place:
        """Put a file on disk for `run`, and make its source unless it is there; where it lies. Raises as
        `Ingestion.upload`."""
        item = file_name(name)
        if self._spool is None:
            raise BadInput("this desk takes no uploads; ingest the file from a folder.")
        if not steps.is_read(item, sees=self._sees):
            raise unsupported(item)
        await self._catalog.open_uploads(source, owner, access)
        await self._spool.take(run, item, content, announced)
        return Place(source, str(self._spool.of(run)), (item,))

    async def drop(self, run: str) -> None:
        """Delete the file of a run, when it is there."""
        if self._spool is not None:
            await self._spool.drop(run)

    async def kept_for(self, run: str, reading: Awaitable[Json]) -> Json:
        """What `reading` gives; the run's file is deleted when it has ended. Raises `NotFound` when it is gone."""
        try:
            report = await reading
        except DeskhandError as error:
            # What else breaks may be the process itself, which closes: then the run goes on later and needs its file.
            if isinstance(error, StepFailed) or not isinstance(error, EngineError):
                await self.drop(run)
            if isinstance(error, NotFound):
                raise NotFound(GONE) from None
            raise
        await self.drop(run)
        return report

    async def tidy(self, on_record: Callable[[Sequence[str]], Awaitable[dict[str, Run]]]) -> int:
        """Delete the files whose run, looked up by `on_record`, has ended or was never started; how many."""
        if self._spool is None:
            return 0
        waiting = await self._spool.waiting()
        runs = await on_record(list(waiting))
        over = [run for run, age in waiting.items() if _is_over(runs.get(run), age)]
        for run in over:
            await self._spool.drop(run)
        return len(over)


def _is_over(run: Run | None, age: float) -> bool:
    return age > LEFT_BEHIND if run is None else run.state not in UNDER_WAY
