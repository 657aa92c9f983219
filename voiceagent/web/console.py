"""The console: what an operator looks at. Server-made pages, no build step, no scripts.

This first version lists calls and shows one call's transcript as heard, its tool calls and its
latency waterfall. It is read-only and, holding personal data, is served to loopback only unless the
deployment puts its own sign-in in front.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from html import escape
from zoneinfo import ZoneInfo

from aiohttp import web

from voiceagent.business import Business
from voiceagent.domain.history import CallHistory, CallSummary
from voiceagent.domain.records import Speaker, Turn, TurnLatency
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

_STYLE = """
:root{color-scheme:light dark;--line:#8884}
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .6rem;
border-bottom:1px solid var(--line);vertical-align:top}
.agent td:first-child{color:#4c78a8}.caller td:first-child{color:#f58518}
.cut{opacity:.55;text-decoration:line-through}.bar{display:flex;height:.9rem;min-width:12rem}
.bar span{display:block}.key{display:inline-block;width:.8rem;height:.8rem;margin:0 .3rem 0 .9rem}
code{font-size:.85em;word-break:break-word}.ok{color:#54a24b}.bad{color:#e45756}
"""


def add_console(
    app: web.Application, history: History, business: Business, *, local_only: bool = True
) -> None:
    """Add ``/console`` and ``/console/calls/{sid}``.

    Args:
        app: the application.
        history: where calls are read.
        business: its name and zone are shown.
        local_only: answer 403 to addresses other than loopback.
    """
    zone = ZoneInfo(business.timezone)

    def guard(request: web.Request) -> None:
        peer = request.remote or ""
        if local_only and not (peer and ipaddress.ip_address(peer).is_loopback):
            raise web.HTTPForbidden(text="The console answers on this machine only.")

    async def calls(request: web.Request) -> web.Response:
        guard(request)
        found = await history.recent(50)
        return _page(f"{business.name}: calls", _call_list(found, zone))

    async def call(request: web.Request) -> web.Response:
        guard(request)
        found = await history.call(request.match_info["sid"])
        if found is None:
            raise web.HTTPNotFound(text="No such call.")
        return _page(f"{business.name}: call", _call_page(found, zone))

    app.router.add_get("/console", calls)
    app.router.add_get("/console/calls/{sid}", call)


def _page(title: str, body: str) -> web.Response:
    head = f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    viewport = '<meta name="viewport" content="width=device-width">'
    html = f'<!doctype html><html lang="en"><meta charset="utf-8">{viewport}{head}{body}</html>'
    return web.Response(
        text=html,
        content_type="text/html",
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "Cache-Control": "no-store",
        },
    )


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
        f"<h2>Messages sent</h2>{messages or '<p>None.</p>'}"
    )


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
