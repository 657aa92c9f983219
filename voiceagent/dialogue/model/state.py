"""What a model's dialogue knows beside the house's state: turns, open requests, what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.model.turns import ModelTurn
from voiceagent.domain.expecting import Expecting
from voiceagent.ports.language_model import ToolRequest

MODEL: Final = "model"
"""The dialogue's name in a case's memo."""

MOST_OVERREACHES: Final = 2
"""After so many a conversation is critical: the model does not see what it may do, or is misled."""


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What one conversation may spend on a model; then the house policy leads it to its end.

    Attributes:
        replies: replies that are asked for.
        tool_calls: requests that are carried out.
        tokens: prompts and replies together, as the rows of the call count them.
        micro_cents: what they may cost, where the price is known.
        replies_to_one_input: replies to one input of the caller's, tools' answers apart.
        reply_tokens: the longest reply.
    """

    replies: int = 80
    tool_calls: int = 40
    tokens: int = 200_000
    micro_cents: int = 100 * 10**6
    replies_to_one_input: int = 4
    reply_tokens: int = 300


@dataclass(frozen=True, slots=True)
class ModelState:
    """A frozen value; a snapshot of the dialogue is this and the house's.

    Attributes:
        turns: what was said and done.
        pending: requests of the model that run.
        ask: the house's question that the caller was asked last, if it was one.
        expecting: what the caller is likely to say next.
        replies, tool_calls, tokens, micro_cents: spent so far.
        requests_made: makes the requests' ids distinct.
        overreaches: changes that it asked for and might not have, and inputs to which it had only
            words that were withheld.
    """

    turns: tuple[ModelTurn, ...] = ()
    pending: tuple[ToolRequest, ...] = ()
    ask: Ask | None = None
    expecting: Expecting = Expecting.ANYTHING
    replies: int = 0
    tool_calls: int = 0
    tokens: int = 0
    micro_cents: int = 0
    requests_made: int = 0
    overreaches: int = 0

    def is_spent(self, limits: ModelLimits) -> bool:
        """Whether the model has had its share of this conversation."""
        return (
            self.replies >= limits.replies
            or self.tool_calls >= limits.tool_calls
            or self.tokens >= limits.tokens
            or self.micro_cents >= limits.micro_cents
        )


STATE: Final[TypeAdapter[ModelState]] = TypeAdapter(ModelState)
