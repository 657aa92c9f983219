"""The emulated Realtime, by the official SDK; what it sends is held to the SDK's own types."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter
from websockets.exceptions import InvalidStatus

from loadtest.simulator import g711, wav
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.chat import ChatAnswer, ChatRequest, ChatRole, ChatToolCall
from loadtest.simulator.providers.faults import FaultMoment, FaultName, FaultScript, ProviderFault
from loadtest.simulator.providers.openai_chat import EMULATED_KEY
from loadtest.simulator.providers.openai_realtime import RealtimeEmulator
from loadtest.simulator.providers.serving import listening
from loadtest.simulator.providers.vendors import hum

WORDS = "yes that's fine please go ahead"
MULAW = g711.encode(wav.read("audio_fixtures/reference/slt/05.wav"))
MANIFEST = ByManifest.read("audio_fixtures/manifest.toml")
EVENTS: TypeAdapter[RealtimeServerEvent] = TypeAdapter(RealtimeServerEvent)
SESSION = {
    "type": "realtime",
    "instructions": "Be brief.",
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "turn_detection": None},
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
    },
    "tools": [{"type": "function", "name": "quote", "description": "", "parameters": {}}],
}


def answers(request: ChatRequest) -> ChatAnswer:
    """Asks for the tool once, then says two sentences."""
    last = request.messages[-1]
    if last.role is ChatRole.USER and request.tools:
        return ChatAnswer((), (ChatToolCall("call_1", "quote", '{"what": "ac"}'),))
    return ChatAnswer(("It is ", "$248. ", "Shall I ", "book it?"))


@asynccontextmanager
async def connected(emulator: RealtimeEmulator) -> AsyncIterator[AsyncRealtimeConnection]:
    async with listening(emulator.app()) as url:
        client = AsyncOpenAI(api_key=EMULATED_KEY, base_url=f"{url}/v1")
        async with client.realtime.connect(model="gpt-realtime") as connection:
            yield connection


async def until(connection: AsyncRealtimeConnection, kind: str) -> list[RealtimeServerEvent]:
    """The events up to the first of a kind, each as strictly as the SDK's types are."""
    came: list[RealtimeServerEvent] = []
    async with asyncio.timeout(5):
        while not came or came[-1].type != kind:
            came.append(EVENTS.validate_json(await connection.recv_bytes()))
    return came


async def says(connection: AsyncRealtimeConnection, sound: bytes) -> None:
    for at in range(0, len(sound), 1600):
        data = base64.b64encode(sound[at : at + 1600]).decode()
        await connection.input_audio_buffer.append(audio=data)
    await connection.input_audio_buffer.commit()


async def test_the_sdk_speaks_calls_a_function_and_is_spoken_to() -> None:
    emulator = RealtimeEmulator(answers, hum, MANIFEST)
    async with connected(emulator) as connection:
        await until(connection, "session.created")
        await connection.session.update(session=cast("Any", SESSION))
        await until(connection, "session.updated")
        await says(connection, MULAW)
        await connection.response.create(response={"metadata": {"number": "1"}})
        (done,) = [e for e in await until(connection, "response.done") if e.type == "response.done"]
        assert done.response.output
        assert done.response.metadata == {"number": "1"}
        call = done.response.output[0]
        assert call.type == "function_call"
        assert (call.name, call.arguments) == ("quote", '{"what": "ac"}')
        await connection.conversation.item.create(
            item={"type": "function_call_output", "call_id": "call_1", "output": '{"total": 248}'}
        )
        await connection.response.create()
        events = await until(connection, "response.done")
    said = "".join(e.delta for e in events if e.type == "response.output_audio_transcript.delta")
    sound = b"".join(
        base64.b64decode(e.delta) for e in events if e.type == "response.output_audio.delta"
    )
    assert said == "It is $248. Shall I book it?"
    assert len(sound) == 7 * 2400 + 2000  # seven words, and a pause between two sentences
    assert emulator.asked[0].messages[-1].text == WORDS
    assert emulator.asked[1].messages[-1].role is ChatRole.TOOL
    assert not emulator.sessions[0].errors


async def test_what_was_not_heard_is_taken_back_at_the_millisecond() -> None:
    emulator = RealtimeEmulator(lambda _: ChatAnswer(("One two ", "three four.")), hum, MANIFEST)
    async with connected(emulator) as connection:
        await connection.response.create()
        events = await until(connection, "response.done")
        (added,) = [e for e in events if e.type == "response.output_item.added"]
        item = added.item.id or ""
        await connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=600)
        await until(connection, "conversation.item.truncated")
        await connection.response.create()
        await until(connection, "response.done")
        await connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=601)
        (error,) = [e for e in await until(connection, "error") if e.type == "error"]
        assert error.error.code == "invalid_value"
        await connection.conversation.item.delete(item_id=item)
        await until(connection, "conversation.item.deleted")
    assert emulator.asked[1].messages[-1].text == "One two"
    assert emulator.sessions[0].truncated == [(item, 600)]


async def test_a_response_that_is_cancelled_says_no_more() -> None:
    hold = asyncio.Event()

    async def wait(_: float) -> None:
        await hold.wait()

    emulator = RealtimeEmulator(lambda _: ChatAnswer(("Hello.",)), hum, MANIFEST, sleep=wait)
    async with connected(emulator) as connection:
        await connection.response.create()
        await until(connection, "response.created")
        await connection.response.create()
        (busy,) = await until(connection, "error")
        assert busy.type == "error"
        assert busy.error.code == "conversation_already_has_active_response"
        await connection.response.cancel()
        (done,) = await until(connection, "response.done")
        assert done.type == "response.done"
        assert done.response.status == "cancelled"
        await connection.response.cancel()
        (nothing,) = await until(connection, "error")
        assert nothing.type == "error"
        assert nothing.error.code == "response_cancel_not_active"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "input_audio_buffer.append", "audio": "AAAA"}, "not_emulated"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty"),
        ({"type": "conversation.item.delete", "item_id": "none"}, "item_not_found"),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "function_call_output", "call_id": "x", "output": ""},
            },
            "invalid_tool_call_id",
        ),
        ({"type": "response.create", "speed": 2}, "invalid_request"),
        ({"type": "session.update", "session": {"voice": "marin"}}, "invalid_request"),
    ],
)
async def test_what_the_reference_does_not_know_is_refused(
    event: dict[str, Any], code: str
) -> None:
    async with connected(RealtimeEmulator(answers, hum, MANIFEST)) as connection:
        await connection.send(cast("Any", event))
        *_, last = await until(connection, "error")
        assert last.type == "error"
        assert last.error.code == code


async def test_a_wrong_key_and_a_busy_service_are_refused_before_the_socket_opens() -> None:
    busy = FaultScript([ProviderFault(FaultName.RATE_LIMITED, FaultMoment.CONNECT)])
    emulator = RealtimeEmulator(answers, hum, MANIFEST, faults=busy)
    async with listening(emulator.app()) as url:
        for key, status in ((EMULATED_KEY, 429), ("sk-wrong", 401)):
            client = AsyncOpenAI(api_key=key, base_url=f"{url}/v1")
            with pytest.raises(InvalidStatus) as refused:
                async with client.realtime.connect(model="gpt-realtime"):
                    pass
            assert refused.value.response.status_code == status


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (ProviderFault(FaultName.SERVER_ERROR, FaultMoment.FIRST_BYTE), "failed"),
        (ProviderFault(FaultName.SERVER_ERROR, FaultMoment.MID_STREAM, after=4), "failed"),
        (ProviderFault(FaultName.EMPTY_SUCCESS, FaultMoment.FIRST_BYTE), "completed"),
    ],
)
async def test_a_response_may_fail(fault: ProviderFault, status: str) -> None:
    emulator = RealtimeEmulator(
        lambda _: ChatAnswer(("Hello there.",)), hum, MANIFEST, faults=FaultScript([fault])
    )
    async with connected(emulator) as connection:
        await connection.response.create()
        *_, done = await until(connection, "response.done")
        assert done.type == "response.done"
        assert done.response.status == status
