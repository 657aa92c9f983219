"""The text pipeline: the same conversation, written instead of spoken.

Used by the chat command and by message channels. Written text needs no pacing, no barge-in and no
heard-truth: what was sent was read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from voiceagent.core.beside import beside
from voiceagent.core.clock import Clock
from voiceagent.dialogue.caller_gate import CallerGate
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.loop import Conversation, Input, InputKind
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import CallId, Speaker, Turn
from voiceagent.ports.store import Store
from voiceagent.toolkit.answers import ToolOutcome


@dataclass(frozen=True, slots=True)
class Said:
    """The agent said this."""

    text: str


@dataclass(frozen=True, slots=True)
class Ran:
    """A tool ran."""

    outcome: ToolOutcome


TextEvent = Said | Ran


class TextSession:
    """A conversation's mouth in writing.

    Args:
        call_id: the conversation's id.
        store: where turns are kept.
        clock: turn times.
        recorder: ordered background writes.
        show: called with each thing the agent says or does, as it happens.
        first_turn: index of the first turn to write.
    """

    def __init__(
        self,
        call_id: CallId,
        store: Store,
        clock: Clock,
        recorder: Recorder,
        show: Callable[[TextEvent], None],
        *,
        first_turn: int = 0,
    ) -> None:
        self._call_id = call_id
        self._store = store
        self._clock = clock
        self._recorder = recorder
        self._show = show
        self._turn_index = first_turn
        self._said: list[str] = []
        self._holds: Holds = ()

    async def begin(self, cause: Input) -> None:
        """See `Mouth`: writes down the caller's turn that it answers."""
        self._write_down()
        if cause.kind is InputKind.HEARD:
            self._write_turn(Speaker.CALLER, cause.text, cause.holds)

    async def say(self, text: str, holds: Holds = ()) -> None:
        """See `Mouth`."""
        self._said.append(text)
        self._holds = tuple(dict.fromkeys((*self._holds, *holds)))
        self._show(Said(text))

    async def settle(self) -> None:
        """See `Mouth`: nothing to wait for."""

    async def tool_started(self, filler: str) -> None:
        """See `Mouth`: a reader needs no filler."""

    async def tool_finished(self, outcome: ToolOutcome) -> None:
        """See `Mouth`."""
        self._show(Ran(outcome))

    async def keep_private(self) -> None:
        """See `Mouth`: nothing here sends it anywhere."""

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> AgentWords | None:
        """See `Mouth`: what was sent was read."""
        del expecting, hang_up
        said = self._write_down()
        return AgentWords(said, said) if said else None

    def _write_down(self) -> str:
        said, self._said = " ".join(self._said), []
        holds, self._holds = self._holds, ()
        if said:
            self._write_turn(Speaker.AGENT, said, holds)
        return said

    def _write_turn(self, speaker: Speaker, text: str, holds: Holds) -> None:
        turn = Turn(
            call_id=self._call_id,
            index=self._turn_index,
            speaker=speaker,
            text=text,
            heard=text,
            at=self._clock.now(),
        )
        self._turn_index += 1
        calls = self._store.calls
        self._recorder.put_said(
            lambda out: calls.add_turn(replace(turn, text=out.text(text), heard=out.text(text))),
            *holds,
        )


async def converse(
    conversation: Conversation,
    recorder: Recorder,
    lines: Callable[[], Awaitable[str | None]],
) -> None:
    """Greet, then answer line after line until either side is done.

    Args:
        conversation: answers; its mouth shows the answers.
        recorder: its writes are done when this returns.
        lines: the caller's next line, ``None`` when there are no more.
    """
    gate = CallerGate(recorder)
    async with beside(recorder.run()):
        over = await conversation.answer(Input(InputKind.BEGIN))
        while not over and (line := await lines()) is not None:
            over = await conversation.answer(gate.words(line, conversation.expecting))
        await recorder.drained()
