"""The chat of the console, in a real browser: what is asked, what is seen of it as it is made, and what one can do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

LONG = " ".join(["Open the sign-in page [1].", "Choose Forgotten password [1]."] * 4)
"""Eight sentences."""
BEN = "ben@example.com"
GROWTH = """() => {
  window.lengths = [];
  new MutationObserver(() => {
    const draft = document.querySelector('[data-testid="draft"]');
    const length = draft ? draft.innerText.length : 0;
    if (length && length !== window.lengths.at(-1)) window.lengths.push(length);
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


TO_THE_END = """(last) => {
  const box = document.querySelector('section[aria-label="Your conversations"]');
  box.scrollTo(0, box.scrollHeight);
  return box.innerText.includes(last);
}"""


def question(about: str) -> str:
    """A question that the library answers, and that no other test asks: an answer is kept for who asks the same."""
    return f"How do I reset my password {about}?"


def ask(page: Page, text: str) -> None:
    field = page.get_by_label("Your question")
    field.fill(text)
    field.press("Enter")


def sources(page: Page) -> Any:
    return page.get_by_role("list", name="Sources")


def said(console: Any, page: Page) -> list[dict[str, Any]]:
    """What the server has of the conversation that the page shows."""
    conversation = page.url.rpartition("/ask/")[2]
    return list(page.request.get(f"{console.url}/v1/conversations/{conversation}").json()["questions"])


def test_an_answer_grows_while_it_is_written_and_ends_with_its_sources(console, console_model, signed_in):
    """An answer that arrives whole would have one length."""
    console_model.script.says, console_model.script.rate = LONG, 30.0
    page = signed_in(console, BEN, path="/ask")
    page.get_by_label("Your question").wait_for()
    page.evaluate(GROWTH)

    ask(page, question("while I watch"))

    expect(sources(page).get_by_role("article")).to_have_count(1)
    lengths = page.evaluate("window.lengths")
    assert len(lengths) >= 4, lengths
    assert lengths == sorted(lengths)
    assert lengths[-1] > 3 * lengths[0]
    expect(page.get_by_test_id("draft")).to_have_count(0)


def test_the_steps_are_told_as_they_happen(console, console_model, signed_in):
    gate = console_model.script.stands(after=0)
    page = signed_in(console, BEN, path="/ask")

    ask(page, question("step by step"))

    steps = page.get_by_role("list", name="What happens")
    expect(steps).to_contain_text("Searched")
    expect(steps).to_contain_text("for “How do I reset my password step by step?”")
    expect(steps).to_contain_text("Reading")
    expect(steps).to_contain_text("Accounts")
    gate.open.set()
    expect(sources(page)).to_be_visible()
    expect(steps).to_have_count(0)


def test_a_source_shows_the_quote_in_its_place_and_leads_to_the_document(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    ask(page, question("by its source"))

    card = sources(page).get_by_role("article", name="Source 1: Accounts")
    expect(card.locator("mark")).to_have_text(
        "To reset a password, open the sign-in page and choose Forgotten password."
    )
    expect(card).to_contain_text("version 1")
    page.get_by_role("button", name="Source 1").click()
    expect(card).to_be_focused()
    run, cited = said(console, page)[0]["id"], said(console, page)[0]["answer"]["citations"][0]
    expect(card.get_by_role("link", name="In the library")).to_have_attribute(
        "href", f"/console/library/documents/{cited['document']}?passage={cited['passage']}&answer={run}"
    )
    expect(page.get_by_role("link", name="How it was made")).to_have_attribute(
        "href", f"/console/runs/{said(console, page)[0]['id']}"
    )


def test_follow_up_questions_stay_in_the_conversation(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    ask(page, question("for the first time"))
    expect(sources(page)).to_be_visible()
    address = page.url

    ask(page, "And where is the sign-in page?")

    expect(page.get_by_role("heading", name="And where is the sign-in page?")).to_be_visible()
    expect(page.get_by_role("link", name="How it was made")).to_have_count(2)
    assert page.url == address
    assert [each["position"] for each in said(console, page)] == [1, 2]
    expect(page.get_by_role("heading", level=1)).to_have_text(question("for the first time"))
    assert page.title().startswith("How do I reset my password")


def test_the_keyboard_is_enough(console, console_model, signed_in):
    """Enter sends, Shift and Enter begin a line, "/" leads to the question, Escape stops."""
    gate = console_model.script.stands(after=12)
    console_model.script.says = LONG
    page = signed_in(console, BEN, path="/ask")
    field = page.get_by_label("Your question")
    field.wait_for()
    page.get_by_role("link", name="New question").focus()
    page.keyboard.press("/")
    expect(field).to_be_focused()

    page.keyboard.type(question("with keys"))
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Be brief.")
    assert field.input_value() == f"{question('with keys')}\nBe brief."
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("draft")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_text("You stopped this answer.")).to_be_visible()
    assert [each["state"] for each in said(console, page)] == ["cancelled"]
    gate.open.set()
    page.get_by_role("button", name="Carry on").click()
    expect(sources(page)).to_be_visible()
    assert [each["state"] for each in said(console, page)] == ["finished"]


def test_a_page_that_is_loaded_anew_takes_up_the_answer_where_it_is(console, console_model, signed_in):
    gate = console_model.script.stands(after=12)
    console_model.script.says = LONG
    page = signed_in(console, BEN, path="/ask")
    ask(page, question("across a reload"))
    expect(page.get_by_test_id("draft")).to_contain_text("Open the sign-in page")

    page.reload()

    expect(page.get_by_test_id("draft")).to_contain_text("Open the sign-in page")
    gate.open.set()
    expect(sources(page)).to_be_visible()
    assert [each["text"] for each in said(console, page)] == [question("across a reload")]


def test_a_question_whose_reply_is_lost_is_asked_once(console, signed_in):
    """The server has it, the browser does not know; it sends the same again under the same key."""
    page = signed_in(console, BEN, path="/ask")
    lost = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort()

    page.route("**/v1/ask", lose)
    ask(page, question("on a bad line"))

    expect(sources(page)).to_be_visible()
    found = page.request.get(f"{console.url}/v1/conversations", params={"q": "bad line"}).json()
    assert [each["title"] for each in found] == [question("on a bad line")]
    assert len(said(console, page)) == 1


def test_a_question_on_its_way_survives_a_reload(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    page.route("**/v1/ask", lambda route: route.abort())
    ask(page, question("in a tunnel"))
    expect(page.get_by_role("heading", name=question("in a tunnel"), level=2)).to_be_visible()
    page.unroute("**/v1/ask")

    page.reload()

    expect(sources(page)).to_be_visible()
    assert len(said(console, page)) == 1


def test_a_stream_that_breaks_is_taken_up_again(console, console_model, signed_in):
    console_model.script.says, console_model.script.rate = LONG, 60.0
    page = signed_in(console, BEN, path="/ask")
    broken: list[str] = []

    def once(route: Route) -> None:
        if len(broken) < 2:
            broken.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/runs/*/events", once)
    ask(page, question("over a broken stream"))

    expect(sources(page)).to_be_visible()
    assert len(broken) == 2


def test_a_refusal_looks_like_one_and_names_whom_to_turn_to(console, console_model, signed_in):
    """The model would tell the bonus to Ben."""
    console_model.script.says = "The yearly bonus for the sales team is 4000 crowns [1]."
    page = signed_in(console, BEN, path="/ask")

    ask(page, "What is the yearly bonus for the sales team, in crowns?")

    refusal = page.get_by_role("note", name="No answer")
    expect(refusal).to_contain_text("The library has no answer")
    expect(refusal).to_contain_text("your support team")
    expect(sources(page)).to_have_count(0)
    assert "4000" not in page.locator("main").inner_text()


def test_a_failure_says_what_to_do_and_can_be_tried_again(console, console_model, signed_in):
    console_model.script.fails(400)
    page = signed_in(console, BEN, path="/ask")

    ask(page, question("when the model fails"))

    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("Ask again")
    page.reload()
    expect(problem).to_contain_text("Ask again")
    problem.get_by_role("button", name="Try again").click()
    expect(sources(page)).to_be_visible()
    assert len(said(console, page)) == 1


def test_what_one_says_of_an_answer_is_shown_again(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    ask(page, question("and say so"))
    expect(sources(page)).to_be_visible()

    page.get_by_role("button", name="A good answer").click()
    expect(page.get_by_text("You called this answer good.")).to_be_visible()
    page.get_by_role("button", name="A bad answer").click()
    page.get_by_label("What is wrong with it?").fill("It is the old page.")
    page.get_by_label("What should it have said?").fill("Open the new page.")
    page.get_by_role("button", name="Call it bad").click()

    expect(page.get_by_text("You called this answer bad: It is the old page.")).to_be_visible()
    assert said(console, page)[0]["verdict"] == {
        "good": False,
        "reason": "It is the old page.",
        "better": "Open the new page.",
    }
    page.reload()
    expect(page.get_by_text("You called this answer bad: It is the old page.")).to_be_visible()
    expect(page.get_by_role("button", name="A bad answer")).to_have_attribute("aria-pressed", "true")

    page.get_by_role("button", name="A bad answer").click()
    expect(page.get_by_text("You called this answer")).to_have_count(0)
    expect(page.get_by_role("button", name="A bad answer")).to_have_attribute("aria-pressed", "false")
    assert said(console, page)[0]["verdict"] is None


def test_conversations_are_searched_opened_and_deleted(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    ask(page, question("in the archive"))
    expect(sources(page)).to_be_visible()
    page.get_by_role("link", name="New question").click()
    expect(page.get_by_role("heading", name="What do you want to know?")).to_be_visible()
    history = page.get_by_role("complementary", name="History")

    page.get_by_label("Find a conversation").fill("ARCHIVE password")
    expect(history.get_by_role("listitem")).to_have_count(1)
    history.get_by_role("link", name=question("in the archive")).click()
    expect(sources(page)).to_be_visible()
    history.get_by_role("listitem").hover()
    history.get_by_role("button", name=f"Delete “{question('in the archive')}”").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_role("heading", name="What do you want to know?")).to_be_visible()
    expect(history.get_by_text("No question of yours has these words.")).to_be_visible()


def test_many_conversations_are_fetched_as_their_list_is_scrolled(console, signed_in):
    """The server's part is played by its own shape, 120 times."""
    page = signed_in(console, BEN, path="/ask")
    at = {"door": "api", "began": "2026-01-01T00:00:00Z", "changed": "2026-01-01T00:00:00Z"}
    asked: list[str] = []

    def listed(route: Route) -> None:
        after = re.search(r"after=c-(\d+)", route.request.url)
        first = int(after[1]) + 1 if after else 0
        asked.append(route.request.url)
        rows = range(first, min(first + 50, 120))
        route.fulfill(
            json=[{**at, "id": f"c-{n}", "title": f"Question {n}", "questions": [], "found": None} for n in rows]
        )

    page.route("**/v1/conversations?*", listed)
    page.reload()
    box = page.get_by_role("region", name="Your conversations")

    expect(box.get_by_role("link").first).to_be_visible()
    page.wait_for_function(TO_THE_END, arg="Question 119")

    assert len(asked) == 3
    assert box.get_by_role("link").count() < 60


def test_somebody_elses_conversation_is_as_if_it_were_not(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    ask(page, question("for my eyes only"))
    expect(sources(page)).to_be_visible()
    conversation = page.url.rpartition("/")[2]

    shown = []
    for address in (conversation, "c-nonsense"):
        other = signed_in(console, "ana@example.com", path=f"/ask/{address}")
        expect(other.get_by_text("There is no such conversation of yours")).to_be_visible()
        shown.append(other.locator("main").inner_text().replace(address, "…"))

    assert shown[0] == shown[1]
    assert "for my eyes only" not in shown[0]


def test_several_labels_answer_side_by_side(console, console_model, signed_in):
    console_model.script.says, console_model.script.rate = LONG, 60.0
    page = signed_in(console, BEN, path="/ask")
    page.get_by_role("button", name="Who answers").click()
    page.get_by_label("quotes").check()
    page.keyboard.press("Escape")

    ask(page, question("twice"))

    expect(sources(page)).to_have_count(2)
    runs = {each["label"]: each["id"] for each in said(console, page)}
    boxes = [page.locator(f"[data-run='{runs[label]}']").bounding_box() for label in ("scripted", "quotes")]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    page.reload()
    expect(page.get_by_role("button", name="Who answers: 2 models")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    expect(sources(page)).to_have_count(2)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_kept_answer_says_when_it_was_made_and_can_be_made_anew(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    ask(page, question("once more"))
    expect(sources(page)).to_be_visible()
    page.get_by_role("link", name="New question").click()

    ask(page, question("once more"))

    expect(page.get_by_text("This question was answered before, on")).to_be_visible()
    page.get_by_role("button", name="Answer anew").click()
    expect(page.get_by_role("link", name="How it was made")).to_have_count(2)
    assert [bool(each["answer"]["made"]) for each in said(console, page)] == [True, False]


def test_an_answer_is_copied_with_its_sources_and_read_aloud_when_it_is_whole(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    ask(page, question("to pass on"))
    expect(sources(page)).to_be_visible()

    expect(page.locator("[aria-live=polite]")).to_have_text(
        "Answer: To reset a password, open the sign-in page and choose Forgotten password."
    )
    page.get_by_role("button", name="Copy the answer").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").splitlines() == [
        "To reset a password, open the sign-in page and choose Forgotten password [1].",
        "",
        "[1] Accounts",
    ]


def test_a_long_conversation_shows_its_end_and_its_beginning_on_demand(console, signed_in):
    page = signed_in(console, BEN, path="/ask")
    page.get_by_label("Your question").wait_for()
    csrf = page.request.get(f"{console.url}/v1/session").json()["csrf"]
    conversation = None
    for number in range(22):
        body = {"question": f"Is this number {number}?", "conversation": conversation, "models": ["quotes"]}
        reply = page.request.post(f"{console.url}/v1/ask", data=body, headers={"X-CSRF-Token": csrf})
        conversation = reply.json()["conversation"]

    page.goto(f"{console.url}/console/ask/{conversation}")

    expect(page.get_by_role("heading", name="Is this number 21?", level=2)).to_be_in_viewport()
    expect(page.get_by_role("heading", level=2)).to_have_count(20)
    page.get_by_role("button", name="Earlier questions").click()
    expect(page.get_by_role("heading", name="Is this number 0?", level=2)).to_be_attached()
    expect(page.get_by_role("heading", level=2)).to_have_count(22)


def test_at_360_pixels_nothing_is_cut_and_the_conversations_are_in_a_drawer(console, signed_in):
    page = signed_in(console, BEN, path="/ask", width=360, height=740, dark=True)
    ask(page, question("with Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung" * 2))
    expect(page.get_by_role("link", name="How it was made")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")

    page.get_by_role("button", name="Your conversations").click()
    drawer = page.get_by_role("dialog", name="Your conversations")
    expect(drawer.get_by_role("link", name="Donaudampf")).to_be_visible()
    drawer.get_by_role("link", name="New question").click()

    expect(drawer).to_have_count(0)
    expect(page.get_by_role("heading", name="What do you want to know?")).to_be_visible()


def test_an_answer_cannot_bring_markup_or_foreign_addresses_into_the_page(console, signed_in):
    """The server lets none of this through; if it did, the page would not either."""
    page = signed_in(console, BEN, path="/ask")
    ask(page, question("with a trap"))
    expect(sources(page)).to_be_visible()
    whole = page.request.get(f"{console.url}/v1/conversations/{page.url.rpartition('/')[2]}").json()
    answer = whole["questions"][0]["answer"]
    answer["text"] = (
        "<img src=x onerror=alert(1)> <script>alert(2)</script> [press](javascript:alert(3)) "
        "![p](https://evil.example/p.png) <iframe src='https://evil.example'></iframe>\n\n"
        "# Heading\n\n| a | b |\n|---|---|\n| [x](data:text/html,hi) | **y** [1] |"
    )
    citation = answer["citations"][0]
    citation |= {"title": "<b>Bold</b>", "url": "javascript:alert(4)", "snippet": "<u>under</u>", "quote": "<u>"}
    page.route("**/v1/conversations/*", lambda route: route.fulfill(json=whole))

    page.reload()

    text = page.locator("main")
    expect(text).to_contain_text("<img src=x onerror=alert(1)>")
    expect(text).to_contain_text("<b>Bold</b>")
    expect(page.get_by_role("cell", name="y Source 1")).to_be_visible()
    assert page.locator("main img, main script, main iframe, main b, main u").count() == 0
    hrefs = page.eval_on_selector_all("main a", "links => links.map((each) => each.getAttribute('href'))")
    assert [href for href in hrefs if not href.startswith(("/console/", "https://"))] == []
    expect(page.get_by_role("link", name="Open original")).to_have_count(0)


@pytest.mark.parametrize(
    ("scopes", "said"),
    [
        (["ask"], "Whoever runs this desk can open documents to you."),
        (["ask", "ingest"], "Put documents into the library"),
        (["ask", "ingest", "admin"], "Add the people who may ask"),
    ],
)
def test_the_library_that_is_empty_for_somebody_is_said_to_be(console, signed_in, scopes, said):
    page = signed_in(console, "ana@example.com", *scopes, path="/ask")
    page.route("**/v1/documents?*", lambda route: route.fulfill(body=json.dumps([]), content_type="application/json"))

    page.reload()

    expect(page.get_by_text(said)).to_be_visible()
