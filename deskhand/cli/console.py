"""Links into the console: where people open it, and what is printed of them."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deskhand.errors import BadInput

if TYPE_CHECKING:
    from deskhand.access import Sessions
    from deskhand.settings import Settings

OPERATOR_SCOPES = frozenset({"ask", "ingest", "admin", "tickets"})
"""What the operator's link opens."""


async def operator_code(sessions: Sessions, settings: Settings) -> str:
    """The code of a link that signs the operator in once; "" where there is no console."""
    if not settings.console.enabled:
        return ""
    return await sessions.link(settings.operator, OPERATOR_SCOPES, stranger=True)


def way_in(settings: Settings, address: str, code: str) -> str:
    """What `deskhand serve` says of the console once it listens at `address`; "" where there is none."""
    if not code:
        return ""
    from deskhand.channels.console import sign_in_address

    place = console_at(settings, address)
    if place is None:
        return (
            "Nobody can sign in to the console yet: set `console.url` to the https address that people open "
            "(docs/how-to/console.md)."
        )
    return (
        f"The console: {sign_in_address(place, code)}\n"
        f"  (signs {settings.operator} in, once, within ten minutes; `deskhand tokens link PERSON` makes another)"
    )


def console_at(settings: Settings, address: str) -> str | None:
    """The address under which a browser can sign in to a server that listens at `address`; None if there is none."""
    if settings.console.url:
        return settings.console.url
    host = urlsplit(address).hostname or ""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return address if host == "localhost" else None
    if number.is_unspecified:
        return address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")  # noqa: S104
    return address if number.is_loopback else None


def console_by_settings(settings: Settings, given: str | None) -> str:
    """Where a link leads that is made beside a server: to `given`, or to where the settings say. Raises `BadInput`."""
    if not settings.console.enabled:
        raise BadInput("the setting `console.enabled` is false, so nobody can sign in.")
    if given:
        from deskhand.settings.console import console_origin

        try:
            return console_origin(given)
        except ValueError as error:
            raise BadInput(f"--url is {error}.") from None
    if settings.console.url is None and settings.port == 0:
        raise BadInput("the setting `port` is 0, so the server took a free one; say which by --url.")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    place = console_at(settings, f"http://{host}:{settings.port}")
    if place is None:
        raise BadInput(
            f"at {settings.host} browsers can sign in over TLS only; set `console.url` to the https address that "
            "people open, or give it by --url."
        )
    return place
