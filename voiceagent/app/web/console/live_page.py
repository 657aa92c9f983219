"""``/console``: every call as it happens. What is on it comes by events (`web.wall`)."""

from __future__ import annotations

from aiohttp import web

from voiceagent.app.web.console.shell import Shell
from voiceagent.app.web.markup import el


def live_page(shell: Shell, request: web.Request) -> web.Response:
    """The page, empty: its script fills it."""
    figures = el(
        "dl",
        *(
            el("div", el("dt", name), el("dd", "0", id=at))
            for at, name in (
                ("live", "Live calls"),
                ("free", "Free places"),
                ("waiting", "Waiting for an answer"),
                ("slowest", "Slowest answer now"),
            )
        ),
        class_="figures",
    )
    return shell.page(
        request,
        "Live calls",
        el("h1", "Live calls"),
        el(
            "p",
            "The connection to the engine is lost. Trying again …",
            id="lost",
            class_="notice bad",
            role="status",
            hidden=True,
        ),
        el(
            "p",
            "No new calls are taken: the server is being stopped.",
            id="draining",
            class_="notice",
            role="status",
            hidden=True,
        ),
        figures,
        el("ol", id="wall", class_="wall", aria_label="Calls", data_workers=shell.workers),
        el("p", "No calls now.", id="none", class_="pale"),
        el("noscript", el("p", "This page needs JavaScript.", class_="notice bad")),
        here="/console",
        scripts=("wall",),
    )
