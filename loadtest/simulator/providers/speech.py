"""The emulated Deepgram and Cartesia by hand, for any client of theirs.

    python -m loadtest.simulator.providers.speech --manifest audio_fixtures/manifest.toml

It writes the settings to use. Deepgram knows the recordings of the manifest; Cartesia hums, three
tenths of a second a word: a real voice is given by whoever starts the emulator in a program.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

import numpy as np

from loadtest.simulator.g711 import RATE_HZ
from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.cartesia import CartesiaEmulator
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.latency import FIRST_SOUND, RECOGNITION, DelayDraws
from loadtest.simulator.providers.serving import listening

WORD_8K: Final = 3 * RATE_HZ // 10
KEY: Final = "emulated-0000"


async def hum(text: str) -> bytes:
    """A `Render` without a voice."""
    at = np.arange(WORD_8K * len(text.split()))
    return (3000 * np.sin(at * 2 * np.pi * 180 / RATE_HZ)).astype("<i2").tobytes()


async def serve(manifest: Path) -> None:
    """Both, with the delays of hosted services, until cancelled."""
    hears = DeepgramEmulator(ByManifest.read(manifest), key=KEY, delays=DelayDraws(RECOGNITION))
    speaks = CartesiaEmulator(hum, key=KEY, delays=DelayDraws(FIRST_SOUND))
    async with listening(hears.app()) as deepgram, listening(speaks.app()) as cartesia:
        sys.stdout.write(f"DEEPGRAM_URL={deepgram} DEEPGRAM_API_KEY={KEY}\n")
        sys.stdout.write(f"CARTESIA_URL={cartesia} CARTESIA_API_KEY={KEY}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve on loopback until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True)
    try:
        asyncio.run(serve(parser.parse_args().manifest))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
