"""A recorded call against itself: what was decided then, and what is decided now."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from voiceagent.core.turns.endpointing import Tuning
from voiceagent.dialogue.tape import DECIDED, TalkRow, TalkRowKind, TalkTape
from voiceagent.domain.business import Business
from voiceagent.incidents.line_again import run_line
from voiceagent.incidents.recording import CallPart
from voiceagent.incidents.talk_again import run_talk
from voiceagent.media.tape import Decision

MakeTuning = Callable[[float], Tuning]
"""The numbers of turn-taking, for the longest time that a call may take (seconds)."""


def usual_tuning(call_s: float) -> Tuning:
    """The numbers that calls are served with."""
    return Tuning(call_s=call_s)


@dataclass(frozen=True, slots=True)
class ReplayDifference:
    """Where both runs part.

    Attributes:
        part: which line of the call, from 0.
        where: ``turns`` or ``words``.
        place: how many decisions came before.
        recorded, replayed: what was decided there; empty where nothing was.
    """

    part: int
    where: str
    place: int
    recorded: tuple[str, ...]
    replayed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldAgainst:
    """What came of running a call again; counts are of the recorded decisions."""

    turns: int
    words: int
    tools: int
    whole: bool
    differences: tuple[ReplayDifference, ...]


def replay(parts: Sequence[CallPart], make_tuning: MakeTuning = usual_tuning) -> HeldAgainst:
    """Run a call again and hold it against the recording."""
    turns = words = tools = 0
    found: list[ReplayDifference] = []
    for number, part in enumerate(parts):
        if part.line is not None:
            again = run_line(part.line, make_tuning(part.header.call_s))
            recorded = _turns(part.line.decisions)
            turns += len(recorded)
            found += _differences(number, "turns", recorded, _turns(again.decisions))
        talk = run_part(part)
        recorded = decided(part.talk)
        words += len(recorded)
        tools += sum(row.kind is TalkRowKind.CALL for row in part.talk.rows)
        replayed = decided(talk)
        if not _is_complete(part.talk):
            replayed = replayed[: len(recorded)]
        found += _differences(number, "words", recorded, replayed)
    return HeldAgainst(turns, words, tools, all(part.header.whole for part in parts), tuple(found))


def run_part(part: CallPart) -> TalkTape:
    """The conversation of a part, held again."""
    return run_talk(part.talk, Business.model_validate(part.header.business), part.header.called)


def decided(tape: TalkTape) -> list[str]:
    """What a conversation decided, a line each."""
    return [_shown(row) for row in tape.rows if row.kind in DECIDED]


def _is_complete(tape: TalkTape) -> bool:
    """Whether the last input was answered to its end: a caller who hangs up waits for nothing."""
    kinds = [row.kind for row in tape.rows]
    return not tape.full and kinds.count(TalkRowKind.INPUT) == kinds.count(TalkRowKind.DONE)


def _turns(decisions: Sequence[Decision]) -> list[str]:
    return [f"{one.at} {one.what}" for one in decisions]


def _shown(row: TalkRow) -> str:
    match row.kind:
        case TalkRowKind.HEARD:
            return f"heard {row.body['what']}"
        case TalkRowKind.SAY:
            return f"say {row.body['text']}"
        case TalkRowKind.CALL:
            return f"call {row.body['name']} {json.dumps(row.body['arguments'], sort_keys=True)}"
        case _:
            return f"{row.kind} {json.dumps(dict(row.body), sort_keys=True)}"


def _differences(
    part: int, where: str, recorded: Sequence[str], replayed: Sequence[str]
) -> list[ReplayDifference]:
    if recorded == replayed:
        return []
    matcher = SequenceMatcher(None, recorded, replayed, autojunk=False)
    return [
        ReplayDifference(part, where, a, tuple(recorded[a:b]), tuple(replayed[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]
