"""The whole way through the console, as somebody goes it: in by the link, a question, its source, its trace, out."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

QUESTION = "How do I reset my password?"


def test_somebody_comes_in_asks_looks_it_up_and_leaves(console, page, windows):
    """With a link for Ben, who may ask and no more; everything after it is done with the keyboard and the mouse."""
    made = console.household.json("tokens", "link", "ben@example.com", "--url", console.url)

    page.goto(made["link"])
    field = page.get_by_label("Your question")
    field.fill(QUESTION)
    field.press("Enter")
    source = page.get_by_role("article", name=re.compile("Accounts"))
    expect(source.locator("mark")).to_have_text(re.compile("choose Forgotten password"))
    expect(page).to_have_url(re.compile(r"/console/ask/\w+"))
    conversation = page.url

    source.get_by_role("link", name="In the library").click()
    expect(page.get_by_role("heading", name="Accounts", level=1)).to_be_visible()
    expect(page.get_by_text("To reset a password, open the sign-in page").first).to_be_visible()

    page.go_back()
    page.get_by_role("link", name="How it was made").click()
    expect(page).to_have_url(re.compile(r"/console/runs/\w+"))
    expect(page.get_by_text(QUESTION).first).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/console/sign-in"))
    page.goto(conversation)
    expect(page).to_have_url(re.compile(r"/console/sign-in"))
    assert "Forgotten password" not in page.content()
    assert page.request.get(f"{console.url}/v1/session").status == 401
    _every_call_is_documented(console, windows.watch(page))


def test_who_comes_after_somebody_in_the_same_tab_finds_nothing_of_theirs(console, signed_in):
    """A ticket was being written when the first one's session ended."""
    page = signed_in(console, "ana@example.com", "ask", "tickets", path="/tickets/new", fresh=True)
    text = page.get_by_label("What it is about")
    text.fill("Title: My salary is wrong again")
    page.reload()
    expect(text).to_have_value("Title: My salary is wrong again")

    page.context.clear_cookies()
    token = console.household.token("ben@example.com", "ask", "tickets")
    assert page.request.post(f"{console.url}/v1/session", data={"token": token}).ok
    page.goto(f"{console.url}/console/tickets/new")

    expect(text).to_have_value("")
    assert "salary" not in page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")


def _every_call_is_documented(console: Any, watch: Any) -> None:
    """The console is a client like any other: what it called is in the API's own description."""
    described = console.client().get("/openapi.json").json()["paths"]
    patterns = {
        (method.upper(), re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"))
        for path, methods in described.items()
        for method in methods
    }
    called = {tuple(call.partition("?")[0].split(" ", 1)) for call in watch.calls()}
    strangers = {
        (method, path) for method, path in called if not any(m == method and p.match(path) for m, p in patterns)
    }
    assert called
    assert strangers == set()
