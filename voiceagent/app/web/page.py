"""What all our pages have in common: one style, no scripts, nothing kept by caches."""

from __future__ import annotations

from html import escape

from aiohttp import web

_STYLE = """
:root{color-scheme:light dark;--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;
border-bottom:1px solid var(--line);vertical-align:top}
.agent td:first-child{color:#4c78a8}.caller td:first-child{color:#f58518}
.cut{opacity:.55;text-decoration:line-through}.bar{display:flex;height:.9rem;min-width:12rem}
.bar span{display:block}.key{display:inline-block;width:.8rem;height:.8rem;margin:0 .3rem 0 .9rem}
code{font-size:.85em;word-break:break-word}.ok{color:#54a24b}.bad{color:#e45756}
"""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    """A page.

    Args:
        title: plain text.
        body: HTML, already escaped.
        status: HTTP status.
    """
    head = f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    viewport = '<meta name="viewport" content="width=device-width">'
    html = f'<!doctype html><html lang="en"><meta charset="utf-8">{viewport}{head}{body}</html>'
    return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)
