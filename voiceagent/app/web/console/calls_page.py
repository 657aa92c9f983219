"""``/console/calls``: calls that were, newest first, and the search among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from voiceagent.app.web.console.shell import Shell, chip, milliseconds, table
from voiceagent.app.web.markup import Html, el, join
from voiceagent.domain.history import CallSearch, CallSummary
from voiceagent.domain.looks import plain
from voiceagent.domain.records import Outcome
from voiceagent.errors import CallerFixable

SHOWN: Final = 50
LONGEST_WORDS: Final = 100
BAD: Final = frozenset({Outcome.FAILED, Outcome.ABANDONED})


def search_of(query: Mapping[str, str], zone: ZoneInfo) -> CallSearch:
    """What is looked for.

    Args:
        query: `words`, `outcome`, and the days `from` and `to`, the last one inclusive.
        zone: of the days.

    Raises:
        CallerFixable: ``search.*``: something of it is none, or nothing can fit it. To leave it out
            would show calls that nobody looked for.
    """
    outcome, first, last = query.get("outcome", ""), _day(query, "from"), _day(query, "to")
    if outcome and outcome not in set(Outcome):
        raise CallerFixable("search.outcome", "There is no such outcome.", field="outcome")
    if first is not None and last is not None and last < first:
        problem = "The last day is before the first one."
        raise CallerFixable("search.days", problem, field="to")
    return CallSearch(
        words=plain(query.get("words", "").strip(), LONGEST_WORDS),
        outcome=Outcome(outcome) if outcome else None,
        since=None if first is None else _midnight(first, zone),
        until=None if last is None else _midnight(last + timedelta(days=1), zone),
    )


def _day(query: Mapping[str, str], name: str) -> date | None:
    if not (given := query.get(name, "").strip()):
        return None
    with suppress(ValueError):
        found = date.fromisoformat(given)
        if date(1970, 1, 2) <= found <= date(9000, 1, 1):
            return found
    raise CallerFixable("search.day", "This is no day to look for: 2026-01-31.", field=name)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def not_found(shell: Shell, request: web.Request, wrong: CallerFixable) -> web.Response:
    """The page for a search that cannot be made (422): what is wrong with it, and no calls."""
    return _page(shell, request, CallSearch(), (), wrong.message, status=422)


def calls_page(
    shell: Shell, request: web.Request, search: CallSearch, calls: Sequence[CallSummary]
) -> web.Response:
    """The page."""
    nothing = "No calls were found." if request.query_string else "No calls yet."
    if len(calls) == SHOWN:
        more = f"The newest {SHOWN} are shown. Narrow the days to see older ones."
    else:
        more = "" if calls else nothing
    return _page(shell, request, search, calls, more)


def _page(
    shell: Shell,
    request: web.Request,
    search: CallSearch,
    calls: Sequence[CallSummary],
    more: str,
    *,
    status: int = 200,
) -> web.Response:
    return shell.page(
        request,
        "Calls",
        el("h1", "Calls"),
        _form(request, search),
        _table(calls, shell.zone) if calls else join(()),
        el("p", more, class_="pale", role="status"),
        here="/console/calls",
        status=status,
    )


def _form(request: web.Request, search: CallSearch) -> Html:
    outcomes = (
        el("option", one.value, value=one.value, selected=one is search.outcome) for one in Outcome
    )
    days = (
        _labelled(name, el("input", type="date", id=at, name=at, value=_kept(request, search, at)))
        for at, name in (("from", "From"), ("to", "To"))
    )
    words = el(
        "input", type="search", id="words", name="words", value=search.words,
        maxlength=LONGEST_WORDS, placeholder="name, number, or words that were said",
    )  # fmt: skip
    return el(
        "form",
        _labelled("Search", words),
        _labelled(
            "Outcome",
            el("select", el("option", "any", value=""), *outcomes, id="outcome", name="outcome"),
        ),
        *days,
        el("button", "Search"),
        method="get",
        action="/console/calls",
        role="search",
        class_="search",
    )


def _kept(request: web.Request, search: CallSearch, at: str) -> str:
    understood = search.since if at == "from" else search.until
    return request.query.get(at, "") if understood is not None else ""


def _labelled(name: str, field: Html) -> Html:
    return el("label", el("span", name), field)


def _table(calls: Sequence[CallSummary], zone: ZoneInfo) -> Html:
    heads = ("Started", "From", "Outcome", "Channel", "Turns", "Answer, median")
    return table("Calls that were found", heads, (_row(one, zone) for one in calls))


def _row(one: CallSummary, zone: ZoneInfo) -> Html:
    started = one.started_at.astimezone(zone)
    number = one.call.from_number or "unknown"
    who = el("td", one.name, el("br"), number) if one.name else el("td", number)
    return el(
        "tr",
        el("td", el("a", f"{started:%b %d, %I:%M %p}", href=f"/console/calls/{one.call.call_sid}")),
        who,
        el("td", outcome_chip(one.outcome)),
        el("td", one.call.channel),
        el("td", one.turns, class_="number"),
        el("td", milliseconds(one.v2v_p50_ms), class_="number"),
    )


def outcome_chip(outcome: Outcome | None) -> Html:
    """How a call ended, or that it has not."""
    if outcome is None:
        return chip("live", "live")
    return chip(outcome.value, "bad" if outcome in BAD else "ok")
