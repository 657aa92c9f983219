"""The console's routes: personal data, so `access` says who may, and `audit` who did."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from voiceagent.app.web.access import VISITOR
from voiceagent.app.web.console.call_page import call_page, no_call
from voiceagent.app.web.console.calls_page import SHOWN, calls_page, not_found, search_of
from voiceagent.app.web.console.engine_page import engine_page
from voiceagent.app.web.console.live_page import live_page
from voiceagent.app.web.console.looks_page import SHOWN as LOOKS_SHOWN
from voiceagent.app.web.console.looks_page import looks_page
from voiceagent.app.web.console.shell import FILES, Shell
from voiceagent.app.web.page import SHARED, not_now
from voiceagent.app.web.paths import route
from voiceagent.app.web.static import StaticFiles
from voiceagent.domain.history import CallSummary
from voiceagent.domain.looks import Role
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.history import History
from voiceagent.ports.looks import Looks
from voiceagent.ports.recording import KeptRecording, Recordings

CALL: Final = "/console/calls/{sid}"


def add_console(
    app: web.Application, history: History, looks: Looks, shell: Shell, recordings: Recordings
) -> None:
    """Add the pages.

    Args:
        app: the application; `access.Access` guards it, behind it `audit.written_down`.
        history: where calls are read.
        looks: who has looked.
        shell: makes pages.
        recordings: of calls that were.
    """
    files = StaticFiles(FILES, SHARED)

    async def live(request: web.Request) -> web.Response:
        return live_page(shell, request)

    async def calls(request: web.Request) -> web.Response:
        return await _searched(request, history, shell)

    async def call(request: web.Request) -> web.Response:
        try:
            found = await history.call(request.match_info["sid"])
        except Unavailable as error:
            return not_now(error)
        if found is None:
            return no_call(shell, request)
        kept = await _to_be_heard(request, found.summary, recordings)
        return call_page(shell, request, found, kept)

    async def engine(request: web.Request) -> web.Response:
        return engine_page(shell, request)

    async def looked(request: web.Request) -> web.Response:
        try:
            return looks_page(shell, request, await looks.recent(LOOKS_SHOWN))
        except Unavailable as error:
            return not_now(error)

    app.router.add_get("/console", live)
    app.router.add_get("/console/calls", calls)
    app.router.add_get(route(CALL), call)
    app.router.add_get("/console/engine", engine)
    app.router.add_get("/console/looks", looked)
    app.router.add_get("/console/files/{name}", files.give)


async def _searched(request: web.Request, history: History, shell: Shell) -> web.Response:
    try:
        search = search_of(request.query, shell.zone)
        return calls_page(shell, request, search, await history.find(search, SHOWN))
    except CallerFixable as error:
        return not_found(shell, request, error)
    except Unavailable as error:
        return not_now(error)


async def _to_be_heard(
    request: web.Request, summary: CallSummary, recordings: Recordings
) -> KeptRecording | None:
    """The recording of a call that is over (one that still grows is listened to), for operators."""
    if summary.outcome is None or not request[VISITOR].role.may(Role.OPERATOR):
        return None
    return await asyncio.to_thread(recordings.kept, summary.call.call_sid)
