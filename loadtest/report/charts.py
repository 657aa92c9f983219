"""Drawings of a load test, as SVG in the page. Each has a title that says it in words.

Colours are classes (`style`), so that they follow the page's scheme; no chart says by colour alone
what the table beside it does not say in figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from loadtest.replay.results import STAGES, CallResult, Injected, ReplyStages
from loadtest.report.markup import Markup, el

WIDTH: Final = 720
_LEFT: Final = 56
_RIGHT: Final = 16
_TOP: Final = 26
_BOTTOM: Final = 34
SMALL: Final = 360
"""Width of drawings that stand side by side: in a wide one words would be too small to read."""

BUCKETS: Final = 30
BINS: Final = 40

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Frame:
    """A plot's place and scales: values of x and y to positions."""

    height: int
    most_x: float
    most_y: float
    width: int = WIDTH

    @property
    def right(self) -> int:
        return self.width - _RIGHT

    @property
    def plot(self) -> int:
        return self.right - _LEFT

    @property
    def floor(self) -> int:
        return self.height - _BOTTOM

    def x(self, value: float) -> float:
        return round(_LEFT + self.plot * value / self.most_x, 1)

    def y(self, value: float) -> float:
        return round(self.floor - (self.floor - _TOP) * min(value, self.most_y) / self.most_y, 1)

    def axes(self, x_words: str, y_words: str) -> list[Markup]:
        """Grid, ticks and what they count."""
        parts = []
        for value in ticks(self.most_y):
            y = self.y(value)
            parts.append(el("line", x1=_LEFT, x2=self.right, y1=y, y2=y, class_="grid"))
            label = f"{value:,.4g}"
            parts.append(el("text", label, x=_LEFT - 6, y=y + 4, text_anchor="end"))
        for value in ticks(self.most_x, 8 if self.width == WIDTH else 4):
            label = f"{value:,.4g}"
            middle = el("text", label, x=self.x(value), y=self.floor + 16, text_anchor="middle")
            parts.append(middle)
        words = el("text", x_words, x=self.right, y=self.height - 3, text_anchor="end")
        parts.append(words)
        parts.append(el("text", y_words, x=4, y=13, class_="axis"))
        return parts


def ticks(most: float, about: int = 5) -> list[float]:
    """Round values from 0 to at most `most`."""
    rough = most / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    return [round(step * at, 10) for at in range(int(most / step + 1e-9) + 1)]


def _drawing(height: int, title: str, parts: Sequence[Markup], width: int = WIDTH) -> Markup:
    return el(
        "svg",
        el("title", title),
        *parts,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=title,
        class_="chart",
    )


def waterfall(reply: ReplyStages, name: str) -> Markup:
    """One reply: its stages one after the other, which sum to voice-to-voice."""
    row, left, right, width = 22, 74, 64, SMALL
    total = reply.v2v_ms
    scale = (width - left - right) / max(total, 1e-9)
    parts, at_ms = [], 0.0
    for index, (stage, ms) in enumerate(zip(STAGES, reply.by_stage(), strict=True)):
        y = index * row
        parts += [
            el("text", stage, x=left - 6, y=y + 15, text_anchor="end"),
            el(
                "rect", x=round(left + at_ms * scale, 1), y=y + 4, height=row - 8,
                width=round(max(1.0, ms * scale), 1), class_=f"s-{stage}",
            ),
            el("text", f"{ms:,.0f} ms", x=width - 4, y=y + 15, text_anchor="end"),
        ]  # fmt: skip
        at_ms += ms
    y = len(STAGES) * row
    parts += [
        el("line", x1=left, x2=width - right, y1=y + 2, y2=y + 2, class_="sum"),
        el("text", "V2V", x=left - 6, y=y + 19, text_anchor="end", class_="strong"),
        el("text", f"{total:,.0f} ms", x=width - 4, y=y + 19, text_anchor="end", class_="strong"),
    ]
    told = ", ".join(f"{s} {ms:.0f}" for s, ms in zip(STAGES, reply.by_stage(), strict=True))
    title = (
        f"{name}: {total:.0f} ms from the caller's last sample to the first of the reply: {told}"
    )
    return _drawing(y + 28, title, parts, width)


def stages_over_time(
    replies: Sequence[ReplyStages], seconds: float, injected: Sequence[Injected]
) -> Markup:
    """Mean of each stage, stacked, by time; means are what may be stacked. And V2V p95."""
    count = _buckets(len(replies))
    by_time = _by_time(replies, seconds, count, lambda reply: reply.at_s)
    p95 = [_percentile([r.v2v_ms for r in some], 95) if some else None for some in by_time]
    frame = _Frame(250, seconds, max(p for p in p95 if p is not None) * 1.1 or 1.0)
    parts = frame.axes("seconds since the start", "ms")
    width = frame.plot / count
    for at, some in enumerate(by_time):
        under = 0.0
        for index, stage in enumerate(STAGES) if some else ():
            mean = sum(reply.by_stage()[index] for reply in some) / len(some)
            top, bottom = frame.y(under + mean), frame.y(under)
            under += mean
            parts.append(
                el(
                    "rect", x=round(_LEFT + at * width + 1, 1), y=top, width=round(width - 2, 1),
                    height=round(max(0.0, bottom - top), 1), class_=f"s-{stage}",
                )
            )  # fmt: skip
    parts.append(_line(p95, count, frame, "p95"))
    parts += _strikes(frame, injected)
    most = max(value for value in p95 if value is not None)
    title = f"Mean of each stage by time, and voice-to-voice p95, at most {most:.0f} ms"
    return _drawing(frame.height, title, parts)


def one_stage(stage: str, measured: Sequence[tuple[float, float]], seconds: float) -> Markup:
    """One stage by itself over time: p50 and p95.

    Args:
        stage: its name.
        measured: seconds since the start, and milliseconds.
        seconds: of the run.
    """
    count = _buckets(len(measured))
    by_time = _by_time(measured, seconds, count, lambda one: one[0])
    lines = {
        point: [_percentile([ms for _, ms in some], point) if some else None for some in by_time]
        for point in (50, 95)
    }
    most = max(value for value in lines[95] if value is not None)
    frame = _Frame(170, seconds, max(most * 1.1, 1.0), SMALL)
    parts = frame.axes("seconds", f"{stage}, ms")
    parts += [
        _line(lines[95], count, frame, "p95"),
        _line(lines[50], count, frame, f"l-{stage} p50"),
    ]
    title = f"{stage} over time: 95th percentile at most {most:.0f} ms"
    return _drawing(frame.height, title, parts, SMALL)


def calls_over_time(
    calls: Sequence[CallResult], seconds: float, injected: Sequence[Injected]
) -> Markup:
    """How many calls were up; those that failed are crosses at their end."""
    edges = sorted(
        [(call.started_s, 1) for call in calls]
        + [(call.started_s + call.duration_s, -1) for call in calls]
    )
    up, most, points = 0, 1, [(0.0, 0)]
    for at_s, change in edges:
        points += [(at_s, up), (at_s, up + change)]
        up += change
        most = max(most, up)
    points.append((seconds, up))
    frame = _Frame(150, max(seconds, 1.0), float(most))
    path = " ".join(f"{frame.x(min(s, seconds))},{frame.y(n)}" for s, n in points)
    parts = frame.axes("seconds since the start", "calls up")
    parts.append(el("polyline", points=path, class_="up"))
    for call in calls:
        if call.failed:
            x = frame.x(min(seconds, call.started_s + call.duration_s))
            failed = el("title", f"call {call.number}: {call.failure}")
            cross = f"M{x - 4:g} {_TOP}l8 8m-8 0l8 -8"
            parts.append(el("path", failed, d=cross, class_="bad"))
    parts += _strikes(frame, injected)
    count = sum(call.failed for call in calls)
    return _drawing(frame.height, f"Calls up, at most {most}; {count} failed", parts)


def distribution(values_ms: Sequence[float], what: str) -> Markup:
    """A histogram with its percentiles marked."""
    most = max(*values_ms, 1.0) * 1.02
    heights, _ = np.histogram(values_ms, bins=BINS, range=(0, most))
    frame = _Frame(230, most, max(1.0, float(heights.max()) * 1.1))
    parts = frame.axes("ms", "replies")
    width = frame.plot / BINS
    for at, height in enumerate(heights):
        if height:
            top = frame.y(float(height))
            parts.append(
                el(
                    "rect", x=round(_LEFT + at * width + 0.5, 1), y=top,
                    width=round(width - 1, 1), height=round(frame.floor - top, 1), class_="bar",
                )
            )  # fmt: skip
    marks = {point: _percentile(values_ms, point) for point in (50, 95, 99)}
    for index, (point, ms) in enumerate(marks.items()):
        x, y = frame.x(ms), 13 + 13 * index
        late = x > WIDTH * 3 / 4
        parts += [
            el("line", x1=x, x2=x, y1=y - 8, y2=frame.floor, class_="mark"),
            el(
                "text", f"p{point} {ms:,.0f} ms", x=x - 5 if late else x + 5, y=y,
                text_anchor="end" if late else "start", class_="strong",
            ),
        ]  # fmt: skip
    told = ", ".join(f"p{point} {ms:.0f} ms" for point, ms in marks.items())
    return _drawing(
        frame.height, f"Distribution of {what}, {len(values_ms)} replies: {told}", parts
    )


def _strikes(frame: _Frame, injected: Sequence[Injected]) -> list[Markup]:
    """When faults were let happen."""
    parts = []
    for one in injected:
        if one.at_s is not None and one.at_s <= frame.most_x:
            x = frame.x(one.at_s)
            title = el("title", f"{one.what} from {one.at_s:g} s on")
            parts.append(el("line", title, x1=x, x2=x, y1=_TOP, y2=frame.floor, class_="fault"))
    return parts


def _line(values: Sequence[float | None], count: int, frame: _Frame, kind: str) -> Markup:
    """Through the middle of each bucket that has a value, with dots."""
    width = frame.plot / count
    at = [
        (round(_LEFT + (index + 0.5) * width, 1), frame.y(value))
        for index, value in enumerate(values)
        if value is not None
    ]
    dots = [el("circle", cx=x, cy=y, r=2.5) for x, y in at]
    path = el("polyline", points=" ".join(f"{x},{y}" for x, y in at))
    return el("g", path, *dots, class_=kind)


def _buckets(values: int) -> int:
    """So many that there are a few values in each."""
    return max(1, min(BUCKETS, values // 3))


def _by_time(
    values: Sequence[T], seconds: float, count: int, at_s: Callable[[T], float]
) -> list[list[T]]:
    found: list[list[T]] = [[] for _ in range(count)]
    for value in values:
        found[max(0, min(count - 1, int(at_s(value) / seconds * count)))].append(value)
    return found


def _percentile(values: Sequence[float], point: int) -> float:
    return float(np.percentile(values, point, method="inverted_cdf"))
