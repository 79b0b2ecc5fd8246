"""A desk in full use: the sample library, its people, questions, tickets and a few failures, all made by real calls.

`with busy_desk(folder) as served:` gives it, served; pictures for the docs are taken of it, and pages are judged on it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from household import ROOT, Household, Served
from model_server import ModelServer, Script

ANA, BEN, HANNA, SAM = "ana@example.com", "ben@example.com", "hanna@example.com", "sam@example.com"
OWNER = "dieter@example.com"
"""Ana is of the staff, Ben of HR too; Hanna handles tickets, Sam owns two environments, Dieter the library."""
WITH: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
"""People, what the model writes, questions, tickets and notes."""
POLICY = Path(__file__).with_name("busy_policy.yaml")
_PASSAGE = re.compile(r"<passage-\w+ number=(\d+)[^>]*>\n(.*?)\n</passage-", re.DOTALL)


def written(prompt: str) -> str:
    """What the model says to a prompt: its question's sentences, each with the mark of its passage."""
    if "Last question:" in prompt:
        return _known("alone", prompt.rpartition("Last question:")[2]) or "What?"
    if "Translate the user's question" in prompt:
        return _known("german", prompt) or "Was?"
    passages = _PASSAGE.findall(prompt)
    marked = [
        f"{each['said']} [{number}]."
        for each in _known("written", prompt.rpartition("Question:")[2]) or ()
        if (number := next((number for number, text in passages if each["from"] in text), None))
    ]
    numbered = any(said.startswith("1.") for said in marked)
    return ("\n" if numbered else " ").join(marked) or "NO_ANSWER"


def _known(what: str, text: str) -> Any:
    """What is known of this kind for a text, by the words in it."""
    return next((said for words, said in WITH[what].items() if words in text), None)


def configuration(folder: Path, model_url: str) -> dict[str, str]:
    """The variables of the desk."""
    scripted = {"provider": "openai", "base_url": f"{model_url}/v1", "api_key": "none"}
    models = {"thorough": {**scripted, "model": "thorough"}, "quick": {**scripted, "model": "quick"}}
    return {
        "DESKHAND_HOME": str(folder / "desk"),
        "DESKHAND_MODELS": json.dumps(models),
        "DESKHAND_TICKETS__POLICY": str(POLICY),
        "DESKHAND_OPERATOR": OWNER,
        "DESKHAND_PERSON": "the help desk, extension 4000",
        "DESKHAND_INGESTION__ROOTS": json.dumps([str(folder)]),
    }


def furnish(household: Household) -> None:
    """People, employees and two sources go in, the second one twice, so that a document has versions."""
    folder = household.folder
    (folder / "people.yaml").write_text(json.dumps({"people": WITH["people"], "services": {"helpdesk-bot": ["staff"]}}))
    shutil.copytree(ROOT / "examples" / "library", folder / "library")
    notes = folder / "notes"
    notes.mkdir()
    for name, text in WITH["notes"].items():
        (notes / name).write_text(text)
    household.run("people", "load", "people.yaml")
    household.run("tickets", "load", str(ROOT / "examples" / "tickets.yaml"))
    household.run("ingest", "library", "--read", "group:staff")
    household.run("ingest", "notes", "--read", "group:staff")
    (notes / "handover.md").write_text(f"{WITH['notes']['handover.md']}\nIt was fast again after a restart at 03:00.\n")
    household.run("ingest", "notes", "--read", "group:staff")


def ask(served: Served, model: ModelServer) -> None:
    """The conversations, what Ana says of the first answers, and a question that her model fails at."""
    runs: list[dict[str, Any]] = []
    clients = {who: served.client(served.household.token(who)) for who in {each["who"] for each in WITH["questions"]}}
    for each in WITH["questions"]:
        conversation = None
        for question in each["asks"]:
            body = {"question": question, "conversation": conversation}
            asked = clients[each["who"]].post("/v1/ask", json=body).raise_for_status().json()
            conversation = asked["conversation"]
            runs += asked["runs"]
    verdicts = [
        {"good": True, "reason": "Just what I needed."},
        {"good": False, "reason": "Too short.", "better": "Say where the status is shown in the admin console."},
    ]
    for run, verdict in zip(runs, verdicts, strict=False):
        clients[ANA].post(f"/v1/runs/{run['run']}/verdict", json=verdict).raise_for_status()
    model.script.fails(401, times=2)
    clients[ANA].post("/v1/ask", json={"question": "Which regions are there?", "models": ["quick"]}).raise_for_status()
    model.script.faults.clear()


def submit(served: Served) -> None:
    """The tickets, and what people did with some of them."""
    hanna = served.client(served.household.token(HANNA, "ask", "tickets"))
    for number, ticket in WITH["tickets"].items():
        body = {"id": number, "requester": ticket["of"], "text": ticket["text"], "wait": 30}
        hanna.post("/v1/tickets", json=body).raise_for_status()

    def act(number: str, deed: str, **body: Any) -> None:
        version = hanna.get(f"/v1/tickets/{number}").raise_for_status().json()["version"]
        hanna.post(f"/v1/tickets/{number}/{deed}", json={"version": version, **body}).raise_for_status()

    act("T-1045", "comments", text="The colour is part of the rebranding; it is needed until March.")
    act("T-1049", "assign", to="@kirk", instructions="There is no environment 9 yet. Is it being set up?")
    act("T-1043", "reopen", reason="The access seems to be gone since this morning.")


@contextmanager
def busy_desk(folder: Path) -> Iterator[Served]:
    """The desk, made anew in the folder and served."""
    with ModelServer(Script(written)) as model:
        household = Household(folder, configuration(folder, model.url))
        try:
            furnish(household)
            served = household.serve()
            ask(served, model)
            submit(served)
            yield served
        finally:
            household.close()
