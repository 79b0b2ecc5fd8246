"""What an administrator may and others may not: people, tokens, connections, settings; and that no secret is told."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from deskhand.assembly import Desk, open_desk
from deskhand.assembly.connections import connections, setup_of
from deskhand.channels.api import create_app
from deskhand.channels.connected import Connected, Setup
from deskhand.channels.trying import Tried, attempt
from deskhand.settings import Settings
from deskhand.settings.showing import shown_settings
from deskhand.store import Database

if TYPE_CHECKING:
    from model_server import ModelServer
    from slack_server import SlackServer

HIDDEN = "geheim-7f3a9c"
"""Stands in everything that is secret; it is told nowhere."""
ENCODED = base64.b64encode((HIDDEN * 2).encode()).decode()


@dataclass
class Office:
    """A desk with an administrator, Olga, and Ana, who may ask and nothing else."""

    desk: Desk
    client: httpx2.AsyncClient
    tokens: dict[str, str]

    async def __call__(self, who: str, method: str, path: str, body: Any = None, code: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        reply = await self.client.request(method, path, json=body, headers=headers)
        assert reply.status_code == code, reply.text
        return reply.json() if reply.content else None


Opened = Callable[..., AbstractAsyncContextManager[Office]]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    @asynccontextmanager
    async def opened(setup: Setup | None = None, **given: Any) -> AsyncIterator[Office]:
        settings = Settings.model_validate({"home": tmp_path / "home", "embedder": {"provider": "none"}, **given})
        async with open_desk(settings, grace=0.0) as desk:
            tokens = {}
            for name, groups, scopes in (("olga", ["staff"], ["ask", "admin"]), ("ana", ["staff", "hr"], ["ask"])):
                await desk.directory.put_person(f"{name}@example.com", groups)
                tokens[name] = (await desk.directory.issue_token(f"{name}@example.com", scopes))[0]
            app = create_app(desk, setup=setup_of(desk) if setup is None else setup)
            transport = httpx2.ASGITransport(app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
                yield Office(desk, client, tokens)

    return opened


@pytest.fixture
async def office(opened: Opened) -> AsyncIterator[Office]:
    async with opened() as office:
        yield office


ADMINISTRATION = [
    ("GET", "/v1/people", None),
    ("PUT", "/v1/people/ana@example.com", {"groups": ["finance"]}),
    ("PUT", "/v1/people/not an address", {"groups": []}),
    ("DELETE", "/v1/people/ana@example.com", None),
    ("DELETE", "/v1/people/nobody@example.com", None),
    ("GET", "/v1/groups", None),
    ("POST", "/v1/tokens", {"principal": "ana@example.com", "scopes": ["admin"]}),
    ("GET", "/v1/tokens?principal=olga@example.com", None),
    ("GET", "/v1/connections", None),
    ("POST", "/v1/connections/database/check", None),
    ("POST", "/v1/connections/nothing/check", None),
    ("GET", "/v1/settings", None),
]


async def test_who_lacks_the_scope_is_told_so_and_nothing_happens(office: Office) -> None:
    """Whether a person or a connection is there is not told either."""
    for method, path, body in ADMINISTRATION:
        refused = await office("ana", method, path, body, code=403)
        await office("", method, path, body, code=401)

        assert "'admin'" in refused["detail"]
        assert "olga" not in json.dumps(refused)
    assert (await office.desk.directory.principal("ana@example.com")).groups == {"staff", "hr"}
    assert len(await office.desk.directory.tokens()) == 2


async def test_people_are_added_found_changed_and_removed(office: Office) -> None:
    added = await office("olga", "PUT", "/v1/people/Ben@Example.com", {"groups": ["Staff", "sales"]})
    await office("olga", "PUT", "/v1/people/reporter", {"groups": ["sales"]})
    found = await office("olga", "GET", "/v1/people?group=sales")
    second = await office("olga", "GET", "/v1/people?limit=2&after=ana@example.com")
    await office("olga", "DELETE", "/v1/people/ben@example.com", code=204)
    groups = await office("olga", "GET", "/v1/groups")

    assert (added["id"], added["kind"], added["groups"]) == ("ben@example.com", "person", ["sales", "staff"])
    assert [(each["id"], each["kind"]) for each in found] == [("ben@example.com", "person"), ("reporter", "service")]
    assert [each["id"] for each in second] == ["ben@example.com", "olga@example.com"]
    assert groups == [
        {"name": "hr", "people": 1, "services": 0},
        {"name": "sales", "people": 0, "services": 1},
        {"name": "staff", "people": 2, "services": 0},
    ]
    await office("olga", "DELETE", "/v1/people/ben@example.com", code=404)


async def test_groups_that_cannot_be_are_refused_with_what_is_wrong(office: Office) -> None:
    refused = await office("olga", "PUT", "/v1/people/ana@example.com", {"groups": ["no group"]}, code=422)

    assert "not a group's name" in refused["detail"]


async def test_a_change_of_groups_that_are_others_by_now_is_refused(office: Office) -> None:
    path = "/v1/people/ana@example.com"
    await office("olga", "PUT", path, {"groups": ["staff"], "was": ["staff", "hr"]})

    late = await office("olga", "PUT", path, {"groups": ["staff", "hr", "it"], "was": ["staff", "hr"]}, code=409)

    assert late["code"] == "conflict"
    assert (await office.desk.directory.principal("ana@example.com")).groups == {"staff"}


async def test_an_administrator_is_not_shut_out_by_a_slip(office: Office) -> None:
    """Leaving a group, being removed and losing the token in use each take being sure."""
    [own] = await office("olga", "GET", "/v1/tokens?principal=olga@example.com")
    person, token = "/v1/people/olga@example.com", f"/v1/tokens/{own['id']}"

    left = await office("olga", "PUT", person, {"groups": ["it"]}, code=409)
    removed = await office("olga", "DELETE", person, code=409)
    revoked = await office("olga", "DELETE", token, code=409)

    assert own["current"]
    assert {left["code"], removed["code"], revoked["code"]} == {"own-access"}
    assert "staff" in left["detail"]
    assert (await office("olga", "PUT", person, {"groups": ["staff", "it"]}))["groups"] == ["it", "staff"]
    assert (await office("olga", "PUT", person, {"groups": ["it"], "sure": True}))["groups"] == ["it"]
    await office("olga", "DELETE", f"{token}?sure=true", code=204)
    await office("olga", "GET", "/v1/people", code=401)


async def test_the_text_of_a_token_is_told_once_and_works(office: Office) -> None:
    wanted = {"principal": "ana@example.com", "scopes": ["ask", "ingest"], "hours": 24, "label": "Laptop"}

    made = await office("olga", "POST", "/v1/tokens", wanted, code=201)
    listed = await office("olga", "GET", "/v1/tokens?q=laptop")
    office.tokens["ana"] = made["token"]
    seen_by_ana = await office("ana", "GET", "/v1/tokens")

    assert made["token"].startswith(made["id"])
    assert [each["id"] for each in listed] == [made["id"]]
    assert made["token"] not in json.dumps([listed, seen_by_ana])
    assert listed[0]["made_by"] == "olga@example.com"
    assert [each["current"] for each in seen_by_ana if each["id"] == made["id"]] == [True]
    await office("olga", "POST", "/v1/tokens", {**wanted, "principal": "nobody@example.com"}, code=404)
    await office("olga", "POST", "/v1/tokens", {**wanted, "scopes": []}, code=422)
    await office("olga", "POST", "/v1/tokens", {**wanted, "hours": 0}, code=422)


async def test_a_person_sees_and_revokes_their_own_tokens_alone(office: Office) -> None:
    """Another's token is not found, as one that does not exist."""
    text, spare = await office.desk.directory.issue_token("ana@example.com", ["ask"])
    [olgas] = await office("olga", "GET", "/v1/tokens?principal=olga@example.com")

    own = await office("ana", "GET", "/v1/tokens")
    another = await office("ana", "DELETE", f"/v1/tokens/{olgas['id']}", code=404)
    nothing = await office("ana", "DELETE", "/v1/tokens/dh_00000000", code=404)
    await office("ana", "DELETE", f"/v1/tokens/{spare.id}", code=204)

    assert {each["principal"] for each in own} == {"ana@example.com"}
    assert len(own) == 2
    assert another["detail"].replace(olgas["id"], "ID") == nothing["detail"].replace("dh_00000000", "ID")
    assert len(await office("olga", "GET", "/v1/people")) == 2
    states = {each["id"]: each["state"] for each in await office("ana", "GET", "/v1/tokens")}
    assert states[spare.id] == "revoked"
    assert text


async def test_what_is_inside_the_desk_is_tried_for_real(office: Office) -> None:
    listed = await office("olga", "GET", "/v1/connections")
    free = [each["name"] for each in listed if each["free"] and each["on"]]

    checks = [await office("olga", "POST", f"/v1/connections/{name}/check") for name in free]

    assert free == ["database", "engine", "index", "redaction"]
    assert all(check["ok"] for check in checks), checks
    assert "SQLite" in checks[0]["tried"][0]["detail"]
    assert "0 passages" in checks[2]["tried"][0]["detail"]
    assert "email" in checks[3]["tried"][0]["detail"]
    off = {each["name"]: each["next"] for each in listed if not each["on"]}
    assert {"models", "embedder", "reranker", "guardrail", "slack", "phone"} < set(off)
    assert all(off.values()), off
    await office("olga", "POST", "/v1/connections/slack/check", code=404)


async def test_a_database_that_is_gone_fails_its_check_without_telling_its_password(office: Office) -> None:
    """Without its database the door knows nobody, so the check is made beside it."""
    gone = Database(f"postgresql+psycopg://desk:{HIDDEN}@127.0.0.1:9/desk")
    [database] = [each for each in connections(replace(office.desk, database=gone)) if each.name == "database"]
    assert database.check is not None

    made = await attempt(database.check(), database.seconds)
    gone.close()

    assert made.why == "It fails (OperationalError); see the server's log."
    assert database.facts == {"Where": "127.0.0.1/desk"}


async def test_a_model_is_asked_and_its_failure_told_without_the_key(opened: Opened, model_server: ModelServer) -> None:
    model = {"provider": "openai", "model": "scripted", "base_url": f"{model_server.url}/v1", "api_key": HIDDEN}
    async with opened(models={"main": model}) as office:
        well = await office("olga", "POST", "/v1/connections/model:main/check")
        asked = len(model_server.script.requests)
        model_server.script.fails(401, times=9)
        ill = await office("olga", "POST", "/v1/connections/model:main/check")
        listed = await office("olga", "GET", "/v1/connections")

    assert well["ok"]
    assert asked == 1
    assert "tokens in" in well["tried"][0]["detail"]
    assert not ill["ok"]
    assert ill["tried"][0]["detail"]
    [main] = [each for each in listed if each["name"] == "model:main"]
    facts = {fact["name"]: fact["value"] for fact in main["facts"]}
    assert facts == {
        "Server": f"{model_server.url}/v1",
        "Key": "set",
        "Task": "answers when none is named",
    }
    assert HIDDEN not in json.dumps([well, ill, listed])


async def test_what_is_outside_the_desk_is_tried_for_real(
    opened: Opened, model_server: ModelServer, slack_server: SlackServer, tmp_path: Path
) -> None:
    """A folder that is not there fails, everything else is served by this machine."""
    from post_server import MailServer, Receiver
    from span_receiver import SpanReceiver

    base = {"base_url": f"{model_server.url}/v1", "api_key": HIDDEN}
    (tmp_path / "ours.py").write_text('def stock(item: str) -> str:\n    """How many there are."""\n    return "3"\n')
    with MailServer() as mail, Receiver() as receiver, SpanReceiver() as spans:
        given: dict[str, Any] = {
            "models": {"main": {"provider": "openai", "model": "scripted", **base}},
            "seer": "main",
            "embedder": {"provider": "openai", "model": "embed", **base},
            "reranker": {"provider": "rerank", "model": "rank", **base},
            "slack": {
                "bot_token": slack_server.bot_token,
                "app_token": slack_server.app_token,
                "api_url": slack_server.api_url,
            },
            "contact": {},
            "telemetry_endpoint": spans.url,
            "tickets": {
                "sources": {"folders": {"mail": {"path": tmp_path / "nowhere"}}},
                "notices": {
                    "email": {"host": "127.0.0.1", "port": mail.port, "sender": "d@example.com", "security": "none"},
                    "webhooks": {"crm": {"url": receiver.url, "secret": f"whsec_{ENCODED}"}},
                    "slack": True,
                },
                "tools": {"python": {"shop": {"reads": ["ours:stock"], "folder": tmp_path}}},
            },
        }
        async with opened(**given) as office:
            listed = await office("olga", "GET", "/v1/connections")
            outside = [each["name"] for each in listed if each["on"] and each["checkable"]]
            checks = {name: await office("olga", "POST", f"/v1/connections/{name}/check") for name in outside}

    failing = {name: check["tried"] for name, check in checks.items() if not check["ok"]}
    assert set(failing) == {"tickets:folder:mail"}, failing
    assert "there is no folder" in failing["tickets:folder:mail"][0]["detail"]
    assert {"seer", "embedder", "reranker", "slack", "phone", "telemetry", "notices:slack", "tools:shop"} < set(checks)
    assert "stock" in checks["tools:shop"]["tried"][0]["detail"]
    assert mail.mails == []
    assert receiver.got == []
    assert HIDDEN not in json.dumps([listed, checks])


async def test_a_check_that_hangs_or_breaks_is_told_in_time_and_without_its_message(opened: Opened) -> None:
    async def hangs() -> list[Tried]:
        await asyncio.Event().wait()
        return []

    async def breaks() -> list[Tried]:
        raise ValueError(f"postgresql://user:{HIDDEN}@host cannot be reached")

    stuck = Connected("stuck", "doors", "Stuck", "hangs", check=hangs, seconds=0.05)
    broken = Connected("broken", "doors", "Broken", "breaks", check=breaks)
    async with opened(Setup((stuck, broken))) as office:
        late = await office("olga", "POST", "/v1/connections/stuck/check")
        wrong = await office("olga", "POST", "/v1/connections/broken/check")

    assert (late["ok"], wrong["ok"]) == (False, False)
    assert "did not answer within" in late["tried"][0]["detail"]
    assert "ValueError" in wrong["tried"][0]["detail"]
    assert HIDDEN not in json.dumps(wrong)


SECRETIVE: dict[str, Any] = {
    "models": {
        "main": {
            "provider": "openai",
            "model": "m",
            "base_url": f"https://user:{HIDDEN}@models.example.com/v1?key={HIDDEN}#{HIDDEN}",
            "api_key": HIDDEN,
        }
    },
    "reranker": {
        "provider": "rerank",
        "model": "r",
        "base_url": f"https://{HIDDEN}@rank.example.com",
        "api_key": HIDDEN,
    },
    "metrics_token": HIDDEN,
    "telemetry_endpoint": f"https://spans.example.com/v1/traces?token={HIDDEN}",
    "redaction": {"key": HIDDEN * 4, "former_keys": [HIDDEN * 4]},
    "slack": {"bot_token": f"xoxb-{HIDDEN}", "app_token": f"xapp-{HIDDEN}", "signing_secret": HIDDEN},
    "contact": {"caller_key": HIDDEN, "queue": {"url": f"https://{HIDDEN}:x@sqs.example.com/1/calls"}},
    "tickets": {
        "notices": {
            "email": {"host": "mail.example.com", "sender": "desk@example.com", "user": "desk", "password": HIDDEN},
            "webhooks": {"crm": {"url": f"https://crm.example.com/{HIDDEN}", "secret": f"whsec_{ENCODED}"}},
        },
        "sources": {"webhooks": {"shop": {"secret": HIDDEN * 2}}},
    },
}


async def test_nothing_that_an_administrator_is_told_holds_a_secret(opened: Opened) -> None:
    async with opened(**SECRETIVE) as office:
        told = [
            await office("olga", "GET", path)
            for path in ("/v1/connections", "/v1/settings", "/v1/tokens", "/v1/people", "/v1/groups", "/health")
        ]

    text = json.dumps(told)
    assert HIDDEN not in text
    assert ENCODED not in text
    assert "models.example.com/v1" in text
    names = {each["name"] for each in told[0]}
    assert {"slack", "phone", "notices:email", "notices:webhook:crm", "tickets:webhook:shop", "model:main"} <= names


def test_what_people_write_into_a_command_or_an_address_is_not_shown(tmp_path: Path) -> None:
    started = {"command": ["tools-server", "--token", HIDDEN], "environment": {"KEY": HIDDEN}}
    running = {"url": f"https://ana:{HIDDEN}@tools.example.com/mcp?key={HIDDEN}", "headers": {"X-Key": HIDDEN}}
    groups = {"mcp": {"started": started, "running": running}}
    settings = Settings.model_validate({"home": tmp_path, "tickets": {"tools": groups}})

    shown = {each.name: each.value for each in shown_settings(settings)}["tickets.tools.mcp"]

    assert HIDDEN not in json.dumps(shown)
    assert shown["started"]["command"] == ["tools-server", "…"]
    assert shown["running"]["url"] == "https://tools.example.com/mcp?…"


async def test_settings_say_where_each_is_set(opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "deskhand.toml"
    file.write_text('person = "Zoe"\nport = 9000\n[ingestion]\nworkers = 3\n')
    monkeypatch.setenv("DESKHAND_CONFIG", str(file))
    monkeypatch.setenv("DESKHAND_PORT", "9001")
    async with opened() as office:
        told = await office("olga", "GET", "/v1/settings")

    sources = {each["name"]: (each["value"], each["source"]) for each in told["settings"]}
    assert told["file"] == str(file)
    assert sources["person"] == ("Zoe", "file")
    assert sources["port"] == (9001, "environment")
    assert sources["ingestion.workers"] == (3, "file")
    assert sources["ingestion.seconds"] == (60.0, "default")
    assert sources["home"][1] == "command line"
    assert all(each["help"] for each in told["settings"])
    assert {"Deskhand", "Python", "SQLite", "DBOS"} <= {each["name"] for each in told["versions"]}
