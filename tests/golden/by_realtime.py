"""Golden calls led by a model that hears and speaks: the emulated Realtime, over a socket.

The caller's lines go to it as sound and are recognised there by what came; its sentences come back
as sound, and are taken for heard when all of their sound was. What it does not say is another
voice's. Lines that nobody recorded have a sound of their own, which only its recogniser knows.
"""

from __future__ import annotations

import asyncio
import re
import tomllib
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final

import numpy as np

from loadtest.simulator import g711, wav
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.chat import ChatAnswer, ChatRequest, ChatRole
from loadtest.simulator.providers.faults import (
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
)
from loadtest.simulator.providers.openai_chat import EMULATED_KEY
from loadtest.simulator.providers.openai_realtime import EMULATED_REALTIME, RealtimeEmulator
from loadtest.simulator.providers.scripted_model import scripted_model
from loadtest.simulator.providers.serving import listening
from pipelines.providers.openai.realtime.call import RealtimeAccount, RealtimeCall
from pipelines.providers.openai.realtime.caller_sounds import CallerSounds
from pipelines.reply_source import sentences
from tests.golden.by_model import INSISTS
from tests.golden.real import as_input
from tests.golden.replay import ROOT, Golden
from tests.support.act_model import ACT_MODEL
from tools import TOOLS
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.factory import MakeDialogue, model_dialogue
from voiceagent.dialogue.loop import InputKind
from voiceagent.ports.language_model import LanguageModel
from voiceagent.toolkit.toolbox import Toolbox

MANIFEST: Final = ROOT / "audio_fixtures" / "golden" / "manifest.toml"
WORD: Final = 1600
"""Samples of a made-up word, the caller's and the model's."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line of the caller's: what it is called, its μ-law, its words and where speech is in it."""

    name: str
    mulaw_8k: bytes
    words: Sequence[str]
    spans: Sequence[tuple[int, int]]


@cache
def _recordings() -> tuple[Mapping[str, str], Mapping[tuple[str, str], Mapping[str, object]]]:
    """Who speaks which call, and the recordings by voice and line."""
    written = tomllib.loads(MANIFEST.read_text("utf-8"))
    files = {(one["voice"], _bare(one["text"])): one for one in written["file"]}
    return written["cast"], files


def _bare(line: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", line.lower())


def spoken(name: str, line: str) -> SpokenLine:
    """A line as the call's voice recorded it, else with a sound that is made up."""
    cast, files = _recordings()
    found = files.get((cast.get(name, ""), _bare(line)))
    if found is not None:
        sound = g711.encode(wav.read(MANIFEST.parent / str(found["path"])))
        speech = found["speech_ms"]
        assert isinstance(speech, list)
        spans = [(8 * start, 8 * end) for start, end in speech]
        return SpokenLine(line, sound, str(found["words"]).split(), spans)
    words = line.split()
    draws = np.random.default_rng(zlib.crc32(line.encode()))
    noise = draws.normal(0.0, 4000.0, WORD * len(words)).clip(-32768, 32767).astype(np.int16)
    return SpokenLine(line, g711.encode(noise), words, [(0, noise.size)])


async def quick_hum(text: str) -> bytes:
    """A `Render` without a voice; a figure is as long as it is to say."""
    words = len(re.findall(r"[A-Za-z']+|\d|\$", text))
    at = np.arange(WORD * words)
    return (3000 * np.sin(at * 2 * np.pi * 180 / 8000)).astype("<i2").tobytes()


@dataclass(slots=True)
class RealtimeLine:
    """A line whose other end is the model's session. Implements `Line`.

    Attributes:
        by_the_model: sentences that were heard by its own sound to their end.
        by_another: what was left to another voice.
        samples: of the model's sound that were heard.
    """

    call: RealtimeCall
    sounds: CallerSounds
    lines: Mapping[str, SpokenLine]
    by_the_model: list[str] = field(default_factory=list)
    by_another: list[str] = field(default_factory=list)
    samples: int = 0

    def says(self, words: str) -> None:
        """See `Line`."""
        self.sounds.started()
        self.sounds.sound(self.lines[words].mulaw_8k)
        self.sounds.finished()
        self.sounds.worded(words)

    async def hears(self, words: str) -> None:
        """See `Line`."""
        for sentence in sentences(words):
            part = self.call.part(sentence)
            if part is None:
                self.by_another.append(sentence)
                continue
            async for piece in part.sound():
                self.samples += len(piece.mulaw_8k)
            (self.by_another if part.left else self.by_the_model).append(part.left or sentence)


class Stage(StrEnum):
    """Where in a turn the model is killed."""

    BEFORE_THE_FIRST_EVENT = "before the first event"
    MID_TRANSCRIPT = "mid-transcript"
    MID_AUDIO = "mid-audio"
    MID_FUNCTION_CALL = "mid-function-call"
    AFTER_THE_RESULT = "after the function result"


_EVENTS: Final = {
    Stage.MID_TRANSCRIPT: ("response.output_audio_transcript.delta", 2),
    Stage.MID_AUDIO: ("response.output_audio.delta", 2),
    Stage.MID_FUNCTION_CALL: ("response.function_call_arguments.delta", 1),
}


class MortalModel:
    """The scripted model, whose service dies for good in a stage of one of its answers.

    Args:
        stage: where; never without one.
        spared: answers that have such a stage and go well before.
    """

    def __init__(self, stage: Stage | None = None, spared: int = 0) -> None:
        self.faults = FaultScript()
        self.answers = 0
        self.died = False
        self._stage = stage
        self._spared = spared

    def __call__(self, request: ChatRequest) -> ChatAnswer:
        """See `ChatScript`."""
        answer = scripted_model(request)
        self.answers += 1
        if self._stage is None or self.died or not _has(self._stage, request, answer):
            return answer
        self._spared -= 1
        if self._spared < 0:
            self.died = True
            self.faults.add(_end_in(self._stage))
            self.faults.add(ProviderFault(FaultName.REFUSE, FaultMoment.CONNECT, times=None))
        return answer


def _has(stage: Stage, request: ChatRequest, answer: ChatAnswer) -> bool:
    match stage:
        case Stage.MID_TRANSCRIPT | Stage.MID_AUDIO:
            return len(answer.text) > 2
        case Stage.MID_FUNCTION_CALL:
            return bool(answer.tool_calls)
        case Stage.AFTER_THE_RESULT:
            return request.messages[-1].role is ChatRole.TOOL
        case Stage.BEFORE_THE_FIRST_EVENT:
            return True


def _end_in(stage: Stage) -> ProviderFault:
    if stage not in _EVENTS:
        return ProviderFault(FaultName.RESET, FaultMoment.FIRST_BYTE)
    of, after = _EVENTS[stage]
    return ProviderFault(FaultName.RESET, FaultMoment.MID_STREAM, of=of, after=after)


@dataclass(frozen=True, slots=True)
class LedByRealtime:
    """A session with the model, for one call."""

    line: RealtimeLine
    emulator: RealtimeEmulator
    model: MortalModel
    behind: Sequence[LanguageModel]

    def lead(self, clock: ManualClock) -> MakeDialogue:
        """Conversations of the model, with others behind it and the house policy in the end."""
        models = [self.line.call, *self.behind]
        return model_dialogue(models, tuple(Toolbox(TOOLS).specs()), clock, ACT_MODEL)


@asynccontextmanager
async def realtime(
    name: str, golden: Golden, model: MortalModel, behind: Sequence[LanguageModel] = ()
) -> AsyncIterator[LedByRealtime]:
    """A session for a call of this name; what is behind the model answers where it does not."""
    said = {one for one in golden.caller_lines if as_input(one).kind is InputKind.HEARD}
    lines = {one: spoken(name, one) for one in sorted({*said, INSISTS})}
    ears = ByManifest((one.name, one.mulaw_8k, one.words, one.spans) for one in lines.values())
    emulator = RealtimeEmulator(model, quick_hum, ears, faults=model.faults)
    async with listening(emulator.app()) as url, asyncio.TaskGroup() as tasks:
        account = RealtimeAccount(f"{url}/v1/realtime", EMULATED_REALTIME, "marin", EMULATED_KEY)
        sounds = CallerSounds()
        call = RealtimeCall(account, sounds)
        running = tasks.create_task(call.run())
        await emulator.wait_attempts(1)
        try:
            yield LedByRealtime(RealtimeLine(call, sounds, lines), emulator, model, behind)
        finally:
            running.cancel()
