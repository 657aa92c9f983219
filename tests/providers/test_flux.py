"""Flux: our client on its emulator, and the turns of a call as the client follows them."""

from __future__ import annotations

import asyncio
import json
from itertools import zip_longest

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.faults import (
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
)
from loadtest.simulator.providers.flux import FluxEmulator, FluxEvent, add_flux
from loadtest.simulator.providers.latency import FLUX, DelayDraws
from loadtest.simulator.providers.serving import listening
from pipelines.providers.deepgram.flux import (
    FORCE_END_TURN,
    TENTH_OF_SILENCE,
    FluxAccount,
    FluxRecognition,
)
from pipelines.providers.deepgram.recognition import RecognitionState, TurnWords, WordsSoFar
from pipelines.providers.deepgram.stt import FINAL_S, DeepgramSTT
from pipelines.providers.wire import REFUSED_S
from tests.providers.emulated import listening_to, recording, silence
from tests.support import virtual_time
from voiceagent.core.wire import TurnEnding

HEARS = ByManifest.read("audio_fixtures/manifest.toml")
KEY = "dg-secret-key"
FIRST = recording("reference/slt/01.wav")
SECOND = recording("reference/slt/05.wav")
FIRST_WORDS = "hi my air conditioner stopped cooling and the outdoor unit is rattling"
SECOND_WORDS = "yes that's fine please go ahead"


def served(flux: FluxEmulator) -> web.Application:
    app = web.Application()
    add_flux(app, flux)
    return app


def stt_at(url: str) -> DeepgramSTT:
    return DeepgramSTT(FluxAccount(url, "flux-general-en", KEY), FluxRecognition())


def test_turns_give_their_words_and_missing_sound_misses_words() -> None:
    async def call() -> None:
        emulator = FluxEmulator(HEARS, key=KEY, delays=DelayDraws(FLUX, seed=3))
        async with listening(served(emulator)) as url:
            stt = stt_at(url)
            async with listening_to(stt) as caller:
                words, took_s = await caller.says(FIRST)
                assert (words, stt.words_lost) == (FIRST_WORDS, False)
                assert took_s < 0.01, "they were known before the turn was over"
                assert all(FIRST_WORDS.startswith(partial) for partial in caller.partials)
                words, _ = await caller.says(FIRST[:12000], FIRST[20000:])
                assert words == FIRST_WORDS.replace("stopped ", "")
                words, _ = await caller.says(SECOND)
                assert words == SECOND_WORDS
                words, _ = await caller.says(silence(0.8))
                assert (words, stt.words_lost) == ("", False)
        (connection,) = emulator.connections
        told = [event for event in connection.told if event is not FluxEvent.UPDATE]
        assert told[:5] == [
            FluxEvent.START_OF_TURN,
            FluxEvent.EAGER_END_OF_TURN,  # "hi |"
            FluxEvent.TURN_RESUMED,
            FluxEvent.EAGER_END_OF_TURN,
            FluxEvent.END_OF_TURN,
        ]

    virtual_time.run(call())


def test_a_turn_that_ends_at_once_is_ended_on_request() -> None:
    """Ten digits end a turn before Flux is sure: it is asked, and all words are there."""

    async def call() -> None:
        emulator = FluxEmulator(HEARS, key=KEY, delays=DelayDraws(FLUX))
        async with listening(served(emulator)) as url, listening_to(stt_at(url)) as caller:
            words, took_s = await caller.says(SECOND[: 2450 * 8 + 160 * 8])
            assert words == SECOND_WORDS
            assert 0 < took_s < FINAL_S
            words, _ = await caller.says(FIRST)
            assert words == FIRST_WORDS

    virtual_time.run(call())


def test_silence_keeps_the_connection_open_and_moves_no_word() -> None:
    async def call() -> None:
        emulator = FluxEmulator(HEARS, key=KEY)
        async with listening(served(emulator)) as url, listening_to(stt_at(url)) as caller:
            await caller.says(FIRST)
            await asyncio.sleep(60.0)
            words, _ = await caller.says(SECOND)
            assert words == SECOND_WORDS
        assert len(emulator.connections) == 1

    virtual_time.run(call())


def test_the_silence_that_keeps_the_connection_open_is_counted_as_sound() -> None:
    async def call() -> None:
        emulator = FluxEmulator(HEARS, key=KEY)
        async with listening(served(emulator)) as url:
            stt = stt_at(url)
            async with listening_to(stt) as caller:
                await caller.says(SECOND)
                await asyncio.sleep(60.0)
                heard = sum(len(one.heard) for one in emulator.connections)
                assert stt.sent.samples == heard >= len(SECOND) + 10 * len(TENTH_OF_SILENCE)

    virtual_time.run(call())


TROUBLE = [
    ProviderFault(name, moment, times=1, wait_s=2.0)
    for name, moment in (
        (FaultName.UNAUTHORIZED, FaultMoment.CONNECT),
        (FaultName.HALF_OPEN, FaultMoment.CONNECT),
        (FaultName.RESET, FaultMoment.MID_STREAM),
        (FaultName.HALF_OPEN, FaultMoment.MID_STREAM),
        (FaultName.SERVER_ERROR, FaultMoment.MID_STREAM),
        (FaultName.EMPTY_SUCCESS, FaultMoment.MID_STREAM),
    )
]
"""Of each kind one: the connection is kept by the same code as for the other models, which
`test_deepgram` puts through all of them."""


@pytest.mark.parametrize("fault", TROUBLE, ids=lambda f: f"{f.name}-{f.moment}")
def test_every_fault_ends_in_words_or_in_lost_in_time_and_the_next_turn_works(
    fault: ProviderFault,
) -> None:
    async def call() -> None:
        faults = FaultScript([fault])
        emulator = FluxEmulator(HEARS, key=KEY, faults=faults)
        async with listening(served(emulator)) as url:
            stt = stt_at(url)
            async with listening_to(stt) as caller:
                words, took_s = await caller.says(FIRST)
                assert took_s <= FINAL_S + 0.05
                assert bool(words) != stt.words_lost
                assert FIRST_WORDS.startswith(words)
                faults.clear()
                await asyncio.sleep(REFUSED_S)
                words, took_s = await caller.says(SECOND)
                assert (words, stt.words_lost) == (SECOND_WORDS, False)

    virtual_time.run(call())


LONG = bytes(range(1, 201)) * 40
"""A second of sound that is nowhere the same for 200 samples."""


def info(event: str, text: str, end: float, *times: tuple[float, float]) -> str:
    words = [
        {"word": word, "confidence": 1.0, **({"start": at[0], "end": at[1]} if at else {})}
        for word, at in zip_longest(text.split(), times)
        if word is not None
    ]
    return json.dumps(
        {
            "type": "TurnInfo",
            "event": event,
            "turn_index": 0,
            "audio_window_start": 0.0,
            "audio_window_end": end,
            "transcript": text,
            "words": words,
            "end_of_turn_confidence": 0.5,
        }
    )


def in_a_turn(seconds: int = 2) -> FluxRecognition:
    recognition = FluxRecognition()
    recognition.connect()
    recognition.start()
    for _ in range(seconds):
        recognition.sound(LONG)
    recognition.receive(info("StartOfTurn", "a", 0.5))
    recognition.outgoing.clear()
    return recognition


@pytest.mark.parametrize(
    ("state", "message", "then"),
    [
        ("resting", info("EndOfTurn", "late", 2), None),
        ("hearing", info("Update", "a b", 1), WordsSoFar("a b")),
        ("hearing", info("EagerEndOfTurn", "a b", 2), WordsSoFar("a b", TurnEnding.PROBABLE)),
        ("hearing", info("TurnResumed", "a b", 2), WordsSoFar("a b", TurnEnding.VOID)),
        ("hearing", info("EndOfTurn", "a b", 2), WordsSoFar("a b", TurnEnding.CERTAIN)),
        ("finishing", info("Update", "a b", 2), WordsSoFar("a b")),
        ("finishing", info("EndOfTurn", "a b", 1), WordsSoFar("a b", TurnEnding.CERTAIN)),
        ("finishing", info("EndOfTurn", "a b", 2), TurnWords("a b")),
        ("finishing", info("EndOfTurn", "", 2), TurnWords("", lost=True)),
        ("finishing", info("SomethingNew", "a", 2), None),
        ("finishing", '{"type": "TurnInfo"}', None),
        ("finishing", '{"type": "Connected", "request_id": "x"}', None),
        ("finishing", "no json at all", None),
        ("finishing", b"\xff\xfe", None),
    ],
)
def test_a_message_in_each_state(
    state: str, message: str | bytes, then: WordsSoFar | TurnWords | None
) -> None:
    recognition = in_a_turn()
    if state != "hearing":
        assert recognition.finish() is None
        assert recognition.outgoing == [FORCE_END_TURN]
    if state == "resting":
        recognition.conclude()
    assert recognition.receive(message) == then


def test_one_turn_of_ours_may_be_several_of_theirs() -> None:
    recognition = in_a_turn()
    recognition.receive(info("EndOfTurn", "five five five", 2))
    recognition.sound(LONG)
    again = recognition.receive(info("StartOfTurn", "one", 2.6))
    assert again == WordsSoFar("five five five one", TurnEnding.VOID)
    recognition.receive(info("EndOfTurn", "one two", 3))
    assert recognition.finish() == TurnWords("five five five one two")
    assert recognition.state is RecognitionState.RESTING
    assert recognition.outgoing == [LONG], "nothing is asked that is known"


def test_words_behind_a_forced_end_are_asked_for_too() -> None:
    recognition = in_a_turn()
    recognition.finish()
    assert recognition.receive(info("EndOfTurn", "a", 1)) == WordsSoFar("a", TurnEnding.CERTAIN)
    recognition.receive(info("StartOfTurn", "b", 1.5))
    assert recognition.outgoing == [FORCE_END_TURN] * 2
    assert recognition.receive(info("EndOfTurn", "b", 1.9)) == TurnWords("a b")


def test_words_of_an_earlier_turn_are_told_by_their_time() -> None:
    recognition = in_a_turn()
    recognition.finish()
    recognition.conclude()
    recognition.start()
    recognition.sound(LONG)
    across = info("Update", "late yes", 3, (1.2, 1.8), (2.1, 2.6))
    assert recognition.receive(across) == WordsSoFar("yes")


def test_what_keeps_the_connection_open_is_part_of_its_sound() -> None:
    recognition = in_a_turn()
    recognition.finish()
    recognition.receive(info("EndOfTurn", "a", 2))
    assert recognition.keep_alive() == TENTH_OF_SILENCE
    recognition.start()
    recognition.sound(LONG)
    moved = info("StartOfTurn", "late yes", 3, (1.8, 1.99), (2.2, 2.9))
    assert recognition.receive(moved) == WordsSoFar("yes", TurnEnding.VOID)


@given(st.lists(st.sampled_from(["sound", "end", "lose", "back"]), max_size=40))
def test_whatever_happens_each_sample_is_told_for_good_or_sent_again(happens: list[str]) -> None:
    """A recogniser that tells the positions of what it hears: in the end it has heard all."""
    recognition = FluxRecognition()
    recognition.connect()
    recognition.start()
    said = wire = b""
    told: list[bytes] = []
    at = 0
    for event in [*happens, "sound", "lose", "back"]:
        match event:
            case "sound":
                piece = len(said).to_bytes(4, "big") * 1000
                said += piece
                recognition.sound(piece)
            case "end" if recognition.connected and len(wire) > at:
                recognition.receive(info("StartOfTurn", "x", at / 8000))
                recognition.receive(info("EndOfTurn", "x", len(wire) / 8000))
                told.append(wire[at:])
                at = len(wire)
            case "lose":
                recognition.disconnect()
            case "back" if not recognition.connected:
                wire, at = b"", 0
                recognition.connect()
            case _:
                pass
        wire += b"".join(part for part in recognition.outgoing if isinstance(part, bytes))
        recognition.outgoing.clear()
    assert b"".join(told) + wire[at:] == said
