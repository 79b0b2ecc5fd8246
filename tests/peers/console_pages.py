"""Every page of the console, as it is on a busy desk: its address, who looks at it, and when it is all there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from browser import Browser, sign_in
from busy_desk import ANA, HANNA, OWNER
from household import Served
from playwright.sync_api import Page

Get = Callable[[str], Any]
"""What a GET of the API gives to the one who looks."""
SETTLED = """() => document.querySelector('h1, h2, [role=heading]') &&
  !document.querySelector('[aria-busy=true], .mantine-Skeleton-root[data-visible], .mantine-Loader-root')"""
"""Nothing is waited for any more."""


@dataclass(frozen=True)
class Place:
    """A page. `path` is its address below /console, or finds it out; `shows` is a text that it has when it is there."""

    name: str
    path: str | Callable[[Get], str]
    shows: str
    who: str = OWNER
    scopes: tuple[str, ...] = ("ask", "ingest", "admin", "tickets")
    opens: str = ""
    """The name of a button or tab to be pressed there."""


def _conversation(said: str) -> Callable[[Get], str]:
    def find(get: Get) -> str:
        [found, *_] = get(f"/v1/conversations?q={said}")
        return f"/ask/{found['id']}"

    return find


def _source(get: Get) -> str:
    return "/library/sources/" + next(each["id"] for each in get("/v1/sources") if each["location"].endswith("notes"))


def _document(get: Get) -> str:
    return "/library/documents/" + next(each["id"] for each in get("/v1/documents?q=Handover"))


def _run(state: str) -> Callable[[Get], str]:
    def find(get: Get) -> str:
        found = get("/v1/runs?limit=100")
        return "/runs/" + next(
            each["id"] for each in found if each["state"] == state and each["door"] in ("api", "console")
        )

    return find


ASKER: dict[str, Any] = {"who": ANA, "scopes": ("ask",)}
HANDLER: dict[str, Any] = {"who": HANNA, "scopes": ("ask", "tickets")}

SIGN_IN = Place("sign-in", "/sign-in", "Sign in", who="")
"""Where nobody is signed in."""
PLACES = [
    Place("ask", "/ask", "What do you want to know?", **ASKER),
    Place("ask-answer", _conversation("reset link"), "30 minutes", **ASKER),
    Place("ask-refusal", _conversation("yearly bonus"), "extension 4000", **ASKER),
    Place("library", "/library", "notes"),
    Place("library-source", _source, "broken.pdf"),
    Place("library-document", _document, "Handover of the night shift"),
    Place("library-readers", _document, "Handover of the night shift", opens="Who can read this"),
    Place("tickets", "/tickets", "T-1047", **HANDLER),
    Place("tickets-waiting", "/tickets/T-1042", "T-1042", **HANDLER),
    Place("tickets-reply", "/tickets/T-1048", "T-1048", **HANDLER),
    Place("tickets-policy", "/tickets/policy", "ask-the-owner", **HANDLER),
    Place("tickets-new", "/tickets/new", "Submit", **HANDLER),
    Place("runs", "/runs", "Runs"),
    Place("runs-answer", _run("finished"), "Run", **ASKER),
    Place("runs-failure", _run("failed"), "Run", **ASKER),
    Place("settings", "/settings", "Connections"),
    Place("settings-people", "/settings/people", "carla@example.com"),
    Place("settings-tokens", "/settings/tokens", "Tokens"),
    Place("settings-values", "/settings/values", "Settings"),
    Place("settings-about", "/settings/about", "Version"),
]


def open_place(browser: Browser, served: Served, place: Place, **window: Any) -> Page:
    """The page, settled, in a window of its own."""
    page = sign_in(browser, served, place.who, *place.scopes, **window) if place.who else browser.window(**window)
    go_to(page, served, place)
    return page


def go_to(page: Page, served: Served, place: Place) -> None:
    """In a window where somebody is signed in already."""
    path = place.path if isinstance(place.path, str) else place.path(partial(_get, page, served))
    page.goto(f"{served.url}/console{path}")
    page.get_by_text(place.shows).filter(visible=True).first.wait_for()
    if place.opens:
        page.get_by_role("tab", name=place.opens).click()
    settle(page)


def _get(page: Page, served: Served, call: str) -> Any:
    reply = page.request.get(served.url + call)
    if not reply.ok:
        raise RuntimeError(f"{call}: {reply.status} {reply.text()}")
    return reply.json()


def settle(page: Page) -> None:
    """Wait until the page waits for nothing."""
    page.wait_for_function(SETTLED)
    page.evaluate("document.fonts.ready")
