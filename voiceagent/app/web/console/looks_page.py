"""``/console/looks``: who has looked at what, for the owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from voiceagent.app.web.console.shell import Shell, chip, table
from voiceagent.app.web.markup import Html, el
from voiceagent.domain.looks import WrittenLook

SHOWN: Final = 200

NAMES: Final = {
    "GET /console": "live calls",
    "GET /console/calls": "list of calls",
    "GET /console/calls/{sid}": "a call",
    "GET /console/money": "money that waits for a person",
    "GET /console/call-backs": "people who are to be called back",
    "POST /console/call-backs/done": "saw to a call back",
    "GET /console/looks": "this page",
    "GET /calls/{worker}/events": "live calls, as they happen",
    "GET /calls/{worker}/{sid}/events": "a call, as it happens",
    "GET /calls/{worker}/{sid}/sound": "listened in on a call",
    "GET /console/calls/{sid}/recording": "heard a recording",
    "POST /calls/{worker}/{sid}/hand-over": "handed a call over to a person",
    "GET /phone": "the browser phone",
    "POST /phone/calls": "phoned from the browser",
}
"""What is written down -> what it is for people; anything else is shown as it was written."""


def looks_page(shell: Shell, request: web.Request, looks: Sequence[WrittenLook]) -> web.Response:
    """The page."""
    heads = ("When", "Who", "Role", "What", "About", "From")
    return shell.page(
        request,
        "Who looked",
        el("h1", "Who looked"),
        el("p", f"The newest {SHOWN}. What is shown is written down first.", class_="pale"),
        table("Looks", heads, (_row(shell, one) for one in looks)),
        here="/console/looks",
    )


def _row(shell: Shell, one: WrittenLook) -> Html:
    look = one.look
    return el(
        "tr",
        el("td", f"{one.at.astimezone(shell.zone):%b %d, %I:%M:%S %p}"),
        el("td", look.visitor.name),
        el("td", chip(look.visitor.role.value, "role")),
        el("td", NAMES.get(look.what, look.what)),
        el("td", el("code", look.about) if look.about else ""),
        el("td", look.source),
    )
