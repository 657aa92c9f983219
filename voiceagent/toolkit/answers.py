"""What goes into a tool and what comes out of it, as values; and their form on the wire.

An answer stays typed from the tool to whoever acts on it. It is JSON only where it is written down
or sent: the journal, the audit, a command's output, a REST answer, a model's context.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Final, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from voiceagent.domain.redact import redact_value
from voiceagent.errors import CallerFixable, Unavailable, VoiceAgentError

ERROR: Final = "error"
"""The key of a failure on the wire; no field of a result has this name."""

APOLOGY: Final = "I'm sorry, something isn't working on my side just now."

TAKING_LONGER: Final = "That is taking a moment longer. I'm still on it."


class Arguments(BaseModel):
    """Base of a tool's arguments: frozen, nothing unknown accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Result(BaseModel):
    """Base of a tool's result: exactly the keys its contract names.

    A field `message`, if there is one, is a text that can be said to the caller as it stands.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class ToolFailure:
    """Why a request came to nothing.

    Attributes:
        code: stable, in ``area.reason`` form (``"slot.taken"``).
        message: for whoever asked: a model, an operator, a program.
        say: for the caller.
        field: dotted path of the argument at fault, empty when it is none of them.
        fixable: whether another request could do better (``CallerFixable``). Not on the wire.
    """

    code: str
    message: str
    say: str
    field: str = ""
    fixable: bool = attribute(default=False, compare=False)

    @classmethod
    def of(cls, error: VoiceAgentError) -> ToolFailure:
        """A failure that tells the caller what they can do, and an apology if that is nothing."""
        if isinstance(error, CallerFixable):
            return cls(error.code, error.message, error.say, error.field, fixable=True)
        if error.code == WORKING:
            return cls(error.code, error.message, TAKING_LONGER)
        say = error.say if isinstance(error, Unavailable) else ""
        return cls(error.code, error.message, say or APOLOGY)


WORKING: Final = "tool.working"
"""Code of the failure that is none: the effect goes on, and asking again joins it."""

ToolAnswer: TypeAlias = Result | ToolFailure


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What came of one request."""

    name: str
    arguments: Mapping[str, JsonValue]
    result: ToolAnswer
    elapsed_ms: float

    @property
    def failure(self) -> ToolFailure | None:
        """Why it came to nothing, ``None`` when it succeeded."""
        return self.result if isinstance(self.result, ToolFailure) else None

    @property
    def error_code(self) -> str:
        """The failure's code, "" when it succeeded."""
        return self.result.code if isinstance(self.result, ToolFailure) else ""

    @property
    def wire(self) -> dict[str, JsonValue]:
        """The answer as JSON."""
        return on_the_wire(self.result)


def on_the_wire(answer: ToolAnswer) -> dict[str, JsonValue]:
    """An answer as JSON; a failure is ``{"error": {"code", "message", "say"}}``.

    The error has a ``"field"`` as well when an argument was at fault.
    """
    if not isinstance(answer, ToolFailure):
        return as_json(answer)
    error: dict[str, JsonValue] = {
        "code": answer.code,
        "message": answer.message,
        "say": answer.say,
    }
    return {ERROR: error | ({"field": answer.field} if answer.field else {})}


def from_the_wire(body: Mapping[str, object], result_type: type[Result]) -> ToolAnswer:
    """The answer that `on_the_wire` made `body` of.

    What cannot be read, e.g. because a newer version wrote it, is a failure: ``tool.unreadable``.
    """
    error = body.get(ERROR)
    if isinstance(error, Mapping):
        told = {key: str(error.get(key, "")) for key in ("code", "message", "say", "field")}
        return ToolFailure(told["code"], told["message"], told["say"], told["field"])
    try:
        return result_type.model_validate_json(json.dumps(dict(body)))
    except (ValidationError, TypeError, ValueError):
        return ToolFailure("tool.unreadable", "The answer on record cannot be read.", APOLOGY)


def as_json(value: BaseModel | Mapping[str, object]) -> dict[str, JsonValue]:
    """A JSON object without card numbers."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    body = json.dumps(redact_value(plain), default=str)
    return cast("dict[str, JsonValue]", json.loads(body))


def as_asked(args: Arguments) -> dict[str, JsonValue]:
    """A request as JSON, without card numbers and without terms that nobody named."""
    body = args.model_dump(mode="json")
    return as_json({k: v for k, v in body.items() if v or k in args.model_fields_set})


def holds_card(arguments: Mapping[str, object]) -> bool:
    """Whether a card number is anywhere in these arguments."""
    plain: object = json.loads(json.dumps(dict(arguments), default=str))
    same: bool = as_json(arguments) == plain
    return not same


def without_cards(result: Result) -> Result:
    """The result, with any card number taken out of it.

    Raises:
        ValidationError: it is no result of its kind without one.
    """
    clean = as_json(result)
    if clean == json.loads(json.dumps(result.model_dump(mode="json"))):
        return result
    return type(result).model_validate_json(json.dumps(clean))
