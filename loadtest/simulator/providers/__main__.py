"""The emulated OpenAI, Deepgram and Cartesia by hand, for any client of theirs.

    python -m loadtest.simulator.providers --port 9200                       # OpenAI
    python -m loadtest.simulator.providers openai deepgram cartesia \
        --manifest audio_fixtures/manifest.toml

It writes the settings to use, a line a vendor. Deepgram hears the recordings of the manifest, and
nothing without one; Cartesia hums, three tenths of a second a word: a real voice is given by
whoever starts the emulator in a program. Delays are those of hosted services; ``--delays none``
leaves them out. ``--fault rate_limited`` lets a fault happen at each vendor, once for each time it
is given. ``--port`` is the first vendor's, and the next ones have those that follow.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.faults import FaultName, FaultScript, ProviderFault
from loadtest.simulator.providers.latency import DELAYS
from loadtest.simulator.providers.vendors import Served, Vendor, deaf, emulated


async def serve(vendors: Sequence[Vendor], served: Served, faults: Sequence[FaultName]) -> None:
    """Until cancelled; each vendor has these faults once."""
    async with AsyncExitStack() as stack:
        for number, vendor in enumerate(vendors):
            script = FaultScript([ProviderFault(name) for name in faults])
            port = served.port + number if served.port else 0
            here = replace(served, port=port, faults=script)
            settings = await stack.enter_async_context(emulated(vendor, here))
            line = " ".join(f"{name}={value}" for name, value in settings.items())
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve on loopback until stopped."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vendors", nargs="*", type=Vendor, metavar=" | ".join(Vendor))
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--manifest", type=Path)
    parser.add_argument("--delays", choices=sorted(DELAYS), default="twilio")
    parser.add_argument("--fault", type=FaultName, action="append", default=[])
    given = parser.parse_args()
    served = Served(
        hears=ByManifest.read(given.manifest) if given.manifest else deaf,
        delays=DELAYS[given.delays],
        port=given.port,
    )
    try:
        asyncio.run(serve(given.vendors or [Vendor.OPENAI], served, given.fault))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
