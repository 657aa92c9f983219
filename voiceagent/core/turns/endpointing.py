"""How long to wait when the caller falls silent: the policy behind the end of a turn.

People pause inside phone numbers, e-mail addresses and street names, and hardly at all after "yes".
So patience depends on what was asked (`Expecting`), on what the words so far say (`Completeness`)
and on what the turn model heard in the voice. One row per expectation, milliseconds of silence:

* `complete`: the words are all there; a breath is left to wait, and where people like to add
  something ("yes, | that's fine") the length of that comma;
* `enough`: the words would do, however the voice ended;
* `sounds_done`, `no_verdict`, `sounds_open`: the turn model heard an ending, has not answered (or
  was not asked), heard a voice that goes on;
* `incomplete`: the words are visibly in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from voiceagent.core.audio.voice_gate import VoiceTuning
from voiceagent.core.supervisor import LIMITS, Timer
from voiceagent.core.turns.interruption import InterruptionTuning
from voiceagent.core.wire import TurnDecider
from voiceagent.domain.expecting import Completeness, Expecting


@dataclass(frozen=True, slots=True)
class EndpointingDelays:
    """Milliseconds of silence after which a turn is over, by what is known about it."""

    complete: int
    enough: int
    sounds_done: int
    no_verdict: int
    sounds_open: int
    incomplete: int


ENDPOINTING_DELAYS: Final[Mapping[Expecting, EndpointingDelays]] = MappingProxyType(
    {
        Expecting.ANYTHING: EndpointingDelays(200, 400, 280, 800, 900, 1800),
        Expecting.YES_NO: EndpointingDelays(320, 400, 340, 400, 700, 1200),
        Expecting.NAME: EndpointingDelays(200, 600, 500, 900, 1200, 1600),
        Expecting.PHONE: EndpointingDelays(160, 1800, 1800, 1800, 1800, 2400),
        Expecting.NAME_AND_PHONE: EndpointingDelays(160, 1800, 1800, 1800, 1800, 2400),
        Expecting.EMAIL: EndpointingDelays(200, 1800, 1800, 1800, 1800, 2400),
        Expecting.ADDRESS: EndpointingDelays(320, 900, 900, 1300, 1500, 2000),
        Expecting.TIME: EndpointingDelays(240, 500, 350, 700, 1000, 1400),
        Expecting.CODE: EndpointingDelays(160, 900, 900, 1300, 1500, 2000),
        Expecting.NOTES: EndpointingDelays(320, 640, 500, 1000, 1200, 1800),
    }
)


@dataclass(frozen=True, slots=True)
class Tuning:
    """Every number of turn-taking that somebody may want to turn.

    `ask_ms`: moments of silence at which the turn model is asked (again, as long as it heard no
    ending) · `done_at`: probability from which it heard one · `early_answer_ms`: a short sound
    counts as an answer when no more of our own sound than this was heard since it began ·
    `resume_ms`: silence after a short sound over ours until we go on · `preroll_ms`: sound before
    the voice's onset that goes to recognition, which needs to hear some silence first · `lead_ms`:
    sound kept ahead at the carrier · `ahead_ms`: the most that may be there · `mark_ms`: distance
    of marks · `mark_grace_s`: a mark this overdue will not come · `media_gap_s`, `call_s`: see
    `core.supervisor`.
    """

    voice: VoiceTuning = field(default_factory=VoiceTuning)
    interruption: InterruptionTuning = field(default_factory=InterruptionTuning)
    delays: Mapping[Expecting, EndpointingDelays] = field(
        default_factory=lambda: ENDPOINTING_DELAYS
    )
    ask_ms: tuple[int, ...] = (112, 400)
    done_at: float = 0.5
    early_answer_ms: int = 900
    resume_ms: int = 240
    preroll_ms: int = 480
    lead_ms: int = 190
    ahead_ms: int = 4000
    mark_ms: int = 160
    mark_grace_s: float = 1.0
    media_gap_s: float = LIMITS[Timer.MEDIA_GAP].after_s
    call_s: float = LIMITS[Timer.CALL].after_s


@dataclass(frozen=True, slots=True)
class EndpointingDelay:
    """How much silence ends the turn, and who will have decided when it does."""

    silence_ms: int
    decider: TurnDecider


def endpointing_delay(
    row: EndpointingDelays, expecting: Expecting, words: Completeness, *, done: bool | None
) -> EndpointingDelay:
    """Read the row: words first, then the voice, then plain patience.

    Args:
        row: the delays for `expecting`.
        expecting: what was asked; a complete answer to a question is the field's decision.
        words: whether the words so far are all of it.
        done: what the turn model heard; ``None`` when it has not said.
    """
    if words is Completeness.COMPLETE:
        field_asked = expecting is not Expecting.ANYTHING
        decider = TurnDecider.FIELD if field_asked else TurnDecider.TRANSCRIPT
        return EndpointingDelay(row.complete, decider)
    if words is Completeness.ENOUGH:
        if done and row.sounds_done < row.enough:
            return EndpointingDelay(row.sounds_done, TurnDecider.TURN_MODEL)
        return EndpointingDelay(row.enough, TurnDecider.FIELD)
    if words is Completeness.INCOMPLETE:
        return EndpointingDelay(row.incomplete, TurnDecider.SILENCE)
    if done:
        decider = (
            TurnDecider.TURN_MODEL if row.sounds_done < row.no_verdict else TurnDecider.SILENCE
        )
        return EndpointingDelay(row.sounds_done, decider)
    silence_ms = row.no_verdict if done is None else row.sounds_open
    return EndpointingDelay(silence_ms, TurnDecider.SILENCE)


def verdict_matters(row: EndpointingDelays, words: Completeness) -> bool:
    """Whether asking the turn model can change anything; it costs 100 ms of a core."""
    return words is Completeness.UNKNOWN and row.sounds_done < row.sounds_open
