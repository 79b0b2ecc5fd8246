"""Buttons, hand-overs and the command in Slack, with a real server that may be killed in between."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from slack_server import SlackServer

QUESTION = "How do I reset my password?"
ANSWER = "Forgotten password"


@pytest.fixture
def workspace(household: Any, slack_server: SlackServer) -> SlackServer:
    """A workspace whose Ana and Ben the household knows, reached by Socket Mode; #desk takes questions over."""
    desk = slack_server.channel("desk", id="CDESK0001")
    household.variables |= {
        "DESKHAND_SLACK__BOT_TOKEN": slack_server.bot_token,
        "DESKHAND_SLACK__APP_TOKEN": slack_server.app_token,
        "DESKHAND_SLACK__API_URL": slack_server.api_url,
        "DESKHAND_SLACK__PERSON": desk,
    }
    return slack_server


def serve(household: Any, slack: SlackServer) -> Any:
    before = slack.opened
    served = household.serve()
    slack.wait_until(lambda: slack.opened > before and slack.connections)
    return served


def answered(slack: SlackServer, user: str, channel: str) -> Any:
    """The answer to a question, with its buttons."""
    asked = slack.say(user, channel, f"{slack.mention} {QUESTION}")
    return slack.wait_until(lambda: [m for m in slack.replies(channel, asked.ts) if m.actions])[-1]


def handed(slack: SlackServer) -> list[Any]:
    return [each for each in slack.messages("CDESK0001") if QUESTION in each.everything]


@pytest.mark.parametrize("way", ["http", "socket"])
def test_a_verdict_that_is_pressed_stands_in_the_trace(household, workspace, way):
    ben = workspace.user("ben", email="ben@example.com")
    if way == "http":
        del household.variables["DESKHAND_SLACK__APP_TOKEN"]
        household.variables["DESKHAND_SLACK__SIGNING_SECRET"] = workspace.signing_secret
        workspace.subscribe(f"{household.serve().url}/slack/events")
    else:
        serve(household, workspace)
    answer = answered(workspace, ben, workspace.im(ben))

    reply = workspace.click(ben, answer.ts, "deskhand_good", channel=answer.channel)

    assert reply.latency < 3
    run = json.loads(answer.actions["deskhand_good"]["value"])["run"]
    shown = household.json("runs", "show", run, "--as", "ben@example.com")
    assert [(each["by"], each["good"]) for each in shown["verdicts"]] == [("person:ben@example.com", True)]


@pytest.mark.parametrize("after", [False, True], ids=["before the post", "after the post"])
def test_a_hand_over_is_sent_once_though_the_server_is_killed_at_the_post(household, workspace, after):
    ben = workspace.user("ben", email="ben@example.com")
    room = workspace.channel("help", members=[ben])
    served = serve(household, workspace)
    answer = answered(workspace, ben, room)
    gate = workspace.hold("chat.postMessage", after=after, channel="CDESK0001")

    workspace.click(ben, answer.ts, "deskhand_person", channel=room)
    gate.reached()
    served.stop(signal.SIGKILL)
    gate.release()
    serve(household, workspace)

    told = workspace.wait_until(lambda: [m for m in workspace.replies(room, answer.thread_ts) if "CDESK0001" in m.text])
    assert len(told) == 1
    assert len(handed(workspace)) == 1
    assert ANSWER in handed(workspace)[0].everything


def test_the_command_is_answered_once_though_the_server_is_killed_at_the_post(household, workspace):
    ben = workspace.user("ben", email="ben@example.com")
    served = serve(household, workspace)
    direct = workspace.im(ben)
    gate = workspace.hold("chat.postMessage", after=True, channel=direct)

    assert workspace.command(ben, QUESTION).latency < 3
    gate.reached()
    served.stop(signal.SIGKILL)
    gate.release()
    serve(household, workspace)

    workspace.wait_until(lambda: [m for m in workspace.messages(direct) if ANSWER in m.everything])
    assert len([m for m in workspace.messages(direct) if QUESTION in m.everything]) == 1
    assert len([m for m in workspace.messages(direct) if ANSWER in m.everything]) == 1


def test_the_check_finds_a_server_that_takes_what_slack_signs(household, workspace):
    household.variables["DESKHAND_SLACK__SIGNING_SECRET"] = workspace.signing_secret
    served = serve(household, workspace)

    tried = household.json("slack", "check", "--url", served.url)

    assert [each["name"] for each in tried if not each["ok"]] == []
    assert {"bot token", "scopes", "Socket Mode", "events over HTTP", "hand-over"} == {each["name"] for each in tried}

    household.variables["DESKHAND_SLACK__SIGNING_SECRET"] = "another"
    said = household.run("slack", "check", "--url", served.url, code=1).stdout
    assert "another signing secret" in said
