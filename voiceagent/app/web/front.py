"""The front page: what this is and where to go. No personal data, and nothing of the inside."""

from __future__ import annotations

from html import escape

from aiohttp import web

from voiceagent.app.web.page import page


def add_front(app: web.Application, business_name: str) -> None:
    """Add ``/``.

    Args:
        app: the application.
        business_name: whose telephone is answered here.
    """
    name = escape(business_name)
    body = (
        f"<h1>{name}</h1><p>Here an agent answers the telephone of {name}. People phone it; "
        "there is nothing to see for callers on this page.</p>"
        "<ul><li><a href='/console'>Console</a>: calls, transcripts and times, for the owner.</li>"
        "<li><a href='/phone'>Phone</a>: call from this browser, for the owner.</li>"
        "<li><a href='/health'>Health</a>: whether calls are answered now.</li></ul>"
        "<p>To try it from this machine: <code>./run call --url … recording.wav</code>, "
        "or in writing: <code>./run chat</code>.</p>"
    )

    async def front(_: web.Request) -> web.Response:
        return page(business_name, body)

    app.router.add_get("/", front)
