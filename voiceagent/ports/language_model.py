"""A language model, in a dialogue's words: what it is asked, and what comes back while it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """A tool the model may ask for; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A tool the model asks for.

    `request_id` is the model's own and pairs the request with its `ToolReturned`. `arguments` is
    JSON as the model wrote it; it may be none at all.
    """

    request_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """What whoever runs the model wants; no words of a caller or of a tool are in it."""

    text: str


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """A turn of the caller."""

    text: str


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """A turn of the agent as it was heard, and the tools it asked for in it."""

    text: str
    requests: tuple[ToolRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """What a tool answered, as JSON; it follows the turn that asked for it."""

    request_id: str
    text: str


ModelMessage = Instruction | CallerSaid | AgentSaid | ToolReturned


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One reply that is asked for.

    Attributes:
        messages: oldest first; a tool's answer is never without its request.
        tools: what may be asked for; empty for words only.
        max_tokens: after so many the reply is cut.
    """

    messages: tuple[ModelMessage, ...]
    tools: tuple[ToolOffer, ...] = ()
    max_tokens: int = 300


class StopReason(StrEnum):
    """Why a reply is over."""

    COMPLETE = "complete"
    TOOLS = "tools"
    CUT = "cut"
    """The limit of tokens was reached."""
    WITHHELD = "withheld"
    """The provider's own filter kept it back."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """What a reply cost, in tokens; `cached` ones of the prompt are charged for less."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


def plus(one: TokenUsage, other: TokenUsage) -> TokenUsage:
    """Both together."""
    return TokenUsage(
        one.prompt + other.prompt, one.cached + other.cached, one.completion + other.completion
    )


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Some more of the reply's text; `model` wrote it, where there are several."""

    text: str
    model: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """The reply is whole. A stream that stops without it was cut off. `model`: as of a piece."""

    why: StopReason
    usage: TokenUsage = TokenUsage()
    model: str = field(default="", compare=False)


TEXT_OVER = TextPiece("\n")
"""Follows text when a tool is asked for next."""

ModelEvent = TextPiece | ToolRequest | ReplyEnd
"""A `ToolRequest` comes when its arguments are complete, which takes as long as a sentence. So
`TEXT_OVER` comes before, as soon as the first of them begins."""


class LanguageModel(Protocol):
    """A model behind some address."""

    @property
    def name(self) -> str:
        """The model's, for rows and figures."""
        ...

    def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The model's reply as it comes. Closing it gives the reply up.

        Nothing here waits longer than the connection itself allows: deadlines to the first piece
        and between pieces are the asker's.

        Raises:
            Unavailable: ``model.connection``, ``model.busy`` (with `retry_after_s` when the
                provider named one), ``model.failed``, ``model.cut_off``.
            OwnerFixable: ``model.key``, ``model.unknown``: nobody on the line can mend it.
        """
        ...
