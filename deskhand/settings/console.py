"""Settings of the console: the desk in a browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from deskhand.settings.part import Part


class ConsoleSettings(Part):
    """The desk in a browser, at `/console/`."""

    enabled: bool = True
    """Serve the pages, and let browsers sign in. Without it, only tokens open the API."""
    url: str | None = None
    """The address that people open, where a proxy with TLS stands in front: `https://desk.example.com`. Without it,
    browsers can sign in on this machine only."""
    hours: float = Field(12.0, gt=0, le=24 * 31)
    """How long a browser stays signed in."""

    @field_validator("url")
    @classmethod
    def _is_an_origin(cls, url: str | None) -> str | None:
        return None if url is None else console_origin(url)


def console_origin(url: str) -> str:
    """The address of a server as browsers write it in `Origin`: without a path, and without the port of its kind.

    Raises `ValueError` for one that browsers cannot sign in at.
    """
    parts = urlsplit(url.strip())
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    here = parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
    if not (parts.scheme == "https" or here) or not host:
        raise ValueError(f"{url!r} must be an https address such as https://desk.example.com")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{url!r} must end after the host (and its port); the console is at /console/ there")
    written = f"[{host}]" if ":" in host else host.encode("idna").decode()
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{written}" + (f":{port}" if port and port != usual else "")
