"""`deskhand tokens link` and `sign-out`, as they are typed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result

from deskhand.access import Sessions
from deskhand.assembly import open_ground
from deskhand.cli.main import deskhand
from deskhand.errors import BadInput, NotFound, SignInFailed
from deskhand.settings import load_settings

T = TypeVar("T")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(deskhand, arguments)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def with_sessions(work: Any) -> Any:
    """What `work(sessions)` gives, on the desk that the commands worked on."""

    async def carried(work: Coroutine[Any, Any, T]) -> T:
        return await work

    with open_ground(load_settings()) as ground:
        return asyncio.run(carried(work(ground.sessions)))


def code_of(link: str) -> str:
    address, _, code = link.strip().partition("#code=")
    assert address == "http://127.0.0.1:8000/console/sign-in"
    return code


def test_a_link_signs_its_person_in_for_what_was_said() -> None:
    run("people", "add", "ana@example.com")

    made = run("tokens", "link", "Ana@example.com", "--scope", "ask", "--scope", "admin")

    assert "once, within ten minutes" in made.stderr
    _, session = with_sessions(lambda sessions: sessions.open_by_code(code_of(made.stdout)))
    assert (session.signed.principal.id, session.signed.scopes) == ("ana@example.com", {"ask", "admin"})


def test_the_operator_gets_a_link_without_being_in_the_directory_and_nobody_else_does() -> None:
    made = json.loads(run("tokens", "link", "operator@localhost", "--json").stdout)

    _, session = with_sessions(lambda sessions: sessions.open_by_code(code_of(made["link"])))
    assert session.signed.scopes == set(made["scopes"]) == {"ask", "tickets"}
    with pytest.raises(NotFound, match=r"zoe@example\.com"):
        run("tokens", "link", "zoe@example.com")


def test_signing_out_makes_links_worthless() -> None:
    run("people", "add", "ana@example.com")
    made = run("tokens", "link", "ana@example.com")

    assert "signed out of every browser" in run("tokens", "sign-out", "ana@example.com").stdout

    def use(sessions: Sessions) -> Any:
        return sessions.open_by_code(code_of(made.stdout))

    with pytest.raises(SignInFailed):
        with_sessions(use)


def test_an_address_that_nobody_can_sign_in_at_makes_no_link() -> None:
    with pytest.raises(BadInput, match="https address"):
        run("tokens", "link", "operator@localhost", "--url", "http://192.168.1.5:8000")
