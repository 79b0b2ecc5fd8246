"""Long lists in the console, scrolled from the first row to the last in a real browser, a screenful in every frame.

    python benchmarks/console.py [--rows 5000]

A desk with as many tickets and as many runs is served; what is counted is taken in the page while it scrolls. Its
peers, in the same run: the frames of the same page when nothing happens ("still"), and the same rows when all of them
are put into the page at once ("whole").
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "peers"))

from browser import ABSENT, Browser, program, sign_in  # noqa: E402
from household import Household, Served, variables  # noqa: E402
from playwright.sync_api import Page  # noqa: E402

WHO = "hanna@example.com"
SCOPES = ("ask", "tickets", "admin")

SCROLLS = """async ([step, most]) => {
  const box = document.querySelector('[aria-label="LIST"]');
  const frames = [], tasks = [];
  const watch = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
  watch.observe({ entryTypes: ['longtask'] });
  const frame = () => new Promise(requestAnimationFrame);
  let rows = 0, still = 0, before = await frame();
  for (let count = 0; count < most && still < 120; count += 1) {
    const top = box.scrollTop;
    box.scrollTop = top + step;
    still = box.scrollTop === top ? still + 1 : 0;
    const now = await frame();
    if (!still) frames.push(now - before);
    before = now;
    rows = Math.max(rows, box.querySelectorAll('li').length);
  }
  watch.disconnect();
  frames.sort((a, b) => a - b);
  const at = (share) => frames[Math.min(frames.length - 1, Math.floor(frames.length * share))] ?? 0;
  return { frames: frames.length, middle: at(0.5), slow: at(0.95), slowest: at(1), tasks: tasks.length,
    longest: Math.max(0, ...tasks), rows, nodes: document.querySelectorAll('*').length };
}"""
WHOLE = """(count) => {
  const box = document.querySelector('[aria-label="LIST"]');
  const first = box.querySelector('li');
  const began = performance.now();
  const list = document.createElement('ul');
  for (let number = 0; number < count; number += 1) {
    const row = first.cloneNode(true);
    row.style.transform = '';
    row.style.position = 'static';
    list.append(row);
  }
  const copy = box.cloneNode(false);
  copy.append(list);
  box.replaceWith(copy);
  list.getBoundingClientRect();
  return performance.now() - began;
}"""
STILL = """async () => {
  const frames = [];
  let before = await new Promise(requestAnimationFrame);
  for (let count = 0; count < 120; count += 1) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  frames.sort((a, b) => a - b);
  return frames[Math.floor(frames.length * 0.95)];
}"""


def main() -> None:
    """Prints a table of both lists."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=5_000)
    rows = arguments.parse_args().rows
    executable = program()
    if executable is None:
        sys.exit(ABSENT)
    with tempfile.TemporaryDirectory() as folder:
        household = Household(Path(folder), variables(Path(folder)))
        try:
            served = filled(household, rows)
            print(
                "| list | | first row | requests | rows there | elements | frame: half | 95 % | slowest | long tasks |"
            )
            print("|---|---|---|---|---|---|---|---|---|---|")
            with Browser(executable) as browser:
                for path, label in (("/tickets", "Tickets"), ("/runs", "Runs")):
                    measure(browser, served, path, label, rows)
                    browser.close_windows()
        finally:
            household.close()


def filled(household: Household, rows: int) -> Served:
    """A served desk with as many tickets and runs; runs are copies of one that was carried."""
    from deskhand.store import Database, utc_now
    from deskhand.ticketing import records

    library = household.folder / "library"
    library.mkdir()
    (library / "lamps.md").write_text("# Lamps\n\nThe lamp is changed every spring.\n")
    household.run("people", "add", WHO, "--group", "support")
    household.run("ingest", "library", "--read", "everyone")
    path = household.folder / "desk" / "desk.db"
    now = utc_now()
    tickets = [
        {
            "id": f"T-{number}",
            "requester": "111",
            "assignee": "@kirk",
            "communication": "",
            "version": 2,
            "text": f"Title: Lamp number {number} is dark\nEnvironmentId: 4\nBusiness Justification: It is dark.",
            "round": 1,
            "source": "api",
            "event": None,
            "state": ("assigned", "resolved", "waiting")[number % 3],
            "opened": now - timedelta(minutes=number),
            "changed": now - timedelta(minutes=number),
            "carried": True,
        }
        for number in range(rows)
    ]
    database = Database(f"sqlite:///{path}")
    with database.writing() as connection:
        connection.execute(records.tickets.insert(), tickets)
    database.close()
    _copy_runs(path, rows)
    return household.serve()


def _copy_runs(path: Path, rows: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        [run] = connection.execute("SELECT workflow_uuid FROM workflow_status LIMIT 1").fetchone()
        for table in ("workflow_status", "workflow_input", "workflow_output"):
            one = dict(connection.execute(f"SELECT * FROM {table} WHERE workflow_uuid = ?", (run,)).fetchone())
            names, marks = ", ".join(one), ", ".join("?" for _ in one)
            copies = []
            for number in range(1, rows):
                other = one | {"workflow_uuid": f"run-{number:05}"}
                if "created_at" in one:
                    other["created_at"] = one["created_at"] - number
                copies.append(tuple(other.values()))
            connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", copies)


def measure(browser: Browser, served: Served, path: str, label: str, rows: int) -> None:
    """Prints a row for the list as it is, and one for all its rows put into the page."""
    page = sign_in(browser, served, WHO, *SCOPES, path="/sign-in")
    page.goto(f"{served.url}/console{path}")
    page.get_by_label(label, exact=True).get_by_role("listitem").first.wait_for()
    first = page.evaluate("performance.now()")
    still = page.evaluate(STILL)
    seen = _scroll(page, label)
    calls = [call for call in browser.watch(page).calls() if "limit=" in call or "before=" in call]
    _print(label, f"as it is (still: {still:.0f} ms)", f"{first:.0f} ms", str(len(calls)), seen)
    put = page.evaluate(WHOLE.replace("LIST", label), rows)
    _print(label, "whole", f"+ {put:.0f} ms", "", _scroll(page, label))


def _scroll(page: Page, label: str) -> dict[str, Any]:
    seen: dict[str, Any] = page.evaluate(SCROLLS.replace("LIST", label), [600, 6_000])
    return seen


def _print(label: str, how: str, first: str, calls: str, seen: dict[str, Any]) -> None:
    frames = f"{seen['middle']:.0f} ms | {seen['slow']:.0f} ms | {seen['slowest']:.0f} ms"
    tasks = f"{seen['tasks']}, longest {seen['longest']:.0f} ms"
    print(
        f"| {label} | {how} | {first} | {calls} | {seen['rows']} | {seen['nodes']} | {frames} | {tasks} |", flush=True
    )


if __name__ == "__main__":
    main()
