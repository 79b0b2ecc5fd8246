"""Every example in the README and the docs runs.

A page's `console` blocks are one session, in a folder of its own with a copy of `examples/`: each `$ ` line is run,
must end with 0, and must print the lines shown under it ("…" stands for anything). `python` blocks run in one process
a page; `toml` blocks are settings that load. A comment `<!-- not run: why -->` before a block leaves it out, and
`<!-- server -->` anywhere in a page starts `deskhand serve` for it, with its address in $DESK and a token in $TOKEN.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?P<before><!--[^\n]*-->\n)?^```(?P<kind>\w+)[^\n]*\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    line: str
    shown: list[str]


def blocks(page: Path, kind: str) -> list[str]:
    found = BLOCK.finditer(page.read_text())
    return [b["text"] for b in found if b["kind"] == kind and "not run" not in (b["before"] or "")]


def commands(text: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        joined = part.replace("\\\n", " ")
        line, _, shown = joined.partition("\n")
        yield Command(line, [s.strip() for s in shown.splitlines() if s.strip()])


def pages_with(kind: str) -> list[Any]:
    return [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if blocks(page, kind)]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DESKHAND_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}


@contextmanager
def server(page: Path, folder: Path, env: dict[str, str]) -> Iterator[dict[str, str]]:
    """A served desk with the sample library, if the page asks for one; its address and a token as variables."""
    if "<!-- server -->" not in page.read_text():
        yield {}
        return
    for arguments in (["people", "load", "examples/people.yaml"], ["ingest", "examples/library"]):
        subprocess.run(["deskhand", *arguments], cwd=folder, env=env, check=True, capture_output=True)
    made = subprocess.run(
        ["deskhand", "tokens", "create", "ana@example.com", "--scope", "ask", "--json"],
        cwd=folder, env=env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    process = subprocess.Popen(
        ["deskhand", "serve", "--port", "0"], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        address = next(found[0] for line in process.stdout if (found := re.search(r"http://[\d.]+:\d+", line)))
        yield {"DESK": address, "TOKEN": json.loads(made.stdout)["token"]}
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def shows(output: str, line: str) -> bool:
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
    return any(re.search(pattern, " ".join(printed.split())) for printed in output.splitlines())


@pytest.mark.parametrize("page", pages_with("console"))
def test_commands_on_the_page_print_what_it_shows(page: Path, scratch: Path) -> None:
    env = environment()
    with server(page, scratch, env) as added:
        for block in blocks(page, "console"):
            for command in commands(block):
                done = subprocess.run(
                    ["bash", "-c", command.line],
                    cwd=scratch,
                    env=env | added,
                    capture_output=True,
                    text=True,
                    timeout=120,
                )
                output = done.stdout + done.stderr
                assert done.returncode == 0, f"$ {command.line}\n{output}"
                for line in command.shown:
                    assert line == "…" or shows(output, line), f"$ {command.line}\nlacks {line!r} in\n{output}"


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_on_the_page_runs(page: Path, scratch: Path) -> None:
    script = "\n".join(blocks(page, "python"))
    with server(page, scratch, environment()) as added:
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=scratch,
            env=environment() | added,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", pages_with("toml"))
def test_settings_on_the_page_load(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deskhand.settings import load_settings

    for number, block in enumerate(blocks(page, "toml")):
        file = tmp_path / f"{number}.toml"
        file.write_text(block)
        monkeypatch.setenv("DESKHAND_CONFIG", str(file))
        load_settings()


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in [*PAGES, *ROOT.glob("*.md")]
        for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []
