"""What goes into a conversation (`Input`), and where its words go (`Mouth`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.recorder import Holds
from voiceagent.domain.card_watch import Sign
from voiceagent.domain.expecting import Expecting
from voiceagent.toolkit.answers import ToolOutcome


class InputKind(StrEnum):
    """What can move a conversation."""

    BEGIN = "begin"
    RESUME = "resume"
    HEARD = "heard"
    LOST = "lost"
    KEY = "key"
    SILENCE = "silence"
    REPLY_HEARD = "reply_heard"


DEAF: Final = "deaf"
"""The text of a LOST input when all that recognises is down."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input: caller's words for HEARD, the digit for KEY, empty otherwise.

    REPLY_HEARD is what the caller heard of a reply; `said` is all of it.

    LOST stands for words that were spoken and that recognition could not deliver; with `DEAF` as
    its text, nobody will hear the next ones either.

    `turn` is the index of the caller's turn it came from, -1 when there is none. `continues` when
    the caller spoke on before hearing any of the answer to the words before.

    `sign`, `secret` and `goes_on` come from the gate (`card_watch.Heard`): whether the input may be
    or was a card number, the digits to forget in the inputs before, and whether its digits go on
    theirs. `holds` are what holds back the writing of it, and of what is done for it; none when
    nothing of the caller's is in it.

    `confidence` is the recogniser's, 0..1, of HEARD words; ``None`` where it does not tell.
    """

    kind: InputKind
    text: str = ""
    said: str = ""
    turn: int = -1
    continues: bool = False
    sign: Sign = Sign.PLAIN
    secret: str = field(default="", repr=False)
    goes_on: bool = False
    confidence: float | None = None
    holds: Holds = field(default=(), repr=False, compare=False)


class Mouth(Protocol):
    """Where a conversation's words go. Implemented by the voice and text sessions."""

    async def begin(self, cause: Input) -> None:
        """A reply to `cause` begins."""
        ...

    async def say(self, text: str, holds: Holds = ()) -> None:
        """Say one or more whole sentences, in written form.

        `holds` hold back the writing of them: of the input that they were decided by.
        """
        ...

    async def settle(self) -> None:
        """Wait (bounded) until everything said so far was heard."""
        ...

    async def tool_started(self, filler: str) -> None:
        """A tool runs as part of this reply; `filler` may be said if the caller waits too long."""
        ...

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        """A tool has run as part of this reply."""
        ...

    async def keep_private(self) -> None:
        """From now on nothing that is said may reach a host of others; told before every act."""
        ...

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> AgentWords | None:
        """The reply is complete; `hang_up` gives the reason when it was the last one.

        Returns:
            What was said and heard, where that is known by now; ``None`` where nothing was said, or
            where it is told later (`InputKind.REPLY_HEARD`).
        """
        ...
