"""The workflow "ingest": each place in turn is counted, looked at and read stretch by stretch, then swept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass

from deskhand.catalog import Catalog
from deskhand.engine.protocol import Context
from deskhand.ingestion import reading, steps
from deskhand.ingestion.parsing.ceilings import Ceilings
from deskhand.ingestion.parsing.pool import Parsers
from deskhand.ingestion.progress import IngestReport, Meter, Tally
from deskhand.ingestion.uploads import Uploads
from deskhand.knowledge.protocol import Library
from deskhand.llm.protocol import Seer
from deskhand.nouns import Json
from deskhand.redaction import Redactor
from deskhand.redaction.vault import Vault


@dataclass(frozen=True, slots=True)
class Carrying:
    """What the workflow is lent; see `Ingestion`."""

    catalog: Catalog
    library: Library
    redactor: Redactor
    uploads: Uploads
    ceilings: Ceilings
    workers: int
    seer: Seer | None
    vault: Vault | None
    clock: Callable[[], float]

    async def carry(self, context: Context, payload: Json) -> Json:
        """The workflow "ingest"."""
        if payload.get("uploaded"):
            return await self.uploads.kept_for(context.run_id, self._read(context, payload))
        return await self._read(context, payload)

    async def _read(self, context: Context, payload: Json) -> Json:
        """Each place in turn, counted, then looked at and read stretch by stretch, then swept."""
        parsers = await asyncio.to_thread(Parsers, self.workers, self.ceilings)
        room = steps.Room(
            self.catalog,
            self.library,
            parsers,
            self.ceilings,
            payload["mapping"],
            self.seer is not None,
            self.vault,
            await asyncio.to_thread(lambda: self.redactor.fingerprint),
        )
        meter = Meter(context.emit, self.clock)
        tally = Tally()
        try:
            for place in payload["places"]:
                meter.expect(await context.step("count", steps.count, place, room=room))
            for place in payload["places"]:
                tally = await self._place(context, place, tally, room=room, meter=meter)
        finally:
            await asyncio.to_thread(parsers.close)
        report = asdict(IngestReport.of(context.run_id, tally))
        return {key: report[key] for key in ("counts", "passages", "redactions", "failures")}

    async def _place(self, context: Context, place: Json, tally: Tally, *, room: steps.Room, meter: Meter) -> Tally:
        after: str | None = None
        while True:
            look = await context.step("look", steps.look, place, after, room=room)
            tally += look.tally
            meter.expect(look.more)
            meter.correct(tally)
            await meter.tell_at_times()
            if look.tasks:
                tally += await context.step(
                    "read",
                    reading.read,
                    place,
                    tasks=look.tasks,
                    room=room,
                    redactor=self.redactor,
                    workers=self.workers,
                    seer=self.seer,
                    count=meter.count,
                )
                meter.correct(tally)
            if look.last is None:
                break
            after = look.last
        if not place["only"]:
            tally += await context.step("sweep", steps.sweep, place, room=room)
        await meter.tell()
        return tally
