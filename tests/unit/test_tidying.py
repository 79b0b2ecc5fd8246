"""What a process put on record and died before it started it is started by another one, without a restart; what is past
its time is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from deskhand import testing
from deskhand.access import Sessions
from deskhand.access.session_records import sessions, sign_in_links
from deskhand.nouns import Principal
from deskhand.store import utc_now
from deskhand.ticketing import records
from deskhand.ticketing.options import Channels

OPERATOR = Principal("operator@localhost", frozenset({"support"}))


async def test_a_ticket_that_was_only_put_on_record_is_started_by_the_next_tidying() -> None:
    async with testing.desk() as scene:
        desk = scene.desk
        text = desk.redactor.redact("EnvironmentId: 1").text
        new = records.NewTicket(id="left", requester="111", text=text, source="desk")
        await desk.database.write(records.put, new, Channels())

        await desk.engine.start("tidy", "tidy-1", {})
        await desk.engine.result("tidy-1", timeout=30)

        seen = await desk.ticketing.wait("left", OPERATOR, timeout=30)
        assert seen.ticket.state == "assigned"


async def test_browsers_that_are_signed_out_by_now_are_forgotten_by_the_next_tidying() -> None:
    def yesterday() -> datetime:
        return utc_now() - timedelta(days=1)

    async with testing.desk() as scene:
        desk = scene.desk
        old = Sessions(desk.database, clock=yesterday)
        await old.open_by_code(await old.link(OPERATOR.id, ["ask"], stranger=True))
        await old.link(OPERATOR.id, ["ask"], stranger=True)
        cookie, _ = await desk.sessions.open_by_code(await desk.sessions.link(OPERATOR.id, ["ask"], stranger=True))

        await desk.engine.start("tidy", "tidy-2", {})
        await desk.engine.result("tidy-2", timeout=30)

        with desk.database.reading() as connection:
            kept = [len(connection.execute(sa.select(table)).all()) for table in (sessions, sign_in_links)]
        assert kept == [1, 0]
        assert await desk.sessions.verify(cookie)
