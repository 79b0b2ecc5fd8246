"""`deskhand ingest`: documents in, with the rate and the time left, and a report of what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from deskhand.cli.session import Session, as_json, plain, print_json, session

if TYPE_CHECKING:
    from deskhand.assembly import Desk
    from deskhand.ingestion import IngestReport, Progress

FAILURES_SHOWN = 20


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option("--source", metavar="ID", help="The source's id (default: made of the folder's name).")
@click.option("--owner", metavar="WHO", help="Whose it is: an e-mail address (default: the setting `operator`).")
@click.option(
    "--read",
    multiple=True,
    metavar="ENTRY",
    help="Who may read it: group:support, person:ana@example.com, everyone. Repeat for several; default: its owner.",
)
@click.option(
    "--mapping",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML that says which fields of a ticket export are its title, text and address.",
)
@as_json
@session
def ingest(
    session: Session,
    paths: tuple[Path, ...],
    source: str | None,
    owner: str | None,
    read: tuple[str, ...],
    mapping: Path | None,
    as_json: bool,
) -> None:
    """Take files and folders in: redact, index, and replace what changed. What is unchanged is passed over."""
    from deskhand.access import parse_access

    access = parse_access(read) if read else None

    async def work() -> IngestReport:
        async with session.desk() as desk:
            whose = await desk.directory.principal(owner or desk.settings.operator)
            run = await desk.ingestion.ingest(
                [path.resolve() for path in paths],
                owner=f"{whose.kind}:{whose.id}",
                source=source,
                access=access,
                mapping=mapping.resolve() if mapping else None,
                door="cli",
            )
            session.under_way = [run]
            await _watch(desk, run)
            report = await desk.ingestion.result(run)
            session.under_way = []
            return report

    report = session.run(work())
    if as_json:
        print_json({**plain(report), "ok": _worked(report)})
    else:
        _tell(report)
    if not _worked(report):
        raise click.exceptions.Exit(1)


def _worked(report: IngestReport) -> bool:
    """False when there were documents, and every one failed."""
    counts = report.counts
    return not counts.get("failed") or any(counts.get(state) for state in ("indexed", "unchanged", "deleted"))


async def _watch(desk: Desk, run: str) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
    console = Console(stderr=True)
    # Into a file, a bar would leave an empty line.
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("reading", total=None, pace="")
        async for progress in desk.ingestion.progress(run):
            bars.update(task, completed=progress.done, total=progress.total or None, pace=_pace(progress))


def _pace(progress: Progress) -> str:
    left = progress.seconds_left
    time = "" if left is None else f" · {int(left) // 60}:{int(left) % 60:02} left"
    failed = f" · {progress.failed} failed" if progress.failed else ""
    return f"{progress.rate:.1f}/s · {progress.passages} passages{failed}{time}"


def _tell(report: IngestReport) -> None:
    counts = ", ".join(f"{count} {state}" for state, count in report.counts.items() if count) or "nothing there to read"
    click.echo(f"{counts}; {report.passages} passages." if report.passages else f"{counts}.")
    if report.redactions:
        taken = ", ".join(f"{count} {kind}" for kind, count in sorted(report.redactions.items()))
        click.echo(f"Taken out before anything was stored: {taken}.")
    for failure in report.failures[:FAILURES_SHOWN]:
        click.echo(f"failed: {failure.item}: {failure.reason}", err=True)
    if len(report.failures) > FAILURES_SHOWN:
        click.echo(
            f"… and {len(report.failures) - FAILURES_SHOWN} more: `deskhand sources documents --state failed`.",
            err=True,
        )
    if report.failures:
        click.echo("Repair them and ingest again, or `deskhand sources retry`; the rest is in.", err=True)
