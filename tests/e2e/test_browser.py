"""The watch over a browser's pages sees what it must: each fault is made on purpose, by a page of this test's own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

POLICY = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self'; img-src * data:; connect-src *"
PAGES: dict[str, tuple[int, str]] = {
    "/good": (200, "<p>Good"),
    "/throws": (200, "<script>setTimeout(() => { throw new Error('broken on purpose') })</script>"),
    "/rejects": (200, "<script>Promise.reject(new Error('rejected on purpose'))</script>"),
    "/says": (200, "<script>console.error('said on purpose')</script>"),
    "/styles": (200, "<p style='color: red'>Red"),
    "/foreign": (200, "<img src='http://deskhand.invalid/pixel.png'>"),
    "/asks": (200, "<script>alert('asked on purpose')</script>"),
    "/fails": (200, "<script>fetch('/v1/broken')</script>"),
    "/lacks": (200, "<img src='/missing.png'>"),
    "/refused": (200, "<script>fetch('/v1/refused')</script>"),
    "/v1/broken": (503, "{}"),
    "/v1/refused": (404, "{}"),
    "/missing.png": (404, ""),
}


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = PAGES.get(self.path, (200, ""))
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/throws", "broken on purpose"),
        ("/rejects", "rejected on purpose"),
        ("/says", "said on purpose"),
        ("/styles", "Content Security Policy: style-src-attr"),
        ("/foreign", "off the origin: http://deskhand.invalid/pixel.png"),
        ("/asks", "alert('asked on purpose')"),
        ("/fails", "503 for GET"),
        ("/lacks", "404 for GET"),
    ],
)
def test_a_page_that_does_what_it_should_not_is_seen(browser, site, path, told):
    page = browser.window()

    page.goto(site + path, wait_until="networkidle")

    faults = browser.close_windows()
    assert any(told in fault for fault in faults), faults


@pytest.mark.parametrize("path", ["/good", "/refused"])
def test_a_page_that_does_nothing_wrong_is_left_alone(browser, site, path):
    """What the API refuses is the page's to show."""
    page = browser.window()

    page.goto(site + path, wait_until="networkidle")

    assert browser.close_windows() == []


def test_what_a_test_allows_is_no_fault_and_the_rest_is(browser, site):
    page = browser.window()
    browser.watch(page).allow("503 for GET")

    page.goto(site + "/fails", wait_until="networkidle")
    page.goto(site + "/says", wait_until="networkidle")

    [fault] = browser.close_windows()
    assert "said on purpose" in fault


def test_windows_share_nothing(browser, site):
    first, second = browser.window(), browser.window()
    for page in (first, second):
        page.goto(site + "/good")

    first.evaluate("document.cookie = 'mine=1'")

    assert second.evaluate("document.cookie") == ""
    assert browser.close_windows() == []
