"""Browsers that sign in, and pages of others that would like to be them; on a desk in this process."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from deskhand import testing
from deskhand.assembly import Desk
from deskhand.channels.api import Options, create_app
from deskhand.channels.api.limits import CALLS, TRIES_BY_ADDRESS, Limits

HERE = "http://127.0.0.1:8000"
PUBLIC = "https://desk.example.com"
EVIL = "https://evil.example.com"

pytestmark = pytest.mark.asyncio(loop_scope="module")
_numbers = itertools.count()


@dataclass
class Door:
    """A served desk, and browsers that come to it. Ana is in finance, Ben is not."""

    desk: Desk
    app: Any
    base: str
    ana: str
    ben: str

    def client(self, base: str | None = None, address: str = "127.0.0.1") -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.app, client=(address, 40_000))
        return httpx2.AsyncClient(transport=transport, base_url=base or self.base)

    async def token(self, who: str | None = None, *scopes: str) -> str:
        return (await self.desk.directory.issue_token(who or self.ana, scopes or ["ask"]))[0]

    async def browser(self, who: str | None = None, *scopes: str) -> tuple[httpx2.AsyncClient, dict[str, Any]]:
        """A browser that is signed in, and who it is."""
        client = self.client()
        reply = await client.post("/v1/session", json={"token": await self.token(who, *scopes)})
        assert reply.status_code == 200, reply.text
        return client, reply.json()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk() -> AsyncIterator[Desk]:
    """One for the module: each test has people of its own."""
    async with testing.desk() as scene:
        yield scene.desk


async def opened(desk: Desk, base: str, **options: Any) -> Door:
    number = next(_numbers)
    ana, ben = f"ana{number}@example.com", f"ben{number}@example.com"
    await desk.directory.put_person(ana, ["finance"])
    await desk.directory.put_person(ben)
    app = create_app(desk, Options(**options))
    # By a clock that stands, or a slow machine would be let through.
    app.state.lent = replace(app.state.lent, limits=Limits(lambda: 0.0))
    return Door(desk, app, base, ana, ben)


@pytest_asyncio.fixture(loop_scope="module")
async def door(desk: Desk) -> Door:
    return await opened(desk, HERE)


@pytest_asyncio.fixture(loop_scope="module")
async def public(desk: Desk) -> Door:
    """Behind a proxy with TLS."""
    return await opened(desk, PUBLIC, origin=PUBLIC)


def problem(reply: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = reply.json()
    assert (reply.status_code, body["code"]) == (status, code), reply.text
    return body


def cookie_of(reply: httpx2.Response) -> tuple[str, str, set[str]]:
    """Name, value and attributes of the cookie that a reply sets."""
    [header] = reply.headers.get_list("set-cookie")
    pair, *attributes = (part.strip() for part in header.split(";"))
    name, _, value = pair.partition("=")
    return name, value, {each.casefold() for each in attributes}


async def test_a_token_becomes_a_cookie_that_opens_what_the_token_opens(door: Door) -> None:
    client, me = await door.browser(door.ana, "ask", "tickets")

    assert me["principal"] == {"id": door.ana, "kind": "person", "groups": ["finance"]}
    assert me["scopes"] == ["ask", "tickets"]
    assert (await client.get("/v1/session")).json() == me
    assert (await client.get("/v1/runs")).json() == []
    asked = await client.post("/v1/ask", json={"question": "hello"}, headers={"X-CSRF-Token": me["csrf"]})
    assert asked.status_code == 200
    assert len((await client.get("/v1/runs")).json()) == 1


async def test_a_link_becomes_a_cookie_once(door: Door) -> None:
    code = await door.desk.sessions.link(door.ben, ["ask"])

    first = await door.client().post("/v1/session", json={"code": code})
    again = await door.client().post("/v1/session", json={"code": code})

    assert first.json()["principal"]["id"] == door.ben
    assert "new link" in problem(again, 401, "sign-in-failed")["next"]
    assert "set-cookie" not in again.headers


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(door: Door) -> None:
    reply = await door.client().post("/v1/session", json={"token": await door.token()})

    name, value, attributes = cookie_of(reply)
    assert (name, len(value)) == ("deskhand-8000", 43)
    assert {"httponly", "samesite=strict", "path=/"} <= attributes
    assert not {each for each in attributes if each.startswith("domain") or each == "secure"}
    assert value not in reply.text


async def test_two_desks_on_one_machine_leave_each_others_browsers_signed_in(door: Door) -> None:
    """Browsers send a host's cookies to all its ports."""
    browser, _ = await door.browser(door.ana)
    second = "http://127.0.0.1:8001"

    token = await door.token(door.ben)
    other = await browser.post(f"{second}/v1/session", json={"token": token}, headers={"Origin": second})

    assert other.json()["principal"]["id"] == door.ben
    assert (await browser.get("/v1/session")).json()["principal"]["id"] == door.ana
    assert (await browser.get(f"{second}/v1/session")).json()["principal"]["id"] == door.ben


async def test_over_tls_the_cookie_is_for_this_very_host(public: Door) -> None:
    reply = await public.client().post("/v1/session", json={"token": await public.token()}, headers={"Origin": PUBLIC})

    name, _, attributes = cookie_of(reply)
    assert name == "__Host-deskhand"
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= attributes
    assert not any(each.startswith("domain") for each in attributes)


async def test_over_tls_a_cookie_that_any_page_near_could_set_opens_nothing(public: Door) -> None:
    cookie, _ = await public.desk.sessions.open_by_token(await public.token())

    reply = await public.client().get("/v1/session", headers={"Cookie": f"deskhand-80={cookie}"})

    problem(reply, 401, "not-signed-in")


@pytest.mark.parametrize("host", ["http://desk.example.com", "http://192.168.1.5:8000", "http://localhost.evil.com"])
async def test_over_plain_http_nobody_signs_in_from_another_machine(door: Door, host: str) -> None:
    reply = await door.client(host).post("/v1/session", json={"token": await door.token()}, headers={"Origin": host})

    assert "console.url" in problem(reply, 403, "not-secure")["next"]


@pytest.mark.parametrize(
    "host", ["http://localhost:8000", "http://[::1]:8000", "http://127.0.0.2", "http://d.localhost"]
)
async def test_on_the_machine_itself_one_does(door: Door, host: str) -> None:
    reply = await door.client(host).post("/v1/session", json={"token": await door.token()}, headers={"Origin": host})

    assert reply.status_code == 200


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://127.0.0.1:8001", "https://127.0.0.1:8000", f"{HERE}.evil.com"]
)
async def test_a_page_of_another_address_can_neither_sign_in_nor_change_anything(door: Door, origin: str) -> None:
    """Even when it has got hold of everything else."""
    client, me = await door.browser()
    foreign = {"Origin": origin, "X-CSRF-Token": me["csrf"]}

    problem(await client.post("/v1/ask", json={"question": "x"}, headers=foreign), 403, "not-from-here")
    problem(await client.delete("/v1/session", headers=foreign), 403, "not-from-here")
    applied = await client.post("/guardrail/any/version/1/apply", json={"source": "INPUT"}, headers=foreign)
    assert applied.status_code == 403
    token = await door.token()
    problem(await door.client().post("/v1/session", json={"token": token}, headers=foreign), 403, "not-from-here")

    assert (await client.get("/v1/runs")).json() == []
    assert (await client.get("/v1/session")).status_code == 200


async def test_behind_a_proxy_the_page_is_of_the_public_address(public: Door) -> None:
    """The proxy names itself as host, and passes the browser's Origin on."""
    token = await public.token()
    behind = public.client("http://127.0.0.1:8000")

    problem(
        await behind.post("/v1/session", json={"token": token}, headers={"Origin": "http://127.0.0.1:8000"}),
        403,
        "not-from-here",
    )
    assert (await behind.post("/v1/session", json={"token": token}, headers={"Origin": PUBLIC})).status_code == 200


@pytest.mark.parametrize("sent", [None, "", "x" * 43, "é", "of another", "twice"])
async def test_without_its_word_a_session_changes_nothing(door: Door, sent: str | None) -> None:
    client, me = await door.browser()
    _, other = await door.browser(door.ben)
    headers = [("X-CSRF-Token", sent.encode())] if sent is not None else []
    if sent == "of another":
        headers = [("X-CSRF-Token", other["csrf"].encode())]
    elif sent == "twice":
        headers = [("X-CSRF-Token", me["csrf"].encode()), ("X-CSRF-Token", b"x")]

    for method, path in (("POST", "/v1/ask"), ("DELETE", "/v1/session"), ("DELETE", "/v1/conversations/x")):
        body = {"question": "x"} if method == "POST" else None
        reply = await client.request(method, path, json=body, headers=headers)
        problem(reply, 403, "not-from-here")

    assert (await client.get("/v1/runs")).json() == []
    assert (await client.get("/v1/session")).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_what_a_browser_says_another_site_asked_for_is_not_answered(door: Door, site: str) -> None:
    client, _ = await door.browser()

    problem(await client.get("/v1/runs", headers={"Sec-Fetch-Site": site}), 403, "not-from-here")
    for own in ("same-origin", "none"):
        assert (await client.get("/v1/runs", headers={"Sec-Fetch-Site": own})).status_code == 200


async def test_a_form_of_another_site_is_no_sign_in(door: Door) -> None:
    """A form can send these types without asking first."""
    body = f'{{"token": "{await door.token()}"}}'

    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        reply = await door.client().post("/v1/session", content=body, headers={"Content-Type": kind})
        problem(reply, 422, "bad-input")
        assert "set-cookie" not in reply.headers


async def test_a_program_with_a_token_needs_none_of_this(door: Door) -> None:
    headers = {"Authorization": f"Bearer {await door.token()}", "Origin": EVIL, "Sec-Fetch-Site": "cross-site"}

    reply = await door.client("http://192.168.1.5:8000").post("/v1/ask", json={"question": "x"}, headers=headers)

    assert reply.status_code == 200
    assert "access-control-allow-origin" not in reply.headers


async def test_where_a_token_comes_along_it_counts_and_not_the_cookie(door: Door) -> None:
    client, me = await door.browser(door.ana)
    client_token = {"Authorization": f"Bearer {await door.token(door.ben)}"}

    await client.post("/v1/ask", json={"question": "x"}, headers=client_token)

    assert (await client.get("/v1/runs")).json() == []
    assert len((await client.get("/v1/runs", headers=client_token)).json()) == 1
    problem(await client.get("/v1/runs", headers={"Authorization": "Bearer nonsense"}), 401, "not-signed-in")
    assert (await client.get("/v1/runs", headers={"Authorization": "Basic cHJveHk6eA=="})).status_code == 200
    assert me["principal"]["id"] == door.ana


async def test_what_a_browser_asks_is_on_record_as_asked_in_the_console(door: Door) -> None:
    browser, me = await door.browser()
    question = {"question": "How long?", "wait": 0}

    asked = await browser.post("/v1/ask", json=question, headers={"X-CSRF-Token": me["csrf"]})
    bearer = {"Authorization": f"Bearer {await door.token()}"}
    told = await browser.post("/v1/ask", json=question | {"fresh": True}, headers=bearer)

    doors = {each["id"]: each["door"] for each in (await browser.get("/v1/runs")).json()}
    assert doors[asked.json()["runs"][0]["run"]] == "console"
    assert doors[told.json()["runs"][0]["run"]] == "api"


async def test_a_session_is_refused_what_its_scopes_do_not_cover(door: Door) -> None:
    client, me = await door.browser(door.ana, "ask")

    reply = await client.post("/v1/ingest", json={"paths": ["x"]}, headers={"X-CSRF-Token": me["csrf"]})

    problem(reply, 403, "not-allowed")


async def test_health_tells_its_parts_to_an_administrators_browser(door: Door) -> None:
    admin, _ = await door.browser(door.ana, "admin")
    other, _ = await door.browser(door.ben, "ask")

    assert (await other.get("/health")).json()["parts"] is None
    parts = (await admin.get("/health")).json()["parts"]
    assert {"database", "engine", "index"} <= {part["name"] for part in parts if part["ok"]}
    assert (await admin.get("/health", headers={"Sec-Fetch-Site": "cross-site"})).json()["parts"] is None


@pytest.mark.parametrize(
    "body", [{}, {"token": "dh_hunter2", "code": "hunter2"}, {"token": ["hunter2"]}, {"password": "hunter2"}]
)
async def test_a_body_that_cannot_be_taken_is_not_repeated(door: Door, body: dict[str, Any]) -> None:
    reply = await door.client().post("/v1/session", json=body)

    problem(reply, 422, "bad-input")
    assert "hunter2" not in reply.text


async def test_a_stolen_cookie_is_worth_nothing_once_its_owner_signs_out(door: Door) -> None:
    client, me = await door.browser()
    thief = door.client()
    thief.cookies = httpx2.Cookies(client.cookies)
    assert (await thief.get("/v1/session")).status_code == 200

    left = await client.delete("/v1/session", headers={"X-CSRF-Token": me["csrf"]})

    assert left.status_code == 204
    assert "max-age=0" in cookie_of(left)[2]
    problem(await thief.get("/v1/session"), 401, "not-signed-in")
    problem(await client.get("/v1/runs"), 401, "not-signed-in")


async def test_signing_out_everywhere_ends_every_session_of_the_same_person_only(door: Door) -> None:
    (here, me), (phone, _), (bens, _) = [await door.browser(who) for who in (door.ana, door.ana, door.ben)]

    await here.delete("/v1/session", params={"everywhere": True}, headers={"X-CSRF-Token": me["csrf"]})

    problem(await phone.get("/v1/session"), 401, "not-signed-in")
    assert (await bens.get("/v1/session")).status_code == 200


async def test_signing_in_anew_signs_out_who_was_there_before(door: Door) -> None:
    client, _ = await door.browser(door.ana)
    before = {"Cookie": f"deskhand-8000={client.cookies['deskhand-8000']}"}

    await client.post("/v1/session", json={"token": await door.token(door.ben)})

    assert (await client.get("/v1/session")).json()["principal"]["id"] == door.ben
    problem(await door.client().get("/v1/session", headers=before), 401, "not-signed-in")


async def test_a_removed_person_and_a_revoked_token_end_the_session_at_once(door: Door) -> None:
    ana, _ = await door.browser(door.ana)
    text, token = await door.desk.directory.issue_token(door.ben, ["ask"])
    ben = door.client()
    await ben.post("/v1/session", json={"token": text})

    await door.desk.directory.remove(door.ana)
    await door.desk.directory.revoke(token.id)

    problem(await ana.get("/v1/runs"), 401, "not-signed-in")
    problem(await ben.get("/v1/runs"), 401, "not-signed-in")


async def test_guessing_is_slowed_and_the_right_one_is_let_in_again_later(door: Door) -> None:
    client = door.client()
    for _ in range(int(TRIES_BY_ADDRESS.burst)):
        problem(await client.post("/v1/session", json={"code": "x" * 43}), 401, "sign-in-failed")

    stopped = await client.post("/v1/session", json={"token": await door.token()})

    problem(stopped, 429, "busy")
    assert stopped.headers["retry-after"] == "6"
    assert (await door.client(address="127.0.0.2").post("/v1/session", json={"token": await door.token()})).is_success


async def test_a_flood_of_failing_tries_costs_no_write_and_lets_the_right_one_in(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From more addresses than anybody has; a write would wait for all others, and keep them waiting."""
    token, code = await door.token(), await door.desk.sessions.link(door.ben, ["ask"])
    written: list[object] = []
    write = door.desk.database.write

    async def seen(fn: Any, *given: Any) -> Any:
        written.append(fn)
        return await write(fn, *given)

    monkeypatch.setattr(door.desk.database, "write", seen)
    for n in range(300):
        sent = {"code": "x" * 43} if n % 2 else {"token": "dh_" + "x" * 43}
        reply = await door.client(address=f"2001:db8:0:{n:x}::1").post("/v1/session", json=sent)
        problem(reply, 401, "sign-in-failed")
    assert written == []

    for sent in ({"token": token}, {"code": code}):
        assert (await door.client(address="198.51.100.7").post("/v1/session", json=sent)).is_success


async def test_behind_a_proxy_each_caller_has_tries_of_his_own_and_cannot_pass_for_another(public: Door) -> None:
    """The proxy adds whom it sees at the end of what the caller claims."""
    client = public.client()

    async def tried(claimed: str, seen: str) -> int:
        headers = {"Origin": PUBLIC, "X-Forwarded-For": f"{claimed}, {seen}"}
        return (await client.post("/v1/session", json={"code": "x"}, headers=headers)).status_code

    codes = [await tried(f"198.51.100.{n}", "203.0.113.1") for n in range(12)]

    assert codes == [401] * 10 + [429] * 2
    assert await tried("203.0.113.1", "203.0.113.2") == 401


async def test_a_browser_that_calls_without_end_is_told_to_wait(door: Door) -> None:
    client, _ = await door.browser()
    other, _ = await door.browser()
    for _ in range(int(CALLS.burst)):
        door.app.state.lent.limits.call(client.cookies["deskhand-8000"])

    problem(await client.get("/v1/runs"), 429, "busy")
    assert (await other.get("/v1/runs")).status_code == 200
    bearer = {"Authorization": f"Bearer {await door.token()}"}
    assert (await client.get("/v1/runs", headers=bearer)).status_code == 200


async def test_where_the_console_is_off_cookies_are_nothing(door: Door) -> None:
    cookie, _ = await door.desk.sessions.open_by_token(await door.token())
    app = create_app(door.desk, Options(console=False))
    transport = httpx2.ASGITransport(app)

    async with httpx2.AsyncClient(transport=transport, base_url=HERE) as client:
        problem(await client.post("/v1/session", json={"token": await door.token()}), 404, "not-found")
        problem(await client.get("/v1/runs", headers={"Cookie": f"deskhand-8000={cookie}"}), 401, "not-signed-in")


@pytest.mark.parametrize(
    "cookie",
    [
        "deskhand-8000=",
        "deskhand-8000=x",
        "deskhand-8000",
        "=;=;",
        "deskhand-8000=" + "x" * 5_000,
        "deskhand-8000=é; a=\x01",
    ],
)
async def test_a_broken_cookie_is_nobodys(door: Door, cookie: str) -> None:
    reply = await door.client().get("/v1/session", headers=[("Cookie", cookie.encode())])

    problem(reply, 401, "not-signed-in")
