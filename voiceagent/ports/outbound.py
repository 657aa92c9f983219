"""Where every text passes before it leaves: the rule, and a service that moderates."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol

from voiceagent.domain.outbound import KnownTexts, OutboundFault, OutboundRule
from voiceagent.errors import VoiceAgentError

NOT_SAID: Final = "I'm sorry, I can't say anything about that. You can ask for a person any time."
"""In the place of a sentence that a service withheld."""

SPOKEN_S: Final = 0.15
WRITTEN_S: Final = 1.0
"""How long a sentence waits for the service; a later verdict is none, and the deny list stands."""


class Moderation(Protocol):
    """Judges texts by what they are about: violence, hatred, sex, self-harm."""

    async def flagged(self, text: str) -> bool:
        """Whether a text should not be written to anybody.

        Raises:
            Unavailable: it does not answer.
            PeerMisbehaved: it answers nonsense.
        """
        ...


class OutboundGate:
    """The one way out.

    Args:
        rule: of the business.
        moderation: a service beside it; ``None`` where nobody is set.

    Attributes:
        counts: by fault how many texts something was taken out of; ``late``: verdicts that were not
            waited for.
    """

    def __init__(self, rule: OutboundRule, moderation: Moderation | None = None) -> None:
        self._rule = rule
        self._moderation = moderation
        self.counts: Counter[str] = Counter()

    def judged(
        self, text: str, known: KnownTexts | None, links: frozenset[str] = frozenset()
    ) -> str:
        """A text as it may leave by the rule; see `OutboundRule.judged`."""
        judged = self._rule.judged(text, known, links)
        self.counts.update(fault.value for fault in judged.faults)
        return judged.text

    async def said(
        self, text: str, known: KnownTexts, *, spoken: bool, private: Callable[[], bool]
    ) -> str:
        """A sentence of a conversation as it may be said or written.

        Args:
            text: the sentence.
            known: see `OutboundRule.judged`.
            spoken: somebody waits on the line for its sound.
            private: nothing of the conversation may reach a host of others.
        """
        text = self.judged(text, known)
        if self._moderation is None or not text.strip() or private():
            return text
        try:
            async with asyncio.timeout(SPOKEN_S if spoken else WRITTEN_S):
                flagged = await self._moderation.flagged(text)
        except (VoiceAgentError, TimeoutError):
            self.counts["late"] += 1
            return text
        if not flagged:
            return text
        self.counts[OutboundFault.MODERATED.value] += 1
        return NOT_SAID
