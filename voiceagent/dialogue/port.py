"""The dialogue port: who talks with the caller. The house policy, a model, or what chooses.

A `Dialogue` hears inputs one at a time (`Heard`, each with its time) and answers with acts as they
come. It does nothing itself and reads no clock: the same inputs give the same acts, so a journal of
them restores it; what a model replied to an input is journalled with it. What any successor needs
to go on is its `CaseFile`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, Protocol

from voiceagent.dialogue.acts import DialogueAct
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.toolkit.answers import ToolAnswer

Channel = Literal["voice", "text"]
"""What carries a conversation."""

PERSON_KEY: Final = "0"
"""The key for a person: as long as the line is up, also while a tool runs or a goodbye is said."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The conversation begins. `at`, here and below: when it happened, aware."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CallResumed:
    """The line was cut and is there again, or the process died and this is its successor.

    `words` are said in place of an apology where it is known why the line was away: the caller was
    to talk to a person, and nobody could be reached.
    """

    at: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class WordsHeard:
    """A committed turn of the caller: recognised words or typed text.

    `confidence` is how likely the words are right, 0..1; ``None`` where nobody can tell, and for
    what was typed.
    """

    at: datetime
    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class WordsLost:
    """The caller spoke, and recognition could not deliver the words.

    `deaf`: all that recognises is down, so nothing the caller says will be heard.
    """

    at: datetime
    deaf: bool = False


@dataclass(frozen=True, slots=True)
class KeyHeard:
    """A key of the phone: 0-9, ``*`` or ``#``; `card_watch.MARK` when keys were a card number."""

    at: datetime
    digit: str


@dataclass(frozen=True, slots=True)
class SilenceFell:
    """The caller has said nothing for the prompt time-out."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """The answer of a tool that was called: its result, or why it came to nothing."""

    at: datetime
    tool: str
    result: ToolAnswer


@dataclass(frozen=True, slots=True)
class ReplyHeard:
    """A reply is over: the caller has heard `heard` of `said`; in writing, all of it.

    It asks for no answer, acts are not performed. A reply is what was said about one input or
    several; it may come when the next one has begun.
    """

    at: datetime
    said: str
    heard: str


Heard = (
    Begun
    | CallResumed
    | WordsHeard
    | WordsLost
    | KeyHeard
    | SilenceFell
    | ToolAnswered
    | ReplyHeard
)


def with_typed_key(heard: Heard, channel: Channel) -> Heard:
    """The input; in writing, who types the key for a person has pressed it."""
    if channel == "text" and isinstance(heard, WordsHeard) and heard.text.strip() == PERSON_KEY:
        return KeyHeard(heard.at, PERSON_KEY)
    return heard


class Hurry(StrEnum):
    """What can be done about an answer that the caller waits for.

    ASK_AGAIN: whoever was asked is asked once more, the first answer counts · SETTLE: somebody
    answers who can do so at once.
    """

    ASK_AGAIN = "ask_again"
    SETTLE = "settle"


class Dialogue(Protocol):
    """One conversation's partner of the caller."""

    def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        """What is to be done about an input, as it comes to mind.

        The caller performs the acts in order. The answers of the tools it calls come back as
        inputs once this has ended; a key may be heard before them.
        """
        ...

    async def preview(self, heard: WordsHeard) -> str:
        """The first words of the answer to a turn that may be over; nothing changes by it.

        Empty when the answer does not begin with words.
        """
        ...

    def hurry(self, how: Hurry) -> bool:
        """Do something about an answer that is late; False when there is nothing to be done.

        It may be asked for just before the input is heard, or previewed.
        """
        ...

    async def close(self) -> None:
        """Nothing more will be heard: let go of what was begun."""
        ...

    def recall(self, replies: Sequence[str]) -> None:
        """The next input was heard before; these `acts.ModelReplied` came of it, in order.

        No model is asked about it again, and the same replies give the same acts. What is left of
        an input whose reply was not written down in time is what the caller said.
        """
        ...

    def snapshot(self) -> CaseFile:
        """What any successor needs to go on from here."""
        ...

    def take_over(self, case: CaseFile) -> None:
        """Go on with a case, whoever led it; what was heard before is forgotten."""
        ...
