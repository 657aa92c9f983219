"""``/console/call-backs``: who is to be rung back and when, and a button to say it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from voiceagent.app.web.access import VISITOR
from voiceagent.app.web.console.shell import Shell, chip, table
from voiceagent.app.web.markup import Html, el
from voiceagent.app.web.page import not_now
from voiceagent.app.web.tools import error_answer
from voiceagent.domain.call_backs import CallBackKept
from voiceagent.errors import Unavailable
from voiceagent.ports.call_backs import CallBacks

SHOWN: Final = 200
PAGE: Final = "/console/call-backs"
DONE: Final = "/console/call-backs/done"


def add_call_backs(app: web.Application, call_backs: CallBacks, shell: Shell) -> None:
    """Add the page and its button.

    Args:
        app: the application; see `routes.add_console`.
        call_backs: where they are kept.
        shell: makes pages.
    """

    async def show(request: web.Request) -> web.Response:
        try:
            return call_backs_page(shell, request, await call_backs.recent(SHOWN))
        except Unavailable as error:
            return not_now(error)

    async def done(request: web.Request) -> web.Response:
        form = await request.post()
        key = form.get("key")
        if not isinstance(key, str):
            return error_answer(422, "call_back.key", "Send the key of a call back.")
        try:
            await call_backs.done(key, request[VISITOR].name)
        except Unavailable as error:
            return not_now(error)
        raise web.HTTPSeeOther(PAGE)

    app.router.add_get(PAGE, show)
    app.router.add_post(DONE, done)


def call_backs_page(
    shell: Shell, request: web.Request, kept: Sequence[CallBackKept]
) -> web.Response:
    """The page: those that wait stand first."""
    heads = ("Who", "When", "Why", "What about", "Asked", "State")
    return shell.page(
        request,
        "Call backs",
        el("h1", "Call backs"),
        el("p", "Times are those at which their phone may ring and we are open.", class_="pale"),
        table("Call backs", heads, (_row(shell, one) for one in kept))
        if kept
        else el("p", "Nobody waits to be called back."),
        here=PAGE,
    )


def _row(shell: Shell, kept: CallBackKept) -> Html:
    asked, zone = kept.asked, shell.zone
    start, end = asked.window.start.astimezone(zone), asked.window.end.astimezone(zone)
    till = f"{end:%I:%M %p}" if end.date() == start.date() else f"{end:%b %d, %I:%M %p}"
    return el(
        "tr",
        el("td", el("a", asked.who, href=f"/console/calls/{kept.call_sid}")),
        el("td", f"{start:%a, %b %d, %I:%M %p} to {till}"),
        el("td", asked.reason),
        el("td", asked.summary),
        el("td", f"{kept.asked_at.astimezone(zone):%b %d, %I:%M %p}"),
        el("td", _state(kept)),
    )


def _state(kept: CallBackKept) -> Html:
    if kept.done_at is not None:
        return chip(f"done by {kept.done_by}", "done")
    return el(
        "form",
        el("input", type="hidden", name="key", value=kept.asked.key),
        el("button", "Done", class_="quiet"),
        method="post",
        action=DONE,
    )
