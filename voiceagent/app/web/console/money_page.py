"""``/console/money``: deposits that a person must see to. Nothing is given back by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from voiceagent.app.web.console.shell import Shell, chip, table
from voiceagent.app.web.markup import Html, el
from voiceagent.app.web.page import not_now
from voiceagent.domain.ledger import MoneyMatter
from voiceagent.domain.pricing import in_dollars
from voiceagent.errors import Unavailable
from voiceagent.ports.payments import PaymentEvents

SHOWN: Final = 200


def add_money(app: web.Application, payments: PaymentEvents, shell: Shell) -> None:
    """Add the page.

    Args:
        app: the application; see `routes.add_console`.
        payments: where the money is read.
        shell: makes pages.
    """

    async def money(request: web.Request) -> web.Response:
        try:
            return money_page(shell, request, await payments.matters(SHOWN))
        except Unavailable as error:
            return not_now(error)

    app.router.add_get("/console/money", money)


def money_page(shell: Shell, request: web.Request, matters: Sequence[MoneyMatter]) -> web.Response:
    """The page."""
    heads = ("Booking", "Why", "State", "Asked", "Paid", "Given back", "With the bank", "Balance")
    return shell.page(
        request,
        "Money",
        el("h1", "Money"),
        el(
            "p", "Deposits that wait for a person. Refunds are made at the provider.", class_="pale"
        ),
        table("Money", heads, map(_row, matters)) if matters else el("p", "Nothing waits."),
        here="/console/money",
    )


def _row(matter: MoneyMatter) -> Html:
    account = matter.account
    call = f"/console/calls/{matter.call_sid}"
    booking = el("a", matter.code, href=call) if matter.call_sid else el("span", matter.code)
    return el(
        "tr",
        el("td", booking, " cancelled" if matter.cancelled else ""),
        el("td", matter.why),
        el("td", chip(account.state.value, "waits")),
        *(
            el("td", in_dollars(amount))
            for amount in (
                matter.asked,
                account.paid,
                account.refunded,
                account.withheld,
                account.balance,
            )
        ),
    )
