"""The house's state as a case for any successor, and a case as a state to go on from.

The house's own notes (counters, what is being typed) go into the case's memo. Of a case that
another dialogue wrote it takes the facts, the errand and the open question, and forgives the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Final

from pydantic import JsonValue, TypeAdapter

from voiceagent.dialogue.acts import CallTool, Say
from voiceagent.dialogue.case_file import CaseFile, KnownFact, OpenTool, Origin
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.state import HouseState

HOUSE: Final = "house"
"""The house's name in a memo."""

_FACTS: TypeAdapter[Facts] = TypeAdapter(Facts)
_STATE: TypeAdapter[HouseState] = TypeAdapter(HouseState)
_ARGUMENTS: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])
_APART: Final = frozenset({"offers", "quote", "booking", "search", "origins"})
"""Fields of the facts that stand elsewhere in a case."""
_KNOWN: Final = tuple(one.name for one in fields(Facts) if one.name not in _APART)
_NOTHING: Final[Mapping[str, JsonValue]] = _FACTS.dump_python(Facts(), mode="json")
_IN_THE_CASE: Final = frozenset(
    {"facts", "goal", "ask", "awaiting", "abandoned", "last_words", "opted_out"}
    | {"private", "unrecorded", "critical"}
)


def case_of(state: HouseState, started_at: datetime) -> CaseFile:
    """The case as it stands.

    Args:
        state: of the house.
        started_at: when the conversation began, aware.
    """
    facts: Mapping[str, JsonValue] = _FACTS.dump_python(state.facts, mode="json")
    memo = _STATE.dump_python(state, mode="json", exclude=set(_IN_THE_CASE))
    offers = facts["offers"]
    calls = state.abandoned if state.awaiting is None else (*state.abandoned, state.awaiting)
    return CaseFile(
        started_at=started_at,
        facts={
            name: KnownFact(facts[name], state.facts.origins.get(name))
            for name in _KNOWN
            if facts[name] != _NOTHING[name]
        },
        offers=tuple(offers) if isinstance(offers, list) else (),
        quote=facts["quote"],
        booking=facts["booking"],
        errand=state.goal.value if state.goal else "",
        question=state.ask.value,
        expecting=state.expecting,
        last_words=state.last_words,
        open_tools=tuple(
            OpenTool(call.name, _ARGUMENTS.validate_python(call.arguments)) for call in calls
        ),
        waits=state.awaiting is not None,
        emergency_reported=state.emergency_reported,
        opted_out=state.opted_out,
        private=state.private,
        unrecorded=state.unrecorded,
        paged=state.escalation.paged,
        critical=state.critical,
        memo={HOUSE: {**memo, "search": facts["search"]}},
    )


def state_of(case: CaseFile) -> HouseState:
    """The state in which the house goes on with a case.

    Raises:
        pydantic.ValidationError: a fact of a name that is known here has no value it can have.
    """
    memo = case.memo.get(HOUSE)
    notes = dict(memo) if isinstance(memo, dict) else _notes_on(case)
    facts = {name: known.value for name, known in case.facts.items() if name in _KNOWN}
    origins: dict[str, Origin] = {
        name: known.origin for name, known in case.facts.items() if known.origin is not None
    }
    calls = tuple(CallTool(tool.name, tool.arguments) for tool in case.open_tools)
    return _STATE.validate_python(
        {
            "facts": _FACTS.validate_python(
                {
                    **facts,
                    "offers": case.offers,
                    "quote": case.quote,
                    "booking": case.booking,
                    "search": notes.pop("search", None),
                    "origins": origins,
                }
            ),
            "goal": case.errand if case.errand in set(Goal) else None,
            "ask": case.question if case.question in set(Ask) else Ask.HELP,
            "awaiting": calls[-1] if case.waits and calls else None,
            "abandoned": calls[:-1] if case.waits else calls,
            "last_words": case.last_words,
            "opted_out": case.opted_out,
            "private": case.private,
            "unrecorded": case.unrecorded,
            "critical": case.critical,
            **notes,
        }
    )


def _notes_on(case: CaseFile) -> dict[str, JsonValue | tuple[Say, ...]]:
    """What the house notes on a case that another dialogue led: its question was asked by it."""
    said = case.last_words.said
    return {
        "posed": None,
        "last_said": (Say(said),) if said else (),
        "escalation": {"paged": case.paged, "routed_for_mood": case.paged},
    }
