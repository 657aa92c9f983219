"""The pipecat service over a recogniser that is late, gone, or on time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from pipelines.offline import questions
from pipelines.offline.recogniser import Recognition
from pipelines.providers.alone import heard
from pipelines.providers.offline import stt as stt_module
from pipelines.providers.offline.stt import OfflineSTT
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OfferedWindows, OpenQuestion
from voiceagent.domain.records import Window
from voiceagent.errors import Unavailable

SURE = 0.87


class PaperUtterance:
    """Knows `so_far`, or never (``None``) but has the words of one ear `meanwhile`.

    Finishes with `final`, never (``None``), or by failing.
    """

    def __init__(
        self, so_far: str | None, final: str | Unavailable | None, meanwhile: str | None = None
    ) -> None:
        self.so_far = so_far
        self.final = final
        self.meanwhile = meanwhile
        self.patience_s: float | None = 0.0

    def feed(self, pcm_8k: bytes) -> None: ...

    async def partial(self) -> str:
        if self.so_far is None:
            await asyncio.Event().wait()
            raise AssertionError
        return self.so_far

    async def finish(self, patience_s: float | None = None) -> Recognition:
        self.patience_s = patience_s
        match self.final:
            case None:
                await asyncio.Event().wait()
                raise AssertionError
            case Unavailable():
                raise self.final
            case text:
                return Recognition(text, SURE)

    def abandon(self) -> None: ...


class PaperEar:
    def __init__(self, utterance: PaperUtterance | Unavailable) -> None:
        self.utterance = utterance
        self.question: OpenQuestion | None = None

    def start(self, question: OpenQuestion) -> PaperUtterance:
        self.question = question
        if isinstance(self.utterance, Unavailable):
            raise self.utterance
        return self.utterance

    def close(self) -> None: ...


GONE = Unavailable("helper.down", "The speech process is being restarted.")


class Overheard(OfflineSTT):
    """Keeps what it pushes."""

    def __init__(self, ear: PaperEar, expecting: Expecting = Expecting.ANYTHING) -> None:
        # A `RecogniserClient` is a process; all that is asked of it is what `PaperEar` has.
        super().__init__(ear, lambda: expecting, final_s=0.0)  # type: ignore[arg-type]
        self.pushed: list[Frame] = []

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        self.pushed.append(frame)

    async def push_error(self, error_msg: str, *_: object, **__: object) -> None:
        self.pushed.append(ErrorFrame(error_msg))


async def turn(ear: PaperEar) -> tuple[OfflineSTT, list[Frame]]:
    """One caller turn with one look at the words so far; what the service pushed."""
    stt = Overheard(ear)
    await stt._handle_vad_user_started_speaking(VADUserStartedSpeakingFrame())
    await stt.ask_partial()
    stopped = VADUserStoppedSpeakingFrame(stop_secs=0.0)
    await stt._handle_vad_user_stopped_speaking(stopped)
    return stt, stt.pushed


def finals(pushed: list[Frame]) -> list[tuple[str, bool]]:
    return [(f.text, f.finalized) for f in pushed if isinstance(f, TranscriptionFrame)]


@pytest.mark.parametrize("final", [None, GONE])
async def test_without_final_words_the_words_so_far_have_to_do(final: Unavailable | None) -> None:
    stt, pushed = await turn(PaperEar(PaperUtterance("my number is five", final)))
    assert [f.text for f in pushed if isinstance(f, InterimTranscriptionFrame)] == [
        "my number is five"
    ]
    assert finals(pushed) == [("my number is five", True)]
    assert not stt.words_lost
    assert sum(isinstance(frame, ErrorFrame) for frame in pushed) == 1


@pytest.mark.parametrize(
    "ear", [PaperEar(PaperUtterance("", None)), PaperEar(PaperUtterance("", GONE)), PaperEar(GONE)]
)
async def test_words_that_never_came_are_known_to_be_lost(ear: PaperEar) -> None:
    stt, pushed = await turn(ear)
    assert finals(pushed) == [("", True)]
    assert stt.words_lost


@pytest.mark.parametrize(("meanwhile", "told"), [("yes please", ["yes please"]), (None, [])])
async def test_words_so_far_that_are_late_are_those_of_one_ear(
    meanwhile: str | None, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stt_module, "PARTIAL_S", 0.0)
    _, pushed = await turn(PaperEar(PaperUtterance(None, "yes", meanwhile)))
    assert [f.text for f in pushed if isinstance(f, InterimTranscriptionFrame)] == told
    assert finals(pushed) == [("yes", True)]


async def test_a_turn_without_words_is_not_a_lost_one() -> None:
    stt, pushed = await turn(PaperEar(PaperUtterance("", "")))
    assert finals(pushed) == [("", True)]
    assert not stt.words_lost


async def test_outside_a_call_the_best_words_are_waited_for_and_come_with_how_sure_they_are() -> (
    None
):
    utterance = PaperUtterance("", "yes please")
    words = await heard(OfflineSTT(PaperEar(utterance), lambda: Expecting.YES_NO), bytes(1920))  # type: ignore[arg-type]
    assert (words.text, words.confidence) == ("yes please", SURE)
    assert utterance.patience_s is None


async def test_a_caller_waits_for_both_ears_for_a_while_only() -> None:
    utterance = PaperUtterance("", "yes please")
    stt, _ = await turn(PaperEar(utterance))
    assert stt.confidence == SURE
    assert utterance.patience_s == stt_module.BOTH_EARS_S


NIGHT = datetime(2026, 5, 1, 20, tzinfo=UTC)
OFFERED = OfferedWindows((Window(NIGHT, NIGHT + timedelta(hours=2)),), NIGHT)


@pytest.mark.parametrize(
    ("expecting", "told"),
    [
        (Expecting.TIME, OpenQuestion(Expecting.TIME, OFFERED)),
        (Expecting.PHONE, OpenQuestion(Expecting.PHONE)),
    ],
)
async def test_a_question_for_a_time_goes_with_what_was_offered(
    expecting: Expecting, told: OpenQuestion
) -> None:
    ear = PaperEar(PaperUtterance("", "tonight"))
    stt = Overheard(ear, expecting)
    stt.weigh_by(lambda: OFFERED)
    await stt._handle_vad_user_started_speaking(VADUserStartedSpeakingFrame())
    assert ear.question == told
    assert questions.read(questions.written(told)) == told
