"""What was said and done in a conversation, as a model is shown it: turns as they were *heard*.

Fifty turns are kept and ten are shown; a tool's answer is never without its request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import Outcome
from voiceagent.ports.language_model import (
    AgentSaid,
    CallerSaid,
    ModelMessage,
    ToolRequest,
    ToolReturned,
)

KEPT: Final = 50
SHOWN: Final = 10
"""Turns of caller and agent; a tool's answers stand with the turn that asked for them."""


@dataclass(frozen=True, slots=True)
class CallerWords:
    """Words of the caller, and what they had been asked for."""

    at: datetime
    text: str
    kind: Literal["caller"] = "caller"
    asked: Expecting = Expecting.ANYTHING


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """What the agent said, how much of it was heard (``None``: not known yet), and asked for."""

    at: datetime
    said: str
    heard: str | None = None
    requests: tuple[ToolRequest, ...] = ()
    kind: Literal["agent"] = "agent"


@dataclass(frozen=True, slots=True)
class ToolTurn:
    """A tool's answer as JSON, and what it has done by its own account."""

    at: datetime
    request_id: str
    body: str
    done: tuple[Outcome, ...] = ()
    kind: Literal["tool"] = "tool"


ModelTurn = CallerWords | AgentTurn | ToolTurn


def kept(turns: Sequence[ModelTurn], most: int = KEPT) -> tuple[ModelTurn, ...]:
    """The last turns of caller and agent with the tools' answers that belong to them."""
    spoken = [at for at, turn in enumerate(turns) if not isinstance(turn, ToolTurn)]
    return tuple(turns[spoken[-most] :]) if len(spoken) > most else tuple(turns)


def messages(turns: Sequence[ModelTurn], most: int = SHOWN) -> tuple[ModelMessage, ...]:
    """What a model is shown. Of a tool that has not answered, the request is not shown either."""
    return tuple(_messages(kept(turns, most)))


def _messages(turns: Sequence[ModelTurn]) -> Iterator[ModelMessage]:
    answered = {turn.request_id for turn in turns if isinstance(turn, ToolTurn)}
    asked: set[str] = set()
    for turn in turns:
        match turn:
            case CallerWords():
                yield CallerSaid(turn.text)
            case AgentTurn():
                requests = tuple(one for one in turn.requests if one.request_id in answered)
                asked |= {one.request_id for one in requests}
                text = turn.said if turn.heard is None else turn.heard
                if text or requests:
                    yield AgentSaid(text, requests)
            case ToolTurn() if turn.request_id in asked:
                yield ToolReturned(turn.request_id, turn.body)
            case _:
                pass


def unanswered(turns: Sequence[ModelTurn], tool: str) -> ToolRequest | None:
    """The oldest request for a tool that has no answer, among the last ones made."""
    answered = {turn.request_id for turn in turns if isinstance(turn, ToolTurn)}
    made = (one for turn in turns if isinstance(turn, AgentTurn) for one in turn.requests)
    open_ones = [one for one in made if one.name == tool and one.request_id not in answered]
    return open_ones[0] if open_ones else None


def with_heard(turns: Sequence[ModelTurn], said: str, heard: str) -> tuple[ModelTurn, ...]:
    """The turns when the caller has heard `heard` of the reply `said`, one turn or several."""
    out, end = list(turns), len(said)
    for at in range(len(out) - 1, -1, -1):
        turn = out[at]
        if not isinstance(turn, AgentTurn) or not turn.said or turn.heard is not None:
            continue
        start = said.rfind(turn.said, 0, end)
        if start < 0:
            continue
        out[at] = replace(turn, heard=heard[start : start + len(turn.said)].rstrip())
        end = start
    return tuple(out)
