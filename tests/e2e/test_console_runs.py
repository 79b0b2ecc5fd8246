"""The pages of runs in a real browser: whose are seen, live while they go on, step by step, stopped and resumed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from household import Served
    from playwright.sync_api import Locator, Page

ANA = ("ana@example.com", "ask", "tickets")
BEN = ("ben@example.com", "ask")
ROOT = ("ben@example.com", "admin")
QUESTION = "How do I reset a password?"


@pytest.fixture(scope="module")
def ana(console_server: Served) -> Any:
    """Ana's client of the HTTP API."""
    return console_server.client(console_server.household.token(*ANA))


@pytest.fixture
def asked(ana: Any) -> Callable[..., str]:
    """Asks a question as Ana; the run that answers it, ended unless the model is held."""

    def ask(text: str = QUESTION, wait: int = 20) -> str:
        reply = ana.post("/v1/ask", json={"question": text, "wait": wait, "fresh": True})
        assert reply.status_code in (200, 202), reply.text
        return str(reply.json()["runs"][0]["run"])

    return ask


@pytest.fixture
def held(console_model: Any) -> Iterator[Any]:
    """The model stands still after its first token until `open` is set."""
    from model_server import Gate, Script

    gate = Gate(after=1)
    console_model.script = Script("Open the sign-in page and choose Forgotten password [1].", gate=gate)
    yield gate
    gate.open.set()


def row(page: Page, run: str) -> Locator:
    return page.get_by_role("region", name="Runs").get_by_role("link").filter(has_text=run)


def test_one_sees_ones_own_runs_and_an_operator_everybodys(
    console: Served, signed_in: Callable[..., Page], asked: Callable[..., str]
) -> None:
    run = asked()

    own = signed_in(console, *ANA, path="/runs")
    operator = signed_in(console, *ROOT, path="/runs?kind=answer")
    other = signed_in(console, *BEN, path="/runs")

    expect(row(own, run)).to_contain_text(QUESTION)
    expect(row(own, run)).to_contain_text("Finished")
    expect(own.get_by_label("Whose, by address")).to_have_count(0)
    expect(row(operator, run)).to_contain_text("ana@example.com")
    expect(row(operator, run)).not_to_contain_text("password")
    expect(other.get_by_text("No runs yet")).to_be_visible()


def test_the_list_is_narrowed_by_state_kind_door_duration_and_person_and_the_address_says_so(
    console: Served, signed_in: Callable[..., Page], asked: Callable[..., str]
) -> None:
    run = asked()
    page = signed_in(console, *ROOT, path="/runs")

    page.get_by_label("Whose, by address").fill("ana@example.com")
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="Question").click()
    page.get_by_role("combobox", name="Came in by").click()
    page.get_by_role("option", name="API", exact=True).click()
    expect(row(page, run)).to_be_visible()
    page.get_by_role("button", name="Finished").click()
    expect(row(page, run)).to_be_visible()
    expect(page).to_have_url(re.compile(r"state=finished"))
    assert "by=ana%40example.com" in page.url

    page.reload()
    expect(row(page, run)).to_be_visible()
    expect(page.get_by_role("button", name="Finished")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("combobox", name="Duration").click()
    page.get_by_role("option", name="1 h or longer").click()
    expect(page.get_by_text("No run is like that")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(row(page, run)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/console/runs$"))


def test_a_question_is_shown_step_by_step_with_what_was_found_sent_and_cited(
    console: Served, signed_in: Callable[..., Page], asked: Callable[..., str]
) -> None:
    run = asked()
    page = signed_in(console, *ANA, path=f"/runs/{run}")

    steps = page.get_by_role("listitem")
    expect(steps.filter(has_text="Search the library")).to_be_visible()
    page.get_by_role("button", name="Write the answer").click()
    output = page.get_by_role("region", name="Output")
    expect(output).to_contain_text("choose Forgotten password")
    page.get_by_role("tab", name="Passages").click()
    expect(page.get_by_role("link", name="Accounts")).to_be_visible()
    expect(page.get_by_text(re.compile(r"score 0\.\d+"))).not_to_have_count(0)
    page.get_by_role("tab", name="Prompt and draft").click()
    expect(page.get_by_role("region", name="What it wrote")).to_contain_text("[1]")
    page.get_by_role("tab", name="Citations").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Kept")
    page.get_by_role("tab", name="Input and output").click()
    expect(page.get_by_role("region", name="Input")).to_contain_text(QUESTION)
    page.get_by_role("link", name=QUESTION).click()
    expect(page).to_have_url(re.compile(r"/console/ask/c"))


def test_an_operator_sees_when_each_step_was_and_nothing_of_what_was_asked(
    console: Served, signed_in: Callable[..., Page], asked: Callable[..., str]
) -> None:
    run = asked()
    page = signed_in(console, *ROOT, path=f"/runs/{run}")

    expect(page.get_by_text("What it was given and made is not shown to you")).to_be_visible()
    page.get_by_role("button", name="Write the answer").click()
    expect(page.get_by_text("Its input and output are not shown to you.")).to_be_visible()
    expect(page.get_by_role("tab")).to_have_count(1)
    assert "password" not in page.content()


def test_a_strangers_run_is_not_there(
    console: Served, signed_in: Callable[..., Page], asked: Callable[..., str], windows: Any
) -> None:
    run = asked()
    page = signed_in(console, *BEN, path=f"/runs/{run}")
    windows.watch(page).allow("404")

    expect(page.get_by_text("There is no such run that you may see")).to_be_visible()


def test_a_run_is_followed_live_in_the_list_and_on_its_page(
    console: Served, signed_in: Callable[..., Page], asked: Callable[..., str], held: Any
) -> None:
    before = signed_in(console, *ANA, path="/runs")
    run = asked("How do I reset a password, slowly?", wait=0)
    assert held.reached.wait(20)
    expect(row(before, run)).to_contain_text("Running")
    page = signed_in(console, *ANA, path=f"/runs/{run}")
    expect(page.get_by_text("The next step is under way")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()

    held.open.set()

    expect(page.get_by_role("button", name="Check the citations")).to_be_visible()
    expect(page.get_by_text("The next step is under way")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(row(before, run)).to_contain_text("Finished")


def test_a_run_is_cancelled_once_one_is_sure_and_carried_on_after_its_last_step(
    console: Served, signed_in: Callable[..., Page], asked: Callable[..., str], ana: Any, held: Any
) -> None:
    run = asked("How do I reset a password, not at all?", wait=0)
    assert held.reached.wait(20)
    page = signed_in(console, *ANA, path=f"/runs/{run}")

    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Let it run").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert ana.get(f"/v1/engine/runs/{run}").json()["state"] == "running"
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("Cancelled")).to_be_visible()
    held.open.set()
    page.get_by_role("button", name="Resume").click()

    expect(page.get_by_text("Finished")).to_be_visible()
    expect(page.get_by_role("button", name="Check the citations")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_many_runs_are_few_in_the_page_and_come_page_by_page(
    console: Served, signed_in: Callable[..., Page], windows: Any
) -> None:
    page = signed_in(console, *ROOT, path="/sign-in")
    made = [_run(number) for number in range(1_000)]
    page.route("**/v1/engine/runs?*", lambda route: route.fulfill(json=_page(made, route.request.url)))
    page.goto(f"{console.url}/console/runs")
    box = page.get_by_role("region", name="Runs")
    expect(row(page, "run-0000")).to_be_visible()
    assert box.get_by_role("link").count() < 60

    box.hover()
    for _ in range(80):
        if row(page, "run-0999").count():
            break
        page.mouse.wheel(0, 2_000)
        page.wait_for_function("() => new Promise((then) => requestAnimationFrame(() => then(true)))")

    expect(row(page, "run-0999")).to_be_visible()
    assert box.get_by_role("link").count() < 60
    asked = [call for call in windows.watch(page).calls("/v1/engine/runs") if "after=" in call]
    assert len(asked) >= 9
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("path", ["/runs", "/runs/{run}"])
def test_it_fits_a_narrow_window(
    console: Served, signed_in: Callable[..., Page], asked: Callable[..., str], path: str
) -> None:
    run = asked()
    page = signed_in(console, *ANA, path=path.format(run=run), width=360, height=740)

    expect(page.get_by_text("Finished").first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") == 360


def _run(number: int) -> dict[str, Any]:
    return {
        "id": f"run-{number:04}",
        "kind": "answer",
        "state": "finished",
        "began": "2026-03-01T12:00:00Z",
        "ended": "2026-03-01T12:00:02Z",
        "seconds": 2.0,
        "by": "person:ana@example.com",
        "door": "api",
        "attempts": 1,
        "error": None,
    }


def _page(made: list[dict[str, Any]], url: str) -> list[dict[str, Any]]:
    before = re.search(r"after=run-(\d+)", url)
    first = int(before[1]) + 1 if before else 0
    return made[first : first + 100]
