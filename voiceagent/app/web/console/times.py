"""Where the time of each answer went: a bar a turn, drawn as SVG, whose sizes need no style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voiceagent.app.web.console.shell import milliseconds
from voiceagent.app.web.markup import Html, el
from voiceagent.domain.records import Turn, TurnLatency

STAGES: Final = (
    ("endpoint", "endpoint_ms", "end of turn"),
    ("stt", "stt_ms", "recognition"),
    ("think", "think_ms", "thinking"),
    ("tools", "tools_ms", "tools"),
    ("tts", "tts_ms", "speech"),
    ("send", "send_ms", "sending"),
)
"""Class, field of `TurnLatency`, name; in the order in which they happen. `waterfall.js` has the
same."""

FULL_MS: Final = 2000.0
"""The width of the list; a longer answer fills it."""


def legend() -> Html:
    """Which colour is what."""
    return el(
        "ul", *(el("li", el("i", class_=stage), name) for stage, _, name in STAGES), class_="legend"
    )


def waterfall(turns: Sequence[Turn]) -> Html:
    """A bar for each turn that was answered."""
    answered = [(turn, turn.latency) for turn in turns if turn.latency is not None]
    rows = (_row(number, turn, ms) for number, (turn, ms) in enumerate(answered, 1))
    return el("ol", *rows, id="waterfall", aria_label="Latency of each answer", tabindex=0)


def _row(number: int, turn: Turn, latency: TurnLatency) -> Html:
    total = milliseconds(latency.v2v_ms)
    return el("li", el("a", total, href=f"#turn-{turn.index}"), _bar(number, total, latency))


def _bar(number: int, total: str, latency: TurnLatency) -> Html:
    scale, x = max(FULL_MS, latency.v2v_ms), 0.0
    parts, told = [], []
    for stage, field, name in STAGES:
        ms: float = getattr(latency, field)
        if ms >= 1:
            told.append(f"{name} {ms:.0f} ms")
            parts.append(el("rect", class_=stage, x=f"{x:.1f}", y=0, width=f"{ms:.1f}", height=1))
        x += ms
    return el(
        "svg",
        *parts,
        class_="bar",
        viewBox=f"0 0 {scale:.1f} 1",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"Answer {number}: {total}. {', '.join(told)}.",
    )
