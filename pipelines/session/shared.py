"""What the parts of a session work with, and what one of them leaves for another.

`Shared` is made once, when the call's line is there, and never changes; every part takes from it
what it uses. All that changes hands between them is in `Notes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from pipelines.budget_watch import BudgetWatch
from pipelines.first_sound import FirstSound
from pipelines.floor import Floor
from pipelines.preemptive_generation import PreemptiveGeneration
from pipelines.privacy_latch import PrivacyLatch
from pipelines.replies import ClosedReply, Replies
from pipelines.reply_source import ReplySource
from pipelines.session.silence import SilenceWatch
from pipelines.session.telling import Telling
from pipelines.speech_usage import SpeechUsage
from pipelines.transcript import Transcript
from pipelines.transport import LineInput, SpeechLine
from pipelines.turn_clock import TurnClock
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.core.budget.preemptive_generation import TurnProgress
from voiceagent.core.clock import Clock
from voiceagent.core.wire import LineEnd, Played, TurnEnding
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.loop import Input
from voiceagent.dialogue.recorder import Holds
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.domain.records import Window
from voiceagent.ports.recording import CallRecording


class ControlledLine(SpeechLine, Protocol):
    """What the session asks of the media plane's line."""

    def thinking(self) -> None:
        """A reply that nobody spoke for is being worked on."""
        ...

    def stop_speaking(self, through: int) -> Played | None:
        """Silence at once, for utterances up to this number; newer ones are played."""
        ...

    def expect(self, expecting: Expecting) -> None:
        """What the next caller turn should be."""
        ...

    def hint(self, completeness: Completeness) -> None:
        """What the partial transcript says about the turn."""
        ...

    def ending(self, ending: TurnEnding) -> None:
        """What the recogniser says of the turn's end."""
        ...

    def close_when_heard(self, utterance: int) -> None:
        """Hang up once this utterance, and all before it, has been played."""
        ...

    def stay(self) -> None:
        """Last words were asked for, and are not the last after all: `close_when_heard` follows."""
        ...

    def close(self, reason: LineEnd) -> None:
        """Hang up now."""
        ...


class Answering(Protocol):
    """Who answers the caller: a `Conversation`, or what takes its seat."""

    def put(self, item: Input) -> None:
        """Something happened that may want an answer."""
        ...

    def reply_heard(self, words: AgentWords, holds: Holds) -> None:
        """The caller has heard this much of a reply that is over; nobody waits for an answer.

        Args:
            words: all of the reply, and what was heard.
            holds: of the inputs it was decided by.
        """
        ...

    async def line_closed(self) -> None:
        """Nothing more will be heard."""
        ...

    async def run(self) -> None:
        """Answer until the conversation is over."""
        ...

    async def preview(self, text: str) -> str:
        """What it would say first to words that may be all of the caller's turn.

        Nothing is done for it. Empty when it cannot be known without doing something.
        """
        ...

    def rescue(self, act: BudgetAct) -> bool:
        """Do something about an answer that is late; False when there is nothing to be done."""
        ...


@runtime_checkable
class KnowsOffers(Protocol):
    """Who answers, where it knows what appointment windows it has offered."""

    @property
    def offers(self) -> tuple[Window, ...]:
        """Those that may be chosen now, in the order they were said."""
        ...


@dataclass(frozen=True, slots=True)
class Carried:
    """Words that are still to be said, and what holds back the writing of them."""

    text: str
    holds: Holds


@dataclass(slots=True)
class CallerTurn:
    """The caller's turn that is being spoken or answered.

    Attributes:
        words: what was told so far, of what was said since the caller last went on.
        progress: how far it is, as the line says.
        clock: of the answer, once the turn is over.
        cut_reply: the reply that the turn has cut off.
    """

    words: str = ""
    progress: TurnProgress = TurnProgress.SPOKEN
    clock: TurnClock = field(default_factory=TurnClock)
    cut_reply: ClosedReply | None = None


@dataclass(slots=True)
class Notes:
    """What changes hands within a session.

    Attributes:
        answering: who answers the caller, while the call runs.
        expecting: what the agent asked for last.
        turn: of the caller, under way.
        clocks: of committed turns that no reply has begun for, by index of the turn.
        carried: words whose reply was cut off before they were said; the next one begins with them.
        cut_by_key: the reply that a key has cut off, until the key is answered.
        leaving: the last reply is complete, and nothing cuts it off.
        last_words: its number.
    """

    answering: Answering | None = None
    expecting: Expecting = Expecting.ANYTHING
    turn: CallerTurn = field(default_factory=CallerTurn)
    clocks: dict[int, TurnClock] = field(default_factory=dict)
    carried: list[Carried] = field(default_factory=list)
    cut_by_key: ClosedReply | None = None
    leaving: bool = False
    last_words: int = 0

    def next_turn(self) -> CallerTurn:
        """The turn that was under way; another one begins."""
        turn, self.turn = self.turn, CallerTurn()
        return turn


@dataclass(frozen=True, slots=True)
class Shared:
    """The call's line and pipeline, and the parts that serve them and the conversation."""

    clock: Clock
    line: ControlledLine
    input: LineInput
    brain: ReplySource
    replies: Replies
    floor: Floor
    watch: BudgetWatch
    first_sound: FirstSound
    preemptive: PreemptiveGeneration
    transcript: Transcript
    silence: SilenceWatch
    usage: SpeechUsage
    privacy: PrivacyLatch
    telling: Telling
    recording: CallRecording
    notes: Notes

    @property
    def conversation(self) -> Answering:
        """Who answers the caller.

        Raises:
            RuntimeError: the call does not run, so nobody does.
        """
        if self.notes.answering is None:
            raise RuntimeError("a session hears only while it runs")
        return self.notes.answering

    def cut(self, heard: Played | None, *, through: int | None = None) -> list[ClosedReply]:
        """Close what is still being said, as `Replies.cut`; one that only just began is told of."""
        if heard is not None:
            self.telling.sounds(heard)
        return self.replies.cut(heard, through=through)

    def reply_closed(self, reply: ClosedReply) -> None:
        """A reply is over: write down what was heard of it, and tell who said it."""
        self.transcript.agent(reply)
        self.usage.reply_over(reply.number, reply.turn)
        if reply.text:
            self.conversation.reply_heard(AgentWords(reply.text, reply.heard), reply.holds)
