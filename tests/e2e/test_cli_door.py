"""The command line, as real processes: alone, and beside a server that holds the desk."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys

QUESTION = "How do I reset my password?"


def test_ask_prints_the_answer_and_its_sources(household):
    said = household.run("ask", QUESTION, "--as", "ben@example.com").stdout

    assert "choose Forgotten password" in said
    assert "Sources" in said
    assert "Accounts" in said
    assert "version 1" in said


def test_ask_as_json_has_all_that_the_answer_has(household):
    said = household.json("ask", QUESTION, "--as", "ben@example.com", "--trace")

    [run] = said["runs"]
    assert run["label"] == "scripted"
    assert run["answer"]["citations"][0]["title"] == "Accounts"
    assert run["trace"]["passages"]


def test_one_reader_is_answered_and_another_refused(household, model):
    model.script.says = "The yearly bonus for the sales team is 4000 crowns and is paid in March [1]."
    question = ("ask", "What is the yearly bonus for the sales team?")

    ana = household.run(*question, "--as", "ana@example.com").stdout
    ben = household.run(*question, "--as", "ben@example.com")

    assert "4000 crowns" in ana
    assert "4000" not in ben.stdout + ben.stderr
    assert "Bonus" not in ben.stdout + ben.stderr


def test_two_labels_answer_side_by_side(household):
    said = household.json("ask", QUESTION, "--model", "scripted", "--model", "quotes", "--as", "ben@example.com")

    assert [run["label"] for run in said["runs"]] == ["scripted", "quotes"]
    assert all(not run["answer"]["refused"] for run in said["runs"])
    printed = household.run(
        "ask", QUESTION, "--model", "scripted", "--model", "quotes", "--as", "ben@example.com"
    ).stdout
    assert printed.count("Sources") == 2


def test_a_conversation_goes_on(household):
    first = household.json("ask", QUESTION, "--as", "ben@example.com")["conversation"]

    second = household.json("ask", "And a printer that blinks red?", "--conversation", first, "--as", "ben@example.com")

    assert second["conversation"] == first


def test_a_run_is_drawn_as_a_tree_of_its_steps(household):
    run = household.json("ask", QUESTION, "--as", "ben@example.com")["runs"][0]["run"]

    drawn = household.run("runs", "show", run, "--as", "ben@example.com").stdout
    listed = household.json("runs", "list", "--as", "ben@example.com")

    for part in (run, "finished", "ms", "Passages", "Accounts", "Prompt", "Tokens", "Citations"):
        assert part in drawn, part
    assert [each["id"] for each in listed] == [run]
    assert household.json("runs", "list", "--as", "ana@example.com") == []
    assert "no run" in household.run("runs", "show", run, "--as", "ana@example.com", code=1).stderr


def test_a_verdict_is_drawn_with_its_run(household):
    run = json.loads(household.run("ask", QUESTION, "--json", "--as", "ben@example.com").stdout)["runs"][0]["run"]

    said = household.run("runs", "verdict", run, "--bad", "--reason", "Too long.", "--as", "ben@example.com").stdout
    drawn = household.run("runs", "show", run, "--as", "ben@example.com").stdout

    assert f"{run} is bad" in said
    assert "bad, says ben@example.com: Too long." in drawn

    assert "say --good or --bad" in household.run("runs", "verdict", run, "--take-back", "--bad", code=2).stderr
    household.run("runs", "verdict", run, "--take-back", "--as", "ben@example.com")
    assert "says ben@example.com" not in household.run("runs", "show", run, "--as", "ben@example.com").stdout


def test_commands_work_beside_a_server_that_holds_the_desk(household):
    server = household.serve()

    answer = household.json("ask", QUESTION, "--as", "ben@example.com")["runs"][0]["answer"]
    (household.folder / "more").mkdir()
    (household.folder / "more" / "travel.md").write_text("# Travel\n\nTravel is booked through the portal.\n")
    report = household.json("ingest", "more", "--read", "everyone")

    assert not answer["refused"]
    assert report["counts"]["indexed"] == 1
    documents = server.client(household.token("ben@example.com")).get("/v1/documents").json()
    assert "travel.md" in {each["item"] for each in documents}


def test_one_bad_file_does_not_stop_the_others_and_is_told_of(household):
    mixed = household.folder / "mixed"
    mixed.mkdir()
    (mixed / "good.md").write_text("# Good\n\nThis one can be read.\n")
    (mixed / "bad.pdf").write_bytes(b"%PDF-1.7 nonsense")

    done = household.run("ingest", "mixed", "--source", "mixed")

    assert "1 indexed, 1 failed" in done.stdout
    assert "bad.pdf" in done.stderr
    [failed] = household.json("sources", "documents", "--source", "mixed", "--state", "failed")
    assert failed["item"] == "bad.pdf"
    assert failed["reason"]
    assert household.json("sources", "retry", "--source", "mixed") == {"retried": 1}


def test_when_every_file_fails_the_exit_code_says_so(household):
    mixed = household.folder / "mixed"
    mixed.mkdir()
    (mixed / "bad.pdf").write_bytes(b"%PDF-1.7 nonsense")

    assert household.json("ingest", "mixed", code=1)["ok"] is False


def test_a_right_that_is_taken_away_is_gone_at_once(household):
    [secret] = [each["id"] for each in household.json("sources", "list") if "group:finance" in each["access"]]
    assert len(household.json("sources", "documents", "--as", "ana@example.com")) == 3

    household.run("sources", "access", secret, "--nobody")

    assert len(household.json("sources", "documents", "--as", "ana@example.com")) == 2


def test_ctrl_c_leaves_the_run_on_record_and_says_how_to_find_it(household, model):
    model.script.rate = 2.0
    process = household.start("ask", QUESTION, "--as", "ben@example.com")
    while not model.script.requests:
        assert process.poll() is None, household.log()

    process.send_signal(signal.SIGINT)
    process.wait(20)

    assert process.returncode == 130
    said = household.log()
    assert "Traceback" not in said
    [command] = [line.strip() for line in said.splitlines() if "deskhand runs show" in line]
    assert command.endswith("--as ben@example.com")
    run = command.split()[3]
    model.script.rate = None
    household.run("ask", QUESTION, "--as", "ben@example.com")  # carries on what was left, too
    assert run in {each["id"] for each in household.json("runs", "list", "--as", "ben@example.com")}


def test_a_run_that_has_ended_cannot_be_cancelled_or_resumed(household):
    run = household.json("ask", QUESTION, "--as", "ben@example.com")["runs"][0]["run"]

    for verb in ("cancel", "resume"):
        assert "there is nothing to" in household.run("runs", verb, run, "--as", "ben@example.com", code=1).stderr


def test_on_a_terminal_there_are_signs_of_life_and_the_answer_is_left_once(household, model, long_answer):
    model.script.says, model.script.rate = long_answer, 40.0

    seen = on_a_terminal(household, "ask", QUESTION, "--as", "ben@example.com")

    assert seen.index("opening the desk") < seen.index("writing (sources are checked at the end)")
    left = screen(seen)
    assert sum(line.strip() == "Sources" for line in left) == 1
    assert sum(line.startswith("Open the sign-in page [1]. Choose") for line in left) == 1
    assert not any("opening" in line or "writing" in line for line in left)


def on_a_terminal(household, *arguments):
    """All that a command writes to a terminal of 200 columns, codes included."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "deskhand", *arguments],
        cwd=household.folder,
        env={**household.environment(), "TERM": "xterm", "COLUMNS": "200", "LINES": "50"},
        stdin=inner,
        stdout=inner,
        stderr=inner,
    )
    os.close(inner)
    written = bytearray()
    with contextlib.suppress(OSError):  # Linux ends a terminal's output with an error
        while read := os.read(outer, 65_536):
            written += read
    os.close(outer)
    assert process.wait(20) == 0, written.decode()
    return written.decode()


CODES = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


def screen(written):
    """The lines that are left on the terminal, after its codes for moving up and for wiping a line."""
    lines, row, column = [""], 0, 0
    for number, code, control, text in CODES.findall(written):
        if code == "A":
            row -= int(number or 1)
        elif code == "K":
            lines[row] = ""
        elif control == "\r":
            column = 0
        elif control == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif text:
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
    return lines


def test_what_cannot_be_is_said_on_stderr_in_a_sentence(household):
    assert "no run" in household.run("runs", "show", "nonsense", code=1).stderr
    assert "empty" in household.run("ask", "  ", code=2).stderr
    assert "nonsense" in household.run("ask", QUESTION, "--model", "nonsense", code=2).stderr
    assert "no source" in household.run("sources", "access", "nonsense", "--nobody", code=1).stderr
    assert "nonsense" in household.run("tokens", "create", "nonsense@example.com", code=1).stderr


def test_settings_check_tries_the_model(household, model):
    assert all(part["ok"] for part in household.json("settings", "check"))

    model.script.fails(401, times=9)

    failed = [part["name"] for part in household.json("settings", "check", code=1) if not part["ok"]]
    assert failed == ["model scripted"]


def test_the_index_can_be_made_anew(household):
    rebuilt = household.json("index", "rebuild")

    assert rebuilt["passages"] == 3
    assert household.json("index", "check") == {"ok": True}
    assert not household.json("ask", QUESTION, "--as", "ben@example.com")["runs"][0]["answer"]["refused"]


def test_people_come_from_a_file(household):
    (household.folder / "people.yaml").write_text("people:\n  eve@example.com: [support]\n")

    assert json.loads(household.run("people", "load", "people.yaml", "--json").stdout)["added"] == 1
    assert household.json("people", "list") == [{"id": "eve@example.com", "kind": "person", "groups": ["support"]}]
