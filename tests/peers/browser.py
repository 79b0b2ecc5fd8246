"""A real Chromium, driven by Playwright. Each window is watched: what goes wrong in it fails the test that opened it.

The sync API holds an event loop while it runs, so a browser lives for one module, and that module's tests are sync.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Error,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

if TYPE_CHECKING:
    from household import Served

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ABSENT = (
    "no Chromium on this machine: `apt-get install --no-install-recommends chromium` (Debian),"
    " `brew install --cask chromium` (macOS), or set DESKHAND_TEST_CHROMIUM to the program of one"
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
"""No sandbox, because tests run as root in containers; no name is looked up, so that nothing off the machine is met."""
TELLS_VIOLATIONS = """addEventListener('securitypolicyviolation', (said) => console.error(
  `Content Security Policy: ${said.effectiveDirective} stopped ${said.blockedURI} (${said.sourceFile})`
))"""

TO_THE_END = """([name, last]) => {
  const box = document.querySelector(`section[aria-label="${name}"]`);
  window.mostRows = Math.max(window.mostRows ?? 0, box.querySelectorAll('li').length);
  box.scrollTo(0, box.scrollHeight);
  return box.innerText.includes(last) && window.mostRows;
}"""


def program() -> str | None:
    """Where a Chromium is, or None."""
    found = (shutil.which(name) for name in (os.environ.get("DESKHAND_TEST_CHROMIUM", ""), *NAMES) if name)
    return next((path for path in found if path), None)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass
class Watch:
    """What one window (a context with its pages) did; `faults` are what it should not have done."""

    origin: str = ""
    """Of the first page that was opened; every other is foreign."""
    faults: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> Self:
        context.add_init_script(TELLS_VIOLATIONS)
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"uncaught in the page: {error.error}"))
        context.on("dialog", self._dialog)
        context.on("page", self._page)
        return self

    def allow(self, *fragments: str) -> None:
        """Faults with one of these in them are meant, before and after this."""
        self.allowed += fragments

    def unmeant(self) -> list[str]:
        return [fault for fault in self.faults if not any(fragment in fault for fragment in self.allowed)]

    def calls(self, path: str = "/v1/") -> list[str]:
        """The requests under a path so far, as "GET /v1/session"."""
        seen = ((request.method, urlsplit(request.url)) for request in self.requests)
        return [
            f"{method} {url.path}{'?' if url.query else ''}{url.query}"
            for method, url in seen
            if url.path.startswith(path)
        ]

    def _page(self, page: Page) -> None:
        page.on("crash", lambda _: self.faults.append("the page crashed"))
        page.on("websocket", lambda socket: self._seen(socket.url))

    def _seen(self, url: str) -> None:
        if urlsplit(url).scheme in ("data", "blob", "about"):
            return
        self.origin = self.origin or origin_of(url)
        if origin_of(url) != self.origin:
            self.faults.append(f"a request off the origin: {url}")

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        self._seen(request.url)

    def _response(self, response: Response) -> None:
        self.responses.append(response)
        ours = urlsplit(response.url).path.startswith("/v1/")
        if response.status >= 500 or (response.status >= 400 and not ours):
            self.faults.append(f"{response.status} for {response.request.method} {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        # Of a reply that is an error the response tells more; a 4xx of the API is the page's to show.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            dialog.accept()
            return
        self.faults.append(f"{dialog.type}({dialog.message!r})")
        dialog.dismiss()


class Browser:
    """A Chromium; a context manager. Windows do not share cookies or storage."""

    def __init__(self, executable: str, flags: Sequence[str] = ()) -> None:
        self._executable = executable
        self._flags = [*FLAGS, *flags]
        self._watches: dict[BrowserContext, Watch] = {}

    def __enter__(self) -> Self:
        self._playwright = sync_playwright().start()
        try:
            self._chromium = self._playwright.chromium.launch(executable_path=self._executable, args=self._flags)
        except BaseException:
            self._playwright.stop()
            raise
        expect.set_options(timeout=30_000)
        return self

    def __exit__(self, *_: object) -> None:
        self._chromium.close()
        self._playwright.stop()

    def window(
        self, width: int = 1280, height: int = 800, *, dark: bool = False, cookies: Sequence[Any] = (), **options: Any
    ) -> Page:
        """A new page, watched, with nothing of any other; `options` are those of Playwright's new_context."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
            **options,
        )
        context.set_default_timeout(30_000)
        context.add_cookies(cookies)
        self._watches[context] = Watch().over(context)
        return context.new_page()

    def watch(self, page: Page) -> Watch:
        """What the window of a page did."""
        return self._watches[page.context]

    def picture(self, folder: Path) -> list[Path]:
        """A screenshot of every open page, for whoever looks why a test failed."""
        pages = [page for context in self._watches for page in context.pages]
        taken = []
        for number, page in enumerate(pages):
            path = folder / f"page-{number}.png"
            try:
                page.screenshot(path=path, full_page=True, timeout=20_000)
                taken.append(path)
            except Error:  # a page that crashed or never came has no picture
                continue
        return taken

    def close_windows(self) -> list[str]:
        """Closes every window; gives the faults that were not meant."""
        faults = []
        for context, watch in self._watches.items():
            for page in context.pages:
                _hear_out(page)
            faults += watch.unmeant()
            context.close()
        self._watches.clear()
        return faults


def _hear_out(page: Page) -> None:
    """What the page has said until now has been heard when this returns."""
    try:
        page.evaluate("() => new Promise((then) => setTimeout(then))")
    except Error:
        return


def to_the_end(page: Page, name: str, last: str) -> int:
    """Scroll a list to where it ends now, as often as more of it comes, until `last` is there; the most rows that were
    in the page at once."""
    return int(page.wait_for_function(TO_THE_END, arg=[name, last], timeout=120_000).json_value())


def sign_in(
    browser: Browser,
    served: Served,
    who: str = "ana@example.com",
    *scopes: str,
    path: str = "/",
    fresh: bool = False,
    **window: Any,
) -> Page:
    """A page of a served desk's console, in a window of its own, on which somebody is signed in.

    Whoever was signed in before with the same scopes has the same session, unless it is to be a `fresh` one.
    """
    key = (who, *sorted(scopes or ("ask",)))
    page = browser.window(cookies=[] if fresh else served.cookies.get(key, []), **window)
    if fresh or key not in served.cookies:
        reply = page.request.post(f"{served.url}/v1/session", data={"token": served.household.token(who, *scopes)})
        if not reply.ok:
            raise RuntimeError(f"{who} could not sign in: {reply.status} {reply.text()}")
        if not fresh:
            served.cookies[key] = page.context.cookies()
    page.goto(f"{served.url}/console{path}")
    return page
