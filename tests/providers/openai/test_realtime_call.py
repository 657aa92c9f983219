"""Calls through OpenAI's Realtime against its emulator, over a real socket."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import JsonValue

from loadtest.simulator import g711, wav
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.chat import (
    ChatAnswer,
    ChatRequest,
    ChatRole,
    ChatScript,
    ChatToolCall,
)
from loadtest.simulator.providers.faults import FaultMoment, FaultName, FaultScript, ProviderFault
from loadtest.simulator.providers.hearing import Recognise
from loadtest.simulator.providers.openai_chat import EMULATED_KEY
from loadtest.simulator.providers.openai_realtime import EMULATED_REALTIME, RealtimeEmulator
from loadtest.simulator.providers.realtime import hummed
from loadtest.simulator.providers.realtime_streaming import Render
from loadtest.simulator.providers.scripted_model import scripted_model
from loadtest.simulator.providers.serving import listening
from loadtest.simulator.providers.vendors import hum
from pipelines.budget_watch import BudgetParts
from pipelines.failover.tts import EXHAUSTED
from pipelines.pipeline import CallSeat, Pipeline
from pipelines.providers.openai.realtime import spoken_part
from pipelines.providers.openai.realtime.call import RealtimeAccount
from pipelines.providers.openai.realtime.pipeline import RealtimeParts
from pipelines.ready_speech import SpeechPiece
from pipelines.reply_source import sentences
from pipelines.session import APOLOGY
from tests.pipelines.rig import (
    SAMPLES_PER_WORD,
    PaperCall,
    ScriptedSTT,
    budget_parts,
    paper_call,
)
from tests.support.act_model import ACT_MODEL
from tools import TOOLS
from voiceagent.core.clock import SystemClock
from voiceagent.core.wire import LineEnd
from voiceagent.dialogue.factory import Conversant
from voiceagent.dialogue.house.wording import KEPT_PRIVATE
from voiceagent.domain.business_file import load_business
from voiceagent.domain.pricing import dollars
from voiceagent.errors import Unavailable
from voiceagent.toolkit.toolbox import Toolbox

ASKS = "what are your opening hours"
MANIFEST = ByManifest.read("audio_fixtures/golden/manifest.toml")
SOUND = g711.decode(
    g711.encode(wav.read("audio_fixtures/golden/awb/what-are-your-opening-hours.wav"))
).tobytes()
BUSINESS = load_business("business/coolcare.toml")
WORD, PAUSE = 2400, 2000
"""Samples of a word of the model's, and between two of its sentences."""


def says(*answers: str) -> ChatScript:
    """A model that says these one after the other, and the last for ever."""
    left = deque(answers)

    def answer(_: ChatRequest) -> ChatAnswer:
        text = left.popleft() if len(left) > 1 else left[0]
        return ChatAnswer(tuple(f"{word} " for word in text.split()))

    return answer


@dataclass
class Served:
    """A call, what the model was asked, and what the cascade's voice had to say."""

    call: PaperCall
    emulator: RealtimeEmulator
    rendered: list[str]
    voice_is_gone: bool = False

    async def turn(self, utterance: int, sound: bytes = SOUND) -> str:
        """The caller says something and hears the answer; the answer as it was heard."""
        self.call.speak(sound)
        await self.call.hear(utterance)
        return (await self.call.turns())[-1][2]


@asynccontextmanager
async def served(
    script: ChatScript,
    *transcripts: str,
    faults: Sequence[ProviderFault] = (),
    recognise: Recognise = MANIFEST,
    voice: Render = hum,
    budget: BudgetParts | None = None,
) -> AsyncIterator[Served]:
    """A call whose greeting was heard, and whose session is there if it can be."""
    emulator = RealtimeEmulator(script, voice, recognise, faults=FaultScript(faults))
    rendered: list[str] = []
    serving: list[Served] = []

    async def render(text: str) -> AsyncIterator[SpeechPiece]:
        if serving and serving[0].voice_is_gone:
            raise Unavailable(EXHAUSTED, "No voice speaks.")
        rendered.append(text)
        for _ in text.split():
            yield SpeechPiece(bytes(2 * SAMPLES_PER_WORD))

    clock = SystemClock(datetime(2025, 8, 29, 20, 5, tzinfo=ZoneInfo(BUSINESS.timezone)))
    async with listening(emulator.app()) as url:
        account = RealtimeAccount(f"{url}/v1/realtime", EMULATED_REALTIME, "marin", EMULATED_KEY)
        parts = RealtimeParts(account, [], Toolbox(TOOLS).specs(), clock, ACT_MODEL)
        dialogue = parts.dialogue(
            Conversant(BUSINESS, clock.now(), caller_number="+15551230000", channel="voice")
        )

        def make(seat: CallSeat) -> Pipeline:
            return parts.pipeline(seat, ScriptedSTT(deque(transcripts)), render)

        async with paper_call(
            {}, make=make, dialogue=dialogue, tools=TOOLS, clock=clock, budget=budget
        ) as call:
            await call.hear(1)
            await emulator.wait_attempts(1)
            await asyncio.sleep(0.05)  # for the client to hear of it
            rendered.clear()
            serving.append(Served(call, emulator, rendered))
            yield serving[0]


async def test_a_turn_is_heard_by_its_sound_and_answered_by_sound() -> None:
    async with served(says("We are glad to help. What do you need?"), ASKS) as s:
        assert await s.turn(2) == "We are glad to help. What do you need?"
        assert s.emulator.asked[0].messages[-1].text == ASKS
        assert s.emulator.sessions[0].events == [
            "session.update",
            "conversation.item.create",  # the greeting, which the house said
            "input_audio_buffer.append",
            "input_audio_buffer.commit",
            "response.create",
        ]
        assert s.call.line.sound[2] == 9 * WORD + PAUSE
        assert not s.rendered
        assert not s.emulator.sessions[0].errors


async def test_a_sentence_that_the_guard_withholds_is_not_heard() -> None:
    script = says("We can do that. It costs $999 today. Bye now.", "When would it suit you?")
    async with served(script, ASKS) as s:
        assert await s.turn(2) == "We can do that. When would it suit you?"
        assert s.call.line.sound[2] == 4 * WORD + PAUSE + 5 * WORD
        assert not s.rendered
        told = s.emulator.asked[1].messages
        assert [one.text for one in told if one.role is ChatRole.ASSISTANT][-1] == "We can do that."
        assert "$999" in told[-1].text
        session = s.emulator.sessions[0]
        assert session.truncated[0][1] == (4 * WORD + PAUSE) // 8
        assert not session.errors


async def test_a_question_ends_the_turn_whatever_the_model_goes_on_with() -> None:
    async with served(says("Gladly. Which day suits you? I can come at 3 AM."), ASKS, ASKS) as s:
        assert await s.turn(2) == "Gladly. Which day suits you?"
        assert s.call.line.sound[2] == 5 * WORD + 2 * PAUSE
        await s.turn(3)
        said = [m.text for m in s.emulator.asked[1].messages if m.role is ChatRole.ASSISTANT]
        assert said[-1] == "Gladly. Which day suits you?"
        assert not s.emulator.sessions[0].errors


@pytest.mark.parametrize(("heard", "words"), [(3 * WORD, "We are"), (0, ""), (100, "")])
async def test_a_caller_who_cuts_in_leaves_only_what_they_heard(heard: int, words: str) -> None:
    async with served(says("We are glad to help. What do you need?"), ASKS, ASKS) as s:
        s.call.speak(SOUND)
        await s.call.until_said(2)
        s.call.cut_in(2, heard)
        await s.call.until_said(3)
        turns = await s.call.turns()
        assert turns[2][2] == words
        session = s.emulator.sessions[0]
        assert session.truncated[0][1] == heard // 8
        said = [m.text for m in s.emulator.asked[1].messages if m.role is ChatRole.ASSISTANT]
        assert "What do you need?" not in " ".join(said)
        assert not session.errors


async def test_tools_are_called_through_the_toolkit_and_answered_on_the_wire() -> None:
    asked: dict[str, JsonValue] = {
        "service_type": "ac_repair",
        "description": "AC",
        "is_after_hours": True,
    }

    def script(request: ChatRequest) -> ChatAnswer:
        last = request.messages[-1]
        if last.role is ChatRole.USER:
            call = ChatToolCall("call_a", "get_pricing_quote", json.dumps(asked))
            return ChatAnswer(("Let me check the price. ",), (call,))
        return ChatAnswer((f"I have it. {len(last.text) and 'Shall we go ahead?'}",))

    async with served(script, ASKS) as s:
        heard = await s.turn(2)
        assert heard == "Let me check the price. I have it. Shall we go ahead?"
        result = s.emulator.asked[1].messages[-1]
        assert (result.role, result.answers) == (ChatRole.TOOL, "call_a")
        assert result.text.startswith("{")
        assert not s.emulator.sessions[0].errors


@pytest.mark.parametrize(
    "words",
    [
        "my card number is 4111 1111 1111 1111",
        "i smell gas in the basement",
        "let me talk to a real person please",
        "this is ridiculous i'm calling my lawyer",
    ],
)
async def test_what_no_model_may_answer_never_reaches_it(words: str) -> None:
    async with served(says("Sure."), words) as s:
        assert await s.turn(2)
        assert s.rendered
        assert not s.emulator.asked
        assert not s.emulator.sessions[0].events


async def test_the_sound_of_a_card_number_is_never_sent_even_when_the_call_goes_on() -> None:
    async with served(says("All right."), "my card number is 4111 1111 1111 1111", ASKS) as s:
        await s.turn(2)
        await s.turn(3)
        assert s.emulator.sessions[0].events.count("input_audio_buffer.commit") == 1
        assert "4111" not in str(s.emulator.asked)


HOUSE_ANSWERS = [
    ProviderFault(FaultName.REFUSE, FaultMoment.CONNECT, times=None),
    ProviderFault(FaultName.UNAUTHORIZED, FaultMoment.CONNECT, times=None),
    ProviderFault(FaultName.RATE_LIMITED, FaultMoment.CONNECT, times=None),
    ProviderFault(FaultName.SERVER_ERROR, FaultMoment.FIRST_BYTE),
    ProviderFault(FaultName.EMPTY_SUCCESS, FaultMoment.FIRST_BYTE),
    ProviderFault(FaultName.RESET, FaultMoment.FIRST_BYTE),
]


@pytest.mark.parametrize("fault", HOUSE_ANSWERS, ids=lambda fault: fault.name)
async def test_a_model_that_does_not_answer_is_answered_for(fault: ProviderFault) -> None:
    async with served(says("We are glad to help."), ASKS, faults=[fault]) as s:
        heard = await s.turn(2)
        assert "open" in heard
        assert "glad" not in heard
        assert s.rendered


SOUND_IS_LOST = [
    ProviderFault(FaultName.RESET, FaultMoment.MID_STREAM, after=16),
    ProviderFault(FaultName.STALL_MID_STREAM, after=16),
    ProviderFault(FaultName.SERVER_ERROR, FaultMoment.MID_STREAM, after=16),
]


@pytest.mark.parametrize("fault", SOUND_IS_LOST, ids=lambda fault: fault.name)
async def test_a_sentence_whose_sound_breaks_off_is_said_to_its_end(
    fault: ProviderFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spoken_part, "NEXT_SOUND_S", 0.2)
    async with served(
        says("We can help you with all of that then. Shall we?"), ASKS, faults=[fault]
    ) as s:
        heard = await s.turn(2)
        assert "We can help you with all of that then." in heard
        assert s.rendered
        assert s.rendered[0].endswith("that then.")


async def test_a_session_that_was_lost_is_followed_by_another_that_knows_what_was_said() -> None:
    lost = ProviderFault(FaultName.RESET, FaultMoment.FIRST_BYTE)
    async with served(says("We are glad to help."), ASKS, ASKS, faults=[lost]) as s:
        before = await s.turn(2)
        await s.emulator.wait_attempts(2)
        await asyncio.sleep(0.05)  # for the client to hear of it
        assert await s.turn(3) == "We are glad to help."
        known = [one.text for one in s.emulator.asked[-1].messages]
        assert before in known
        assert known.count(ASKS) == 2


async def test_the_reference_call_books_through_function_calls_over_sound() -> None:
    """The caller of the recordings, heard by their sound; the scripted model, heard by its own."""
    folder = Path("audio_fixtures")
    files = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))["file"]
    said = [one for one in files if one["path"].startswith("reference/slt/")]
    recognise = ByManifest.read(folder / "manifest.toml")
    words = [one["text"] for one in said]
    async with served(scripted_model, *words, recognise=recognise, voice=hummed) as s:
        for number, one in enumerate(said):
            sound = g711.decode(g711.encode(wav.read(folder / one["path"]))).tobytes()
            await s.turn(number + 2, sound)
        (job,) = await s.call.store.jobs.open_for("+15551230000")
        assert job.customer.name == "Sarah Miller"
        assert job.address == "123 Oak Street, Springfield, Ohio"
        assert (dollars(job.estimated_cost), dollars(job.deposit_amount)) == (825, 206)
        assert not s.emulator.sessions[0].errors
        agent = [(text, heard) for who, text, heard in await s.call.turns() if who == "agent"]
        assert [text for text, _ in agent] == [heard for _, heard in agent]
        assert agent[-1][0] == "Thank you for calling. Goodbye."


async def test_from_a_wish_for_privacy_on_nothing_is_sent_to_it() -> None:
    async with served(says("We are glad to help."), ASKS, "please keep this between us", ASKS) as s:
        assert await s.turn(2) == "We are glad to help."
        (session,) = s.emulator.sessions
        sent = list(session.events)
        assert KEPT_PRIVATE in await s.turn(3)
        assert "open" in await s.turn(4)
        assert session.events == sent
        assert (len(s.emulator.asked), s.emulator.attempts) == (1, 1)
        assert s.rendered, "the cascade's voice speaks"


async def test_where_no_voice_is_left_the_caller_is_given_to_a_person() -> None:
    """The model is gone, and so is every voice behind it: an apology whose sound is ready."""
    down = ProviderFault(FaultName.REFUSE, FaultMoment.CONNECT, times=None)
    ready = await budget_parts(sentences(APOLOGY))
    async with served(says("Sure."), ASKS, faults=[down], budget=ready) as s:
        s.voice_is_gone = True
        s.call.speak(SOUND)
        async with asyncio.timeout(5):
            while not s.call.line.closing:
                s.call.line.changed.clear()
                await s.call.line.changed.wait()
        assert s.call.session.broken
        assert s.call.line.sound[s.call.line.last_words]
    assert s.call.running.result() is LineEnd.FAILED
