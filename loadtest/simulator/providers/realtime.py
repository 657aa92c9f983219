"""The emulated Realtime by hand, and the chat completions beside it, for any client of theirs.

    python -m loadtest.simulator.providers.realtime --manifest audio_fixtures/manifest.toml

It writes the settings to use; with them ``./run demo`` phones the engine, is heard by its sound and
answered by sound. It knows the recordings of the manifest, leads a call by the tools it is offered,
and hums, three tenths of a second a word. ``--fault reset`` lets a fault happen, once for each time
it is given; ``--quick`` leaves delays out.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from pathlib import Path

from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.faults import FaultName, FaultScript, ProviderFault
from loadtest.simulator.providers.latency import FIRST_TOKEN, NO_DELAY, TOKEN_GAP
from loadtest.simulator.providers.openai_chat import EMULATED_KEY, OpenAiChat
from loadtest.simulator.providers.openai_realtime import RealtimeEmulator
from loadtest.simulator.providers.scripted_model import scripted_model
from loadtest.simulator.providers.serving import listening
from loadtest.simulator.providers.vendors import hum


async def hummed(text: str) -> bytes:
    """A `Render` without a voice, as long as the text is to say: a figure is several words."""
    return await hum(" ".join(re.findall(r"[A-Za-z']+|\d|\$", text)))


async def serve(manifest: Path, port: int, faults: list[FaultName], *, quick: bool) -> None:
    """Until cancelled."""
    first, gap = (NO_DELAY, NO_DELAY) if quick else (FIRST_TOKEN, TOKEN_GAP)
    realtime = RealtimeEmulator(
        scripted_model,
        hummed,
        ByManifest.read(manifest),
        faults=FaultScript([ProviderFault(name) for name in faults]),
        first_sound=first,
        gap=gap,
    )
    app = OpenAiChat(scripted_model, first_token=first, token_gap=gap).app()
    realtime.add_to(app)
    async with listening(app, port) as url:
        sys.stdout.write(
            "SPEECH_TO_SPEECH_PROVIDER=openai_realtime "
            f"OPENAI_REALTIME_URL={url}/v1/realtime OPENAI_BASE_URL={url}/v1 "
            f"OPENAI_API_KEY={EMULATED_KEY}\n"
        )
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve on loopback until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--port", type=int, default=9300)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--fault", type=FaultName, action="append", default=[])
    given = parser.parse_args()
    try:
        asyncio.run(serve(given.manifest, given.port, given.fault, quick=given.quick))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
