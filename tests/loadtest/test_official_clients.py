"""The emulated providers as the vendors' own SDKs see them."""

from __future__ import annotations

from itertools import pairwise

import aiohttp
import pytest
from aiohttp import web
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
from deepgram.listen.v2.types import (
    ListenV2CloseStream,
    ListenV2Connected,
    ListenV2ForceEndTurn,
    ListenV2TurnInfo,
)

from loadtest.simulator import g711, wav
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.cartesia import CartesiaEmulator
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.flux import FluxEmulator, add_flux
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


FOLLOWS = {
    "EndOfTurn": {"StartOfTurn"},
    "StartOfTurn": {"EagerEndOfTurn", "EndOfTurn"},
    "EagerEndOfTurn": {"TurnResumed", "EndOfTurn"},
    "TurnResumed": {"EagerEndOfTurn", "EndOfTurn"},
}
"""Flux's states (https://developers.deepgram.com/docs/flux/state)."""


async def test_deepgrams_sdk_hears_the_turns_of_flux() -> None:
    emulator = FluxEmulator(ByManifest.read("audio_fixtures/manifest.toml"), key="dg")
    app = web.Application()
    add_flux(app, emulator)
    sound = g711.encode(wav.read("audio_fixtures/reference/slt/05.wav"))
    came: list[object] = []
    async with listening(app) as url:
        connecting = deepgram(url, "dg").listen.v2.connect(
            model="flux-general-en",
            encoding="mulaw",
            sample_rate="8000",
            eager_eot_threshold="0.5",
        )
        async with connecting as connection:
            connection.on(EventType.MESSAGE, came.append)
            for at in range(0, len(sound), 640):
                await connection.send_media(sound[at : at + 640])
            for at in range(0, len(sound) // 2, 640):
                await connection.send_media(sound[at : at + 640])
            await connection.send_force_end_turn(ListenV2ForceEndTurn(type="ForceEndTurn"))
            await connection.send_close_stream(ListenV2CloseStream(type="CloseStream"))
            await connection.start_listening()
    assert isinstance(came[0], ListenV2Connected)
    turns = [message for message in came if isinstance(message, ListenV2TurnInfo)]
    assert len(turns) == len(came) - 1
    assert [one.sequence_id for one in turns] == list(range(1, len(came)))
    events = [one.event for one in turns if one.event != "Update"]
    assert {"EagerEndOfTurn", "TurnResumed"} <= set(events)
    for before, event in pairwise(["EndOfTurn", *events]):
        assert event in FOLLOWS[before]
    ends = [one for one in turns if one.event == "EndOfTurn"]
    assert [(one.turn_index, one.trigger) for one in ends] == [(0, "model"), (1, "manual")]
    assert ends[0].transcript == WORDS
    assert [word.word for word in ends[0].words] == WORDS.split()
    assert WORDS.startswith(ends[1].transcript)
    for eager, end in pairwise(turns):
        if end.event == "EndOfTurn" and end.trigger == "model":
            assert eager.event != "EagerEndOfTurn" or eager.transcript == end.transcript
    assert emulator.connections[0].told


async def test_flux_knows_no_keep_alive() -> None:
    """https://github.com/deepgram/deepgram-python-sdk/issues/649."""
    emulator = FluxEmulator(lambda _: ())
    app = web.Application()
    add_flux(app, emulator)
    query = "model=flux-general-en&encoding=mulaw&sample_rate=8000"
    async with listening(app) as url, aiohttp.ClientSession() as http:
        async with http.ws_connect(f"{url}/v2/listen?{query}") as socket:
            await socket.send_json({"type": "KeepAlive"})
            assert (await socket.receive_json())["type"] == "Connected"
            assert (await socket.receive_json())["code"] == "UNPARSABLE_CLIENT_MESSAGE"
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        for wrong in ("model=nova-3", "eager_eot_threshold=0.95", "eot_timeout_ms=1"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
                async with http.ws_connect(f"{url}/v2/listen?{wrong}&{query}"):
                    pass
            assert refusal.value.status == 400
