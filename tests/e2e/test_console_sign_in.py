"""Signing in to the console and out of it: a real browser, real links, and pages that would like to be somebody."""

from __future__ import annotations

import re
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from deskhand.access.session_records import LinkRow, put_link
from deskhand.access.sessions import LINK_LIFE
from deskhand.access.tokens import hash_of
from deskhand.channels.console import sign_in_address
from deskhand.store import Database, utc_now

ANA, BEN = "ana@example.com", "ben@example.com"
SIGN_IN = re.compile(r"/console/sign-in")
INSIDE = re.compile(r"/console/(?!sign-in)")


@pytest.fixture(scope="module")
def operators_link(console_server: Any) -> str:
    """What `deskhand serve` says under its address."""
    return str(console_server.process.stdout.readline().removeprefix("The console: ").strip())


@pytest.fixture
def link(console: Any) -> Iterator[Callable[[str], str]]:
    """A link as `deskhand tokens link` makes it (tests/unit/cli/test_sign_in_links.py), without its second."""
    database = Database(f"sqlite:///{console.household.folder / 'desk' / 'desk.db'}")

    def make(who: str) -> str:
        code, now = secrets.token_urlsafe(32), utc_now()
        row = LinkRow("person", who, frozenset({"ask"}), now + LINK_LIFE)
        with database.writing() as connection:
            put_link(connection, hash_of(code), row, now)
        return sign_in_address(console.url, code)

    yield make
    database.close()


@pytest.fixture
def entered(console: Any, windows: Any, link: Callable[[str], str]) -> Callable[..., Any]:
    """A page on which somebody is signed in with a session that no other test has."""

    def enter(who: str, path: str = "/") -> Any:
        page = windows.window()
        code = link(who).partition("code=")[2]
        assert page.request.post(f"{console.url}/v1/session", data={"code": code}).ok
        page.goto(f"{console.url}/console{path}")
        return page

    return enter


def whoami(page: Any) -> Any:
    """Who the server takes the browser for; None for nobody."""
    reply = page.request.get(f"{origin(page)}/v1/session")
    return reply.json()["principal"]["id"] if reply.ok else None


def origin(page: Any) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


def test_the_operators_link_signs_in_once_and_leaves_no_trace_in_the_address(page, windows, operators_link):
    page.goto(operators_link)

    expect(page).to_have_url(INSIDE)
    expect(page.get_by_role("navigation").first).to_be_visible()
    assert whoami(page) == "operator@localhost"
    [cookie] = page.context.cookies()
    assert cookie["name"] == f"deskhand-{urlsplit(page.url).port}"
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert cookie["value"] not in page.evaluate(
        "document.cookie + JSON.stringify({...localStorage, ...sessionStorage})"
    )
    code = operators_link.partition("code=")[2]
    page.go_back()
    assert code not in page.url

    other = windows.window()
    other.goto(operators_link)
    expect(other.get_by_role("alert")).to_contain_text("used before")
    assert whoami(other) is None
    assert code not in other.url


def test_who_is_signed_in_is_asked_before_a_link_signs_somebody_else_in(entered, link):
    page = entered(ANA)
    expect(page).to_have_url(INSIDE)

    first = link(BEN)
    page.goto(first)
    expect(page.get_by_text(f"signed in as {ANA}. The link")).to_be_visible()
    assert whoami(page) == ANA
    page.get_by_role("button", name=f"Stay signed in as {ANA}").click()
    expect(page).to_have_url(INSIDE)
    assert whoami(page) == ANA

    page.goto(first)
    page.get_by_role("button", name="Sign in with the link").click()
    expect(page).to_have_url(INSIDE)
    assert whoami(page) == BEN


def test_a_token_signs_in_by_keyboard_and_leads_to_the_page_that_was_wanted(console, page):
    page.goto(f"{console.url}/console/library?q=printer")
    expect(page).to_have_url(re.compile(r"/console/sign-in\?then=%2Flibrary%3Fq%3Dprinter"))

    field = page.get_by_label("Token", exact=True)
    expect(field).to_be_focused()
    page.keyboard.type("dh_nonsense")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("unknown, expired or revoked")
    field.fill(f"  {console.household.token(BEN)} ")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/console/library\?q=printer$"))
    assert whoami(page) == BEN


@pytest.mark.parametrize("then", ["//evil.example.com", "https://evil.example.com"])
def test_after_signing_in_one_is_on_a_page_of_ours(console, signed_in, then):
    page = signed_in(console, BEN, path=f"/sign-in?then={then}")

    expect(page).to_have_url(f"{console.url}/console/")
    expect(page.get_by_role("navigation").first).to_be_visible()


def test_signing_out_leaves_nothing_to_go_back_to(entered):
    page = entered(BEN)
    page.get_by_role("button", name="Sign out").first.click()
    expect(page).to_have_url(SIGN_IN)

    page.go_back()

    expect(page.get_by_label("Token", exact=True)).to_be_visible()
    assert whoami(page) is None


def test_a_session_that_ends_while_a_page_is_open_hides_it_behind_the_way_in(console, entered):
    page = entered(ANA)
    expect(page.get_by_role("navigation").first).to_be_visible()

    console.household.run("tokens", "sign-out", ANA)
    page.get_by_role("link", name="Library").first.click()

    expect(page.get_by_role("dialog", name="You are signed out")).to_be_visible()
    page.get_by_role("link", name="Leave this page").click()
    expect(page).to_have_url(SIGN_IN)
    expect(page.get_by_label("Token", exact=True)).to_be_visible()


def test_the_page_runs_no_script_but_its_own_and_reaches_nobody_else(console, signed_in, windows):
    page = signed_in(console, BEN)
    expect(page.get_by_role("navigation").first).to_be_visible()
    assert windows.watch(page).unmeant() == []
    windows.watch(page).allow("Content Security Policy", "off the origin")

    done = page.evaluate(
        """async () => {
        const done = [];
        const script = document.createElement('script');
        script.textContent = 'window.hit = 1';
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src="data:image/png,x" onerror="window.hit = 2">');
        document.body.insertAdjacentHTML('beforeend', '<b style="color: red">b</b>');
        const foreign = document.createElement('script');
        foreign.src = 'http://localhost:9/x.js';
        await new Promise((then) => { foreign.onerror = foreign.onload = then; document.body.append(foreign); });
        try { (0, eval)('window.hit = 3'); } catch { done.push('no eval'); }
        try { await fetch('http://localhost:9/'); } catch { done.push('no fetch'); }
        done.push(window.hit ? `hit ${window.hit}` : 'not hit');
        return done;
      }"""
    )

    assert done == ["no eval", "no fetch", "not hit"]


def test_no_page_has_the_console_in_a_frame(console, page, windows):
    windows.watch(page).allow("Content Security Policy", "frame", "chrome-error")
    page.goto(f"{console.url}/health/live")
    page.set_content(f'<iframe src="{console.url}/console/"></iframe>')
    frame = page.frames[-1]
    frame.wait_for_load_state()

    assert frame.locator("#root").count() == 0


@pytest.fixture
def neighbour(console: Any) -> Iterator[str]:
    """A site of somebody else's on the same machine, which browsers take for the same site: cookies are sent."""
    page = f"""<!doctype html><form method="post" enctype="text/plain" action="{console.url}/v1/ask">
      <input name='{{"question": "forged", "x": "' value='"}}'><button>go</button></form>"""

    class Evil(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_a_page_of_the_neighbours_cannot_act_for_who_is_signed_in(console, entered, neighbour, windows):
    page = entered(BEN)
    windows.watch(page).allow(neighbour, "CORS", "405", "403", "422", "favicon", "off the origin")
    before = page.request.get(f"{console.url}/v1/runs").json()

    page.goto(neighbour)
    statuses = page.evaluate(
        """async (desk) => {
        const said = [];
        for (const [method, path, headers] of [
          ['POST', '/v1/ask', { 'Content-Type': 'application/json', 'X-CSRF-Token': 'x' }],
          ['DELETE', '/v1/session', {}],
          ['GET', '/v1/session', {}],
        ]) {
          const body = method === 'POST' ? '{"question": "forged"}' : undefined;
          try { said.push((await fetch(desk + path, { method, headers, body, credentials: 'include' })).status); }
          catch { said.push('unreadable'); }
        }
        for (const body of ['{"question": "forged"}', new Blob(['{"question": "forged"}'])]) {
          try { await fetch(desk + '/v1/ask', { method: 'POST', body, mode: 'no-cors', credentials: 'include' }); }
          catch { said.push('unreadable'); }
        }
        return said;
      }""",
        console.url,
    )
    with page.expect_response(lambda reply: reply.url.endswith("/v1/ask")) as sent:
        page.get_by_role("button", name="go").click()

    assert statuses == ["unreadable"] * 5
    assert sent.value.status in (401, 403, 422)
    page.goto(f"{console.url}/console/")
    assert whoami(page) == BEN
    assert page.request.get(f"{console.url}/v1/runs").json() == before


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_the_way_in_fits_and_reads_at_every_width(console, windows, width, dark):
    page = windows.window(width, 640, dark=dark)
    page.goto(f"{console.url}/console/sign-in#code={'x' * 43}")

    expect(page.get_by_role("alert")).to_contain_text("new link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Deskhand")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Sign in with a token instead").click()
    expect(page.get_by_label("Token", exact=True)).to_be_visible()


def raw(url: str, request: str) -> str:
    """What the server answers to these bytes."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request.encode("latin-1"))
        received = b""
        while part := connection.recv(65_536):
            received += part
    return received.decode("latin-1")


@pytest.mark.parametrize(
    "path",
    [
        "/console/../../../../../../../etc/passwd",
        "/console/assets/../../pages.py",
        "/console/assets/..%2f..%2fpages.py",
        "/console/%2e%2e/%2e%2e/console/pages.py",
        "/console/..%5c..%5cpages.py",
        "/console//etc/passwd",
        "/console/.stamp",
    ],
)
def test_no_path_leads_out_of_the_pages(console, path):
    """A client of ours would tidy the path before it is sent."""
    reply = raw(console.url, f"GET {path} HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n")

    head, _, body = reply.partition("\r\n\r\n")
    assert "root:" not in body
    assert "import" not in body.partition("<script")[0]
    assert head.split()[1] in ("200", "404")
    if head.split()[1] == "200":
        assert '<div id="root">' in body


@pytest.mark.parametrize(
    "line",
    [
        "GET /console/%0d%0aSet-Cookie:%20deskhand=forged HTTP/1.1\r\nHost: desk",
        "GET /console HTTP/1.1\r\nHost: evil.example.com",
        "GET / HTTP/1.1\r\nHost: desk\r\nX-Forwarded-Host: evil.example.com",
        "GET //evil.example.com/..;/console HTTP/1.1\r\nHost: desk",
    ],
)
def test_nothing_that_is_sent_comes_back_as_a_header(console, line):
    head = raw(console.url, f"{line}\r\nConnection: close\r\n\r\n").partition("\r\n\r\n")[0]

    assert "set-cookie" not in head.casefold()
    assert "evil.example.com" not in head


def test_the_log_has_neither_codes_nor_cookies_nor_words(console, entered, link):
    page = entered(ANA)
    made = link(BEN)
    [cookie] = page.context.cookies()
    page.request.post(f"{console.url}/v1/session", data={"code": made.partition("code=")[2]})
    me = page.request.get(f"{console.url}/v1/session").json()
    page.request.delete(f"{console.url}/v1/session", headers={"X-CSRF-Token": me["csrf"]})

    log = console.household.log()
    assert "POST /v1/session 200" in log
    assert "DELETE /v1/session 204" in log
    for secret in (made.partition("code=")[2], me["csrf"], "dh_", cookie["value"]):
        assert secret not in log
