"""What every reply tells a browser, whichever door it leaves by."""

from __future__ import annotations

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""It is what its type says, stands in nobody's frame, is nothing for other sites to load, and where the reader was is
nobody's business."""

NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
"""The content security policy of what is no page: opened as one, it does nothing."""
