"""``/console/engine``: places, answers, budget acts, providers of each worker, as they are now."""

from __future__ import annotations

from aiohttp import web

from voiceagent.app.web.console.shell import Shell
from voiceagent.app.web.markup import el


def engine_page(shell: Shell, request: web.Request) -> web.Response:
    """The page, empty: its script fills it (`web.figures`)."""
    return shell.page(
        request,
        "Engine",
        el("h1", "Engine"),
        el("p", "The engine does not answer. Trying again …", id="lost", class_="notice bad",
           role="status", hidden=True),
        el("div", id="figures", class_="workers", data_workers=shell.workers),
        el("noscript", el("p", "This page needs JavaScript.", class_="notice bad")),
        here="/console/engine",
        scripts=("engine",),
    )  # fmt: skip
