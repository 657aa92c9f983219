"""The agent's replies: what each was meant to say, how far it was heard, how fast it came.

Sans-I/O. A reply opens when the dialogue begins to answer, and closes when its last sample was
played or when the caller cut it off; closing it yields the agent's turn for the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.heard import SpeechLedger
from pipelines.turn_clock import TurnClock
from voiceagent.core.wire import Played
from voiceagent.dialogue.recorder import Holds
from voiceagent.domain.records import TurnLatency


@dataclass(slots=True)
class NewestReply:
    """The number of the newest reply begun, from 1; also when the pipeline is gone."""

    number: int = 0


@dataclass(slots=True)
class Reply:
    """One reply under way.

    `last` when the call ends after it; `queued` when some of its words went to speech synthesis.
    `prepared` is its first sentence when that was made before the turn was over: its sound is
    withheld until the sentence is said. `preemptive` while nobody knows whether the turn is over.
    `holds` hold back what is written of it: of the inputs that its words were decided by.
    """

    number: int
    clock: TurnClock
    ledger: SpeechLedger = field(default_factory=SpeechLedger)
    last: bool = False
    queued: bool = False
    prepared: str = ""
    preemptive: bool = False
    holds: Holds = ()

    def said_in(self, holds: Holds) -> None:
        """Words of it were decided by an input that these hold back."""
        self.holds = tuple(dict.fromkeys((*self.holds, *holds)))


@dataclass(frozen=True, slots=True)
class ClosedReply:
    """A reply that is over.

    `unheard` is what the caller missed, by whole sentences. `answers_turn` when it replied to words
    of the caller, not to silence or a key, and `turn` is their index; `answer_heard` when more than
    a filler was heard of it.
    """

    number: int
    text: str
    heard: str
    unheard: str
    latency: TurnLatency | None
    decided_by: str
    last: bool
    answers_turn: bool
    answer_heard: bool
    budget_acts: tuple[str, ...]
    answer_ms: float | None
    holds: Holds
    turn: int | None = None


class Replies:
    """Open replies by number; two are open only while the newer waits for its first sound."""

    def __init__(self) -> None:
        self._open: dict[int, Reply] = {}

    def open(self, number: int, clock: TurnClock) -> Reply:
        """Begin a reply."""
        reply = Reply(number, clock)
        self._open[number] = reply
        return reply

    def get(self, number: int) -> Reply | None:
        """An open reply."""
        return self._open.get(number)

    def discard(self, number: int) -> None:
        """Forget a reply that turned out to have no words."""
        self._open.pop(number, None)

    def ledger(self, number: int) -> SpeechLedger:
        """The ledger of a reply; a throw-away one when the reply is over already."""
        reply = self._open.get(number)
        return reply.ledger if reply is not None else SpeechLedger()

    def alone(self, number: int) -> bool:
        """Whether a reply is open and no other is, so that its sound need not queue."""
        return list(self._open) == [number]

    @property
    def preemptive(self) -> Reply | None:
        """The reply that was made ahead and answers nothing yet."""
        return next((reply for reply in self._open.values() if reply.preemptive), None)

    @property
    def speaking(self) -> bool:
        """Whether any reply is under way; a guess is not."""
        return any(not reply.preemptive for reply in self._open.values())

    def progress(self, played: Played) -> ClosedReply | None:
        """Note the played position; the closed reply when it has been heard to its end."""
        reply = self._open.get(played.utterance)
        if reply is None:
            return None
        if played.first_sent_s is not None:
            reply.clock.sent(played.first_sent_s)
        if not played.done:
            return None
        return self._close(reply, reply.ledger.samples)

    def saying(self, *, other_than: int) -> bool:
        """Whether another reply with words is under way."""
        others = (r for r in self._open.values() if r.number != other_than and not r.preemptive)
        return any(reply.ledger.text for reply in others)

    def speaking_through(self, through: int) -> bool:
        """Whether a reply up to this number is under way."""
        return any(r.number <= through and not r.preemptive for r in self._open.values())

    def cut(self, heard: Played | None, *, through: int | None = None) -> list[ClosedReply]:
        """The caller cut the agent off, or left: close open replies at what was heard of them.

        Args:
            heard: how far the reply in the ear had come; ``None`` when none was.
            through: number of the last reply that there was when it happened; those begun since go
                on. ``None``: there is nobody left to hear any of them.
        """
        closed = []
        aimed_at = [r for r in self._open.values() if through is None or r.number <= through]
        for reply in [reply for reply in aimed_at if not reply.preemptive]:
            position = 0
            if heard is not None and heard.utterance == reply.number:
                position = heard.samples
                if heard.first_sent_s is not None:
                    reply.clock.sent(heard.first_sent_s)
            closed.append(self._close(reply, position))
        return closed

    def _close(self, reply: Reply, position: int) -> ClosedReply:
        del self._open[reply.number]
        end = reply.clock.end
        return ClosedReply(
            number=reply.number,
            text=reply.ledger.text,
            heard=reply.ledger.heard(position),
            unheard=reply.ledger.unheard(position),
            latency=reply.clock.latency(),
            decided_by=end.decided_by.value if end is not None else "",
            last=reply.last,
            answers_turn=end is not None,
            answer_heard=reply.ledger.answer_heard(position),
            budget_acts=tuple(reply.clock.acts),
            answer_ms=reply.clock.answer_ms(),
            holds=reply.holds,
            turn=reply.clock.turn,
        )
