"""What a model's request for a tool rests on: the policy of the toolkit judges by it.

What changes the world needs arguments that follow from what was said and told, and a caller who
said yes to the question whether to do it; the house's own reading of the call counts as that as
well. Which tool needs what is in its rule (`toolkit.policy`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import JsonValue

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Safety
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.house.reading import PROPOSED, values_read
from voiceagent.dialogue.house.state import HouseState
from voiceagent.dialogue.model.guard import unsourced
from voiceagent.dialogue.model.sources import Sources
from voiceagent.domain.business import Business
from voiceagent.domain.request_basis import Asker, RequestBasis
from voiceagent.language.en_us.agreement import agrees
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no
from voiceagent.toolkit.answers import ERROR
from voiceagent.toolkit.spec import ToolSpec

_LIGHT: Final = frozenset({ToolUse.CALL_BACK, ToolUse.OFFER, ToolUse.KEEP_FACT, ToolUse.WAIT})
"""Uses that book, move and cost the caller nothing: a yes to whatever was asked is enough."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request is judged by.

    Attributes:
        business: the business file.
        sources: what was said and told.
        today: in the business's zone.
        house: the house's state before the last turn of the caller.
        would_call: the tool that the house would call now, "" for none.
        asked: the last question that the caller was asked.
        words: the caller's last words.
    """

    business: Business
    sources: Sources
    today: date
    house: HouseState
    would_call: str
    asked: Ask | None
    words: str


def arguments_of(text: str) -> dict[str, JsonValue] | None:
    """A request's arguments; ``None`` when they are no JSON object."""
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def basis_of(spec: ToolSpec, arguments: Mapping[str, JsonValue], scope: Scope) -> RequestBasis:
    """What a request rests on, as the conversation shows it; the policy judges by it."""
    why = unsourced(dict(arguments), scope.sources, scope.today)
    light = use_of(spec.name) in _LIGHT
    agreed = light and hear_yes_no(scope.words) is YesNo.YES
    act = PROPOSED.get(scope.asked) if scope.asked is not None else None
    if act is not None and hear_yes_no(scope.words) is YesNo.YES:
        agreed = agrees(scope.words, act, values_read(scope.house.facts))
    return RequestBasis(
        Asker.MODEL,
        agreed=agreed or scope.would_call == spec.name,
        danger_open=_danger_is_open(spec, arguments, scope),
        unsourced=str(why.reason) if why is not None else "",
    )


def refusal_body(code: str, message: str) -> str:
    """A refusal in the form of a tool's failure, as JSON."""
    return json.dumps({ERROR: {"code": code, "message": message}})


def _danger_is_open(spec: ToolSpec, arguments: Mapping[str, JsonValue], scope: Scope) -> bool:
    """Whether something would be booked that needs the safety question, which has no answer."""
    if use_of(spec.name) is not ToolUse.BOOK or scope.house.facts.safety is not Safety.OPEN:
        return False
    named = set(_leaves(arguments))
    return any(service.asks_safety and service.id in named for service in scope.business.services)


def _leaves(value: JsonValue | Mapping[str, JsonValue]) -> Iterator[str]:
    """The texts in arguments."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
