"""All calls of the panel, some at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from loadtest.panel.player import PanelPlayer
from loadtest.panel.scoring import CallLog, StepOutcome, score
from loadtest.panel.script import During, Kind, PanelCall, PanelStep, read_calls
from loadtest.panel.sounds import LabelledSound, SoundOutcome, calls_of, step_of
from loadtest.simulator import wav
from loadtest.simulator.metronome import Metronome
from loadtest.simulator.recording import SampleSpan, speech_span

HERE: Final = Path(__file__).parent
FIXTURES: Final = HERE.parents[1] / "audio_fixtures"
AT_ONCE: Final = 9
ANYBODY: Final = {"token": "panel"}
"""For an engine that believes any token."""

TURN: Final = "panel/awb/friday_would_be_best_for_us.wav"
"""What the caller says to get us to speak, before each sound of a folder."""


def calls() -> list[PanelCall]:
    """The panel's own script."""
    return read_calls(HERE / "calls.toml", FIXTURES)


async def play(
    script: Sequence[PanelCall],
    url: str,
    *,
    at_once: int = AT_ONCE,
    parameters: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[list[CallLog], list[str]]:
    """Phones every call.

    Args:
        script: the calls.
        url: of the engine's media socket, ``ws://``.
        at_once: calls at one time.
        parameters: custom parameters of each stream's start (a token).
        tell: hears of every finished call.

    Returns:
        The calls' logs in order, and the names of the steps that could not be played.
    """
    metronome = Metronome()
    places = asyncio.Semaphore(at_once)

    async def one(number: int, call: PanelCall) -> tuple[CallLog, list[str]]:
        async with places:
            result = await PanelPlayer(call, metronome, number).run(url, parameters or ANYBODY)
            tell(call.name)
            return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(n, call)) for n, call in enumerate(script)]
    finally:
        metronome.close()
    results = [task.result() for task in tasks]
    return [log for log, _ in results], [name for _, names in results for name in names]


async def play_sounds(
    sounds: Sequence[LabelledSound],
    url: str,
    *,
    at_once: int = AT_ONCE,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[list[SoundOutcome], list[str]]:
    """Plays the sounds of a folder to an engine, in real time.

    Returns:
        What each did, and the names of the steps that could not be played. In the quiet, only what
        is no answer is played, and what counts is whether the engine answered.
    """
    samples = wav.read(FIXTURES / TURN)
    span = speech_span(samples) or SampleSpan(0, len(samples))
    turn = PanelStep("turn", Kind.TURN, During.QUIET, 0, samples, span)
    logs, skipped = await play(list(calls_of(sounds, turn)), url, at_once=at_once, tell=tell)
    played = {step_of(sound, during).name: (sound, during) for sound in sounds for during in During}
    return [
        _outcome(*played[outcome.event.name], outcome)
        for log in logs
        for outcome in score(log)
        if outcome.event.name in played
    ], skipped


def _outcome(sound: LabelledSound, during: During, outcome: StepOutcome) -> SoundOutcome:
    """What the wire tells: what is right was yielded to if it was to be, and kept if not."""
    wanted = during is During.SPEECH and sound.group.takes_floor
    taken = outcome.right if wanted else not outcome.right
    return SoundOutcome(sound, during, taken, outcome.right, outcome.latency_ms)
