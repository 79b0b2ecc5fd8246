"""Between DBOS's rows and the nouns: states, and the envelopes in which payloads and outputs are recorded.

An envelope carries the time in ms, for on SQLite DBOS's own columns have whole seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from deskhand.engine.codec import Failure, Raw, loads, step_of
from deskhand.nouns import Json, Run, RunState, Step

RUN_STATES: dict[RunState, tuple[str, ...]] = {
    "waiting": ("ENQUEUED", "DELAYED"),
    "running": ("PENDING",),
    "finished": ("SUCCESS",),
    "failed": ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"),
    "cancelled": ("CANCELLED",),
}
"""The states of DBOS that each of ours stands for."""

ANY = "runs"
"""The bell that rings when any run begins, is taken up or ends. Whatever happens in a run rings the one of its id."""

ENDED = (*RUN_STATES["finished"], *RUN_STATES["failed"], *RUN_STATES["cancelled"])


def state_of(status: str) -> RunState:
    return next(state for state, statuses in RUN_STATES.items() if status in statuses)


def time_of(moment: datetime) -> int:
    """ms since 1970."""
    return int(moment.timestamp() * 1000)


def moment_of(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def envelope_of(payload: Json, began: datetime) -> Json:
    """What is recorded as a run's input."""
    return {"payload": payload, "began": time_of(began)}


def ended_output(output: str, ended: datetime) -> Raw:
    """What is recorded as a run's output, from its JSON text."""
    return Raw(f'{{"output":{output},"ended":{time_of(ended)}}}')


def run_of(row: dict[str, Any], steps: Sequence[dict[str, Any]] = ()) -> Run:
    """The run of a row of DBOS's, with the rows of its steps."""
    state = state_of(row["status"])
    envelope = loads(row["inputs"])["args"][0]
    outcome: Any = None
    if state == "finished":
        outcome = loads(row["output"])
    elif state == "failed" and row["error"]:
        outcome = loads(row["error"])
    failed = isinstance(outcome, Failure)
    notes = outcome.notes if failed else outcome or {}
    began = moment_of(envelope["began"]) or datetime.fromtimestamp(0, UTC)
    ended = moment_of(notes.get("ended", row["completed_at"])) if row["status"] in ENDED else None
    key = row["queue_partition_key"] or ""
    return Run(
        id=row["workflow_uuid"],
        workflow=row["name"],
        state=state,
        began=began,
        # A whole second of the database may lie before the ms at which the run began.
        ended=max(ended, began) if ended is not None else None,
        key=key.removeprefix("key:") if key.startswith("key:") else None,
        input=envelope["payload"],
        output=notes.get("output") if state == "finished" else None,
        error=outcome.text if failed else ("unknown" if state == "failed" else None),
        executor=row["executor_id"],
        steps=tuple(_step(step) for step in steps),
        by=row["authenticated_user"] or "",
        door=row["assumed_role"] or "",
        attempts=row["recovery_attempts"] or 0,
    )


def _step(row: dict[str, Any]) -> Step:
    recorded = loads(row["error"] or row["output"] or "{}")
    began, ended = moment_of(row["started_at_epoch_ms"]), moment_of(row["completed_at_epoch_ms"])
    return step_of(row["function_name"], began, ended, recorded)
