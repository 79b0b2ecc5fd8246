"""How much Deskhand takes: idle memory of `deskhand serve`, a fresh install on disk, the import of the command line.

    python benchmarks/footprint.py [--passages 200000] [--install] [--json]

`--passages` adds the memory of serving so many with the embedder. `--install` makes a fresh virtual environment and
installs the run-time requirements into it, which takes minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
BOUNDS = {"serve_idle_mb": 300, "install_mb": 700, "cli_import_ms": 300, "cli_help_ms": 300}
MB = 1024 * 1024


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--install", action="store_true")
    arguments.add_argument("--passages", type=int, default=0)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    measured: dict[str, float] = {
        "cli_import_ms": timed([sys.executable, "-c", "import deskhand.cli"]),
        "python_alone_ms": timed([sys.executable, "-c", "pass"]),
        "cli_help_ms": timed([sys.executable, "-m", "deskhand", "--help"]),
        "cli_import_cpu_ms": timed([sys.executable, "-c", "import deskhand.cli"], cpu=True),
        "serve_idle_mb": idle_memory(),
    }
    if chosen.passages:
        measured |= served(chosen.passages)
    if chosen.install:
        measured["install_mb"] = install_size()
    print(json.dumps(measured, indent=1) if chosen.json else table(measured))


def table(measured: dict[str, float]) -> str:
    lines = ["| what | measured | bound |", "|---|---|---|"]
    lines += [f"| {name} | {value:.0f} | {BOUNDS.get(name, '')} |" for name, value in measured.items()]
    return "\n".join(lines)


def timed(command: list[str], times: int = 9, *, cpu: bool = False) -> float:
    """Milliseconds of wall (or CPU) time, the median; the first run, which fills the disk cache, does not count."""
    now = _cpu_of_children if cpu else time.perf_counter
    taken = []
    for _ in range(times + 1):
        began = now()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        taken.append((now() - began) * 1000)
    return statistics.median(taken[1:])


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def idle_memory() -> float:
    """Resident MB of `deskhand serve` with its children, five seconds after it was ready and asked for its health."""
    with tempfile.TemporaryDirectory() as home, serving(home) as (address, resident):
        urllib.request.urlopen(f"{address}/health").read()
        time.sleep(5)
        return resident()


def served(passages: int) -> dict[str, float]:
    """Resident MB of `deskhand serve` with so many passages and the embedder: the process that builds the index, then
    one that was started on it, each after it answered twenty questions of a reader in 20 of 400 groups."""
    from search import GROUPS, MINE, fill

    from deskhand.catalog import Catalog
    from deskhand.llm import embedded_embedder
    from deskhand.nouns import AccessList, Source
    from deskhand.store import Database
    from deskhand.store.migrate import migrate

    embedder = embedded_embedder()
    assert embedder is not None, "the embedder's weights are not installed; run `deskhand models install`"
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as home:
        database = Database(f"sqlite:///{home}/desk.db")
        migrate(database)
        asyncio.run(Catalog(database).add_source(Source("files", "person:o@example.com", "files", AccessList())))
        fill(database, passages, Path("../shared/data"), embedder.name)
        database.close()
        mine = [part for group in range(MINE) for part in ("--group", f"g{group}")]
        command(home, "people", "add", "r@example.com", *mine)
        token = json.loads(command(home, "tokens", "create", "r@example.com", "--scope", "ask", "--json"))["token"]
        assert GROUPS > MINE
        for name in ("building", "started_again"):
            with serving(home) as (address, resident):
                command(home, "index", "check")
                for number in range(20):
                    ask(address, token, f"What is known of case {number} and its treatment?")
                found[f"served_{passages}_{name}_mb"] = resident()
    return found


def ask(address: str, token: str, question: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/v1/ask", json.dumps({"question": question}).encode(), headers)
    urllib.request.urlopen(request).read()


def command(home: str, *arguments: str) -> str:
    environment = {**os.environ, "DESKHAND_HOME": home}
    line = [sys.executable, "-m", "deskhand", *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True, env=environment, cwd=home).stdout


@contextmanager
def serving(home: str) -> Iterator[tuple[str, Callable[[], float]]]:
    """`deskhand serve` in `home`: its address, and what measures its resident MB, children included."""
    started = subprocess.Popen(
        [sys.executable, "-m", "deskhand", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "DESKHAND_HOME": home},
        cwd=home,
    )
    process = psutil.Process(started.pid)

    def resident() -> float:
        return sum(each.memory_info().rss for each in (process, *process.children(recursive=True))) / MB

    try:
        assert started.stdout is not None
        yield next(word for word in started.stdout.readline().split() if word.startswith("http://")), resident
    finally:
        started.terminate()
        started.wait(30)


def install_size() -> float:
    """MB on disk of a fresh environment with Deskhand and all that it needs at run time, without its own Python."""
    with tempfile.TemporaryDirectory() as home:
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        python = str(Path(home) / "bin" / "python")
        before = disk(Path(home))
        quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([python, *quiet, "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True)
        subprocess.run([python, *quiet, "--no-deps", str(ROOT)], check=True)
        subprocess.run([str(Path(home) / "bin" / "deskhand"), "models", "install"], check=True, capture_output=True)
        return disk(Path(home)) - before


def disk(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / MB


if __name__ == "__main__":
    main()
