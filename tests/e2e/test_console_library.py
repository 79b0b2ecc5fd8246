"""The library's pages in a real browser: what an owner sees and does, what goes in, and what a stranger is not told."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import to_the_end

if TYPE_CHECKING:
    from household import Household, Served
    from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parents[2]
OLGA = ("olga@example.com", "ask", "ingest")
PEOPLE = "people: {olga@example.com: [support, privacy], ben@example.com: [support], eve@example.com: []}"
TICKETS = 260
QUESTION = "How do I open a vault?"
GUIDE = "# Vaults\n\n## Open a vault\n\nTo open a vault, take the brass key from the porter and turn it twice.\n"
ANSWER = "To open a vault, take the brass key from the porter and turn it twice [1]."
VAULT = {"MODES": '{"phone": "vault"}', "KEY": "k" * 32, "REVEAL_GROUP": "privacy"}
NUMBER = "+49 30 1234567"
PARTS, LOOKS = 2_400, 5_000
TO_THE_START = """() => {
  const box = document.querySelector('section[aria-label="Text of the document"]');
  box.scrollTo(0, 0);
  return box.innerText.includes('The lamp number 0 is green');
}"""
HOSTILE = (
    "# Tag `<img src=x onerror=alert(1)>` \u202egnp.exe\n\n`<script>alert(2)</script>` [go](javascript:alert(3)).\n"
)
DROP = """([element, files]) => {
  const held = new DataTransfer();
  for (const [name, text] of files) held.items.add(new File([text], name));
  for (const type of ['dragenter', 'dragover', 'drop']) {
    element.dispatchEvent(new DragEvent(type, { dataTransfer: held, bubbles: true, cancelable: true }));
  }
}"""
HEARS_HOW_MUCH = """() => {
  window.howMuch = new Set();
  new MutationObserver(() => {
    for (const bar of document.querySelectorAll('[role=progressbar][aria-label^="How much"]'))
      window.howMuch.add(bar.getAttribute('aria-valuenow'));
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['aria-valuenow'] });
}"""

HEARS_PROGRESS = """() => {
  window.progress = new Set();
  new MutationObserver(() => {
    for (const said of document.querySelector('main').innerText.match(/\\d+ of \\d+ documents[^]*?per second/g) ?? [])
      window.progress.add(said);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture(scope="module")
def console_house(
    template: Path, tmp_path_factory: pytest.TempPathFactory, console_model: Any, console_built: None
) -> Iterator[Household]:
    """Olga owns a guide that support may read, and a folder of tickets for all; Ben is in support, Eve is not."""
    from household import settle

    folder = tmp_path_factory.mktemp("library") / "household"
    opened = settle(template, folder, console_model)
    opened.variables |= {f"DESKHAND_REDACTION__{name}": value for name, value in VAULT.items()}
    (folder / "people.yaml").write_text(PEOPLE)
    opened.run("people", "load", "people.yaml")
    guides, tickets = folder / "guides", folder / "tickets"
    guides.mkdir()
    tickets.mkdir()
    (guides / "vaults.md").write_text(f"{GUIDE}\nAsk Jane at jane.doe@example.com, or call {NUMBER}.\n")
    (guides / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (guides / "hostile.md").write_text(HOSTILE)
    for number in range(TICKETS):
        (tickets / f"ticket-{number:03}.md").write_text(f"# Case {number:03}\n\nThe lamp in room {number} is dark.\n")
    own = ("--owner", "person:olga@example.com")
    opened.run("ingest", "guides", "--source", "guides", "--read", "group:support", "--read", "group:gone", *own)
    opened.run("ingest", "tickets", "--source", "tickets", "--read", "everyone", *own)
    yield opened
    opened.close()


@pytest.fixture
def library(console: Served, signed_in: Callable[..., Page]) -> Callable[..., Page]:
    """A page of the library as Olga, or somebody else, sees it."""

    def opened(path: str = "", who: tuple[str, ...] = OLGA, **window: Any) -> Page:
        return signed_in(console, *who, path=f"/library{path}", **window)

    return opened


@pytest.fixture(scope="module")
def api(console_server: Served) -> Any:
    """Olga's client of the HTTP API."""
    return console_server.client(console_server.household.token(*OLGA))


def document(api: Any, item: str) -> str:
    """The id of the document with this item."""
    return str(next(each["id"] for each in api.get("/v1/documents", params={"q": item}).json() if each["item"] == item))


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Documents").get_by_role("listitem")


def drop(page: Page, *files: tuple[str, str]) -> None:
    """Drop files on the middle of the page, as a hand does."""
    target = page.get_by_role("tablist").first.element_handle()
    page.evaluate(DROP, [target, [list(file) for file in files]])


def tray(page: Page) -> Locator:
    return page.get_by_role("region", name="Uploads")


def told(page: Page | Locator, *texts: str | re.Pattern[str]) -> None:
    """Each of these is on the page, or comes to be there."""
    from playwright.sync_api import expect

    for text in texts:
        expect(page.get_by_text(text).first).to_be_visible()


def test_an_owner_sees_each_source_with_how_it_stands(library: Any) -> None:
    page = library()

    guides = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="guides"))

    told(guides, "2 in the library", "1 failed", re.compile("pen to group gone, group support"), "Up to date")
    told(page, f"{TICKETS} in the library")


def test_a_failed_document_tells_its_reason_and_is_found_by_its_state(library: Any) -> None:
    from playwright.sync_api import expect

    page = library("/sources/guides")
    expect(rows(page)).to_have_count(3)

    page.get_by_role("button", name="1 failed", exact=True).click()

    expect(rows(page)).to_have_count(1)
    told(rows(page), "broken.pdf", "the PDF's structure is broken", "Failed")
    page.get_by_role("button", name="1 failed", exact=True).click()
    expect(rows(page)).to_have_count(3)


def test_documents_are_found_by_a_part_of_their_title(library: Any) -> None:
    from playwright.sync_api import expect

    page = library("?view=documents")
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("case 17")

    expect(rows(page)).to_have_count(10)
    page.get_by_label("Search documents").fill("no such thing")
    told(page, "No document is like that")


def test_of_many_documents_only_those_in_sight_are_in_the_page_and_the_last_is_reached(library: Any) -> None:
    from playwright.sync_api import expect

    page = library("/sources/tickets")
    expect(rows(page).first).to_be_visible()

    most = to_the_end(page, "Documents", f"Case {TICKETS - 1}")

    expect(page.get_by_role("link", name=f"Case {TICKETS - 1}")).to_be_visible()
    assert most < 60


def test_a_source_is_brought_up_to_date_while_one_looks_on(
    library: Any, console_house: Household, windows: Any
) -> None:
    """The progress is seen to grow, and a document that changed has two versions then."""
    from playwright.sync_api import expect

    folder = console_house.folder / "tickets"
    page = library("/sources/tickets")
    expect(page.get_by_role("button", name="Sync now")).to_be_enabled()
    for number in range(TICKETS):
        (folder / f"ticket-{number:03}.md").write_text(f"# Case {number:03}\n\nThe lamp in room {number} shines.\n")

    page.evaluate(HEARS_PROGRESS)
    page.get_by_role("button", name="Sync now").click()

    page.wait_for_function("() => window.progress.size > 1")
    told(page, "Up to date")
    page.get_by_role("link", name="Case 000").click()
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("row").nth(1)).to_contain_text("Searched")
    assert "POST /v1/sources/tickets/sync" in windows.watch(page).calls()


def test_what_failed_is_tried_again_and_what_was_repaired_is_there(library: Any, console_house: Household) -> None:
    from playwright.sync_api import expect

    broken = console_house.folder / "guides" / "broken.pdf"
    page = library("/sources/guides")
    page.get_by_role("button", name="Try 1 failed document again").click()
    told(page, "1 failed")
    shutil.copy(ROOT / "examples/library/support/service-level-agreement.pdf", broken)

    page.get_by_role("button", name="Sync now").click()

    expect(page.get_by_text("1 failed")).to_have_count(0)


def test_several_files_are_dropped_and_each_tells_what_became_of_it(library: Any, api: Any) -> None:
    from playwright.sync_api import expect

    page = library()
    told(page, "guides")

    drop(
        page,
        ("lamps.md", "# Lamps\n\nA lamp that is dark needs a bulb.\n"),
        ("bad.pdf", "%PDF nothing"),
        ("x.exe", "MZ"),
    )
    dialog = page.get_by_role("dialog")
    told(dialog, "lamps.md", "bad.pdf", "x.exe")
    dialog.get_by_label("Name of the new source").fill("notes")
    dialog.get_by_label("Who may read it").fill("support,")
    dialog.get_by_role("button", name="Upload 3 files").click()

    told(tray(page), "1 file uploaded, 2 failed")
    told(tray(page).get_by_role("listitem").filter(has_text="bad.pdf"), "it does not begin like a PDF")
    assert api.get("/v1/sources/notes").json()["access"] == ["group:support"]
    tray(page).get_by_role("link", name="lamps.md").click()
    expect(page.get_by_role("heading", name="Lamps")).to_be_visible()
    told(page, "A lamp that is dark needs a bulb.")


def test_what_was_uploaded_is_taken_out_after_a_question(library: Any, api: Any) -> None:
    from playwright.sync_api import expect

    api.put("/v1/sources/scraps/files/scrap.md", content=b"# Scrap\n\nA scrap of paper.\n")
    page = library("/sources/scraps")
    page.get_by_role("link", name="Scrap", exact=True).click()

    page.get_by_role("button", name="Take out").click()
    told(page.get_by_role("dialog"), "upload it again")
    page.get_by_role("button", name="Take it out").click()

    expect(page.get_by_role("heading", name="scraps")).to_be_visible()
    told(page, "1 taken out")
    assert document(api, "scrap.md")
    assert api.get(f"/v1/documents/{document(api, 'scrap.md')}").json()["state"] == "deleted"


def test_how_much_of_a_file_was_sent_is_seen_to_grow(library: Any, api: Any) -> None:
    """Over a slow line, so that there is something to see; one more is left out while it waits for its turn."""
    from playwright.sync_api import expect

    api.put("/v1/sources/heap/files/first.txt", content=b"The first of the heap.")
    page = library("/sources/heap")
    expect(page.get_by_role("button", name="Upload")).to_be_visible()
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    line.send("Network.emulateNetworkConditions", slow)
    words = "\n".join(f"Line {number} of the heap, with nothing in it." for number in range(12_000))

    page.evaluate(HEARS_HOW_MUCH)
    drop(page, ("slow.txt", words))
    expect(tray(page).get_by_role("progressbar", name="How much of slow.txt was sent")).to_be_visible()
    page.wait_for_function("() => window.howMuch.size > 3")
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})

    told(tray(page), "1 file uploaded")


def test_a_source_that_is_opened_is_read_by_others_and_closed_again_by_nobody(library: Any, signed_in: Any) -> None:
    from playwright.sync_api import expect

    eve = library("?view=documents", who=("eve@example.com",))
    eve.get_by_label("Search documents").fill("Vaults")
    told(eve, "No document is like that")
    page = library("/sources/guides")

    def open_to(entry: str) -> None:
        page.get_by_role("button", name="Change who may read it").click()
        dialog = page.get_by_role("dialog")
        for key in ("Backspace", "Backspace", *entry, "Enter"):
            dialog.get_by_label("Readers").press(key)
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_be_hidden()

    open_to("everyone")
    eve.reload()
    eve.get_by_label("Search documents").fill("Vaults")
    eve.get_by_role("link", name="Vaults").click()
    told(eve, "the brass key")

    open_to("group:support")
    eve.reload()
    told(eve, "There is no such document")
    expect(eve.get_by_text("brass")).to_have_count(0)


def test_a_list_that_cannot_be_is_said_so_and_what_was_typed_stays(library: Any) -> None:
    from playwright.sync_api import expect

    page = library("/sources/tickets")
    page.get_by_role("button", name="Change who may read it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Readers").fill("group:a/b,")
    dialog.get_by_role("button", name="Save").click()

    expect(dialog.get_by_role("alert").filter(has_text="a/b")).to_be_visible()
    expect(dialog).to_contain_text("group:a/b")


def test_who_can_read_a_document_is_told_by_name(library: Any, api: Any) -> None:
    from playwright.sync_api import expect

    page = library(f"/documents/{document(api, 'vaults.md')}?tab=readers")

    told(page, "ben@example.com", "olga@example.com")
    page.get_by_label("Search who can read this").fill("eve")
    told(page, "Nobody like “eve” can read it")
    expect(page.get_by_text("ben@example.com")).to_have_count(0)


def test_what_was_taken_out_is_marked_in_the_text_and_counted(library: Any, api: Any) -> None:
    page = library(f"/documents/{document(api, 'vaults.md')}")

    told(page, "[Email]")
    page.get_by_role("tab", name="Redactions").click()
    told(page, "What was taken out", "email")
    page.goto(page.url.partition("/documents")[0] + "/sources/guides?tab=redactions")
    told(page, "Something was taken out of 1 of")


def test_a_sealed_value_is_shown_to_who_may_have_it_and_kept_nowhere(
    library: Any, api: Any, console_house: Household
) -> None:
    from playwright.sync_api import expect

    path = f"/documents/{document(api, 'vaults.md')}?tab=redactions"
    stranger = library(path, who=("ben@example.com",))
    told(stranger, "What was taken out")
    expect(stranger.get_by_text("What is sealed")).to_have_count(0)

    page = library(path)
    page.get_by_role("button", name="Reveal phone").click()

    expect(page.get_by_text(NUMBER)).to_be_focused()
    page.get_by_role("tab", name="Text").click()
    told(page, "the brass key")
    page.get_by_role("tab", name="Redactions").click()
    told(page, NUMBER)
    page.get_by_role("link", name="Library").last.click()
    page.go_back()
    expect(page.get_by_role("button", name="Reveal phone")).to_be_visible()
    assert NUMBER not in page.content()
    assert NUMBER not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    asked = console_house.json("sources", "reveals")
    assert [(each["person"], each["outcome"]) for each in asked] == [("person:olga@example.com", "revealed")]


def test_a_source_of_an_answer_leads_to_its_passage_with_the_quote_marked(
    signed_in: Any, api: Any, console: Served, console_model: Any
) -> None:
    from playwright.sync_api import expect

    console_model.script.says = ANSWER
    asked = api.post("/v1/ask", json={"question": QUESTION}).json()
    page = signed_in(console, *OLGA, path=f"/ask/{asked['conversation']}")

    page.get_by_role("link", name="In the library").click()

    sought = page.get_by_role("region", name="Text of the document").locator("[aria-current=true]")
    expect(sought).to_be_focused()
    expect(sought.locator("mark")).to_have_text(asked["runs"][0]["answer"]["citations"][0]["quote"])


def test_a_passage_thousands_down_is_opened_and_the_text_goes_on_both_ways(library: Any, api: Any) -> None:
    from playwright.sync_api import expect

    def send(text: str) -> str:
        sent = api.put("/v1/sources/manual/files/long.md", content=text.encode()).json()
        assert any(api.get(f"/v1/ingest/{sent['run']}").json()["state"] == "finished" for _ in range(LOOKS))
        return str(sent["document"])

    long = send("".join(f"# Part {number}\n\nThe lamp number {number} is green.\n\n" for number in range(PARTS)))
    text = api.get(f"/v1/documents/{long}/passages", params={"after": PARTS - 600, "limit": 1}).json()
    [passage] = text["passages"]

    page = library(f"/documents/{long}?passage={passage['id']}", width=360, height=740)

    sought = page.get_by_role("region", name="Text of the document").locator("[aria-current=true]")
    expect(sought).to_be_focused()
    expect(sought).to_be_in_viewport()
    expect(sought).to_contain_text(passage["text"])
    expect(sought).to_have_attribute("aria-posinset", str(passage["position"] + 1))
    page.wait_for_function(TO_THE_START, timeout=60_000)
    to_the_end(page, "Text of the document", f"The lamp number {PARTS - 1} is green")
    expect(sought).to_be_focused()

    send("# Part 0\n\nAll lamps are green.\n")
    page.reload()
    told(page, "not in version 2", "All lamps are green.")


def test_the_answers_that_used_a_document_are_told_and_only_ones_own_question(
    library: Any, api: Any, console: Served, console_model: Any
) -> None:
    from playwright.sync_api import expect

    console_model.script.says = ANSWER
    ben = console.client(console.household.token("ben@example.com"))
    mine = f"{QUESTION} I am Olga."
    for client, question in ((ben, f"{QUESTION} Ben is desperate."), (api, mine)):
        assert not client.post("/v1/ask", json={"question": question}).json()["runs"][0]["answer"]["refused"]

    page = library(f"/documents/{document(api, 'vaults.md')}?tab=answers")

    told(page, "Somebody’s question")
    expect(page.get_by_role("link", name=mine)).to_be_visible()
    assert "desperate" not in page.content()


def test_a_reader_sees_the_text_and_not_who_else_reads_it(library: Any, api: Any) -> None:
    from playwright.sync_api import expect

    page = library(f"/documents/{document(api, 'vaults.md')}", who=("ben@example.com",))

    told(page, "the brass key")
    expect(page.get_by_role("tab")).to_have_text(["Text", "Versions", "Redactions"])


def test_to_a_stranger_a_document_is_not_there(library: Any, api: Any, windows: Any) -> None:
    closed = library(f"/documents/{document(api, 'vaults.md')}", who=("eve@example.com",))
    never = library("/documents/d" + "0" * 20, who=("eve@example.com",))

    for page in (closed, never):
        told(page, "There is no such document")
        assert "Vaults" not in page.content()
    source = library("/sources/guides", who=("eve@example.com",))
    told(source, "There is no such source")


def test_what_a_document_says_does_nothing(library: Any, api: Any) -> None:
    """Its title, its text: the window is watched, and fails the test on any dialog, request or error."""
    page = library(f"/documents/{document(api, 'hostile.md')}")

    told(page, "<img src=x onerror=alert(1)>")
    assert page.get_by_role("main").locator("img, script, [href^='javascript:']").count() == 0


def test_no_page_is_wider_than_a_small_telephone(library: Any, api: Any) -> None:
    page = library("/sources/guides", width=360, height=740)
    told(page, "vaults.md")
    assert page.evaluate("document.documentElement.scrollWidth") == 360

    page.get_by_role("link", name="Tag").click()
    told(page, "In the library", "[go]")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
