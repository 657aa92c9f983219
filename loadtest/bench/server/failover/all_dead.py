"""R5's end of the line: every part of a kind is dead, and the caller still gets to a person.

From a caller's turn on, the first of a chain fails by its emulator and the one behind it is dead
too: at once, or by saying nothing, as a second cloud would. (A helper process that dies says so at
once; one that hangs is late, and is waited for.) Measured is the time from the caller's last word
to the first word they hear, and to the moment at which the line is given to a person: after a
sentence whose sound was ready, or is made by a voice that is alive.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product
from typing import Final

from pipecat.frames.frames import ErrorFrame, Frame
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService

from loadtest.bench.server.failover.call import serve
from loadtest.bench.server.failover.cells import CellParts, hearing, speaking
from loadtest.simulator.providers.faults import (
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
)
from pipelines.failover.report import FailoverReport
from pipelines.failover.tts import ChainedTTS
from pipelines.providers.spec import AskExpecting
from pipelines.ready_speech import ReadyVoice, Render, SpeechCache, SpeechPiece, VoiceKey
from pipelines.reply_source import sentences
from pipelines.session import APOLOGY
from voiceagent.core.failover.chain import ChainKind
from voiceagent.dialogue.house.wording import CANNOT_HEAR, FILLERS, TOO_SLOW
from voiceagent.errors import Unavailable

MOST_S: Final = 8.0
"""From the caller's last word to a person."""


class Dies(StrEnum):
    """How the part behind dies."""

    AT_ONCE = "at once"
    SILENTLY = "silently"


FAULTS: Final = (
    FaultName.RESET,
    FaultName.UNAUTHORIZED,
    FaultName.STALL_MID_STREAM,
    FaultName.HALF_OPEN,
)
KINDS: Final = ((ChainKind.STT,), (ChainKind.TTS,), (ChainKind.STT, ChainKind.TTS))


@dataclass(frozen=True, slots=True)
class DeadCell:
    """What is dead, how the first died and how the one behind it did."""

    kinds: tuple[ChainKind, ...]
    fault: FaultName
    behind: Dies

    def __str__(self) -> str:
        return f"all {'+'.join(self.kinds)} dead: {self.fault}, then {self.behind}"


DEAD_CELLS: Final = tuple(DeadCell(*one) for one in product(KINDS, FAULTS, Dies))


@dataclass(frozen=True, slots=True)
class DeadFinding:
    """Seconds from the caller's last word; `None` for what never came."""

    cell: DeadCell
    word_s: float | None
    person_s: float | None

    @property
    def missed(self) -> bool:
        """Whether the caller was left alone, or for too long."""
        late = self.person_s is None or self.person_s > MOST_S
        return late or self.word_s is None

    @property
    def line(self) -> str:
        """For people."""
        word = "never" if self.word_s is None else f"{self.word_s:4.2f} s"
        person = "never" if self.person_s is None else f"{self.person_s:4.2f} s"
        verdict = "missed" if self.missed else "ok"
        return f"{self.cell!s:52} first word {word}, person {person}  {verdict}"


class DeadSTT(STTService):
    """A recogniser that has died.

    Args:
        dies: how.
    """

    def __init__(self, dies: Dies) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=0.1,
            settings=STTSettings(model="dead", language=None),
        )
        self._dies = dies

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Nothing, or an error."""
        del audio
        yield ErrorFrame(error="It died.") if self._dies is Dies.AT_ONCE else None


def dead_voice(dies: Dies) -> Render:
    """A voice that has died."""

    async def render(text: str) -> AsyncIterator[SpeechPiece]:
        if dies is Dies.AT_ONCE:
            raise Unavailable("voice.dead", "It died.")
        await asyncio.Event().wait()
        yield SpeechPiece(b"")  # never: for the type
        del text

    return render


async def run_dead(cell: DeadCell, stage: CellParts) -> DeadFinding:
    """One call: the greeting is heard, and from the caller's first turn on a kind is dead."""
    hears, speaks = FaultScript(), FaultScript()
    dead, alive = set(cell.kinds), stage.backup_voice
    switched = [False]

    async def voice(text: str) -> AsyncIterator[SpeechPiece]:
        behind = dead_voice(cell.behind) if switched[0] else alive
        async for piece in behind(text):
            yield piece

    def stt(expecting: AskExpecting) -> STTService:
        return DeadSTT(cell.behind) if ChainKind.STT in dead else stage.backup_stt(expecting)

    def before(_: int) -> None:
        switched[0] = ChainKind.TTS in dead
        for kind, script in ((ChainKind.STT, hears), (ChainKind.TTS, speaks)):
            if kind in dead:
                script.add(ProviderFault(cell.fault, FaultMoment.FIRST_BYTE, times=None))
                script.add(ProviderFault(FaultName.REFUSE, FaultMoment.CONNECT, times=None))

    parts = replace(stage, backup_stt=stt, backup_voice=voice, streams=(0, 1))
    report = FailoverReport()
    ready = ReadyVoice(SpeechCache(), VoiceKey("alive", "", 0), alive)
    texts = (*FILLERS, TOO_SLOW, CANNOT_HEAR, APOLOGY)
    await ready.prepare([line for text in texts for line in sentences(text)])
    async with AsyncExitStack() as stack:
        make_stt = await stack.enter_async_context(hearing(parts, hears, report))
        voices = await stack.enter_async_context(speaking(parts, speaks, report))
        turn = stage.turns[:1]
        result = await serve(make_stt, ChainedTTS(voices), turn, before, ready=ready)
    line = result.line
    answered = len(line.gaps_s) > 1  # the first is that before the greeting
    person = line.closed_s - line.last_word_s if line.closed is not None else None
    return DeadFinding(cell, line.gaps_s[1] if answered else None, person)
