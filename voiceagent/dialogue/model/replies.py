"""A model's reply on its way in: whole sentences and requests; and the same, from the journal."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum

from loguru import logger
from pydantic import TypeAdapter

from voiceagent.dialogue.model.sentences import SentenceCutter
from voiceagent.domain.usage import Usage, UsageKind
from voiceagent.errors import VoiceAgentError
from voiceagent.ports.language_model import (
    ModelEvent,
    ReplyEnd,
    StopReason,
    TextPiece,
    TokenUsage,
    ToolRequest,
)


class ReplyOutcome(StrEnum):
    """How a reply ended.

    BROKEN: it failed, was too slow, or was cut off. STOPPED: we gave it up, because a sentence of
    it was withheld or the caller was asked a question.
    """

    WHOLE = "whole"
    BROKEN = "broken"
    STOPPED = "stopped"


@dataclass(slots=True)
class ReplyTaken:
    """What was taken of a reply, as the journal keeps it; filled while it comes.

    `model` wrote it. `usage` is what it cost, ``None`` while that is not known; `estimated` when it
    was reckoned from the text. `spare` is what requests cost that were made for the same turn and
    let go, reckoned.
    """

    sentences: list[str] = field(default_factory=list)
    requests: list[ToolRequest] = field(default_factory=list)
    outcome: ReplyOutcome = ReplyOutcome.STOPPED
    model: str = ""
    usage: TokenUsage | None = None
    estimated: bool = False
    spare: TokenUsage = field(default_factory=TokenUsage)

    @property
    def tokens(self) -> int:
        """Prompts and replies together."""
        return sum(one.prompt + one.completion for one in (self.usage or TokenUsage(), self.spare))

    def used(self) -> tuple[Usage, ...]:
        """What it cost, by kind; together it is as many tokens."""
        usage, spare = self.usage or TokenUsage(), self.spare
        units = {
            UsageKind.PROMPT_TOKENS: max(0, usage.prompt - usage.cached) + spare.prompt,
            UsageKind.CACHED_TOKENS: min(usage.cached, usage.prompt),
            UsageKind.COMPLETION_TOKENS: usage.completion + spare.completion,
        }
        estimated = self.estimated or spare != TokenUsage()
        return tuple(
            Usage.of(self.model, kind, count, estimated=estimated)
            for kind, count in units.items()
            if count
        )

    def to_json(self) -> str:
        """For the journal."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> ReplyTaken:
        """What `to_json` wrote."""
        return _ADAPTER.validate_json(text)


_ADAPTER: TypeAdapter[ReplyTaken] = TypeAdapter(ReplyTaken)
_MOST_REQUESTS = 4


async def sentences_of(
    reply: AsyncGenerator[ModelEvent, None], taken: ReplyTaken
) -> AsyncGenerator[str, None]:
    """The sentences of a reply as each is whole; what was taken is in `taken`.

    Of a reply that breaks off, half a sentence is not given on. It never raises for what a model
    did. Closing it gives the reply up.
    """
    cutter = SentenceCutter()
    try:
        async with aclosing(reply) as events:
            async for event in events:
                match event:
                    case TextPiece():
                        taken.model = event.model or taken.model
                        for sentence in cutter.add(event.text):
                            taken.sentences.append(sentence)
                            yield sentence
                    case ToolRequest():
                        if len(taken.requests) < _MOST_REQUESTS:
                            taken.requests.append(event)
                    case ReplyEnd():
                        taken.model = event.model or taken.model
                        if event.usage.prompt or event.usage.completion:
                            taken.usage = event.usage
                        cut = event.why in {StopReason.CUT, StopReason.WITHHELD}
                        taken.outcome = ReplyOutcome.BROKEN if cut else ReplyOutcome.WHOLE
                        if not cut and (rest := cutter.rest()):
                            taken.sentences.append(rest)
                            yield rest
                        return
    except VoiceAgentError as error:
        logger.info("model.gave_up: {}", error.code)
    taken.outcome = ReplyOutcome.BROKEN


async def recalled(kept: ReplyTaken, taken: ReplyTaken) -> AsyncGenerator[str, None]:
    """The sentences of a reply that the journal kept."""
    taken.requests, taken.outcome, taken.model = kept.requests, kept.outcome, kept.model
    taken.usage, taken.estimated, taken.spare = kept.usage, kept.estimated, kept.spare
    for sentence in kept.sentences:
        taken.sentences.append(sentence)
        yield sentence
