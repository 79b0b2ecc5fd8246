"""Who may look into the runs of a ticket: who may see the ticket, and read every protocol that was read for it.

A run's steps hold the passages that a search found, which the audit log names only by their numbers.
"""

from __future__ import annotations

import re

from deskhand.access.records import as_now
from deskhand.errors import NotFound
from deskhand.knowledge.records import readable
from deskhand.nouns import Principal, Run
from deskhand.store import Connection
from deskhand.ticketing import audit_records, seeing
from deskhand.ticketing.options import Options
from deskhand.ticketing.rounds import ticket_of_run
from deskhand.ticketing.tools.builtin import SEARCH

__all__ = ["may_look"]

MOST = 5_000
"""Rows of a ticket's audit log; into the runs of one that has more, nobody looks."""
_PASSAGE = re.compile(r"passage (\d+)")


def may_look(connection: Connection, run: Run, reader: Principal, options: Options) -> bool:
    """Whether the reader may see what a ticket's run was given, read and did."""
    ticket = ticket_of_run(run.id)
    try:
        seeing.seen(connection, ticket, seeing.onlooker(connection, reader, options.group))
    except NotFound:
        return False
    # A round may carry on what an earlier one read, so all of them count.
    entries = audit_records.entries(connection, ticket=ticket, limit=MOST)
    read = [entry.body for entry in entries if entry.kind == "read" and entry.body.get("tool") == SEARCH]
    read += [body for step in run.steps if (body := _unlogged(step.output))]
    passages = {int(number) for body in read for number in _PASSAGE.findall(str(body.get("text", "")))}
    told = all(_PASSAGE.search(str(body.get("text", ""))) for body in read if body.get("facts", {}).get("found"))
    searches = sum(step.name == SEARCH and step.output is not None for step in run.steps)
    if not told or searches > len(read) or len(entries) == MOST:
        return False
    now = as_now(connection, reader)
    return not passages or (now is not None and passages <= set(readable(connection, sorted(passages), now)))


def _unlogged(output: object) -> dict[str, object]:
    """What a search gave that is not in the audit log yet, from its step."""
    body = output.get("unlogged") if isinstance(output, dict) else None
    return body if isinstance(body, dict) and body.get("tool") == SEARCH else {}
