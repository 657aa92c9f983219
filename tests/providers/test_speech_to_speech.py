"""A model that hears and speaks by itself, in the cascade's place: session and line, no cascade."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from pipecat.frames.frames import (
    AggregatedTextFrame,
    Frame,
    InputAudioRawFrame,
    TTSAudioRawFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline as FrameChain
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.parts import speech_parts
from pipelines.pipeline import CallSeat, Pipeline, run_worker
from pipelines.providers.registry import SHIPPED, Registry
from pipelines.providers.spec import (
    MakePipeline,
    ProviderKind,
    ProviderSite,
    SpeechToSpeechCapabilities,
    SpeechToSpeechProvider,
)
from pipelines.session import Answering
from pipelines.transport import LineOutput, ReplyCutFrame
from tests.pipelines.rig import SAMPLES_PER_WORD, paper_call
from tests.providers.toys import given
from voiceagent.core.budget.ladder import BudgetAct
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Holds
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Expecting


class ToyModel(FrameProcessor):
    """Says back how much sound it heard; silent as soon as it is cut off."""

    def __init__(self, seat: CallSeat) -> None:
        super().__init__(enable_direct_mode=True)
        self._turns = seat.session.turns
        self._heard = 0
        self.cuts: list[int] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case InputAudioRawFrame():
                self._heard += len(frame.audio)
            case VADUserStoppedSpeakingFrame():
                words, self._heard = f"{self._heard} bytes", 0
                self._turns.committed(words)
            case AggregatedTextFrame():
                await self._speak(frame)
            case ReplyCutFrame():
                self.cuts.append(frame.through)
                await self.push_frame(frame, direction)
            case _:
                await self.push_frame(frame, direction)

    async def _speak(self, sentence: AggregatedTextFrame) -> None:
        sentence.will_be_spoken = True
        await self.push_frame(sentence)
        for _ in sentence.text.split():
            await self.push_frame(TTSAudioRawFrame(bytes(2 * SAMPLES_PER_WORD), 8000, 1))


class ToyAnswers:
    """The model's own answers, in the seat of the conversation."""

    def __init__(self, seat: CallSeat) -> None:
        self._mouth = seat.session.mouth
        self._inbox: asyncio.Queue[Input] = asyncio.Queue()

    def reply_heard(self, words: AgentWords, holds: Holds) -> None:
        self.heard = words

    async def line_closed(self) -> None: ...

    def put(self, item: Input) -> None:
        self._inbox.put_nowait(item)

    async def run(self) -> None:
        while True:
            item = await self._inbox.get()
            heard = f"I heard {item.text}."
            text = heard if item.kind is InputKind.HEARD else "This is a toy."
            await self._mouth.begin(item)
            await self._mouth.say(text)
            await self._mouth.end(Expecting.ANYTHING, hang_up=None)

    async def preview(self, text: str) -> str:
        return ""

    def rescue(self, act: BudgetAct) -> bool:
        return False


class ToySpeechToSpeech:
    """Implements `Pipeline`."""

    ask_partial: Callable[[], Awaitable[None]] | None = None

    def __init__(self, seat: CallSeat) -> None:
        session = seat.session
        self.model = ToyModel(seat)
        self.answering: Answering | None = ToyAnswers(seat)
        self.strays = session.brain.strays
        output = LineOutput(
            seat.line, session.replies.ledger, session.first_sound.is_there, self.strays
        )
        self._worker = PipelineWorker(
            FrameChain([session.input, session.brain, self.model, output]),
            params=PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
        )

    async def run(self) -> None:
        await run_worker(self._worker)


MADE: list[ToySpeechToSpeech] = []


@asynccontextmanager
async def opened(_: ProviderSite) -> AsyncIterator[MakePipeline]:
    def make(seat: CallSeat) -> Pipeline:
        MADE.append(ToySpeechToSpeech(seat))
        return MADE[-1]

    yield make


TOY = SpeechToSpeechProvider(name="toy", capabilities=SpeechToSpeechCapabilities(), open=opened)


async def test_it_is_served_by_session_and_line_and_no_other_part_is_opened(tmp_path: Path) -> None:
    site = ProviderSite(load_business("business/coolcare.toml"), tmp_path)
    chosen = Registry((*SHIPPED, TOY)).chosen({ProviderKind.SPEECH_TO_SPEECH: "toy"}, given())
    assert (chosen.stt, chosen.tts) == (None, None)
    assert chosen.names == {"llm": "house", "speech-to-speech": "toy"}
    async with (
        speech_parts(chosen, lambda _: site) as parts,
        paper_call({}, make=parts.pipeline) as call,
    ):
        await call.hear(1)
        call.speak()
        await call.hear(2)
        assert await call.turns() == [
            ("agent", "This is a toy.", "This is a toy."),
            ("caller", "960 bytes", "960 bytes"),
            ("agent", "I heard 960 bytes.", "I heard 960 bytes."),
        ]
        call.speak()
        await call.until_said(3)
        call.cut_in(3, 2 * SAMPLES_PER_WORD)
        await call.hear(4)
        turns = await call.turns()
        assert turns[4] == ("agent", "I heard 960 bytes.", "I heard")
        assert MADE[-1].model.cuts[-1] == 3
        assert not call.policy.told


async def test_a_card_number_is_kept_from_it_as_from_anybody(tmp_path: Path) -> None:
    site = ProviderSite(load_business("business/coolcare.toml"), tmp_path)
    async with opened(site) as make, paper_call({}, make=make) as call:
        await call.hear(1)
        call.session.turns.committed("my card is 4111 1111 1111 1111")
        await call.hear(2)
        assert len(await call.turns()) == 3
        assert "4111" not in str(await call.turns())
