"""What is told of a call while it happens, to whoever watches it (`ports.live`).

Words that are not written yet are told as they may be shown. What is dear to find out is found out
only when somebody watches.
"""

from __future__ import annotations

from dataclasses import replace

from pipelines.replies import Replies
from voiceagent.core.wire import Played, TurnEnd
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.expecting import Expecting
from voiceagent.ports.live import (
    BargedIn,
    CallerFinished,
    CallerStarted,
    CallTeller,
    HeardSoFar,
    KeyUsed,
    NothingSaid,
    ReplySounds,
    ToolRan,
    TurnSaid,
    TurnSoFar,
)
from voiceagent.toolkit.answers import ToolOutcome


class Telling:
    """Of one call.

    Args:
        live: who is told.
        gate: knows what of the caller's words may be shown.
        recorder: knows what of ours may be.
        replies: those under way.
    """

    def __init__(
        self, live: CallTeller, gate: CallerGate, recorder: Recorder, replies: Replies
    ) -> None:
        self._live = live
        self._gate = gate
        self._recorder = recorder
        self._replies = replies

    @property
    def followed(self) -> bool:
        """See `CallTeller`."""
        return self._live.followed

    def caller_started(self) -> None:
        """The caller's turn has begun."""
        self._live.tell(CallerStarted())

    def caller_words(self, text: str, expecting: Expecting) -> None:
        """What was recognised so far."""
        if self._live.followed:
            self._live.tell(TurnSoFar(self._gate.shown(text, expecting)))

    def caller_finished(self, end: TurnEnd) -> None:
        """The caller's turn is over."""
        self._live.tell(CallerFinished(end.decided_by))

    def caller_said(self, index: int, text: str) -> None:
        """The caller's turn has come through the gate."""
        if self._live.followed:
            self._live.tell(TurnSaid(index, self._recorder.shown((), text)))

    def nothing_said(self) -> None:
        """The caller's turn had no words, or they were lost."""
        self._live.tell(NothingSaid())

    def key(self) -> None:
        """A key was pressed."""
        self._live.tell(KeyUsed())

    def tool_ran(self, outcome: ToolOutcome) -> None:
        """A tool has answered."""
        self._live.tell(ToolRan(outcome.name, outcome.elapsed_ms, outcome.error_code))

    def barged_in(self) -> None:
        """The caller cut the agent off."""
        self._live.tell(BargedIn())

    def sounds(self, played: Played) -> None:
        """Frames of a reply have left; told once, before they are noted on the reply."""
        reply = self._replies.get(played.utterance)
        if reply is not None and played.first_sent_s is not None and reply.clock.sent_s is None:
            clock = replace(reply.clock, sent_s=played.first_sent_s)
            decided_by = clock.end.decided_by.value if clock.end is not None else ""
            self._live.tell(ReplySounds(reply.number, clock.latency(), decided_by))

    def heard(self, played: Played) -> None:
        """The caller has heard more of a reply."""
        reply = self._replies.get(played.utterance)
        if reply is None or not self._live.followed:
            return
        heard, text = (
            self._recorder.shown(reply.holds, words)
            for words in (reply.ledger.heard(played.samples), reply.ledger.text)
        )
        self._live.tell(HeardSoFar(reply.number, heard, text))
