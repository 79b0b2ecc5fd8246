"""The tickets' pages in a real browser: found among thousands, decided, answered, and changed by two at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from browser import to_the_end
from playwright.sync_api import Page, expect
from ticket_office import ASKING

from deskhand.store import Database, utc_now
from deskhand.ticketing import records

if TYPE_CHECKING:
    from household import Household, Served

MANY = 5_000
PAGE = 200
"""Tickets that the list asks for at once."""
REGISTRY = {
    "employees": {
        "111": {"manager": "@sam", "address": "ana@example.com"},
        "121": {"manager": "@sam", "address": "ben@example.com"},
        "@susi": {"manager": "@sam", "address": "susi@example.com"},
    },
    "environments": {str(number): {"name": f"Env{number}", "owner": "@susi"} for number in range(1, 10)},
}
DONE = ("autoResolveTicket", {"description": "You have access."})
HOSTILE = (
    "Title: <img src=x onerror=alert(1)>\n<script>alert(2)</script> [x](javascript:alert(3)) \u202egpj " + "w" * 3000
)

Submit = Callable[..., str]
Signed = Callable[..., Page]


def request(environment: int) -> str:
    return (
        f"Title: Access to the forecast\nEnvironmentId: {environment}\nBusiness Justification: The zebrawood project\n"
    )


def give(environment: int) -> tuple[str, dict[str, str]]:
    """What a model proposes, which the owner is then asked about."""
    return "giveAccess", {"environmentId": str(environment)}


def old_tickets() -> list[dict[str, Any]]:
    """Tickets of the last weeks, the newest first, each thousandth in another state."""
    now = utc_now()
    rows = []
    for number in range(MANY, 0, -1):
        at = now - timedelta(hours=1, minutes=MANY - number)
        row = {"id": f"old-{number}", "requester": "131", "assignee": "@kirk", "communication": "", "version": 2}
        row |= {"text": f"Title: Lamp number {number} is dark", "round": 1, "source": "slack", "event": None}
        state = "resolved" if number % 1000 == 0 else "assigned"
        rows.append({**row, "state": state, "opened": at, "changed": at, "carried": True})
    return rows


@pytest.fixture(scope="module")
def console_house(
    template: Any, tmp_path_factory: pytest.TempPathFactory, console_model: Any, console_built: None
) -> Iterator[Household]:
    """Hanna handles tickets, Susi owns environment 4 and is asked, Ana and Ben are employees like any other."""
    from household import settle

    folder = tmp_path_factory.mktemp("tickets") / "household"
    opened = settle(template, folder, console_model)
    (folder / "policy.yaml").write_text(ASKING)
    (folder / "registry.yaml").write_text(json.dumps(REGISTRY))
    opened.variables["DESKHAND_TICKETS__POLICY"] = str(folder / "policy.yaml")
    people = {"ana": ["finance"], "ben": [], "susi": [], "hanna": ["support"]}
    listing = {"people": {f"{who}@example.com": groups for who, groups in people.items()}, "services": {}}
    (folder / "people.yaml").write_text(json.dumps(listing))
    opened.run("people", "load", "people.yaml")
    opened.run("tickets", "load", "registry.yaml")
    database = Database(f"sqlite:///{folder / 'desk' / 'desk.db'}")
    with database.writing() as connection:
        connection.execute(records.tickets.insert(), old_tickets())
    database.close()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def hanna(console_server: Served) -> Any:
    """Hanna's calls, past the browser."""
    return console_server.client(console_server.household.token("hanna@example.com", "tickets"))


@pytest.fixture
def submitted(hanna: Any, console_model: Any, console: Served) -> Submit:
    """Ben's ticket, once its run has ended; `calls` are the actions that the model proposes."""

    def submit(text: str, *calls: Any, requester: str = "121") -> str:
        for call in calls:
            console_model.script.calls(call)
        came = hanna.post("/v1/tickets", json={"text": text, "requester": requester, "wait": 30})
        assert came.status_code == 201, came.text
        return str(came.json()["id"])

    return submit


@pytest.fixture
def as_(signed_in: Signed, console: Served) -> Signed:
    """A page of the console as somebody who may use tickets."""

    def sign(who: str, path: str, *scopes: str, **window: Any) -> Page:
        return signed_in(console, f"{who}@example.com", *(scopes or ("ask", "tickets")), path=path, **window)

    return sign


def details(page: Page) -> Any:
    """Beside the ticket: its state, whose it is, what was asked before."""
    return page.get_by_label("Details")


# The list


def rows(page: Page) -> Any:
    return page.get_by_label("Tickets", exact=True).get_by_role("listitem")


def test_five_thousand_tickets_are_scrolled_to_their_end(as_: Signed, windows: Any) -> None:
    """A bounded part of them is in the page, and each page of the server's is asked for once."""
    page = as_("hanna", "/tickets?source=slack")
    expect(page.get_by_role("button", name="All 5,000")).to_be_visible()
    expect(rows(page).first).to_contain_text(f"Lamp number {MANY} ")

    most = to_the_end(page, "Tickets", "Lamp number 1 is dark")

    expect(page.get_by_text("Lamp number 1 is dark")).to_be_visible()
    assert most < 60
    asked = [call for call in windows.watch(page).calls("/v1/tickets") if "limit=" in call]
    assert len(asked) == len(set(asked)) == MANY // PAGE + 1


def test_who_comes_back_to_the_list_finds_the_place(as_: Signed) -> None:
    page = as_("hanna", "/tickets?source=slack")
    expect(rows(page).first).to_be_visible()
    page.get_by_label("Tickets", exact=True).evaluate("box => { box.scrollTop = 4000 }")
    page.get_by_text("Lamp number 4925 is dark").click()
    expect(page.get_by_role("heading", name="Lamp number 4925 is dark")).to_be_visible()

    page.go_back()

    expect(page.get_by_text("Lamp number 4925 is dark")).to_be_in_viewport()
    assert page.get_by_label("Tickets", exact=True).evaluate("box => box.scrollTop") == pytest.approx(4000, abs=2)


def test_tickets_are_narrowed_by_state_words_and_people(as_: Signed) -> None:
    """The address says how, so that it can be kept and gone back to."""
    page = as_("hanna", "/tickets")
    page.get_by_role("button", name=re.compile("^Resolved")).click()
    expect(page).to_have_url(re.compile(r"state=resolved"))
    expect(rows(page)).to_have_count(5)
    page.keyboard.press("/")
    page.keyboard.type("number 3000")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="All 1")).to_be_visible()
    page.get_by_role("combobox", name="Assignee").click()
    page.get_by_role("option", name="@kirk · 1").click()
    expect(page).to_have_url(re.compile(r"state=resolved&assignee=%40kirk&q=number\+3000"))

    page.reload()

    expect(rows(page)).to_have_count(1)
    page.get_by_label("Search in tickets").fill("there is no such lamp")
    expect(page.get_by_text("No ticket is like that")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_label("Search in tickets")).to_have_value("")


def test_the_list_follows_what_happens_and_nothing_jumps_under_who_looks(
    as_: Signed, submitted: Submit, hanna: Any
) -> None:
    """At its top, with nobody at it, what is new comes in by itself; else a bar says that there is something."""
    page = as_("hanna", "/tickets")
    first = rows(page).first
    told = page.get_by_role("status").filter(has_text="newer ticket")
    expect(first).to_be_visible()
    came = submitted("Title: The first lamp is dark.")
    expect(first).to_contain_text("The first lamp is dark.")
    expect(told).to_have_text("1 newer ticket at the top")

    first.get_by_role("link").focus()
    submitted("Title: The second lamp is dark.")
    expect(page.get_by_role("button", name="1 newer ticket")).to_be_visible()
    version = hanna.get(f"/v1/tickets/{came}").json()["version"]
    hanna.post(f"/v1/tickets/{came}/resolve", json={"version": version, "communication": "Lit."})
    expect(first).to_contain_text("Resolved")
    expect(first).to_contain_text("The first lamp is dark.")
    expect(first.get_by_role("link")).to_be_focused()
    page.get_by_role("button", name="1 newer ticket").click(position={"x": 8, "y": 8})
    expect(rows(page).nth(1)).to_contain_text("The second lamp is dark.")
    expect(page.get_by_label("Tickets", exact=True)).to_be_focused()
    expect(page.get_by_role("button", name="newer ticket")).to_have_count(1)  # the one that looks for them


def test_a_ticket_that_is_not_like_the_filter_any_more_goes_once_nobody_is_at_it(
    as_: Signed, submitted: Submit, hanna: Any
) -> None:
    ticket = submitted("Title: The third lamp is dark.")
    page = as_("hanna", "/tickets?state=assigned&q=third+lamp")
    row = rows(page).filter(has_text=ticket)
    row.hover()
    version = hanna.get(f"/v1/tickets/{ticket}").json()["version"]
    hanna.post(f"/v1/tickets/{ticket}/resolve", json={"version": version, "communication": "Lit."})
    expect(row).to_contain_text("Resolved")

    page.mouse.move(5, 5)

    expect(page.get_by_text("No ticket is like that")).to_be_visible()


def test_whom_tickets_do_not_concern_is_shown_none(as_: Signed, submitted: Submit) -> None:
    ticket = submitted(request(1), give(1))
    page = as_("ana", "/tickets")
    expect(page.get_by_text("No tickets yet")).to_be_visible()
    expect(page.get_by_role("link", name="Policy")).to_have_count(0)

    page.goto(page.url + f"/{ticket}")

    expect(page.get_by_text("There is no such ticket that you may see")).to_be_visible()
    page.goto(page.url.replace(ticket, "policy"))
    expect(page.get_by_text("The policy is for who handles tickets")).to_be_visible()


# What is decided


def test_who_is_asked_reads_why_and_approves(as_: Signed, submitted: Submit, console_model: Any) -> None:
    ticket = submitted(request(2), give(2))
    page = as_("susi", "/tickets")
    page.get_by_role("button", name="waits for approval").or_(
        page.get_by_role("button", name="wait for approval")
    ).click()
    page.get_by_role("dialog").get_by_role("link").filter(has_text=ticket).click()
    asked = page.get_by_text("An action waits for your word")
    expect(asked).to_be_visible()
    expect(page.get_by_text("Its owner decides.").first).to_be_visible()
    expect(page.get_by_text("Rule ask-the-owner asks @susi (you)")).to_be_visible()
    console_model.script.calls(DONE)
    page.get_by_label("Note").fill("For the forecast only.")
    page.get_by_role("button", name="Approve").click()

    expect(details(page)).to_contain_text("Auto-resolved")
    expect(asked).to_have_count(0)
    expect(page.get_by_text("For the forecast only.")).to_be_visible()
    expect(page.get_by_text("You have access.").first).to_be_visible()


def test_what_is_denied_does_not_happen(as_: Signed, submitted: Submit, hanna: Any) -> None:
    ticket = submitted(request(3), give(3))
    page = as_("susi", f"/tickets/{ticket}")
    page.get_by_label("Note").fill("Not for this.")
    page.get_by_role("button", name="Deny").click()

    expect(details(page)).to_contain_text("Assigned")
    expect(details(page)).to_contain_text("Denied")
    trace = hanna.get(f"/v1/tickets/{ticket}/trace").json()
    assert not [each for each in trace if each["kind"] == "act" and each["body"]["tool"] == "giveAccess"]


def test_who_decides_too_late_is_told_what_counts(as_: Signed, submitted: Submit) -> None:
    ticket = submitted(request(3), give(3))
    page = as_("susi", f"/tickets/{ticket}")
    page.get_by_label("Note").fill("Not for this.")
    susi = as_("susi", f"/tickets/{ticket}")
    susi.get_by_role("button", name="Approve").click()
    expect(details(susi)).to_contain_text("Approved")
    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("alert")).to_contain_text("Your denial came too late: the action is approved already")
    expect(page.get_by_role("alert")).to_contain_text("Not for this.")


def test_a_requester_cannot_decide_about_the_own_ticket(as_: Signed, submitted: Submit) -> None:
    page = as_("ben", f"/tickets/{submitted(request(4), give(4))}")

    expect(page.get_by_text("An action waits for the word of @susi")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_a_ticket_says_what_was_decided_by_which_rule_and_what_was_done(as_: Signed, submitted: Submit) -> None:
    page = as_("ben", f"/tickets/{submitted(request(5), give(5))}")
    decided = page.get_by_role("tabpanel", name="Decisions")
    expect(decided).to_contain_text("Asks a person")
    expect(decided).to_contain_text("giveAccess(environmentId: 5)")
    expect(decided).to_contain_text("Rule ask-the-owner of asking 1 sha256:")
    expect(decided).to_contain_text("access.existsno")

    page.get_by_role("tab", name="Trace").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Asks a person: giveAccess(environmentId: 5)")
    page.get_by_role("button", name=re.compile("all of it")).first.click()
    expect(page.get_by_label(re.compile("of the audit log"))).to_contain_text('"change": "opened"')
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("before: unassigned")
    expect(page.get_by_role("tabpanel")).to_contain_text("after: waiting")


def test_a_ticket_is_followed_while_the_agent_has_it(as_: Signed, console_model: Any) -> None:
    """The model is held until the page has said that the agent is at work; what comes then comes by itself."""
    from model_server import Gate

    gate = console_model.script.gate = Gate()
    page = as_("hanna", "/tickets/new")
    page.get_by_label("What it is about").fill("Where do I reset a password?")
    page.get_by_role("button", name="Submit").click()
    try:
        expect(page.get_by_text("The agent is at work")).to_be_visible()
        expect(details(page)).to_contain_text("Unassigned")
    finally:
        gate.open.set()

    expect(details(page)).to_contain_text("Assigned")
    expect(page.get_by_role("textbox", name="The reply")).to_have_value(re.compile("Forgotten password"))
    expect(page.get_by_text("The agent is at work")).to_have_count(0)
    page.get_by_role("tab", name="Trace").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Reply drafted")


# What people do


def test_a_ticket_goes_from_hand_to_hand(as_: Signed, submitted: Submit) -> None:
    """What is offered is what may be done now."""
    page = as_("hanna", f"/tickets/{submitted('Title: My screen is dark.')}")
    page.get_by_role("button", name="Assign").click()
    page.get_by_role("combobox", name="Who gets it").fill("@susi")
    page.get_by_label("What is to be done").fill("Please have a look.")
    page.get_by_role("dialog").get_by_role("button", name="Assign").click()
    expect(page.get_by_text("Please have a look.").first).to_be_visible()
    expect(page.get_by_role("button", name="Reopen")).to_have_count(0)
    page.get_by_role("button", name="Resolve").click()
    page.get_by_label("How it was settled").fill("The cable was loose.")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("The cable was loose.").first).to_be_visible()
    expect(page.get_by_role("button", name="Assign", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Reopen").click()
    page.get_by_label("Why it is not settled").fill("Still dark.")
    page.get_by_role("dialog").get_by_role("button", name="Reopen").click()

    expect(details(page)).to_contain_text("Reopened")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Follow", exact=True).click()
    expect(page.get_by_text("hanna@example.com (you)").first).to_be_visible()
    page.get_by_role("button", name="hanna@example.com follows it no more").click()
    expect(page.get_by_text("nobody else")).to_be_visible()


def test_somebody_else_was_faster_and_what_was_typed_stays(as_: Signed, submitted: Submit, hanna: Any) -> None:
    ticket = submitted("Title: My keyboard is wet.")
    page = as_("ben", f"/tickets/{ticket}")
    page.get_by_label("Comment").fill("It dries by itself.")
    version = hanna.get(f"/v1/tickets/{ticket}").json()["version"]
    hanna.post(f"/v1/tickets/{ticket}/comments", json={"version": version, "text": "A new one is on its way."})
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Follow", exact=True).click()
    expect(page.get_by_text("A new one is on its way.").first).to_be_visible()  # shown, but after it was begun
    page.get_by_role("button", name="Comment").click()

    note = page.get_by_role("alert")
    expect(note).to_contain_text("Comment by hanna@example.com")
    expect(note).to_contain_text("A new one is on its way.")
    expect(page.get_by_label("Comment")).to_have_value("It dries by itself.")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_label("Comment")).to_have_value("")
    assert hanna.get(f"/v1/tickets/{ticket}").json()["communication"] == "It dries by itself."


def test_a_text_is_not_edited_over_an_edit_that_nobody_saw(as_: Signed, submitted: Submit, hanna: Any) -> None:
    ticket = submitted("Title: My mouse is lost.")
    page = as_("ben", f"/tickets/{ticket}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Edit the text").click()
    box = page.get_by_role("dialog").get_by_label("The ticket's text")
    expect(box).to_have_value("Title: My mouse is lost.")
    version = hanna.get(f"/v1/tickets/{ticket}").json()["version"]
    hanna.patch(f"/v1/tickets/{ticket}", json={"version": version, "text": "Title: Ben's mouse is lost."})
    box.fill("Title: My mouse was found.")
    page.get_by_role("dialog").get_by_role("button", name="Edit the text").click()
    expect(page.get_by_role("alert")).to_contain_text("Title: Ben's mouse is lost.")
    expect(box).to_have_value("Title: My mouse was found.")
    assert hanna.get(f"/v1/tickets/{ticket}").json()["text"] == "Title: Ben's mouse is lost."
    page.get_by_role("dialog").get_by_role("button", name="Send again").click()

    expect(page.get_by_role("heading", name="My mouse was found.")).to_be_visible()


# Drafted replies


def test_a_drafted_reply_is_edited_and_sent(as_: Signed, submitted: Submit) -> None:
    ticket = submitted("How do I reset a password?")
    page = as_("hanna", f"/tickets/{ticket}")
    reply = page.get_by_role("textbox", name="The reply")
    expect(reply).to_have_value(re.compile("Forgotten password"))
    expect(page.get_by_label("Sources")).to_contain_text("Accounts")
    expect(as_("ben", f"/tickets/{ticket}").get_by_text("Drafted reply")).to_have_count(0)
    reply.fill("Choose Forgotten password on the sign-in page [1].")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    page.get_by_role("button", name="Send…").click()
    expect(page.get_by_role("dialog")).to_contain_text("Choose Forgotten password on the sign-in page [1].")
    page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()

    expect(page.get_by_text("The reply that was sent")).to_be_visible()
    expect(details(page)).to_contain_text("Resolved")
    ben = as_("ben", f"/tickets/{ticket}")
    expect(ben.get_by_text(re.compile("Choose Forgotten password on the sign-in page.*Sources", re.S))).to_be_visible()


def test_a_reply_that_two_edit_is_nobodys_loss(as_: Signed, submitted: Submit, hanna: Any) -> None:
    ticket = submitted("How do I reset a password?")
    page = as_("hanna", f"/tickets/{ticket}")
    page.get_by_role("textbox", name="The reply").fill("Mine [1].")
    version = hanna.get(f"/v1/proposals/{ticket}").json()["version"]
    hanna.patch(f"/v1/proposals/{ticket}", json={"version": version, "text": "Theirs [1]."})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Theirs [1].")
    expect(page.get_by_role("textbox", name="The reply")).to_have_value("Mine [1].")
    page.get_by_role("button", name="Save again").click()

    # Only what is saved can be approved.
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert hanna.get(f"/v1/proposals/{ticket}").json()["text"] == "Mine [1]."


def test_who_sends_a_reply_too_late_keeps_what_was_typed(as_: Signed, submitted: Submit, hanna: Any) -> None:
    ticket = submitted("How do I reset a password?")
    page = as_("hanna", f"/tickets/{ticket}")
    page.get_by_role("textbox", name="The reply").fill("Mine [1].")
    version = hanna.get(f"/v1/proposals/{ticket}").json()["version"]
    hanna.post(f"/v1/proposals/{ticket}/send", json={"version": version}).raise_for_status()
    page.get_by_role("button", name="Send…").click()
    page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()

    expect(page.get_by_role("alert")).to_contain_text("sent the reply before you")
    expect(page.get_by_role("alert")).to_contain_text("Mine [1].")


def test_a_reply_is_rejected_with_a_reason(as_: Signed, submitted: Submit) -> None:
    page = as_("hanna", f"/tickets/{submitted('How do I reset a password?')}")
    page.get_by_role("button", name="Reject…").click()
    page.get_by_label("What is wrong with it").fill("It is another page now.")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()

    expect(page.get_by_text("Rejected: It is another page now.")).to_be_visible()
    expect(page.get_by_text("hanna@example.com (you)").first).to_be_visible()


def test_a_reply_that_rests_on_what_its_reviewer_may_not_read_is_not_shown(
    as_: Signed, submitted: Submit, console_model: Any
) -> None:
    """Ana is in finance, Hanna is not; she can still reject it."""
    console_model.script.when("bonus", "The yearly bonus for the sales team is 4000 crowns and is paid in March [1].")
    page = as_("hanna", f"/tickets/{submitted('What is the yearly bonus for the sales team?', requester='111')}")

    expect(page.get_by_text("It rests on a source that you may not read")).to_be_visible()
    expect(page.get_by_role("button", name="Reject…")).to_be_visible()
    expect(page.get_by_role("button", name="Send…")).to_have_count(0)
    page.get_by_role("tab", name="Trace").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Reply drafted")
    assert "4000" not in page.get_by_role("main").inner_text()


# Submitting, the policy, and every width


def test_what_is_typed_is_kept_and_submitted_once(as_: Signed, hanna: Any, windows: Any) -> None:
    """The reply to the first try is lost, so the page sends it again."""
    page = as_("ben", "/tickets/new")
    windows.watch(page).allow("net::ERR_FAILED")
    page.get_by_label("What it is about").fill("Title: One walnut lamp, please.")
    page.reload()
    expect(page.get_by_label("What it is about")).to_have_value("Title: One walnut lamp, please.")

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/v1/tickets", lose, times=1)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Submit").click()

    expect(page.get_by_role("heading", name="One walnut lamp, please.")).to_be_visible()
    assert len(hanna.get("/v1/tickets?q=walnut lamp").json()) == 1
    page.goto(re.sub("/tickets/.*", "/tickets/new", page.url))
    expect(page.get_by_label("What it is about")).to_have_value("")


def test_who_handles_tickets_submits_one_for_somebody(as_: Signed, hanna: Any) -> None:
    page = as_("hanna", "/tickets/new")
    page.get_by_role("button", name="Insert the policy's labels").click()
    expect(page.get_by_label("What it is about")).to_have_value("Title: \nEnvironmentId: \n")
    page.get_by_label("What it is about").fill("Title: For Ana")
    page.get_by_role("combobox", name="For whom").fill("111")
    page.get_by_label("Its id").fill("for-ana")
    page.get_by_role("button", name="Submit").click()

    expect(page.get_by_role("heading", name="For Ana")).to_be_visible()
    assert hanna.get("/v1/tickets/for-ana").json()["requester"] == "111"


def test_the_policy_is_a_table(as_: Signed) -> None:
    page = as_("hanna", "/tickets")
    page.get_by_role("link", name="Policy").click()
    rule = page.get_by_role("listitem").filter(has_text="ask-the-owner").first

    expect(rule).to_contain_text("giveAccess")
    expect(rule).to_contain_text("Asks [the environment's owner]")
    expect(page.get_by_text("Everything else")).to_be_visible()
    table = page.get_by_label("Decision table")
    expect(table.get_by_role("row").filter(has_text="What is done")).to_contain_text("asks: giveAccess")
    expect(table.get_by_role("rowheader").first).to_have_text("the access's exists is yes")


def test_every_page_fits_a_narrow_screen_and_a_hostile_ticket(as_: Signed, submitted: Submit) -> None:
    ticket = submitted(HOSTILE)
    page = as_("hanna", "/tickets", width=360, height=740)
    expect(page.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()
    for path, shown in (
        ("", "New ticket"),
        (f"/{ticket}", "The ticket"),
        ("/policy", "What tools find out"),
        ("/new", "What it is about"),
    ):
        page.goto(re.sub("/tickets.*", f"/tickets{path}", page.url))
        expect(page.get_by_text(shown).first).to_be_attached()
        for tab in ("Trace", "History") if path == f"/{ticket}" else ():
            page.get_by_role("tab", name=tab).click()
            assert sticks_out(page) <= 0, tab
        assert sticks_out(page) <= 0, path


def sticks_out(page: Page) -> int:
    """How far the page, or what scrolls in it, is wider than the screen, in pixels."""
    return int(
        page.evaluate("""() => {
          const main = document.querySelector("main");
          return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
        }""")
    )
