"""Lists of tickets on each database: filtered, paged without gaps or repeats, counted, and each for its own reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from ticket_office import ANA, BEN, HANNA, OLGA, ROBOT, SAM, SUSI, Office, asking, open_office, request

from deskhand.errors import BadInput, Conflict, NotAllowed
from deskhand.nouns import Principal, Ticket
from deskhand.store import Connection, Database
from deskhand.ticketing import changes, records
from deskhand.ticketing.listing_records import Place, Wanted

MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with open_office(database) as opened:
        yield opened


async def put(office: Office, id: str, text: str = "Title: x", changed: datetime = MOMENT, **columns: Any) -> None:
    """A ticket as it may be on record."""

    def write(connection: Connection) -> None:
        new = records.NewTicket(id, columns.pop("requester", "111"), text, columns.pop("source", "desk"))  # type: ignore[arg-type]
        records.put(connection, new, office.options.channels)
        change = records.tickets.update().where(records.tickets.c.id == id)
        connection.execute(change.values(changed=changed, **columns))

    await office.database.write(write)


async def ids(office: Office, wanted: Wanted = Wanted(), who: Principal = HANNA, **more: Any) -> list[str]:
    return [ticket.id for ticket in await office.ticketing.tickets(who, wanted, **more)]


async def paged(office: Office, limit: int, who: Principal = HANNA) -> list[str]:
    """Every id, page by page, each from the place of the last one."""
    found: list[str] = []
    after = None
    while page := await office.ticketing.tickets(who, limit=limit, after=after):
        found += [ticket.id for ticket in page]
        after = Place.read(str(Place.of(page[-1])))
    return found


async def test_tickets_that_were_changed_at_the_same_moment_are_each_listed_once(office: Office) -> None:
    for name in ("b", "d", "a", "c"):
        await put(office, name)
    await put(office, "newer", changed=MOMENT + timedelta(microseconds=1))
    await put(office, "older", changed=MOMENT - timedelta(microseconds=1))

    for limit in (1, 2, 3, 50):
        assert await paged(office, limit) == ["newer", "a", "b", "c", "d", "older"]


async def test_a_ticket_that_is_changed_while_somebody_pages_moves_to_the_front_only(office: Office) -> None:
    for number in range(6):
        await put(office, f"t{number}", changed=MOMENT - timedelta(seconds=number))
    first = await office.ticketing.tickets(HANNA, limit=3)
    await put(office, "new", changed=MOMENT + timedelta(seconds=2))
    await office.ticketing.comment("t4", HANNA, 1, "A word.")
    await office.ticketing.comment("t0", HANNA, 1, "A word.")

    assert [ticket.id for ticket in first] == ["t0", "t1", "t2"]
    assert await ids(office, limit=50, after=Place.of(first[-1])) == ["t3", "t5"]
    assert (await ids(office))[:2] == ["t0", "t4"]


async def changed(office: Office, mark: str | None, wanted: Wanted = Wanted(), who: Principal = HANNA) -> Any:
    """Ids of those that are wanted and of the others, and the next mark; None where nothing changed."""
    found = await office.ticketing.changes(who, wanted, mark)
    return found and ([each.id for each in found.wanted], [each.id for each in found.others], found.mark)


async def test_who_goes_on_from_a_mark_is_told_what_changed_since_and_no_more(office: Office) -> None:
    assert (await changed(office, None))[:2] == ([], [])
    for number in range(3):
        await put(office, f"t{number}", changed=MOMENT - timedelta(minutes=number))
    seen, others, mark = await changed(office, None)
    assert (seen, others) == (["t0"], [])
    assert await changed(office, mark) is None

    await office.ticketing.resolve("t1", HANNA, 1, "Done.")

    told, others, now = await changed(office, mark)
    assert (told[0], others) == ("t1", [])
    assert await changed(office, now) is None
    assert (await changed(office, mark, Wanted(states=("unassigned",))))[:2] == (["t0"], ["t1"])
    assert (await changed(office, mark, who=OLGA))[:2] == ([], []), "another's tickets are not there"


async def test_a_change_that_comes_to_light_after_a_later_one_is_told(office: Office) -> None:
    await put(office, "later", changed=MOMENT)
    _, _, mark = await changed(office, None)

    await put(office, "earlier", changed=MOMENT - timedelta(seconds=3))

    told, _, now = await changed(office, mark)
    assert set(told) == {"later", "earlier"}
    assert await changed(office, now) is None


async def test_whoever_missed_too_much_is_told_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST", 2)
    await put(office, "t0", changed=MOMENT - timedelta(hours=1))
    _, _, mark = await changed(office, None)
    for number in range(1, 4):
        await put(office, f"t{number}", changed=MOMENT + timedelta(seconds=number))

    found = await office.ticketing.changes(HANNA, Wanted(), mark)

    assert found is not None
    assert ([each.id for each in found.wanted], found.whole) == (["t3", "t2"], False)
    assert await changed(office, found.mark) is None


@pytest.mark.parametrize("written", ["", "x", "20261321T120000000000_0123456789abcdef"])
async def test_what_is_no_mark_is_refused(office: Office, written: str) -> None:
    with pytest.raises(BadInput, match="never given"):
        await office.ticketing.changes(HANNA, Wanted(), written)


@pytest.mark.parametrize("written", ["", "t1", "20261121T120000000000", "20261321T120000000000_t1", "x" * 90, "_t1"])
def test_what_is_no_place_is_refused(written: str) -> None:
    with pytest.raises(BadInput, match="no ticket has"):
        Place.read(written)


async def test_each_filter_leaves_what_it_says(office: Office) -> None:
    await put(office, "plain")
    await put(office, "given", state="assigned", assignee="@sam", requester="121")
    await put(office, "done", state="resolved", assignee="@sam", source="api")

    async def found(**wanted: Any) -> set[str]:
        return set(await ids(office, Wanted(**wanted)))

    assert await found() == {"plain", "given", "done"}
    assert await found(states=("assigned", "resolved")) == {"given", "done"}
    assert await found(assignee="@sam") == {"given", "done"}
    assert await found(assignee="") == {"plain"}
    assert await found(requester="121") == {"given"}
    assert await found(source="api") == {"done"}
    assert await found(assignee="@sam", source="desk") == {"given"}
    assert await found(assignee="@kirk") == set()


FOUND = {
    "screen": {"t1"},
    "  SCREEN ": {"t1"},
    "größe": {"t2"},
    "GRÖSSE DES": set(),
    "GRÖßE": {"t2"},
    "ÖSTLICH": {"t2"},
    "100%": {"t3"},
    "0% _": set(),
    "a_b": {"t3"},
    "told": {"t4"},
    "T4": {"t4"},
    "\\": {"t4"},
}


async def test_text_is_found_in_any_case_and_as_it_is_written(office: Office) -> None:
    """Signs that mean something to a database mean nothing here."""
    await put(office, "t1", "My Screen is green")
    await put(office, "t2", "Die Größe des Fensters, östlich")
    await put(office, "t3", "100% of a_b")
    await put(office, "t4", "1000 of axb", communication="You were told: C:\\temp")

    assert {text: set(await ids(office, Wanted(text=text))) for text in FOUND} == FOUND


async def test_before_is_a_moment_in_any_zone(office: Office) -> None:
    await put(office, "t1", changed=MOMENT)
    await put(office, "t2", changed=MOMENT + timedelta(hours=1))
    elsewhere = (MOMENT + timedelta(minutes=30)).astimezone(timezone(timedelta(hours=5)))

    assert await ids(office, Wanted(before=elsewhere)) == ["t1"]
    assert await ids(office, Wanted(before=elsewhere.astimezone(UTC).replace(tzinfo=None))) == ["t1"]


async def test_nobody_finds_or_counts_what_concerns_others(office: Office) -> None:
    """Not by any filter: whoever may not see a ticket is told what is told where there is none."""
    await put(office, "anas", "secret plan")
    await put(office, "bens", requester="121")
    for wanted in (
        Wanted(),
        Wanted(text="secret"),
        Wanted(requester="111"),
        Wanted(mine=True),
        Wanted(states=("unassigned",)),
    ):
        assert "anas" not in await ids(office, wanted, BEN)
        assert await ids(office, wanted, OLGA) == []
        assert await ids(office, wanted, ROBOT) == []
        counted = await office.ticketing.counted(OLGA, wanted)
        assert (sum(counted.states.values()), counted.assignees, counted.requesters, counted.sources) == (0, {}, {}, {})

    assert (await office.ticketing.counted(BEN)).requesters == {"121": 1}
    assert (await office.ticketing.counted(HANNA)).requesters == {"111": 1, "121": 1}
    assert (await office.ticketing.counted(HANNA, Wanted(mine=True))).requesters == {}


async def test_another_choice_is_counted_among_what_is_wanted_otherwise(office: Office) -> None:
    await put(office, "t1")
    await put(office, "t2", state="assigned", assignee="@sam", source="api")
    await put(office, "t3", state="assigned", assignee="@kirk", source="api", requester="121")
    counted = await office.ticketing.counted(HANNA, Wanted(states=("assigned",), assignee="@sam"))

    assert {state: number for state, number in counted.states.items() if number} == {"assigned": 1}
    assert set(counted.states) >= {"unassigned", "resolved"}
    assert counted.assignees == {"@sam": 1, "@kirk": 1}
    assert counted.sources == {"api": 1}
    assert (await office.ticketing.counted(HANNA)).assignees == {"": 1, "@sam": 1, "@kirk": 1}


# What may be done


async def may(office: Office, ticket: Ticket, who: Principal) -> set[str]:
    return set((await office.ticketing.ticket(ticket.id, who)).may)


async def test_what_may_be_done_is_what_is_not_refused(office: Office) -> None:
    """Each act that is offered goes through, each that is not offered is refused."""
    calls = {
        "edit": lambda at, who, v: office.ticketing.edit(at, who, v, "Title: other"),
        "comment": lambda at, who, v: office.ticketing.comment(at, who, v, "A word."),
        "assign": lambda at, who, v: office.ticketing.assign(at, who, v, "@kirk"),
        "resolve": lambda at, who, v: office.ticketing.resolve(at, who, v, "Done."),
        "reopen": lambda at, who, v: office.ticketing.reopen(at, who, v, "No."),
        "retry": lambda at, who, _: office.ticketing.retry(at, who),
        "subscribe": lambda at, who, _: office.ticketing.subscribe(at, who, "@kirk"),
    }
    for state, assignee in (("unassigned", None), ("assigned", "@sam"), ("resolved", "@sam")):
        for who in (ANA, SAM, SUSI, HANNA):
            for act, call in calls.items():
                ticket = await office.submitted()
                await office.ticketing.subscribe(ticket.id, HANNA, "@susi")
                await put_state(office, ticket.id, state, assignee)
                if who is SAM and assignee is None:
                    continue
                offered = act in await may(office, ticket, who)
                try:
                    await call(ticket.id, who, ticket.version)
                except (NotAllowed, Conflict):
                    assert not offered, (state, who.id, act)
                else:
                    assert offered, (state, who.id, act)


async def put_state(office: Office, id: str, state: str, assignee: str | None) -> None:
    change = records.tickets.update().where(records.tickets.c.id == id).values(state=state, assignee=assignee)
    await office.database.write(lambda connection: connection.execute(change) and None)


async def test_a_ticket_says_whether_the_agent_has_it(office: Office) -> None:
    ticket = await office.submitted(request(1))
    seen = await office.ticketing.ticket(ticket.id, ANA)
    assert (seen.working, seen.run, seen.you, seen.parts) == (True, f"ticket-{ticket.id}-1", "111", {"requester"})
    assert "retry" not in (await office.ticketing.ticket(ticket.id, HANNA)).may
    office.engine.work()
    await office.ticketing.wait(ticket.id, ANA, timeout=20)

    assert not (await office.ticketing.ticket(ticket.id, ANA)).working
    await put(office, "left")  # on record, and its run not started yet
    assert (await office.ticketing.ticket("left", ANA)).working


async def test_a_ticket_whose_run_broke_off_may_be_tried_again(office: Office) -> None:
    ticket = await office.submitted()
    await office.engine.cancel(f"ticket-{ticket.id}-1")
    seen = await office.ticketing.ticket(ticket.id, HANNA)

    assert (seen.working, "retry" in seen.may) == (False, True)
    await office.ticketing.retry(ticket.id, HANNA)


async def test_who_may_decide_an_approval_is_told_so_and_its_requester_is_not(database: Database) -> None:
    async with open_office(database, policy=asking(), works=True) as office:
        ticket = await office.carried(request(4), BEN)
        [approval] = await office.ticketing.pending(SUSI)
        decides = {who.id: (await office.ticketing.ticket(ticket.id, who)).decides for who in (BEN, SUSI, HANNA)}
        assert decides == {BEN.id: (), SUSI.id: (approval.id,), HANNA.id: (approval.id,)}
        await office.ticketing.deny(approval.id, SUSI)

        assert (await office.ticketing.ticket(ticket.id, HANNA)).decides == ()
