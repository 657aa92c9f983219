"""The console: what an operator looks at. Server-made pages, no build step, no scripts.

This first version lists calls and shows one call's transcript as heard, its tool calls and its
latency waterfall. It is read-only. It holds personal data: `access` says who may see it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from aiohttp import web

from voiceagent.app.web.page import page
from voiceagent.domain.business import Business
from voiceagent.domain.history import CallHistory, CallSummary
from voiceagent.domain.records import Speaker, Turn, TurnLatency
from voiceagent.domain.usage import UsageRow, known_cost
from voiceagent.errors import Unavailable
from voiceagent.ports.history import History

STAGES = (
    ("endpoint", "endpoint_ms", "#9aa5b1"),
    ("stt", "stt_ms", "#4c78a8"),
    ("think", "think_ms", "#54a24b"),
    ("tools", "tools_ms", "#eeca3b"),
    ("tts", "tts_ms", "#f58518"),
    ("send", "send_ms", "#b279a2"),
)
"""Stage name, field of `TurnLatency`, colour; in the order in which they happen."""

_SID = re.compile(r"[A-Za-z0-9]{1,64}")
"""What names a call; anything else is no page, and never reaches the database."""


def add_console(app: web.Application, history: History, business: Business) -> None:
    """Add ``/console`` and ``/console/calls/{sid}``.

    Args:
        app: the application; `access.Access` guards it.
        history: where calls are read.
        business: its name and zone are shown.
    """
    zone = ZoneInfo(business.timezone)

    async def calls(_: web.Request) -> web.Response:
        try:
            found = await history.recent(50)
        except Unavailable as error:
            return _down(error)
        return page(f"{business.name}: calls", _call_list(found, zone) + _SIGN_OUT)

    async def call(request: web.Request) -> web.Response:
        sid = request.match_info["sid"]
        try:
            found = await history.call(sid) if _SID.fullmatch(sid) else None
        except Unavailable as error:
            return _down(error)
        if found is None:
            body = "<h1>No such call</h1><p><a href='/console'>All calls</a></p>"
            return page("No such call", body, status=404)
        return page(f"{business.name}: call", _call_page(found, zone))

    app.router.add_get("/console", calls)
    app.router.add_get("/console/calls/{sid}", call)


_SIGN_OUT = "<form method=post action='/sign-out'><p><button>Sign out</button></p></form>"


def _down(error: Unavailable) -> web.Response:
    body = (
        "<h1>The calls cannot be read now</h1>"
        f"<p>{escape(error.message)} (<code>{escape(error.code)}</code>) "
        "Calls are still answered. Try again in a few seconds.</p>"
    )
    answer = page("Not now", body, status=503)
    answer.headers["Retry-After"] = str(round(error.retry_after_s or 5))
    return answer


def _call_list(calls: Sequence[CallSummary], zone: ZoneInfo) -> str:
    rows = "".join(
        "<tr>"
        f"<td><a href='/console/calls/{escape(c.call.call_sid)}'>"
        f"{c.started_at.astimezone(zone):%b %d, %I:%M %p}</a></td>"
        f"<td>{escape(c.call.channel)}</td><td>{escape(c.call.from_number)}</td>"
        f"<td>{_outcome(c)}</td><td>{c.turns}</td><td>{_ms(c.v2v_p50_ms)}</td></tr>"
        for c in calls
    )
    empty = "" if calls else "<p>No calls yet.</p>"
    return (
        "<h1>Calls</h1><table><tr><th>Started<th>Channel<th>From<th>Outcome<th>Turns"
        f"<th>V2V p50</tr>{rows}</table>{empty}"
    )


def _call_page(history: CallHistory, zone: ZoneInfo) -> str:
    turns = "".join(_turn_row(turn) for turn in history.turns)
    legend = "".join(
        f"<span class=key style='background:{colour}'></span>{name}" for name, _, colour in STAGES
    )
    tools = "".join(
        f"<tr><td>{escape(t.name)}<td><code>{escape(_short(t.arguments_json))}</code>"
        f"<td><code>{escape(_short(t.result_json))}</code><td>{_ms(t.elapsed_ms)}</tr>"
        for t in history.tools
    )
    messages = "".join(
        f"<p><b>{escape(m.channel)} to {escape(m.to)}</b><br>{escape(m.body)}</p>"
        for m in history.messages
    )
    return (
        f"<p><a href='/console'>All calls</a></p><h1>{_outcome(history.summary)}</h1>"
        f"{_job(history, zone)}<h2>Transcript as heard</h2><p>Latency per reply: {legend}</p>"
        f"<table>{turns}</table><h2>Tool calls</h2><table>{tools}</table>"
        f"<h2>Messages sent</h2>{messages or '<p>None.</p>'}<h2>Usage</h2>{_usage(history.usage)}"
    )


def _usage(rows: Sequence[UsageRow]) -> str:
    """What was used, a line a reply and kind; a price that nobody knows is said to be unknown."""
    if not rows:
        return "<p>Nothing that is paid by use.</p>"
    lines = "".join(
        f"<tr><td>{'' if row.turn is None else row.turn}<td>{escape(row.usage.provider)}"
        f"<td>{row.usage.kind.value.replace('_', ' ')}"
        f"<td>{row.usage.units}{' (estimated)' if row.usage.estimated else ''}"
        f"<td>{_dollars(row.usage.micro_cents)}</tr>"
        for row in rows
    )
    used = [row.usage for row in rows]
    unknown = sum(one.micro_cents is None and one.units > 0 for one in used)
    more = f", and {unknown} lines of unknown price" if unknown else ""
    return (
        "<table><tr><th>Turn<th>Provider<th>Kind<th>Units<th>Cost</tr>"
        f"{lines}</table><p>In all {_dollars(known_cost(used))}{more}</p>"
    )


def _dollars(micro_cents: int | None) -> str:
    return "unknown" if micro_cents is None else f"${micro_cents / 10**8:.6f}"


def _turn_row(turn: Turn) -> str:
    text = escape(turn.heard)
    if turn.speaker is Speaker.AGENT and turn.heard != turn.text:
        rest = turn.text.removeprefix(turn.heard)
        text += f"<span class=cut>{escape(rest)}</span>"
    bar = _bar(turn.latency) if turn.latency is not None else ""
    who = turn.speaker.value
    return f"<tr class={who}><td>{who}<td>{text}<td>{bar}{_budget(turn)}</tr>"


def _budget(turn: Turn) -> str:
    """What was done about a late answer, and when the answer itself came."""
    acts = ", ".join(escape(act) for act in turn.budget_acts)
    answer = "" if turn.answer_ms is None else f"answer after {_ms(turn.answer_ms)}"
    lines = "<br>".join(part for part in (acts, answer) if part)
    return f"<small>{lines}</small>" if lines else ""


def _bar(latency: TurnLatency) -> str:
    parts = "".join(
        f"<span title='{name} {getattr(latency, field):.0f} ms' "
        f"style='background:{colour};width:{getattr(latency, field) / 5:.1f}px'></span>"
        for name, field, colour in STAGES
    )
    return f"{_ms(latency.v2v_ms)}<div class=bar>{parts}</div>"


def _job(history: CallHistory, zone: ZoneInfo) -> str:
    job = history.job
    if job is None:
        return ""
    start, end = job.window.start.astimezone(zone), job.window.end.astimezone(zone)
    paid = "<span class=ok>paid</span>" if job.deposit_paid else "not paid yet"
    return (
        f"<p><b>{escape(job.customer.name)}</b>, {escape(job.address)}<br>"
        f"{escape(job.description)}<br>{start:%A, %B %d, %I:%M %p} to {end:%I:%M %p}, "
        f"estimate ${job.estimated_cost / 100:,.2f}, deposit ${job.deposit_amount / 100:,.2f} "
        f"({paid}), {escape(job.status.value)}<br>{escape(job.notes)}</p>"
    )


def _outcome(summary: CallSummary) -> str:
    if summary.outcome is None:
        return "live"
    bad = summary.outcome.value in {"failed", "abandoned"}
    return f"<span class={'bad' if bad else 'ok'}>{summary.outcome.value}</span>"


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} ms"


def _short(text: str) -> str:
    return json.dumps(json.loads(text))[:400]
