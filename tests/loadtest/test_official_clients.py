"""The emulated providers as the vendors' own SDKs see them."""

from __future__ import annotations

import pytest
from cartesia import AsyncCartesia
from deepgram import AsyncDeepgramClient, DeepgramClientEnvironment
from deepgram.core import ApiError
from deepgram.core.events import EventType
from deepgram.listen.v1.types import (
    ListenV1CloseStream,
    ListenV1Finalize,
    ListenV1KeepAlive,
    ListenV1Metadata,
    ListenV1Results,
    ListenV1SpeechStarted,
)

from loadtest.simulator import g711, wav
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.cartesia import CartesiaEmulator
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.serving import listening

pytestmark = pytest.mark.filterwarnings("ignore:websockets:DeprecationWarning")
"""Deepgram's SDK names an exception that its WebSocket library has deprecated."""

WORDS = "yes that's fine please go ahead"
VOICE = "a0e99841-438c-4a64-b679-ae501e7d6091"


def deepgram(url: str, key: str) -> AsyncDeepgramClient:
    socket = url.replace("http", "ws")
    environment = DeepgramClientEnvironment(
        base=url, production=socket, agent=socket, agent_rest=url
    )
    return AsyncDeepgramClient(api_key=key, environment=environment)


@pytest.mark.parametrize("encoding", ["mulaw", "linear16"])
async def test_deepgrams_sdk_hears_a_recording(encoding: str) -> None:
    emulator = DeepgramEmulator(ByManifest.read("audio_fixtures/manifest.toml"), key="dg")
    mulaw = g711.encode(wav.read("audio_fixtures/reference/slt/05.wav"))
    sound = mulaw if encoding == "mulaw" else g711.decode(mulaw).tobytes()
    came: list[object] = []
    async with listening(emulator.app()) as url:
        connecting = deepgram(url, "dg").listen.v1.connect(
            model="nova-3",
            encoding=encoding,
            sample_rate="8000",
            interim_results="true",
            vad_events="true",
            endpointing="false",
        )
        async with connecting as connection:
            connection.on(EventType.MESSAGE, came.append)
            await connection.send_keep_alive(ListenV1KeepAlive(type="KeepAlive"))
            for at in range(0, len(sound), 1600):
                await connection.send_media(sound[at : at + 1600])
            await connection.send_finalize(ListenV1Finalize(type="Finalize"))
            await connection.send_close_stream(ListenV1CloseStream(type="CloseStream"))
            await connection.start_listening()
    results = [message for message in came if isinstance(message, ListenV1Results)]
    final = next(message for message in results if message.from_finalize)
    assert final.is_final
    assert final.channel.alternatives[0].transcript == WORDS
    assert [word.word for word in final.channel.alternatives[0].words] == WORDS.split()
    assert any(not message.is_final for message in results)
    assert any(isinstance(message, ListenV1SpeechStarted) for message in came)
    assert isinstance(came[-1], ListenV1Metadata)
    assert emulator.keep_alives == 1


async def test_deepgrams_sdk_is_told_that_its_key_is_wrong() -> None:
    emulator = DeepgramEmulator(lambda _: (), key="dg")
    async with listening(emulator.app()) as url:
        connecting = deepgram(url, "wrong").listen.v1.connect(
            model="nova-3", encoding="mulaw", sample_rate="8000"
        )
        with pytest.raises(ApiError) as error:
            async with connecting:
                pass
    assert error.value.status_code == 401


async def test_cartesias_sdk_hears_a_sentence_and_its_word_times() -> None:
    async def voice(text: str) -> bytes:
        return b"\x10\x00" * 2400 * len(text.split())

    emulator = CartesiaEmulator(voice, key="sk_car", voices=frozenset({VOICE}))
    async with listening(emulator.app()) as url:
        client = AsyncCartesia(
            api_key="sk_car", base_url=url, websocket_base_url=url.replace("http", "ws")
        )
        async with client.tts.websocket_connect() as connection:
            context = connection.context(
                model_id="sonic-3.5",
                voice=VOICE,
                output_format={
                    "container": "raw",
                    "encoding": "pcm_s16le",
                    "sample_rate": 8000,
                },
                add_timestamps=True,
            )
            await context.push("You are booked ")
            await context.push("for tonight.")
            await context.no_more_inputs()
            kinds, sound, words = [], b"", []
            async for response in context.receive():
                kinds.append(response.type)
                if response.type == "chunk" and response.audio:
                    sound += response.audio
                elif response.type == "timestamps" and response.word_timestamps:
                    words += response.word_timestamps.words
    assert len(sound) == 2 * 2400 * 5
    assert words == ["You", "are", "booked", "for", "tonight."]
    assert kinds[-1] == "done"
