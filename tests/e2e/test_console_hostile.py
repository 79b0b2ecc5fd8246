"""What people and models write is shown as text: nothing of it runs, leads elsewhere, or tears the page apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from household import Household, Served, settle
from playwright.sync_api import Page, expect

OWNER = "ana@example.com"
SCOPES = ("ask", "ingest", "admin", "tickets")
MARKUP = "<img src=x onerror=alert(1)><svg onload=alert(2)></svg><script>alert(3)</script>"
LINK = "[press](javascript:alert(4)) <a href='javascript:alert(5)'>here</a> ![seen](http://pixel.example/a.png)"
BACKWARDS = "\u202egpj.exe\u202c \u2066\u05e9\u05dc\u05d5\u05dd\u2069 ع\u0301\u0300\u0301"
ENDLESS = "wick" * 25_000
"""100 kB without a place to break."""
TEMPLATE = "{{constructor.constructor('alert(6)')()}} ${alert(7)} %3Cscript%3Ealert(8)%3C/script%3E"
SENTENCE = f"The lamp {MARKUP} is reset by whoever can {LINK} twice."
PLAIN = f"{SENTENCE} {TEMPLATE}\n\n{ENDLESS}\n"
MARKDOWN = f"---\ntitle: Lanterns {LINK}\nurl: javascript:alert(9)\n---\n# Lanterns\n\n{LINK}\n\n{ENDLESS}\n"
TICKET = f"Title: {MARKUP} {BACKWARDS}\nEnvironmentId: 1\nBusiness Justification: {LINK} {TEMPLATE} {'lamp' * 4_000}"
QUESTION = f"How is the lamp reset? {MARKUP} {BACKWARDS}"


def repeated(prompt: str) -> str:
    """The model is taken in: it says the document's sentence again, with its source, and more of its own."""
    found = re.findall(r"<passage-\w+ number=(\d+)[^>]*>\nThe lamp", prompt)
    return f"{SENTENCE.removesuffix('.')} [{found[0] if found else 1}]. {MARKUP} {LINK} [1](javascript:alert(13))"


@pytest.fixture(scope="module")
def console_house(template: Any, tmp_path_factory: Any, console_model: Any, console_built: None) -> Iterator[Household]:
    """A desk that holds all of it."""
    opened = settle(template, tmp_path_factory.mktemp("hostile") / "household", console_model)
    opened.variables |= {"DESKHAND_OPERATOR": OWNER, "DESKHAND_TICKETS__GROUP": "finance"}
    folder = opened.folder / "lamps <b onclick=alert(10)>"
    folder.mkdir()
    (folder / "lamp <img src=x onerror=alert(11)>.txt").write_text(PLAIN)
    (folder / "lanterns.md").write_text(MARKDOWN)
    (folder / f"{'broken' * 30}.pdf").write_text("<script>alert(12)</script>")
    opened.run("ingest", str(folder), "--read", "everyone")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def filled(console_server: Served, console_model: Any) -> dict[str, str]:
    """What was asked and submitted there: where each is."""
    console_model.script.says = repeated
    client = console_server.client(console_server.household.token(OWNER, *SCOPES))
    asked = client.post("/v1/ask", json={"question": QUESTION}).raise_for_status().json()
    client.post("/v1/tickets", json={"text": TICKET, "id": "H-1", "wait": 30}).raise_for_status()
    seen = client.get("/v1/tickets/H-1").json()
    client.post("/v1/tickets/H-1/comments", json={"version": seen["version"], "text": f"{MARKUP} {LINK} {BACKWARDS}"})
    [source] = [each for each in client.get("/v1/sources").json() if "lamps" in each["location"]]
    documents = client.get("/v1/documents", params={"source": source["id"]}).json()
    [document] = [each for each in documents if each["item"].endswith(".txt")]
    return {
        "ask": f"/ask/{asked['conversation']}",
        "library": "/library",
        "source": f"/library/sources/{source['id']}",
        "document": f"/library/documents/{document['id']}",
        "tickets": "/tickets",
        "ticket": "/tickets/H-1",
        "runs": "/runs",
        "run": f"/runs/{asked['runs'][0]['run']}",
    }


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("ask", "The lamp alert(3)"),
        ("library", "lamps <b onclick=alert(10)>"),
        ("source", "lamp <img src=x"),
        ("document", "alert(7)"),
        ("tickets", "<img src=x onerror"),
        ("ticket", "<img src=x onerror"),
        ("runs", "Question"),
        ("run", "How is the lamp reset"),
    ],
)
def test_what_was_written_is_shown_and_not_obeyed(console, filled, signed_in, windows, where, shown):
    """On a phone, where there is least room for it. What runs would ask, and a dialog fails the test."""
    page: Page = signed_in(console, OWNER, *SCOPES, path=filled[where], width=360, height=740)

    expect(page.get_by_text(shown).filter(visible=True).first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    made = page.evaluate(
        """() => [...document.querySelectorAll('#root *')].filter((each) =>
          [...each.attributes].some(({ name, value }) =>
            name.startsWith('on') || (name !== 'title' && /^\\\\s*(javascript|data|vbscript):/i.test(value))) ||
          ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'FORM[action]'].includes(each.tagName) ||
          (each.tagName === 'IMG' && new URL(each.src, location).origin !== location.origin))
          .map((each) => each.outerHTML.slice(0, 200))"""
    )
    assert made == []


def test_a_stream_of_hostile_pieces_is_never_anything_but_text(console, console_model, signed_in):
    """Markup that is not closed yet, link by link, as a model writes it."""
    console_model.script.says = f"{SENTENCE} {LINK} " * 20
    console_model.script.rate = 400.0
    page = signed_in(console, OWNER, *SCOPES, path="/ask", width=360, height=740)
    field = page.get_by_label("Your question")

    field.fill("How is the lamp reset, said at length?")
    field.press("Enter")

    expect(page.get_by_role("button", name="Copy the answer")).to_be_visible()
    assert page.locator("#root a[href^='javascript' i], #root img[src^='http://pixel']").count() == 0
