"""Real processes for the tests that go in by the real doors: a desk in a folder, a scripted model, a browser.

A test of the console takes `console` (a desk that its module shares, served) and `signed_in(console, who, *scopes)`,
which gives a page; a page, error, console message or request that should not be fails the test that opened it.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from household import Household, Served, settle, variables

if TYPE_CHECKING:
    from browser import Browser
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "tests" / "peers"

LIBRARY = {
    "accounts.md": "# Accounts\n\nTo reset a password, open the sign-in page and choose Forgotten password.\n",
    "printers.md": "# Printers\n\nA printer that blinks red has no paper. Fill the lower tray and press Start.\n",
}
SECRET = {"bonus.md": "# Bonus\n\nThe yearly bonus for the sales team is 4000 crowns and is paid in March.\n"}
LONG = " ".join(["Open the sign-in page [1].", "Choose Forgotten password [1]."] * 4)
"""Eight sentences, so that there is a middle of the answer to break off in."""
RESET = "To reset a password, open the sign-in page and choose Forgotten password [1]."


def _peer(name: str) -> ModuleType:
    if str(PEERS) not in sys.path:
        sys.path.insert(0, str(PEERS))
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, PEERS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def model() -> Iterator[Any]:
    """A model server that says `RESET` at once; its `script` changes that."""
    peer = _peer("model_server")
    with peer.ModelServer(peer.Script(RESET)) as server:
        yield server


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk's folder as every test finds it; made once, because its five commands take seconds."""
    folder = tmp_path_factory.mktemp("household")
    opened = Household(folder, variables(folder))
    for name, files in (("library", LIBRARY), ("secret", SECRET)):
        (folder / name).mkdir()
        for file, text in files.items():
            (folder / name / file).write_text(text)
    opened.run("people", "add", "ana@example.com", "--group", "finance")
    opened.run("people", "add", "ben@example.com")
    opened.run("ingest", "library", "--read", "everyone")
    opened.run("ingest", "secret", "--read", "group:finance")
    return folder


@pytest.fixture
def household(template: Path, tmp_path: Path, model: Any) -> Iterator[Household]:
    """A desk with a library for all and a secret for finance; Ana is in finance, Ben is not. `model` answers as
    "scripted", which is the default."""
    opened = settle(template, tmp_path / "household", model)
    yield opened
    opened.close()


@pytest.fixture
def long_answer() -> str:
    return LONG


Events = list[tuple[str, dict[str, Any]]]


def _events(reply: httpx2.Response, until: Callable[[Events], bool] = lambda seen: False) -> Events:
    seen: Events = []
    last = ""
    for line in reply.iter_lines():
        if line.startswith("id: "):
            last = line[4:]
        elif line.startswith("data: "):
            seen.append((last, json.loads(line[6:])))
            if until(seen):
                break
    return seen


@pytest.fixture
def events() -> Callable[..., Events]:
    """Reads (id, data) of a stream's events, to its end or until a condition on what was seen holds."""
    return _events


@pytest.fixture(scope="session")
def console_built() -> None:
    """The console's pages are where the server looks for them."""
    if (ROOT / "deskhand/channels/console/web/index.html").exists():
        return
    _without("the console is not built: `make console`")


def _without(what: str) -> None:
    """Where the whole suite is meant to run, what is missing is a failure; elsewhere these tests are left out."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} (CI is set, so this is not left out)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A Chromium for this module; see tests/peers/browser.py."""
    peer = _peer("browser")
    executable = peer.program()
    if executable is None:
        _without(peer.ABSENT)
    for name, each in vars(request.module).items():
        if name.startswith("test") and inspect.iscoroutinefunction(each):
            pytest.fail(f"{name} is async; a module that uses `browser` has sync tests only", pytrace=False)
    with peer.Browser(executable) as opened:
        yield opened


@pytest.fixture
def windows(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Browser]:
    """The browser, whose windows are closed after the test; faults in them fail it. Of a failed test pictures stay."""
    yield browser
    failed = request.node.stash.get(FAILED, False)
    pictures = browser.picture(tmp_path) if failed else []
    faults = browser.close_windows()
    said = "\n".join([*(f"- {fault}" for fault in faults), *(f"a picture: {path}" for path in pictures)])
    if faults:
        pytest.fail(f"the browser saw what should not be:\n{said}", pytrace=False)
    if pictures:
        request.node.add_report_section("teardown", "browser", said)


FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test of a module also waits for its desk, its server and its browser: a loaded machine takes long."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(400))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[FAILED] = report.failed


@pytest.fixture
def page(windows: Browser) -> Page:
    """A page of which nobody is signed in. `windows.watch(page)` tells what it requested, and allows faults."""
    return windows.window()


@pytest.fixture(scope="module")
def console_model() -> Iterator[Any]:
    """The model that `console` asks; what a test changes in its script is undone after the test."""
    peer = _peer("model_server")
    with peer.ModelServer(peer.Script(RESET)) as server:
        yield server


@pytest.fixture(scope="module")
def console_house(
    template: Path, tmp_path_factory: pytest.TempPathFactory, console_model: Any, console_built: None
) -> Iterator[Household]:
    """`household` for a whole module; a module that needs another desk overrides this fixture."""
    opened = settle(template, tmp_path_factory.mktemp("console") / "household", console_model)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def console_server(console_house: Household) -> Served:
    """`console_house`, served once for the module."""
    return console_house.serve()


@pytest.fixture
def console(console_server: Served, console_model: Any) -> Iterator[Served]:
    """A served desk that the tests of a module share. Ana is in finance, Ben is not; see `household`."""
    yield console_server
    console_model.script = _peer("model_server").Script(RESET)


@pytest.fixture
def signed_in(windows: Browser) -> Callable[..., Page]:
    """`signed_in(console, "ana@example.com", "ask", "admin", path="/library", width=360, dark=True)`: a page of the
    console in a window of its own, on which somebody is signed in with these scopes ("ask" without any).

    Sessions are shared by the tests of a server; a test that ends its own says `fresh=True`.
    """
    return partial(_peer("browser").sign_in, windows)


@pytest.fixture(scope="session")
def busy(console_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk in full use, served; tests look at it and leave it as it is. See tests/peers/busy_desk.py."""
    with _peer("busy_desk").busy_desk(tmp_path_factory.mktemp("busy")) as served:
        yield served
