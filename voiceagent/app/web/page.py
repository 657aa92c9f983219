"""What our pages have in common: their headers, and the style of those that have no files.

No page runs a script or takes a style that is not a file of ours, or named by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import Final

from aiohttp import web

from voiceagent.errors import Unavailable

SHARED: Final = Path(__file__).with_name("shared_page")
"""Files that several of our pages have."""

_STYLE: Final = "".join(
    (SHARED / name).read_text(encoding="utf-8") for name in ("colours.css", "base.css", "plain.css")
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of a page that is all there is of it."""

WITH_FILES: Final = HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    )
}
"""Of a page that has scripts and styles in files."""


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    """A page without files.

    Args:
        title: plain text.
        body: HTML, already escaped.
        status: HTTP status.
    """
    head = f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    meta = (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
    )
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{meta}{head}</head>'
        f"<body><main>{body}</main></body></html>"
    )
    return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


def not_now(error: Unavailable) -> web.Response:
    """The page that is shown where one cannot be made because something is away."""
    body = (
        "<h1>The calls cannot be read now</h1>"
        f"<p>{escape(error.message)} (<code>{escape(error.code)}</code>) "
        "Calls are still answered. Try again in a few seconds.</p>"
    )
    answer = page("Not now", body, status=503)
    answer.headers["Retry-After"] = str(round(error.retry_after_s or 5))
    return answer
