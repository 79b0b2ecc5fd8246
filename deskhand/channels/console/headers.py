"""The rules that browsers are given with every page: what it may load, from where, and who may show it."""

from __future__ import annotations

import secrets

from deskhand.channels.headers import EVERYWHERE

FOR_EVER = "public, max-age=31536000, immutable"
"""For files whose name changes with what is in them."""


def new_nonce() -> str:
    """A word that nobody can guess, for one page: 144 bits in letters that need no escaping in HTML."""
    return secrets.token_urlsafe(18)


def policy(nonce: str | None = None) -> str:
    """The content security policy: our own scripts from files, our own styles and those that the page makes itself
    under `nonce`, nothing from another host, and no frame around it."""
    own_styles = f" 'nonce-{nonce}'" if nonce else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self'{own_styles}",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "object-src 'none'",
        )
    )


def of_page(nonce: str | None = None) -> dict[str, str]:
    """The headers of a page or one of its files."""
    return {
        **EVERYWHERE,
        "Content-Security-Policy": policy(nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
