"""The recording on a call's page: a player, and a time line with the call's turns on it.

The turns lie where they were: each ends when it was written down, and begins where the one before
it ended. Without JavaScript the player still plays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voiceagent.app.web.markup import Html, el
from voiceagent.app.web.paths import filled
from voiceagent.app.web.recording import RECORDING
from voiceagent.domain.records import Speaker, Turn
from voiceagent.ports.recording import KeptRecording

ROW: Final = {Speaker.CALLER: 0, Speaker.AGENT: 1}
"""The caller is above, as it is left in the file."""


@dataclass(frozen=True, slots=True)
class TurnSpan:
    """Where a turn lies in a recording, seconds."""

    turn: Turn
    start_s: float
    end_s: float


def spans(turns: Sequence[Turn], kept: KeptRecording) -> list[TurnSpan]:
    """The turns that are in a recording, in order."""
    found: list[TurnSpan] = []
    start_s = 0.0
    for turn in turns:
        end_s = min((turn.at - kept.began).total_seconds(), kept.seconds)
        if end_s > start_s:
            found.append(TurnSpan(turn, start_s, end_s))
            start_s = end_s
    return found


def player(call_sid: str, kept: KeptRecording, found: Sequence[TurnSpan]) -> Html:
    """The section's content."""
    path = filled(RECORDING, call_sid=call_sid)
    audio = el("audio", id="recording", src=path, controls=True, preload="none")
    return el(
        "div",
        audio,
        _line(kept, found),
        el("p", f"{clock(kept.seconds)} from the disclosure on. Left the caller, right the agent."
           " What was cut off is not in it; a card's number is silence.", class_="pale"),
        class_="player",
    )  # fmt: skip


def _line(kept: KeptRecording, found: Sequence[TurnSpan]) -> Html:
    marks = (
        el(
            "rect",
            el("title", f"{clock(one.start_s)} {one.turn.speaker.value}"),
            class_=f"span {one.turn.speaker.value}",
            x=f"{one.start_s:.2f}",
            y=ROW[one.turn.speaker],
            width=f"{one.end_s - one.start_s:.2f}",
            height=0.9,
            data_at=f"{one.start_s:.2f}",
        )
        for one in found
    )
    seconds = max(kept.seconds, 1.0)
    return el(
        "svg",
        *marks,
        el("line", id="playhead", x1=0, x2=0, y1=0, y2=2),
        id="timeline",
        viewBox=f"0 0 {seconds:.2f} 2",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"Who spoke when, in {clock(kept.seconds)}. The transcript has a button a turn.",
    )


def play_from(start_s: float) -> Html:
    """A button that plays from there."""
    at = clock(start_s)
    return el(
        "button", f"▶ {at}", type="button", class_="play quiet", data_at=f"{start_s:.2f}",
        aria_label=f"Play from {at}",
    )  # fmt: skip


def clock(seconds: float) -> str:
    """A time within a recording."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
