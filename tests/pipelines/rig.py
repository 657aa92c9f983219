"""A call without telephone and models: real session and real pipecat pipeline, scripted ends.

Recognition returns the next scripted transcript when the turn ends; speech is a fixed number of
samples per word; the line is a list of what it was asked to do, and the test plays the caller.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pipecat.frames.frames import Frame, TranscriptionFrame, TTSAudioRawFrame
from pipecat.frames.frames import VADUserStoppedSpeakingFrame as Stopped
from pipecat.services.settings import STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.budget_watch import BudgetParts
from pipelines.cascade import Cascade
from pipelines.line_events import LineEvents
from pipelines.pipeline import CallSeat, Pipeline
from pipelines.providers.spec import MakePipeline
from pipelines.ready_speech import ReadyVoice, SpeechCache, SpeechPiece, VoiceKey
from pipelines.session import VoiceSession
from pipelines.session.shared import Shared
from pipelines.speech_usage import SpeechRows, SpeechTariffs, SpeechUsage
from tests.pipelines.scripted import CALL, ScriptedPolicy
from voiceagent.core.budget.turn_budget import Expected
from voiceagent.core.clock import ManualClock, SystemClock
from voiceagent.core.wire import LineEnd, Played, TurnDecider, TurnEnd, TurnEnding
from voiceagent.dialogue.acts import Step
from voiceagent.dialogue.loop import Conversation, Input
from voiceagent.dialogue.port import Dialogue
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Completeness, Expecting
from voiceagent.domain.records import Turn, TurnLatency
from voiceagent.ports.live import CallTeller
from voiceagent.ports.recording import CallRecording
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import Tool
from voiceagent.toolkit.toolbox import Toolbox

SAMPLES_PER_WORD = 2000

LOST = "[lost]"
"""A transcript that recognition could not deliver."""


class ScriptedSTT(STTService):
    """Returns the next transcript; ``None`` never answers, `LOST` answers with nothing.

    `gate` is open; a test closes it to make recognition late.
    """

    def __init__(self, transcripts: deque[str | None]) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=0.1,
            settings=STTSettings(model="scripted", language=None),
        )
        self._transcripts = transcripts
        self.words_lost = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        yield None

    async def _handle_vad_user_stopped_speaking(self, frame: Stopped) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        text = self._transcripts.popleft()
        await self.gate.wait()
        self.words_lost = text == LOST
        if text is not None:
            final = TranscriptionFrame(
                "" if self.words_lost else text, "caller", "2025-08-29T00:00:00Z"
            )
            final.finalized = True
            await self.push_frame(final)


class ScriptedTTS(TTSService):
    """Silence, as long as the words are many. `asked` is what it had to synthesise."""

    def __init__(self) -> None:
        super().__init__(
            sample_rate=8000,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model="scripted", voice="", language=None),
        )
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        self.asked.append(text)
        await self.gate.wait()
        for _ in text.split():
            yield TTSAudioRawFrame(bytes(2 * SAMPLES_PER_WORD), 8000, 1, context_id=context_id)


class PaperLine:
    """A line that only writes down; `sound` is what each utterance got, in samples.

    `withheld` are utterances that nobody may hear yet, `dropped` those that nobody ever will.
    """

    def __init__(self) -> None:
        self.sound: dict[int, int] = {}
        self.ended: list[int] = []
        self.stale: set[int] = set()
        self.expecting: list[Expecting] = []
        self.closing = False
        self.last_words = 0
        self.closed_because: list[LineEnd] = []
        self.stopped = 0
        self.hints: list[Completeness] = []
        self.endings: list[TurnEnding] = []
        self.withheld: set[int] = set()
        self.dropped: list[int] = []
        self.heard: Played | None = None
        """How far the caller had heard us when they hung up."""
        self.stopped_at: Played | None = None
        """How far they had when we were told to stop."""
        self.changed = asyncio.Event()

    def say(self, utterance: int, pcm_8k: bytes) -> None:
        self.sound[utterance] = self.sound.get(utterance, 0) + len(pcm_8k) // 2
        self.changed.set()

    def end_utterance(self, utterance: int) -> None:
        self.ended.append(utterance)
        self.changed.set()

    def withhold(self, utterance: int) -> None:
        self.withheld.add(utterance)

    def grant(self, utterance: int) -> None:
        self.withheld.discard(utterance)
        self.changed.set()

    def drop(self, utterance: int) -> None:
        self.withheld.discard(utterance)
        self.dropped.append(utterance)

    def thinking(self) -> None:
        pass

    def stop_speaking(self, through: int) -> Played | None:
        self.stopped += 1
        return self.stopped_at

    def expect(self, expecting: Expecting) -> None:
        self.expecting.append(expecting)
        self.changed.set()

    def hint(self, completeness: Completeness) -> None:
        self.hints.append(completeness)

    def ending(self, ending: TurnEnding) -> None:
        self.endings.append(ending)

    def close_when_heard(self, utterance: int) -> None:
        self.closing = True
        self.last_words = utterance
        self.changed.set()

    def stay(self) -> None:
        self.closing = False

    def close(self, reason: LineEnd) -> None:
        self.closing = True
        self.closed_because.append(reason)
        self.changed.set()


class PaperCall:
    """The test's handle: acts as the caller and as the media plane."""

    def __init__(
        self,
        session: VoiceSession,
        line: PaperLine,
        store: MemoryStore,
        clock: SystemClock | ManualClock,
        stt: ScriptedSTT,
        tts: ScriptedTTS,
        policy: ScriptedPolicy,
        pipeline: Pipeline,
        running: asyncio.Future[LineEnd],
    ) -> None:
        self.pipeline = pipeline
        self.running = running
        self.session = session
        self.line = line
        self.store = store
        self.clock = clock
        self.stt = stt
        self.tts = tts
        self.policy = policy

    @property
    def parts(self) -> Shared:
        """What serves the call."""
        return self.session._shared

    def put(self, item: Input) -> None:
        """Something happens in the conversation that the line knows nothing of."""
        self.parts.conversation.put(item)

    async def until_said(self, utterance: int) -> None:
        """Wait until an utterance is complete."""
        async with asyncio.timeout(5):
            while utterance not in self.line.ended:
                self.line.changed.clear()
                await self.line.changed.wait()

    async def hear(self, utterance: int) -> None:
        """The caller listens to an utterance to its end."""
        await self.until_said(utterance)
        now_s = self.clock.monotonic()
        samples = self.line.sound.get(utterance, 0)
        self.session.events.played(Played(utterance, samples, done=True, first_sent_s=now_s))
        await self.settle()

    def speak(self, sound: bytes = bytes(960)) -> None:
        """The caller says something, undisturbed."""
        now_s = self.clock.monotonic()
        self.session.events.caller_started(now_s)
        self.session.events.caller_audio(sound)
        self.session.events.caller_finished(
            TurnEnd(now_s - 1, now_s, now_s, TurnDecider.TURN_MODEL)
        )

    async def pause(self, words: str) -> None:
        """The caller falls silent after these words, and it sounds like the end of their turn."""
        self.session.events.caller_started(self.clock.monotonic())
        self.session.events.caller_audio(bytes(960))
        await self.go_silent(words)

    async def go_silent(self, words: str) -> None:
        """A pause in a turn that has begun."""
        self.session.events.caller_paused()
        await self.settle()
        self.session.turns.partial(words)
        self.session.events.caller_nearly_finished()
        await self.settle()

    async def finish(self) -> None:
        """The turn is over."""
        now_s = self.clock.monotonic()
        self.session.events.caller_finished(
            TurnEnd(now_s - 1, now_s, now_s, TurnDecider.TRANSCRIPT)
        )
        await self.settle()

    def cut_in(self, utterance: int, samples: int) -> None:
        """The caller cuts the agent off after `samples`, then says something."""
        self.session.events.barge_in(Played(utterance, samples, done=False, first_sent_s=1.0))
        self.speak()

    async def wait(self, seconds: float) -> None:
        """Time passes, on a clock that moves by hand."""
        assert isinstance(self.clock, ManualClock)
        await self.settle()
        self.clock.advance(seconds)
        self.parts.watch.wake()
        await self.settle()

    async def sent(self, utterance: int) -> None:
        """The first frame of an utterance leaves now."""
        at_s = self.clock.monotonic()
        self.session.events.played(Played(utterance, 0, done=False, first_sent_s=at_s))
        await self.settle()

    async def settle(self) -> None:
        """Let everything that can happen now happen."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def records(self) -> list[Turn]:
        """Stored turns, whole."""
        history = await self.store.history.call(CALL.call_sid)
        assert history is not None
        return list(history.turns)

    async def turns(self) -> list[tuple[str, str, str]]:
        """Stored turns: who, meant, heard."""
        return [(t.speaker.value, t.text, t.heard) for t in await self.records()]

    async def events(self) -> list[str]:
        """Kinds of what was stored beside the turns."""
        history = await self.store.history.call(CALL.call_sid)
        assert history is not None
        return [event.kind for event in history.events]


class Tally:
    """A counter of budget acts that remembers them."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, bool]] = []
        self.guesses: list[str] = []
        self.answers: list[tuple[TurnLatency | None, float | None]] = []

    def acted(self, act: str, *, able: bool) -> None:
        self.acts.append((act, able))

    def preempted(self, how: str) -> None:
        self.guesses.append(how)

    def answered(self, latency: TurnLatency | None, answer_ms: float | None) -> None:
        self.answers.append((latency, answer_ms))


async def scripted_speech(text: str) -> AsyncIterator[SpeechPiece]:
    """What `ScriptedTTS` would make of it."""
    for _ in text.split():
        yield SpeechPiece(bytes(2 * SAMPLES_PER_WORD))


async def budget_parts(
    sentences: Iterable[str] = (), expected: Expected | None = None
) -> BudgetParts:
    """What calls share, with these sentences ready."""
    ready = ReadyVoice(SpeechCache(), VoiceKey("scripted", "", 0), scripted_speech)
    await ready.prepare(sentences)
    return BudgetParts(expected=expected or Expected(), ready=ready, counter=Tally())


@asynccontextmanager
async def paper_call(
    steps: Mapping[str, Step],
    *transcripts: str | None,
    tools: tuple[Tool, ...] = (),
    clock: SystemClock | ManualClock | None = None,
    budget: BudgetParts | None = None,
    make: MakePipeline | None = None,
    dialogue: Dialogue | None = None,
    disclosure: str = "Hello and welcome.",
    tariffs: SpeechTariffs | None = None,
    live: CallTeller | None = None,
    recording: CallRecording | None = None,
) -> AsyncIterator[PaperCall]:
    """A call in progress; the greeting has been asked for.

    Args:
        steps: what the policy does.
        transcripts: what recognition returns.
        tools: what there is to ask for.
        clock: of the call.
        budget: what calls share.
        make: the call's pipeline, in place of a cascade with scripted ends.
        dialogue: who answers, in place of the scripted policy.
        disclosure: what the caller must have heard.
        tariffs: what hearing and speaking costs, if it is counted.
        live: who watches.
        recording: who has its sound.
    """
    clock = clock or SystemClock(datetime(2025, 8, 29, tzinfo=UTC))
    store = MemoryStore(clock)
    await store.calls.open(CALL)
    recorder = Recorder()
    line, events = PaperLine(), LineEvents(live)
    session = VoiceSession(
        CALL.call_id,
        store,
        clock,
        recorder,
        line,
        events,
        judge=lambda *_: Completeness.COMPLETE,
        budget=budget,
        disclosure=disclosure,
        usage=SpeechUsage(tariffs, SpeechRows(CALL.call_id, store.usage, known=False)),
        live=live,
        recording=recording,
    )
    stt, tts = ScriptedSTT(deque(transcripts)), ScriptedTTS()
    async with asyncio.TaskGroup() as side_effects:
        context = ToolContext(
            call=CALL,
            business=load_business("business/coolcare.toml"),
            clock=clock,
            store=store,
            call_control=None,  # type: ignore[arg-type]  # no tool of these rings anybody
            spawn=session.spawn_in(side_effects),
        )
        policy = ScriptedPolicy(steps)
        conversation = Conversation(
            dialogue or policy,
            Toolbox(tools),
            context,
            session.mouth,
            recorder,
            clock,
        )
        pipeline: Pipeline = Cascade(session, line, stt, tts)
        if make is not None:
            pipeline = make(CallSeat(session, line, Toolbox(tools), context))
        running = asyncio.ensure_future(
            session.run(
                pipeline.answering or conversation,
                pipeline.run(),
                pipeline.ask_partial,
                resumed=False,
            )
        )
        try:
            yield PaperCall(session, line, store, clock, stt, tts, policy, pipeline, running)
        finally:
            session.events.closed(LineEnd.CALLER, line.heard)
            await asyncio.wait((running,), timeout=8)
            if running.done() and not running.cancelled():
                running.result()
