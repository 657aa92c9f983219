"""How long callers wait for their words: recordings spoken in real time, one or many at once.

    ./run bench ears-live                    one caller
    ./run bench ears-live --callers 20       twenty who speak at once, each again and again

The helper process listens as it does for calls. A caller's sound comes in pieces of 60 ms as it is
spoken; 120 ms into the silence the words so far are asked for, as the turn table does, and 400 ms
into it the turn is over. What is told: from there to the words, whose words they were, and whether
the ears would have let another caller in. Run it on a quiet machine: it is about time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from pipelines.offline.recogniser import CallerStream, Ears, RecogniserClient
from pipelines.offline.voiced import VoiceFinder
from training.people import Samples
from training.trials import Trial, TrialRecording, trials
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.domain.business import Business
from voiceagent.domain.open_question import OpenQuestion
from voiceagent.errors import Unavailable

PIECE: Final = 480
PIECE_S: Final = PIECE / RATE_8K
PAUSE_PIECES: Final = 2
END_PIECES: Final = 7
BETWEEN_S: Final = 4.0
"""The agent speaks between two turns of a caller."""

MIXED: Final = (Trial.DIGITS_15_DB, Trial.SENTENCES_15_DB, Trial.NOISE)
GIVE_UP_S: Final = 6.0


@dataclass(frozen=True, slots=True)
class RealTimeTurn:
    """A turn's sound up to the end of its voice, and the silence that follows it."""

    of: TrialRecording
    spoken: Samples
    silence: Samples


@dataclass(slots=True)
class WaitsForWords:
    """Seconds from the end of each turn to its words; `lost` had none in time."""

    took_s: list[float] = field(default_factory=list)
    lost: int = 0
    closed: int = 0


def turns(played: Sequence[TrialRecording]) -> list[RealTimeTurn]:
    """Recordings as turns; those without a voice are left out."""
    finder = VoiceFinder()
    found = []
    for one in played:
        sound = one.sound()
        voice = finder.of(sound)
        if voice.end > voice.start:
            quiet = np.zeros(PIECE * END_PIECES, np.int16)
            found.append(RealTimeTurn(one, sound[: voice.end], quiet))
    return found


async def speak(caller: CallerStream, turn: RealTimeTurn, waits: WaitsForWords) -> None:
    """One turn in real time."""
    loop = asyncio.get_running_loop()
    utterance = caller.start(OpenQuestion(turn.of.asked))
    sound = np.concatenate([turn.spoken, turn.silence])
    last = len(sound) // PIECE
    due_s = loop.time()
    async with asyncio.TaskGroup() as tasks:
        looking = None
        for number in range(last):
            due_s += PIECE_S
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            utterance.feed(sound[number * PIECE : (number + 1) * PIECE].tobytes())
            if number == last - END_PIECES + PAUSE_PIECES:
                looking = tasks.create_task(utterance.partial())
        if looking is not None:
            looking.cancel()
    ended_s = loop.time()
    try:
        async with asyncio.timeout(GIVE_UP_S):
            await utterance.finish()
        waits.took_s.append(loop.time() - ended_s)
    except (TimeoutError, Unavailable):
        waits.lost += 1


async def call(
    client: RecogniserClient, spoken: Sequence[RealTimeTurn], seconds: float, waits: WaitsForWords
) -> None:
    """A caller who speaks for so long, with the agent's turns between."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + seconds
    caller = client.caller()
    for turn in spoken:
        if loop.time() > until_s:
            return
        await speak(caller, turn, waits)
        waits.closed += not client.takes_more
        await asyncio.sleep(BETWEEN_S)


async def measure(business: Business, ears: Ears, callers: int, seconds: float) -> str:
    """Listen to callers at once; a line about it."""
    spoken = turns([one for one in trials(None) if one.trial not in MIXED])
    waits = WaitsForWords()
    with tempfile.TemporaryDirectory() as cache:
        async with RecogniserClient(business, Path(cache), ears=ears).running() as client:
            async with asyncio.TaskGroup() as calls:
                for number in range(callers):
                    begin = number * len(spoken) // callers
                    order = [*spoken[begin:], *spoken[:begin]]
                    calls.create_task(call(client, order, seconds, waits))
            by = ", ".join(f"{name} {count}" for name, count in sorted(client.turns.items()))
    took = sorted(waits.took_s) or [0.0]
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    return (
        f"{callers} callers, {ears}: {len(waits.took_s)} turns, words {p50 * 1e3:.0f} ms after the "
        f"end of the turn at the median, p95 {p95 * 1e3:.0f} ms, longest {took[-1] * 1e3:.0f} ms; "
        f"lost {waits.lost}; by {by}; after {waits.closed} turns no other caller was let in\n"
    )


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="./run bench ears-live", description=__doc__)
    parser.add_argument("--business", type=Path, default=Path("business/coolcare.toml"))
    parser.add_argument("--ears", type=Ears, choices=list(Ears), default=Ears.BOTH)
    parser.add_argument("--callers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=90.0)
    options = parser.parse_args()
    business = Business.model_validate(tomllib.loads(options.business.read_text()))
    told = measure(business, options.ears, options.callers, options.seconds)
    sys.stdout.write(asyncio.run(told))


if __name__ == "__main__":
    main()
