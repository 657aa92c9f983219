"""The emulated OpenAI by hand, for any client of theirs.

    python -m loadtest.simulator.providers --port 9200
    OPENAI_API_KEY=sk-emulated-0000 OPENAI_BASE_URL=http://127.0.0.1:9200/v1 ...

Delays are those of hosted services; ``--quick`` leaves them out. ``--fault rate_limited`` lets a
fault happen, once for each time it is given.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from loadtest.simulator.providers.faults import FaultName, FaultScript, ProviderFault
from loadtest.simulator.providers.latency import FIRST_TOKEN, NO_DELAY, TOKEN_GAP
from loadtest.simulator.providers.openai_chat import EMULATED_KEY, OpenAiChat
from loadtest.simulator.providers.scripted_model import scripted_model


async def serve(port: int, faults: list[FaultName], *, quick: bool) -> None:
    """Until cancelled."""
    chat = OpenAiChat(
        scripted_model,
        faults=FaultScript([ProviderFault(name) for name in faults]),
        first_token=NO_DELAY if quick else FIRST_TOKEN,
        token_gap=NO_DELAY if quick else TOKEN_GAP,
    )
    async with chat.running(port) as url:
        sys.stdout.write(f"OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY={EMULATED_KEY}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve on loopback until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--fault", type=FaultName, action="append", default=[])
    given = parser.parse_args()
    try:
        asyncio.run(serve(given.port, given.fault, quick=given.quick))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
