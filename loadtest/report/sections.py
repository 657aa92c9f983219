"""The parts of the page, in words and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from loadtest.replay.figures import ABOUT_COUNTS, ABOUT_SPREADS, spread
from loadtest.replay.results import (
    STAGES,
    BudgetVerdict,
    CallResult,
    ReplyStages,
    RunResult,
    SpokenLine,
    WireTurn,
)
from loadtest.report import charts
from loadtest.report.audio import Clip
from loadtest.report.markup import Child, Markup, el, joined, table

ROWS: Final = 500
"""Calls in the list; the JSON has all."""


def head(result: RunResult) -> Markup:
    """What it was, whether it was good enough, and the figures that matter most."""
    counts, v2v = result.counts, result.spreads.get("v2v")
    clear = result.spreads.get("clear")
    tiles = [
        (f"{counts['calls']:.0f}", f"calls, {result.lines} at one time"),
        (f"{counts['failed_calls']:.0f}", "calls failed"),
        (f"{counts['turns']:.0f}", "caller turns"),
        (_ms(v2v.p50_ms if v2v else None), "V2V, median"),
        (_ms(v2v.p95_ms if v2v else None), "V2V, 95th percentile"),
        (_ms(clear.p95_ms if clear else None), "barge-in → agent stopped, p95"),
    ]
    return joined(
        el("h1", f"Load test: {result.target.business}"),
        el(
            "p",
            f"{result.began_at}, {result.seconds:.0f} s against {result.target.url}. V2V is"
            " voice-to-voice: the caller's last sample to the first sound of the reply.",
            class_="soft",
        ),
        _verdict(result),
        *(el("div", note, class_="verdict note") for note in result.notes),
        el("ul", *(el("li", el("b", n), el("span", what)) for n, what in tiles), class_="tiles"),
    )


def _verdict(result: RunResult) -> Markup:
    if not result.budgets:
        return el("div", "No budgets were set, so nothing was judged.", class_="verdict note")
    if result.kept:
        every = f"Every budget was kept ({len(result.budgets)})."
        return el("div", every, class_="verdict kept")
    over = [one for one in result.budgets if one.verdict is not BudgetVerdict.KEPT]
    return el(
        "div",
        f"{len(over)} of {len(result.budgets)} budgets blown",
        el("ul", *(el("li", one.sentence) for one in over)),
        class_="verdict blown",
        role="alert",
    )


def budgets(result: RunResult) -> Markup | None:
    """Every budget with its verdict."""
    if not result.budgets:
        return None
    rows = [
        (
            one.name,
            el("span", one.verdict.value, class_=_verdict_class(one.verdict)),
            "-" if one.value is None else f"{one.value:,.6g}",
            f"{one.limit:,.6g}",
        )
        for one in result.budgets
    ]
    head_row = ("budget", "verdict", "measured", "at most")
    return _section("Budgets", table("Budgets and what was measured", head_row, rows, numbers=2))


def _verdict_class(verdict: BudgetVerdict) -> str:
    return "good-text" if verdict is BudgetVerdict.KEPT else "bad-text"


def latencies(result: RunResult) -> Markup:
    """Percentiles of every latency."""
    rows = [
        (
            name,
            ABOUT_SPREADS[name],
            *(f"{v:,.0f}" for v in (one.p50_ms, one.p95_ms, one.p99_ms, one.max_ms)),
            f"{one.count:,}",
        )
        for name, one in result.spreads.items()
    ]
    head_row = ("latency", "what it is", "p50", "p95", "p99", "max", "count")
    shown: Child = (
        table("Latencies in milliseconds", head_row, rows, numbers=2)
        if rows
        else el("p", "Nothing was answered, so nothing could be measured.")
    )
    return _section("Latencies", shown)


def waterfalls(result: RunResult) -> Markup | None:
    """A usual reply, a slow one and the slowest, stage by stage."""
    replies = [reply for call in result.calls for reply in call.replies]
    if not replies:
        return None
    points = spread([reply.v2v_ms for reply in replies])
    picked = (
        ("A usual reply (median)", _nearest(replies, points.p50_ms)),
        ("A slow one (95th percentile)", _nearest(replies, points.p95_ms)),
        ("The slowest", _nearest(replies, points.max_ms)),
    )
    figures = [
        el("figure", el("figcaption", name), charts.waterfall(reply, name))
        for name, reply in picked
    ]
    said = (
        "Where the time of a reply goes, as the engine measures it. The stages follow one another"
        " and sum to voice-to-voice."
    )
    return _section("A reply, stage by stage", el("p", said, class_="soft"),
                    el("div", *figures, class_="falls"))  # fmt: skip


def _nearest(replies: Sequence[ReplyStages], ms: float) -> ReplyStages:
    return min(replies, key=lambda reply: abs(reply.v2v_ms - ms))


def over_time(result: RunResult) -> Markup:
    """Load and stages over the run."""
    seconds = max(
        [result.seconds, 1.0] + [call.started_s + call.duration_s for call in result.calls]
    )
    replies = [reply for call in result.calls for reply in call.replies]
    parts: list[Child] = [_wide(charts.calls_over_time(result.calls, seconds, result.injected))]
    if replies:
        names = [el("li", el("i", class_=f"s-{stage}", aria_hidden="true"), stage)
                 for stage in STAGES]  # fmt: skip
        dashed = el("li", el("i", class_="dash", aria_hidden="true"), "V2V, 95th percentile")
        parts += [
            el("h3", "Stages: mean of each, stacked"),
            el("ul", *names, dashed, class_="legend"),
            _wide(charts.stages_over_time(replies, seconds, result.injected)),
            el("h3", "Each stage: median (line) and 95th percentile (dashed)"),
            el("div", *_single_stages(replies, seconds), class_="multiples"),
        ]
    else:
        turns = [
            (turn.at_s, turn.v2v_ms)
            for call in result.calls
            for turn in call.turns
            if turn.v2v_ms is not None
        ]
        if turns:
            drawn = charts.one_stage("V2V on the wire", turns, seconds)
            parts.append(el("div", el("figure", drawn), class_="multiples"))
    return _section("Over time", *parts)


def _single_stages(replies: Sequence[ReplyStages], seconds: float) -> Iterator[Markup]:
    for index, stage in enumerate(STAGES):
        measured = [(reply.at_s, reply.by_stage()[index]) for reply in replies]
        yield el("figure", charts.one_stage(stage, measured, seconds))


def distribution(result: RunResult) -> Markup | None:
    """How voice-to-voice is distributed."""
    values = [ms for call in result.calls for ms in call.v2v_ms]
    if not values:
        return None
    drawn = charts.distribution(values, "voice-to-voice on the wire")
    return _section("Distribution of voice-to-voice", _wide(drawn))


def injected(result: RunResult) -> Markup:
    """What was done on purpose."""
    rows = [
        (
            one.what,
            one.detail,
            "all the time" if one.at_s is None else f"from {one.at_s:g} s on",
            "-" if one.times is None else str(one.times),
        )
        for one in result.injected
    ]
    head_row = ("what", "how much", "when", "struck")
    shown = (
        table("Faults and hindrances", head_row, rows)
        if rows
        else el("p", "Nothing: a perfect network, no noise, no interruptions, no faults.")
    )
    return _section("What was injected", shown)


def slow_calls(calls: Sequence[CallResult], sounds: Mapping[str, Clip]) -> Markup | None:
    """The calls that are worth a look, with their sound and words."""
    if not calls:
        return None
    shown = [_slow_call(call, sounds.get(call.call_sid), first=not at)
             for at, call in enumerate(calls)]  # fmt: skip
    said = "Calls that failed come first, then those with the slowest replies."
    return _section("Calls to look at", el("p", said, class_="soft"), *shown)


def _slow_call(call: CallResult, sound: Clip | None, *, first: bool) -> Markup:
    slowest = f"slowest reply {_ms(max(call.v2v_ms))}" if call.v2v_ms else "nothing answered"
    title = f"Call {call.number}: {call.caller}, {slowest}, {call.outcome or call.ended_by}"
    failure = el("p", call.failure, class_="bad-text") if call.failure else None
    head_row = ("caller turn", "at", "V2V", "heard", "barge-in", "agent stopped")
    turns = [
        (
            turn.words or turn.recording,
            f"{turn.at_s - call.started_s:.1f} s",
            "none" if turn.unanswered else _ms(turn.v2v_ms),
            _ms(turn.heard_ms),
            "yes" if turn.barged_in else "no",
            _ms(turn.clear_ms),
        )
        for turn in call.turns
    ]
    return el(
        "details",
        el("summary", title),
        failure,
        _player(call, sound),
        table(f"Turns of call {call.number}", head_row, turns, numbers=1),
        _slowest_reply(call),
        _transcript(call),
        open=first,
        id=f"call-{call.number}",
    )


def _slowest_reply(call: CallResult) -> Markup | None:
    if not call.replies:
        return None
    slowest = max(call.replies, key=lambda reply: reply.v2v_ms)
    at_s = slowest.at_s - call.started_s
    name = f"Its slowest reply, written down {at_s:.0f} s after the call began"
    figure = el("figure", el("figcaption", name), charts.waterfall(slowest, name))
    return el("div", figure, class_="falls")


def _player(call: CallResult, sound: Clip | None) -> Markup:
    if sound is None:
        return el("p", "Its sound was not kept.", class_="soft")
    part = "" if sound.whole else f"; its first {sound.seconds:.0f} s"
    name = f"Sound of call {call.number}"
    return joined(
        el("p", f"Sound, caller left and agent right{part}:", class_="soft"),
        el("audio", controls=True, preload="none", src=sound.uri, aria_label=name),
    )


def _transcript(call: CallResult) -> Markup:
    lines = call.transcript or tuple(_said(turn) for turn in call.turns if turn.words)
    if not lines:
        return el("p", "There is no transcript.", class_="soft")
    whose = "as the engine heard and was heard" if call.transcript else "what the recordings say"
    rows = [(line.who, _heard(line)) for line in lines]
    return table(f"Transcript of call {call.number}, {whose}", ("who", "words"), rows)


def _said(turn: WireTurn) -> SpokenLine:
    return SpokenLine(who="caller", text=turn.words, heard=turn.words)


def _heard(line: SpokenLine) -> Markup:
    """What was heard, and what of the words was not."""
    rest = line.text.removeprefix(line.heard).strip() if line.text.startswith(line.heard) else ""
    cut = joined(" ", el("span", rest, class_="unheard", title="not heard")) if rest else None
    return joined(line.heard, cut)


def all_calls(result: RunResult) -> Markup:
    """A line a call."""
    rows = [
        (
            str(call.number),
            call.caller,
            f"{call.started_s:.1f}",
            f"{call.duration_s:.1f}",
            call.outcome or "-",
            joined(el("span", "failed: ", class_="bad-text"), call.failure)
            if call.failed
            else call.ended_by,
            f"{len(call.turns)}",
            _ms(max(call.v2v_ms, default=None)),
        )
        for call in result.calls[:ROWS]
    ]
    head_row = ("call", "who", "began, s", "lasted, s", "outcome", "ended by", "turns", "slowest")
    shown = f", the first {ROWS} of {len(result.calls)}" if len(result.calls) > ROWS else ""
    counts = [
        (name.replace("_", " "), what, f"{result.counts[name]:,.6g}")
        for name, what in ABOUT_COUNTS.items()
        if name in result.counts
    ]
    return _section(
        "Counts and calls",
        table("Counts of the run", ("count", "what it is", "value"), counts, numbers=2),
        el("details", el("summary", f"All calls{shown}"), table("Calls", head_row, rows)),
    )


def foot(result: RunResult) -> Markup:
    """How to do it again."""
    parts = ", ".join(f"{kind} {name}" for kind, name in sorted(result.target.parts.items()))
    who = "started for this run" if result.target.started_by_us else "was running already"
    return el(
        "footer",
        el("p", "Command: ", el("code", result.command), f" (seed {result.seed})"),
        el("p", f"Engine: {who}; parts: {parts}. Machine of the callers: {result.machine}."),
        el("p", "All figures are in report.json beside this page."),
    )


def _section(title: str, *children: Child) -> Markup:
    return el("section", el("h2", title), *children)


def _wide(drawing: Markup) -> Markup:
    return el("div", drawing, class_="wide", tabindex="0", role="region", aria_label="Chart")


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f} ms"
