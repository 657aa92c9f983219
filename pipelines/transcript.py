"""What was said in a call, written down turn by turn as it was heard."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from pipecat.processors.aggregators.llm_context import LLMContext

from pipelines.replies import ClosedReply
from pipelines.reply_source import sentences
from voiceagent.core.clock import Clock
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.card_watch import withhold
from voiceagent.domain.records import CallId, Speaker, Turn
from voiceagent.domain.redact import Withhold
from voiceagent.ports.calls import Calls
from voiceagent.ports.live import CallTeller, TurnWritten
from voiceagent.ports.meter import TurnMeter
from voiceagent.ports.recording import CallRecording


class Diary(Protocol):
    """Where a call is written down; a `Store` is one."""

    calls: Calls


class Transcript:
    """The turns of one call, for the store and for the model's context.

    Args:
        call_id: whose call it is.
        store: where turns and events are kept.
        clock: turn times.
        recorder: ordered background writes.
        context: the model's; only what was heard enters it.
        first_turn: index of the first turn to write.
        meter: hears how long each reply took.
        live: is told each turn, as it is written.
        recording: is told when the disclosure was heard.
        disclosure: what the caller must have heard; it is noted once, when all of it was.
    """

    def __init__(
        self,
        call_id: CallId,
        store: Diary,
        clock: Clock,
        recorder: Recorder,
        context: LLMContext,
        *,
        first_turn: int,
        meter: TurnMeter,
        disclosure: str,
        live: CallTeller,
        recording: CallRecording,
    ) -> None:
        self._recording = recording
        self._meter = meter
        self._live = live
        self._call_id = call_id
        self._calls = store.calls
        self._clock = clock
        self._recorder = recorder
        self._context = context
        self._index = first_turn
        self._undisclosed = sentences(disclosure)

    def caller(self, text: str) -> int:
        """The caller's turn, as it came through the gate; its index."""
        return self._write(Speaker.CALLER, text, text)

    def forget(self, words: str, clean: str, secret: str) -> None:
        """Let the model's context know no more of the caller's words than what passed the gate.

        Args:
            words: the newest turn as recognised, which the pipeline has put there.
            clean: what may stand in its place.
            secret: digits of a card that turns before it held.
        """
        if clean == words and not secret:
            return
        for message in self._context.messages:
            content = message.get("content") if isinstance(message, dict) else None
            if isinstance(message, dict) and isinstance(content, str):
                message["content"] = withhold(content.replace(words, clean), secret)

    def agent(self, reply: ClosedReply) -> None:
        """A reply that is over; one without words leaves nothing.

        It is held back with the inputs that decided it, whatever holds back others by now.
        """
        if not reply.text:
            return
        if reply.heard:
            self._context.add_message({"role": "assistant", "content": reply.heard})
        self._note_disclosed(reply.heard)
        self._meter.answered(reply.latency, reply.answer_ms)
        self._write(Speaker.AGENT, reply.text, reply.heard, reply)

    def _note_disclosed(self, heard: str) -> None:
        """Whichever replies carried its sentences, each whole: what was cut off is said again."""
        if not self._undisclosed:
            return
        self._undisclosed = [line for line in self._undisclosed if line not in heard]
        if not self._undisclosed:
            call_id, calls = self._call_id, self._calls
            self._recorder.put(lambda: calls.add_event(call_id, "disclosure.heard"))
            self._recording.disclosed()

    def _write(
        self, speaker: Speaker, text: str, heard: str, reply: ClosedReply | None = None
    ) -> int:
        index = self._index
        self._index += 1
        turn = Turn(
            call_id=self._call_id,
            index=index,
            speaker=speaker,
            text=text,
            heard=heard,
            at=self._clock.now(),
            latency=reply.latency if reply is not None else None,
            decided_by=reply.decided_by if reply is not None else "",
            budget_acts=reply.budget_acts if reply is not None else (),
            answer_ms=reply.answer_ms if reply is not None else None,
        )
        told_as = reply.number if reply is not None else None
        calls, live = self._calls, self._live

        async def write(out: Withhold) -> None:
            clean = replace(turn, text=out.text(text), heard=out.text(heard))
            live.tell(TurnWritten(clean, told_as))
            await calls.add_turn(clean)

        self._recorder.put_said(write, *(reply.holds if reply is not None else ()))
        return index
