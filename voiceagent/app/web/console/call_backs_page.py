"""``/console/call-backs``: who is to be rung back and when, and a button to say it is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs

from aiohttp import web

from voiceagent.app.web.access import VISITOR
from voiceagent.app.web.body import body_of, status_of
from voiceagent.app.web.console.shell import Shell, chip, table
from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.markup import Html, el
from voiceagent.app.web.page import not_now
from voiceagent.domain.call_backs import CallBackKept
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.call_backs import CallBacks

SHOWN: Final = 200
PAGE: Final = "/console/call-backs"
DONE: Final = "/console/call-backs/done"
_MOST_BYTES: Final = 4096
_KEY: Final = re.compile(r"[!-~]{1,300}")


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
        try:
            key = _key_in(await body_of(request, most=_MOST_BYTES))
            await call_backs.done(key, request[VISITOR].name)
        except CallerFixable as error:
            return error_answer(status_of(error), error.code, error.message)
        except Unavailable as error:
            return not_now(error)
        raise web.HTTPSeeOther(PAGE)

    app.router.add_get(PAGE, show)
    app.router.add_post(DONE, done)


def _key_in(body: bytes) -> str:
    """The key in a button's form.

    Raises:
        CallerFixable: ``call_back.key``.
    """
    try:
        found = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=1).get("key", [])
    except ValueError:
        found = []
    if len(found) != 1 or not _KEY.fullmatch(found[0]):
        raise CallerFixable("call_back.key", "The form names no call.", field="key")
    return found[0]


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
