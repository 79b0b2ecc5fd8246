"""Settings of the console, and where links into it lead."""

from __future__ import annotations

from typing import Any

import pytest

from deskhand.cli.console import console_at, console_by_settings, way_in
from deskhand.errors import BadInput, BadSettings
from deskhand.settings import Settings, load_settings
from deskhand.settings.showing import public_address


def settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://desk.example.com", "https://desk.example.com"),
        (" HTTPS://Desk.Example.com/ ", "https://desk.example.com"),
        ("https://desk.example.com:443", "https://desk.example.com"),
        ("https://desk.example.com:8443/", "https://desk.example.com:8443"),
        ("https://hilfe.müller.example", "https://hilfe.xn--mller-kva.example"),
        ("http://localhost:9000", "http://localhost:9000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_the_public_address_is_kept_as_browsers_write_it(url: str, origin: str) -> None:
    assert settings(console={"url": url}).console.url == origin


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example.com",
        "http://192.168.1.5",
        "desk.example.com",
        "https://",
        "https://desk.example.com/console",
        "https://desk.example.com/?x=1",
        "https://ana:secret@desk.example.com",
        "https://desk.example.com:nonsense",
        "ftp://desk.example.com",
        "",
    ],
)
def test_an_address_that_browsers_cannot_sign_in_at_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match=r"console\.url"):
        load_settings(console={"url": url})


@pytest.mark.parametrize("hours", [0, -1, 1_000])
def test_a_session_has_an_end(hours: int) -> None:
    with pytest.raises(BadSettings, match=r"console\.hours"):
        load_settings(console={"hours": hours})


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("http://[::]:8000", "http://[::1]:8000"),
        ("http://192.168.1.5:8000", None),
        ("http://desk.lan:8000", None),
    ],
)
def test_links_lead_to_where_one_can_sign_in(address: str, place: str | None) -> None:
    assert console_at(settings(), address) == place
    assert console_at(settings(console={"url": "https://desk.example.com"}), address) == "https://desk.example.com"


def test_the_server_says_how_to_get_in_or_what_keeps_people_out() -> None:
    said = way_in(settings(operator="op@example.com"), "http://127.0.0.1:8000", "abc")
    assert "http://127.0.0.1:8000/console/sign-in#code=abc\n" in said
    assert "op@example.com" in said

    assert "`console.url`" in way_in(settings(), "http://192.168.1.5:8000", "abc")
    assert way_in(settings(console={"enabled": False}), "http://127.0.0.1:8000", "") == ""


def test_a_link_made_beside_the_server_leads_to_the_address_of_the_settings() -> None:
    assert console_by_settings(settings(), None) == "http://127.0.0.1:8000"
    assert console_by_settings(settings(host="::1", port=81), None) == "http://[::1]:81"
    assert console_by_settings(settings(port=0), "http://localhost:4711/") == "http://localhost:4711"


@pytest.mark.parametrize(
    ("given", "url", "said"),
    [
        ({"port": 0}, None, "--url"),
        ({"host": "192.168.1.5"}, None, "TLS"),
        ({}, "http://192.168.1.5:8000", "https address"),
        ({"console": {"enabled": False}}, None, "console.enabled"),
    ],
)
def test_without_such_an_address_no_link_is_made(given: dict[str, Any], url: str | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        console_by_settings(settings(**given), url)


@pytest.mark.parametrize("password", ["hunter2", "hun/ter2", "hun#ter2", "hun?ter2", "hun@ter2", "hun:ter2"])
def test_an_address_is_shown_without_a_password_however_it_is_written(password: str) -> None:
    shown = public_address(f"postgresql://desk:{password}@db.example.com/desk")

    assert shown == "postgresql://db.example.com/desk"
