"""The doors beside HTTP, and where spans and figures go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskhand.channels.connected import Connected
from deskhand.channels.trying import Tried
from deskhand.settings.showing import public_address

if TYPE_CHECKING:
    from deskhand.assembly.desk import Desk
    from deskhand.channels.contact.door import ContactDoor
    from deskhand.channels.slack.door import SlackDoor

SECONDS = 40.0
"""Several calls, each with a bound of its own."""


def doors(desk: Desk) -> list[Connected]:
    """Slack, the phone, metrics and telemetry."""
    return [_slack(desk), _phone(desk), _metrics(desk), _telemetry(desk)]


def _slack(desk: Desk) -> Connected:
    door, chosen = desk.slack, desk.settings.slack
    if door is None or chosen is None:
        return Connected(
            "slack",
            "doors",
            "Slack",
            "The door is shut",
            on=False,
            next="`deskhand slack manifest` prints what to make the app from; see docs/how-to/slack.md.",
        )
    ways = [*(["Socket Mode"] if chosen.app_token else []), *(["HTTP"] if chosen.signing_secret else [])]
    facts = {
        "Ways in": " and ".join(ways),
        "Hands over to": chosen.person or "nobody",
        "Channels of their own": str(len(chosen.channels)),
    }
    return Connected(
        "slack",
        "doors",
        "Slack",
        "Answers in channels and messages",
        facts,
        check=lambda: _checked_slack(door),
        seconds=SECONDS,
    )


async def _checked_slack(door: SlackDoor) -> list[Tried]:
    from deskhand.channels.slack.checking import check

    return await check(door.options)


def _phone(desk: Desk) -> Connected:
    door, chosen = desk.contact, desk.settings.contact
    if door is None or chosen is None:
        return Connected(
            "phone",
            "doors",
            "Phone",
            "The door is shut",
            on=False,
            next="`contact = {}` opens it with the defaults; see docs/how-to/phone.md.",
        )
    facts = {
        "Callers read as": f"the service {chosen.service}",
        "Who takes over reads as": f"the service {chosen.agents}" if chosen.agents else "nobody",
        "Callers are known again": "by a hash of their number" if chosen.caller_key else "no",
        "Queue": public_address(chosen.queue.url) if chosen.queue else "none",
    }
    return Connected(
        "phone",
        "doors",
        "Phone",
        "Answers callers through contact flows of Amazon Connect",
        facts,
        check=lambda: _checked_phone(door),
        seconds=SECONDS,
        free=chosen.queue is None,
    )


async def _checked_phone(door: ContactDoor) -> list[Tried]:
    from deskhand.channels.contact.checking import check

    await door.jobs.find("check")
    return [_taken_up(door.generator.ill), *await check(door.options)]


def _taken_up(ill: str) -> Tried:
    """`ill` is what keeps callers' questions from being taken up, by the name of its error."""
    name = "questions"
    if ill == "NotOpen":
        return Tried(name, True, "are put on record; `deskhand serve` takes them up, and this process does not")
    if ill:
        return Tried(name, False, f"are not taken up ({ill}); it is tried again by itself")
    return Tried(name, True, "callers' questions are taken up")


def _metrics(desk: Desk) -> Connected:
    on = desk.settings.metrics_token is not None
    what = "Figures for Prometheus, at /metrics" if on else "The door is shut"
    how = "" if on else "Set metrics_token; see docs/how-to/serve.md."
    return Connected("metrics", "doors", "Metrics", what, on=on, next=how)


def _telemetry(desk: Desk) -> Connected:
    endpoint = desk.settings.telemetry_endpoint
    if endpoint is None:
        how = "Set telemetry_endpoint; see docs/how-to/serve.md."
        return Connected("telemetry", "doors", "Telemetry", "No spans are made", on=False, next=how)
    facts = {"Collector": public_address(endpoint)}
    return Connected(
        "telemetry",
        "doors",
        "Telemetry",
        "Spans of runs and steps, by OpenTelemetry",
        facts,
        check=lambda: _collected(endpoint),
    )


async def _collected(endpoint: str) -> list[Tried]:
    """An export of no spans, which every collector takes."""
    import httpx2

    where = public_address(endpoint)
    try:
        async with httpx2.AsyncClient(timeout=10.0) as client:
            reply = await client.post(endpoint, content=b"", headers={"content-type": "application/x-protobuf"})
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        return [Tried("collector", False, f"{where} cannot be reached ({type(error).__name__}); is it running?")]
    ok = reply.status_code < 300
    advice = "" if ok else "; it should be the path for traces over HTTP, such as /v1/traces"
    return [Tried("collector", ok, f"{where} answers HTTP {reply.status_code}{advice}")]
