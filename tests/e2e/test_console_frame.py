"""What stands around every page: landmarks, where the focus is, and what of the typed stays when a session ends."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

BEN = "ben@example.com"
ANA = "ana@example.com"
OUTSIDE = """() => [...document.querySelectorAll('#root a, #root button, #root input')]
  .filter((each) => !each.closest('main, nav, header, aside, section[aria-label]')).map((each) => each.outerHTML)"""
FOCUSED = "() => document.activeElement.tagName + ' ' + document.activeElement.textContent"


def ended(console: Any, page: Page) -> None:
    """The page's session, ended by somebody else."""
    reply = page.request.get(f"{console.url}/v1/session").json()
    assert page.request.delete(f"{console.url}/v1/session", headers={"X-CSRF-Token": reply["csrf"]}).ok


def signs_in_again(console: Any, page: Page, who: str, *scopes: str) -> None:
    dialog = page.get_by_role("dialog", name="You are signed out")
    field = dialog.get_by_label("Token", exact=True)
    expect(field).to_be_focused()
    field.fill(console.household.token(who, *scopes))
    field.press("Enter")


def test_everything_stands_in_a_landmark(console, signed_in):
    page = signed_in(console, BEN, path="/runs")
    page.get_by_role("heading", name="Runs", level=1).wait_for()

    assert page.evaluate(OUTSIDE) == []
    expect(page.get_by_role("region", name="Who is signed in")).to_contain_text(BEN)


@pytest.mark.parametrize("width", [1280, 360])
def test_who_goes_to_another_page_is_at_its_title(console, signed_in, width):
    page = signed_in(console, BEN, path="/runs", width=width)
    page.get_by_role("heading", name="Runs", level=1).wait_for()
    if width == 360:
        page.get_by_role("button", name="Open the menu").press("Enter")
    page.get_by_role("link", name="Library").first.press("Enter")

    expect(page.get_by_role("heading", name="Library", level=1)).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_focused()


def test_the_first_page_leaves_the_focus_to_the_way_past_the_menu(console, signed_in):
    page = signed_in(console, BEN, path="/library")
    page.get_by_role("heading", name="Library", level=1).wait_for()

    page.keyboard.press("Tab")

    assert page.evaluate(FOCUSED) == "BUTTON Skip to the page"


def test_what_was_typed_is_there_when_a_session_ends_and_begins_anew(console, signed_in):
    page = signed_in(console, BEN, "ask", path="/ask", fresh=True)
    field = page.get_by_label("Your question")
    field.fill("How do I reset my password after lunch?")
    ended(console, page)

    field.press("Enter")
    signs_in_again(console, page, BEN)

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(field).to_have_value("How do I reset my password after lunch?")
    expect(field).to_be_focused()
    field.press("Enter")
    expect(page.get_by_role("list", name="Sources")).to_be_visible()


def test_somebody_else_who_signs_in_there_finds_nothing_of_it(console, signed_in):
    page = signed_in(console, BEN, "ask", path="/ask", fresh=True)
    page.get_by_label("Your question").fill("What does my contract say?")
    ended(console, page)

    page.get_by_label("Your question").press("Enter")
    signs_in_again(console, page, ANA)

    expect(page.get_by_role("region", name="Who is signed in")).to_contain_text(ANA)
    expect(page.get_by_label("Your question")).to_have_value("")


def test_a_session_that_began_again_in_another_tab_is_noticed(console, signed_in):
    page = signed_in(console, BEN, "ask", path="/library", fresh=True)
    page.get_by_role("heading", name="Library", level=1).wait_for()
    ended(console, page)
    page.get_by_role("link", name="Runs").first.click()
    expect(page.get_by_role("dialog", name="You are signed out")).to_be_visible()

    token = console.household.token(BEN)
    assert page.request.post(f"{console.url}/v1/session", data={"token": token}).ok
    page.evaluate("() => dispatchEvent(new Event('focus'))")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()


def test_a_page_that_is_gone_back_to_is_loaded_anew(console, signed_in):
    """As a browser has it that keeps pages: nobody sees there what was shown before somebody signed out."""
    page = signed_in(console, BEN, path="/library")
    title = page.get_by_role("heading", name="Library", level=1)
    title.wait_for()

    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(title).to_be_hidden()
    with page.expect_event("domcontentloaded"):
        page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })) }")

    expect(title).to_be_visible()


def test_escape_closes_a_dialog_and_the_answer_goes_on(console, console_model, signed_in):
    gate = console_model.script.stands(after=12)
    console_model.script.says = " ".join(["Open the sign-in page [1]."] * 8)
    page = signed_in(console, BEN, path="/ask")
    page.get_by_label("Your question").fill("How do I reset my password with a dialog?")
    page.get_by_label("Your question").press("Enter")
    expect(page.get_by_test_id("draft")).to_be_visible()

    page.get_by_role("button", name="Delete this conversation").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete this conversation")).to_be_focused()
    gate.open.set()

    expect(page.get_by_role("list", name="Sources")).to_be_visible()


def test_a_server_that_is_back_is_noticed_without_a_click(console, signed_in):
    page = signed_in(console, BEN, path="/runs")
    page.get_by_role("heading", name="Runs", level=1).wait_for()
    page.route("**/v1/sources*", lambda route: route.abort())
    page.get_by_role("link", name="Library").first.click()
    expect(page.get_by_text("The server cannot be reached.").first).to_be_visible()

    page.unroute("**/v1/sources*")

    expect(page.get_by_text("The server cannot be reached.")).to_have_count(0)


def test_a_page_that_could_not_be_fetched_comes_once_the_server_is_back(console, signed_in, windows):
    page = signed_in(console, BEN, path="/library")
    page.get_by_role("heading", name="Library", level=1).wait_for()
    windows.watch(page).allow("dynamically imported", "preload CSS")
    away = re.compile("/console/assets/|/health/live")
    page.route(away, lambda route: route.abort())
    page.get_by_role("link", name="Settings").first.click()
    with page.expect_event("requestfailed", lambda request: "/health/live" in request.url):
        expect(page.get_by_text("This page could not be fetched.")).to_be_visible()

    page.unroute(away)

    expect(page.get_by_role("heading", name="You and this desk", level=1)).to_be_visible()


@pytest.mark.parametrize("path", ["/tickets/100%25", "/runs/100%25", "/tickets/a/b", "/runs/a/b", "/nowhere"])
def test_an_address_that_leads_nowhere_says_so(console, signed_in, path):
    page = signed_in(console, BEN, "ask", "tickets", path=path)

    expect(page.get_by_text(re.compile("There is no|no such|nothing here", re.I)).first).to_be_visible()
