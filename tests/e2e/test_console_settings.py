"""Settings and health in the console: what is connected and works, people and groups, tokens, one's own session."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ADMIN = ("ana@example.com", "ask", "admin")
INSIDE = ("database", "engine", "index", "redaction")


@pytest.fixture
def admin(console: Any, signed_in: Any) -> Callable[..., Page]:
    """`admin("/settings/people")`: a page on which Ana is signed in as an administrator."""
    return lambda path, **window: signed_in(console, *ADMIN, path=path, **window)


@pytest.fixture
def api(console: Any) -> Any:
    """A client of the same server, with an administrator's token."""
    return console.client(console.household.token("ana@example.com", "ask", "admin"))


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=text)


def connection(page: Page, name: str) -> Locator:
    return page.locator(f"[data-name='{name}']")


def field(page: Page, label: str) -> Locator:
    """The field of the open dialog with this label; its list of suggestions has the same."""
    return page.get_by_role("dialog").get_by_label(label).and_(page.locator("input"))


def test_what_costs_nothing_is_checked_when_the_page_is_opened_and_the_rest_when_asked_for(admin, windows):
    page = admin("/settings")

    for name in INSIDE:
        expect(connection(page, name)).to_have_attribute("data-state", "ok")
    expect(connection(page, "model:scripted")).to_have_attribute("data-state", "unknown")
    expect(connection(page, "slack")).to_have_attribute("data-state", "off")
    tried = [call for call in windows.watch(page).calls() if call.endswith("/check")]
    page.get_by_role("button", name="Check all").click()

    assert sorted(tried) == sorted(f"POST /v1/connections/{name}/check" for name in INSIDE)
    expect(connection(page, "model:scripted")).to_have_attribute("data-state", "ok")
    expect(connection(page, "model:scripted")).to_contain_text("tokens in")
    expect(page.get_by_text("5 of 5 connections work.")).to_be_visible()


def test_a_model_that_refuses_the_key_is_shown_to_fail_and_why(admin, console_model):
    page = admin("/settings")
    console_model.script.fails(401, times=9)

    page.get_by_role("button", name="Check scripted").click()

    model = connection(page, "model:scripted")
    expect(model).to_have_attribute("data-state", "failing")
    expect(model).to_contain_text(re.compile("key|refus", re.IGNORECASE))
    expect(page.get_by_text("scripted fails")).to_be_visible()


def test_who_is_no_administrator_sees_their_own_session_and_tokens_alone(console, signed_in, windows):
    page = signed_in(console, "ben@example.com", path="/settings")

    expect(page).to_have_url(re.compile("/console/settings/about$"))
    expect(page.get_by_role("heading", name="This session")).to_be_visible()
    sections = page.get_by_role("navigation", name="Pages of settings").get_by_role("link")
    expect(sections).to_have_text(["Tokens", "You and this desk"])
    for path in ("people", "values"):
        page.goto(f"{console.url}/console/settings/{path}")
        expect(page.get_by_text("This is for administrators")).to_be_visible()
    page.goto(f"{console.url}/console/settings/tokens")
    expect(page.get_by_text("These are your own tokens")).to_be_visible()
    expect(page.get_by_label("Tokens").get_by_role("listitem")).not_to_have_count(0)
    expect(page.get_by_text("ana@example.com")).to_have_count(0)
    expect(page.get_by_role("button", name="New token")).to_have_count(0)
    asked = {call.partition("?")[0] for call in windows.watch(page).calls()}
    assert asked == {"GET /v1/session", "GET /v1/tokens"}


def test_somebody_is_added_found_by_group_and_taken_out(admin, console, api):
    page = admin("/settings/people")

    page.get_by_role("button", name="Add").click()
    field(page, "Who").fill("Cleo@Example.com")
    groups = field(page, "Groups")
    groups.fill("night")
    groups.press("Enter")
    groups.fill("support")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(row(page, "cleo@example.com")).to_contain_text("night")
    page.get_by_role("combobox", name="Group").select_option("night")
    expect(page.get_by_label("People and services").get_by_role("listitem")).to_have_count(1)
    expect(row(page, "cleo@example.com")).to_contain_text("support")

    page.get_by_role("button", name="Remove cleo@example.com").click()
    page.get_by_role("button", name="Remove", exact=True).click()

    expect(page.get_by_text("Nobody is like that")).to_be_visible()
    assert "cleo" not in api.get("/v1/people").text


def test_groups_show_how_many_are_in_them_and_lead_to_who(admin, api):
    api.put("/v1/people/dora@example.com", json={"groups": ["tower"]})
    api.put("/v1/people/tower-report", json={"groups": ["tower"]})
    page = admin("/settings/people")

    page.get_by_text("Groups", exact=True).click()
    page.get_by_role("button", name="tower").click()

    expect(page.get_by_label("People and services").get_by_role("listitem")).to_have_count(2)


def test_a_group_that_another_administrator_took_away_is_not_given_back(admin, api):
    """What was typed stays, so that it can be put right."""
    api.put("/v1/people/egon@example.com", json={"groups": ["finance", "staff"]})
    page = admin("/settings/people")
    page.get_by_role("button", name="Change the groups of egon@example.com").click()
    api.put("/v1/people/egon@example.com", json={"groups": ["staff"]})

    dialog = page.get_by_role("dialog")
    field(page, "Groups").fill("sales")
    field(page, "Groups").press("Enter")
    dialog.get_by_role("button", name="Save").click()

    expect(dialog.get_by_role("alert")).to_contain_text("somebody changed it meanwhile")
    expect(dialog).to_contain_text("sales")
    [egon] = api.get("/v1/people?q=egon").json()
    assert egon["groups"] == ["staff"]


def test_who_leaves_a_group_of_their_own_is_warned_first(console, signed_in, api):
    api.put("/v1/people/fritz@example.com", json={"groups": ["staff", "wardens"]})
    page = signed_in(console, "fritz@example.com", "admin", path="/settings/people")
    page.get_by_role("button", name="Change the groups of fritz@example.com").click()
    dialog = page.get_by_role("dialog")

    field(page, "Groups").press("Backspace")
    dialog.get_by_role("button", name="Save").click()

    expect(dialog.get_by_role("alert")).to_contain_text("would leave wardens")
    [before] = api.get("/v1/people?q=fritz").json()
    dialog.get_by_role("button", name="Save all the same").click()
    expect(dialog).to_have_count(0)
    [after] = api.get("/v1/people?q=fritz").json()
    assert (before["groups"], after["groups"]) == (["staff", "wardens"], ["staff"])


def test_a_token_is_shown_once_works_and_is_revoked(admin, console, windows):
    page = admin("/settings/tokens")

    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog")
    field(page, "Whose").fill("ben@example.com")
    field(page, "Label").fill("Ben's notebook")
    dialog.get_by_role("button", name="Make the token").click()
    text = page.get_by_test_id("token").inner_text()
    client = console.client(text)
    worked = client.get("/v1/tokens").status_code
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("token")).to_be_visible()
    page.get_by_role("button", name="I have kept it").click()

    expect(row(page, "Ben's notebook")).to_contain_text("made by ana@example.com")
    assert text not in page.content()
    page.get_by_role("button", name="Revoke Ben's notebook").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row(page, "Ben's notebook")).to_have_count(0)
    page.get_by_role("combobox", name="State").select_option("revoked")
    expect(row(page, "Ben's notebook")).to_contain_text("revoked")
    assert worked == 200
    assert client.get("/v1/tokens").status_code == 401


def test_who_revokes_the_token_they_are_signed_in_with_is_warned_and_then_out(console, signed_in, api):
    api.put("/v1/people/gina@example.com", json={"groups": []})
    page = signed_in(console, "gina@example.com", path="/settings/tokens", fresh=True)

    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("alert")).to_contain_text("This is your own access")
    page.get_by_role("button", name="Revoke all the same").click()

    expect(page.get_by_role("dialog", name="You are signed out")).to_be_visible()
    page.goto(f"{console.url}/console/library")
    expect(page).to_have_url(re.compile("/console/sign-in"))


def test_settings_are_searched_and_their_secrets_are_not_in_the_page(admin, console):
    page = admin("/settings/values")

    expect(page.get_by_role("list", name="Settings")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("chat models by label")
    page.get_by_label("Only what is set here").check()

    settings = page.get_by_role("list", name="Settings").get_by_role("listitem")
    expect(settings).to_have_count(1)
    expect(settings).to_contain_text("environment")
    expect(settings).to_contain_text('"api_key": "********"')


def test_colours_are_kept_and_one_signs_out(console, signed_in):
    page = signed_in(console, "ben@example.com", path="/settings/about", fresh=True)

    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    # Scroll bars, too, on a machine that is light.
    expect(page.locator("html")).to_have_css("color-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.get_by_role("button", name="Sign out here").click()

    expect(page).to_have_url(re.compile("/console/sign-in"))
    assert page.request.get(f"{console.url}/v1/session").status == 401


def test_many_people_are_fetched_as_they_come_into_sight(admin, api, windows):
    for number in range(230):
        api.put(f"/v1/people/many{number:03d}@example.com", json={"groups": ["many"]})
    page = admin("/settings/people")
    page.get_by_role("combobox", name="Group").select_option("many")
    people = page.get_by_label("People and services")
    expect(row(page, "many000@example.com")).to_be_visible()

    people.evaluate("(box) => { globalThis.down = () => { box.scrollTop = box.scrollHeight; return box.innerText; }; }")
    page.wait_for_function("() => globalThis.down().includes('many229@example.com')")

    expect(row(page, "many229@example.com")).to_be_visible()
    assert people.get_by_role("listitem").count() < 60
    pages = [call for call in windows.watch(page).calls("/v1/people") if "group=many" in call]
    assert len(pages) == 3


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wider_than_a_small_screen(admin, console, dark):
    page = admin("/settings", width=360, height=740, dark=dark)

    for path in ("", "/people", "/tokens", "/values", "/about"):
        page.goto(f"{console.url}/console/settings{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("[aria-busy]")).to_have_count(0)
        wide = page.evaluate("[document.documentElement, document.querySelector('main')].map((e) => e.scrollWidth)")
        assert max(wide) <= 360, path
