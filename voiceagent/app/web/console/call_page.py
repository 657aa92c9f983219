"""``/console/calls/{sid}``: one call, as it was heard; and as it is heard, while it is live."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from voiceagent.app.web.access import VISITOR
from voiceagent.app.web.console.calls_page import outcome_chip
from voiceagent.app.web.console.player import play_from, player, spans
from voiceagent.app.web.console.shell import Shell, chip, milliseconds
from voiceagent.app.web.console.times import legend, waterfall
from voiceagent.app.web.hand_over import HAND_OVER
from voiceagent.app.web.live import EVENTS
from voiceagent.app.web.markup import Html, el, join
from voiceagent.app.web.paths import filled
from voiceagent.app.web.recording import SOUND
from voiceagent.domain.history import CallEvent, CallHistory, CallSummary
from voiceagent.domain.looks import Role, Visitor
from voiceagent.domain.pricing import in_dollars
from voiceagent.domain.records import Job, OutboundMessage, Speaker, ToolAudit, Turn
from voiceagent.domain.texting import Delivery
from voiceagent.domain.usage import MICRO_CENTS_IN_A_DOLLAR, UsageRow, known_cost
from voiceagent.ports.recording import KeptRecording

WHO: Final = {Speaker.CALLER: "Caller", Speaker.AGENT: "Agent"}
LONGEST_JSON: Final = 2000


def call_page(
    shell: Shell, request: web.Request, history: CallHistory, kept: KeptRecording | None = None
) -> web.Response:
    """The page.

    Args:
        shell: around it.
        request: what it answers.
        history: of the call.
        kept: its recording, if there is one and the visitor may hear it.
    """
    live = history.summary.outcome is None
    zone = shell.zone
    placed = [] if kept is None else spans(history.turns, kept)
    starts = {one.turn.index: one.start_s for one in placed}
    aside = el(
        "div",
        _section("Answers", legend(), waterfall(history.turns)),
        _section("Job", _job(history.job, zone)) if history.job else None,
        _messages(history) if history.messages else None,
        _section("Tool calls", *map(_tool, history.tools)) if history.tools else None,
        _section("Cost", _usage(history.usage)),
        _section("What happened", _events(history.events, zone)) if history.events else None,
        class_="aside",
    )
    said = el(
        "ol",
        *(_turn(turn, zone, starts.get(turn.index)) for turn in history.turns),
        id="transcript",
        aria_label="Transcript",
        tabindex=0,
    )
    return shell.page(
        request,
        "Call",
        _top(history.summary, request[VISITOR], zone, live=live),
        join(())
        if kept is None
        else _section("Recording", player(history.summary.call.call_sid, kept, placed)),
        el("div", _section("Transcript as heard", said), aside, class_="call"),
        here="/console/calls",
        scripts=_scripts(request[VISITOR], history, kept),
    )


def _scripts(visitor: Visitor, history: CallHistory, kept: KeptRecording | None) -> tuple[str, ...]:
    if history.summary.outcome is None:
        return ("call", "listen") if _may_listen(visitor, history.summary) else ("call",)
    return () if kept is None else ("recording",)


def _may_listen(visitor: Visitor, summary: CallSummary) -> bool:
    return visitor.role.may(Role.OPERATOR) and summary.call.channel == "voice"


def no_call(shell: Shell, request: web.Request) -> web.Response:
    """The page where there is none."""
    back = el("p", el("a", "All calls", href="/console/calls"))
    return shell.page(
        request, "No such call", el("h1", "No such call"), back, here="/console/calls", status=404
    )


def _section(title: str, *content: Html) -> Html:
    return el("section", el("h2", title), *content)


def _top(summary: CallSummary, visitor: Visitor, zone: ZoneInfo, *, live: bool) -> Html:
    call, started = summary.call, summary.started_at.astimezone(zone)
    lasted = ""
    if summary.ended_at is not None:
        seconds = round((summary.ended_at - summary.started_at).total_seconds())
        lasted = f", {seconds // 60} min {seconds % 60} s"
    paths = {"data_events": filled(EVENTS, worker=summary.worker, call_sid=call.call_sid)}
    button = listen = None
    if _may_listen(visitor, summary):
        heard_at = filled(SOUND, worker=summary.worker, call_sid=call.call_sid)
        listen = el("button", "Listen in", id="listen", data_path=heard_at, type="button",
                    class_="quiet", aria_pressed="false")  # fmt: skip
        path = filled(HAND_OVER, worker=summary.worker, call_sid=call.call_sid)
        button = el(
            "button", "Hand over to a person", id="hand-over", data_path=path, type="button"
        )
    return el(
        "div",
        el(
            "div",
            el("h1", summary.name or call.from_number or "Unknown caller", " ", el(
                "span", outcome_chip(summary.outcome), id="outcome")),
            el("p", f"{call.from_number or 'no number'} · {call.channel} · ",
               f"{started:%A, %B %d, %I:%M:%S %p}{lasted}", class_="pale"),
        ),
        el("p", el("span", id="activity", role="status"), listen, button, class_="acts")
        if live
        else None,
        class_="top",
        id="call",
        **(paths if live else {}),
    )  # fmt: skip


def _turn(turn: Turn, zone: ZoneInfo, start_s: float | None) -> Html:
    cut = turn.speaker is Speaker.AGENT and turn.heard != turn.text
    rest = turn.text.removeprefix(turn.heard) if cut else ""
    return el(
        "li",
        el("b", WHO[turn.speaker]),
        el("time", f"{turn.at.astimezone(zone):%I:%M:%S %p}"),
        None if start_s is None else play_from(start_s),
        el(
            "p",
            el("span", turn.heard),
            el("span", rest, class_="unheard", title="not heard") if rest else None,
        ),
        _budget(turn),
        class_=f"{turn.speaker.value} cut" if cut else turn.speaker.value,
        id=f"turn-{turn.index}",
        data_turn=turn.index,
    )


def _budget(turn: Turn) -> Html | None:
    """What was done about a late answer, and when the answer itself came."""
    acts = ", ".join(turn.budget_acts)
    answer = "" if turn.answer_ms is None else f"answer after {milliseconds(turn.answer_ms)}"
    said = " · ".join(part for part in (acts, answer) if part)
    return el("small", said) if said else None


def _job(job: Job, zone: ZoneInfo) -> Html:
    start, end = job.window.start.astimezone(zone), job.window.end.astimezone(zone)
    paid = chip("paid", "ok") if job.deposit_paid else chip("not paid yet", "waits")
    rows: tuple[tuple[str, Html], ...] = (
        ("Customer", join((job.customer.name, el("br"), job.customer.phone))),
        ("Where", join((job.address,))),
        ("What", join((job.description,))),
        ("When", join((f"{start:%A, %B %d, %I:%M %p} to {end:%I:%M %p}",))),
        ("Status", join((job.status.value, ", ", job.priority.value))),
        ("Estimate", join((in_dollars(job.estimated_cost),))),
        ("Deposit", join((in_dollars(job.deposit_amount), " ", paid))),
        ("Notes", join((job.notes or "none",))),
    )
    return el(
        "dl", *(join((el("dt", name), el("dd", value))) for name, value in rows), class_="facts"
    )


def _messages(history: CallHistory) -> Html:
    arrived = history.arrived
    return _section("Messages", *(_message(one, arrived.get(one.key)) for one in history.messages))


def _message(message: OutboundMessage, arrived: Delivery | None) -> Html:
    """A message, and what the carrier has told of it; "sent" until it has told anything."""
    known = None if arrived is None else chip(arrived.value, _ARRIVED[arrived])
    to = el("b", f"{message.channel} to {message.to}")
    return el("blockquote", to, " ", known, el("p", message.body))


_ARRIVED: Final[Mapping[Delivery, str]] = {
    Delivery.SENT: "",
    Delivery.DELIVERED: "good",
    Delivery.UNDELIVERED: "bad",
}


def _tool(tool: ToolAudit) -> Html:
    failed = chip(tool.error_code, "bad") if tool.error_code else None
    return el(
        "details",
        el("summary", el("code", tool.name), " ", milliseconds(tool.elapsed_ms), " ", failed),
        el("p", f"asked by the {tool.asked_by}" if tool.asked_by else "asked", class_="pale"),
        el("blockquote", tool.heard) if tool.heard else None,
        el("pre", _json(tool.arguments_json), tabindex=0),
        el("p", "answered", class_="pale"),
        el("pre", _json(tool.result_json), tabindex=0),
    )


def _json(text: str) -> str:
    try:
        shown = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    except ValueError:
        shown = text
    return shown if len(shown) <= LONGEST_JSON else f"{shown[:LONGEST_JSON]} …"


def _usage(rows: Sequence[UsageRow]) -> Html:
    """What was used, a line a reply and kind; a price that nobody knows is said to be unknown."""
    if not rows:
        return el("p", "Nothing that is paid by use.")
    used = [row.usage for row in rows]
    unknown = sum(one.micro_cents is None and one.units > 0 for one in used)
    more = f", and {unknown} lines of unknown price" if unknown else ""
    heads = ("Turn", "Provider", "Kind", "Units", "Cost")
    lines = (
        el(
            "tr",
            el("td", row.turn),
            el("td", row.usage.provider),
            el("td", row.usage.kind.value.replace("_", " ")),
            el("td", f"{row.usage.units}{' (estimated)' if row.usage.estimated else ''}"),
            el("td", _dollars(row.usage.micro_cents)),
        )
        for row in rows
    )
    table = el(
        "table", el("thead", el("tr", *(el("th", one, scope="col") for one in heads))),
        el("tbody", *lines),
    )  # fmt: skip
    return join(
        (
            el("p", f"In all {_dollars(known_cost(used))}{more}"),
            el("details", el("summary", "By turn"), el("div", table, class_="wide", tabindex=0)),
        )
    )


def _dollars(micro_cents: int | None) -> str:
    return "unknown" if micro_cents is None else f"${micro_cents / MICRO_CENTS_IN_A_DOLLAR:.6f}"


def _events(events: Sequence[CallEvent], zone: ZoneInfo) -> Html:
    return el(
        "ul",
        *(
            el(
                "li",
                el("time", f"{one.at.astimezone(zone):%I:%M:%S %p}"),
                " ",
                f"{one.kind} {one.detail}",
            )
            for one in events
        ),
        class_="events",
    )
