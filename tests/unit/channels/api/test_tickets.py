"""Tickets over HTTP: what a client sends and is told, on a desk in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from ticket_office import ASKING, EXAMPLE, request

from deskhand import testing
from deskhand.assembly import Desk
from deskhand.channels.api import create_app
from deskhand.settings import Settings
from deskhand.ticketing.registry import load_registry

PEOPLE = {"ana": [], "sam": [], "susi": [], "hanna": ["support"]}


@dataclass
class Door:
    """Calls as somebody."""

    desk: Desk
    client: httpx2.AsyncClient
    tokens: dict[str, str]

    async def __call__(
        self, who: str, method: str, path: str, body: Any = None, code: int = 200, **headers: str
    ) -> Any:
        given = {"Authorization": f"Bearer {self.tokens[who]}", **headers}
        reply = await self.client.request(method, path, json=body, headers=given)
        assert reply.status_code == code, (method, path, reply.text)
        return reply.json() if reply.text else None

    async def submitted(self, text: str, **more: Any) -> dict[str, Any]:
        """Ana's ticket, once its run has ended."""
        came = await self("ana", "POST", "/v1/tickets", {"text": text, "wait": 30, **more}, 201)
        assert came["ticket"]["id"] == came["id"]
        return dict(came["ticket"])


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Door]:
    """The owner of an environment is asked."""
    (tmp_path / "policy.yaml").write_text(ASKING)
    async with opened(tmp_path, policy=tmp_path / "policy.yaml") as door:
        yield door


@asynccontextmanager
async def opened(home: Path, **tickets: Any) -> AsyncIterator[Door]:
    given = {"home": home / "desk", "embedder": {"provider": "none"}, "tickets": tickets}
    async with testing.desk(Settings.model_validate(given)) as made:
        desk = made.desk
        await desk.ticketing.registry.load(load_registry(EXAMPLE), by="test")
        tokens = {}
        for name, groups in PEOPLE.items():
            await desk.directory.put_person(f"{name}@example.com", groups)
            tokens[name], _ = await desk.directory.issue_token(f"{name}@example.com", ["tickets"])
        transport = httpx2.ASGITransport(create_app(desk), raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://desk") as client:
            yield Door(desk, client, tokens)


async def test_a_ticket_is_submitted_carried_and_explained(door: Door) -> None:
    ticket = await door.submitted(request(1))
    seen = await door("ana", "GET", f"/v1/tickets/{ticket['id']}")
    trace = await door("ana", "GET", f"/v1/tickets/{ticket['id']}/trace")

    assert (ticket["status"], ticket["requester"], ticket["source"]) == ("auto-resolved", "111", "api")
    assert [(each["kind"], each["by"]) for each in seen["history"]] == [("opened", "111"), ("auto-resolved", "agent")]
    [given, _] = [each["body"] for each in trace if each["kind"] == "decision"]
    assert (given["verdict"], given["rule"], given["action"]["tool"]) == ("allow", "manager-owns-it", "giveAccess")
    assert given["facts"]["ticket.days"] == 8


async def test_without_waiting_it_is_on_record_when_the_reply_comes(door: Door) -> None:
    came = await door("ana", "POST", "/v1/tickets", {"text": request(4)}, 201, **{"Idempotency-Key": "k"})
    again = await door("ana", "POST", "/v1/tickets", {"text": "other"}, 201, **{"Idempotency-Key": "k"})
    ended = await door("ana", "GET", f"/v1/tickets/{came['id']}?wait=30")

    assert came["id"] == again["id"] == ended["id"]
    assert ended["state"] == "auto-resolved"


async def test_tickets_are_listed_by_state_and_by_time(door: Door) -> None:
    first, second = await door.submitted(request(1)), await door.submitted(request(3))

    async def listed(query: str, who: str = "ana") -> list[str]:
        return [each["id"] for each in await door(who, "GET", f"/v1/tickets?{query}")]

    assert await listed("") == [second["id"], first["id"]]
    assert await listed("limit=1") == [second["id"]]
    assert await listed("state=auto-resolved&state=resolved") == [first["id"]]
    before = httpx2.QueryParams({"before": second["changed"]})
    assert await listed(str(before)) == [first["id"]]
    assert await listed("", "hanna") == [second["id"], first["id"]]
    assert await listed("mine=true", "hanna") == []
    await door("ana", "GET", "/v1/tickets?state=nonsense", code=422)


async def test_tickets_are_paged_by_their_place_filtered_and_cut(door: Door) -> None:
    first, second, third = [
        await door.submitted(request(env, why=why)) for env, why in ((1, "one"), (3, "two"), (4, "x" * 300))
    ]
    page = await door("ana", "GET", "/v1/tickets?limit=2&cut=40")
    rest = await door("ana", "GET", f"/v1/tickets?limit=2&after={page[-1]['place']}")

    assert [each["id"] for each in [*page, *rest]] == [third["id"], second["id"], first["id"]]
    assert [len(page[0]["text"]), page[0]["text"][-1]] == [40, "…"]
    assert [each["id"] for each in await door("ana", "GET", "/v1/tickets?q=TWO&source=api&requester=111")] == [
        second["id"]
    ]
    refused = await door("ana", "GET", "/v1/tickets?after=nothing", code=422)
    assert refused["code"] == "bad-input"


async def test_what_changed_among_the_tickets_is_waited_for(door: Door) -> None:
    first = await door("ana", "GET", "/v1/tickets/changes?wait=20")
    assert (first["tickets"], first["whole"]) == ([], True)
    waits = asyncio.create_task(door("ana", "GET", f"/v1/tickets/changes?wait=30&cut=9&since={first['mark']}"))
    await asyncio.sleep(0)

    ticket = await door.submitted(request(1))

    came = await waits
    assert [(each["id"], each["text"]) for each in came["tickets"]] == [(ticket["id"], ticket["text"][:8] + "…")]
    assert (await door("sam", "GET", f"/v1/tickets/changes?since={first['mark']}"))["mark"] == first["mark"]
    await door("ana", "GET", "/v1/tickets/changes?since=x", code=422)


async def test_tickets_are_counted_for_who_may_see_them(door: Door) -> None:
    await door.submitted(request(1))
    mine = await door("ana", "GET", "/v1/tickets/counts?state=assigned")
    other = await door("susi", "GET", "/v1/tickets/counts")
    all_ = await door("hanna", "GET", "/v1/tickets/counts?q=dashboard-that-is-not-there")

    assert (mine["states"]["auto-resolved"], mine["assignees"], mine["sources"]) == (1, {}, {})
    assert mine["you"] == {"id": "111", "handles": False, "names_others": False}
    assert (sum(other["states"].values()), other["requesters"]) == (0, {})
    assert all_["you"] == {"id": "hanna@example.com", "handles": True, "names_others": True}
    assert sum(all_["states"].values()) == 0
    await door("hanna", "POST", "/v1/tickets", {"text": "x", "id": "counts"}, 422)


async def test_a_ticket_tells_what_its_onlooker_may_do(door: Door) -> None:
    ticket = await door.submitted(request(1))
    path = f"/v1/tickets/{ticket['id']}"
    seen = await door("ana", "GET", path)

    assert (seen["you"], seen["parts"], seen["working"], seen["run"]) == (
        "111",
        ["requester"],
        False,
        f"ticket-{ticket['id']}-1",
    )
    assert seen["may"] == ["comment", "reopen", "subscribe"]
    assert (await door("hanna", "GET", path))["may"] == ["comment", "reopen", "retry", "subscribe"]


async def test_the_policy_is_a_table_for_who_handles_tickets_and_for_operators(door: Door) -> None:
    policy = await door("hanna", "GET", "/v1/policy")
    refused = await door("ana", "GET", "/v1/policy", code=403)
    desk = door.desk
    door.tokens["operator"], _ = await desk.directory.issue_token("ana@example.com", ["admin"])
    door.tokens["asker"], _ = await desk.directory.issue_token("hanna@example.com", ["ask"])

    assert (policy["name"], policy["version"], policy["hash"][:7]) == ("access-requests", "1", "sha256:")
    [_, rule, _] = policy["rules"]
    assert (rule["name"], rule["action"], rule["then"]) == ("manager-owns-it", "giveAccess", "allow")
    assert {
        "text": "ticket.days < 30",
        "clause": "Access Duration is less than 30",
        "looks_at": ["ticket.days"],
    } in rule["when"]
    assert rule["because"].startswith("Your manager [the employee's manager] owns environment [EnvironmentId]")
    assert (policy["default"], policy["owner"], policy["person"]) == ("deny", "the environment's owner", "@support")
    assert len(policy["table"]["cases"]) == 8
    assert policy["table"]["cases"][0]["done"] == [
        {"action": "autoResolveTicket", "rule": "has-access", "verdict": "allow"}
    ]
    assert "ticket.days" in [each["name"] for each in policy["fields"]]
    assert [each["tool"] for each in policy["facts"] if each["name"] == "access.exists"] == ["checkEmployeeAccess"]
    assert "'support'" in refused["detail"]
    assert await door("operator", "GET", "/v1/policy") == policy
    await door("asker", "GET", "/v1/policy", code=403)


async def test_who_is_asked_and_where_is_told_of_each_rule(asking: Door) -> None:
    [_, rule, _] = (await asking("hanna", "GET", "/v1/policy"))["rules"]

    assert (rule["then"], rule["asks"]) == ("ask", "[the environment's owner]")


async def test_a_ticket_goes_from_hand_to_hand(door: Door) -> None:
    """Each change names the version that its sender saw."""
    ticket = await door.submitted("Title: My screen is broken.")
    path, version = f"/v1/tickets/{ticket['id']}", ticket["version"]
    assert ticket["status"] == "assigned to @support"

    async def change(who: str, what: str, body: dict[str, Any], method: str = "POST") -> dict[str, Any]:
        nonlocal version
        done = await door(who, method, f"{path}{what}", {"version": version, **body})
        version = done["version"]
        return dict(done)

    assert (await change("ana", "", {"text": "Title: It is green now."}, "PATCH"))["text"].endswith("now.")
    assert (await change("hanna", "/assign", {"to": "@susi", "instructions": "Have a look."}))["assignee"] == "@susi"
    assert (await change("susi", "/comments", {"text": "I do."}))["communication"] == "I do."
    assert (await change("susi", "/resolve", {"communication": "Repaired."}))["state"] == "resolved"
    assert (await change("ana", "/reopen", {"reason": "Still green."}))["status"] == "reopened"
    stale = await door("hanna", "POST", f"{path}/resolve", {"version": version - 1}, 409)
    assert (stale["code"], f"at version {version} now" in stale["detail"]) == ("conflict", True)
    refused = await door("ana", "POST", f"{path}/assign", {"version": version, "to": "@sam"}, 403)
    assert refused["code"] == "not-allowed"
    retried = await door("hanna", "POST", f"{path}/retry", code=202)
    assert (retried["state"], retried["assignee"]) == ("reopened", None)
    assert (await door("ana", "GET", f"{path}?wait=30"))["round"] == 2


async def test_others_follow_a_ticket(door: Door) -> None:
    ticket = await door.submitted(request(1))
    path = f"/v1/tickets/{ticket['id']}"
    await door("sam", "GET", path, code=404)
    await door("ana", "POST", f"{path}/subscribers", {"employee": "@sam"}, 204)

    assert (await door("sam", "GET", path))["subscribers"] == ["@sam"]
    await door("sam", "DELETE", f"{path}/subscribers", code=204)
    await door("sam", "GET", path, code=404)


async def test_an_action_waits_for_its_owner(asking: Door) -> None:
    ticket = await asking.submitted(request(3))
    assert await asking("sam", "GET", "/v1/approvals") == []
    [approval] = await asking("hanna", "GET", "/v1/approvals")
    shown = (approval["asks"], approval["state"], approval["rule"], approval["action"])
    assert shown == (
        "@kirk",
        "waiting",
        "ask-the-owner",
        {"tool": "giveAccess", "arguments": {"environmentId": "3"}},
    )
    assert not {"run", "about", "going_on"} & set(approval)
    await asking("ana", "POST", f"/v1/approvals/{approval['id']}/approve", {}, 403)
    done = await asking("hanna", "POST", f"/v1/approvals/{approval['id']}/approve", {"note": "Fine."})
    ended = await asking("ana", "GET", f"/v1/tickets/{ticket['id']}?wait=30")

    assert (done["state"], done["by"], done["note"]) == ("approved", "hanna@example.com", "Fine.")
    assert (ended["state"], [each["state"] for each in ended["approvals"]]) == ("auto-resolved", ["approved"])
    await asking("hanna", "POST", f"/v1/approvals/{approval['id']}/deny", {}, 409)


async def test_the_audit_log_is_paged_by_number(door: Door) -> None:
    await door.submitted(request(1))
    rows = await door("hanna", "GET", "/v1/audit?limit=3")
    more = await door("hanna", "GET", f"/v1/audit?after={rows[-1]['seq']}&limit=1000")

    assert [each["seq"] for each in rows] == [1, 2, 3]
    assert (more[0]["seq"], more[0]["before"]) == (4, rows[-1]["hash"])


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x", "employee": "121"}, "employee"),
        ({"text": "x", "wait": 301}, "wait"),
    ],
)
async def test_what_is_no_ticket_is_refused_with_its_place(door: Door, body: dict[str, Any], where: str) -> None:
    refused = await door("ana", "POST", "/v1/tickets", body, 422)

    assert [each["where"] for each in refused["wrong"]] == [f"body.{where}"]
