"""Deepgram, OpenAI and Cartesia without keys: their emulators, each in a process of its own.

    async with cloud_parts("deepgram", "twilio", log=path) as settings:
        ...                             # the environment of an engine that calls them

The emulated Deepgram hears the reference call in every voice of the fixtures, as far as its sound
really reaches it; the emulated Cartesia speaks with the offline voice. A process of them serves
until its standard input ends, so that none outlives whoever started it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Final

from loadtest.simulator.providers.by_manifest import ByManifest
from loadtest.simulator.providers.cartesia import Render
from loadtest.simulator.providers.latency import DELAYS
from loadtest.simulator.providers.vendors import Served, Vendor, emulated
from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import VoiceEngine
from pipelines.providers.registry import Registry
from voiceagent.app.settings import RUN_IN, SHARED
from voiceagent.domain.business import OFFLINE_VOICE
from voiceagent.errors import Unavailable

MANIFEST: Final = SHARED / "audio_fixtures" / "manifest.toml"
GROUP: Final = "reference"
"""Other recordings do not come with an installed package."""

START_S: Final = 60.0
STOP_S: Final = 5.0

VOICE: Final = OFFLINE_VOICE
WORDS_PER_MINUTE: Final = 165

CHOSEN: Final = {
    "LLM_PROVIDER": "openai",
    "TTS_PROVIDER": "cartesia",
    "SPEECH_TO_SPEECH_PROVIDER": "",
}
"""Whatever the owner's own settings choose."""

RECOGNISERS: Final = {"deepgram": "nova-3", "deepgram-flux": "flux-general-en"}
"""Provider -> its model."""


@asynccontextmanager
async def cloud_parts(
    recogniser: str, delays: str, *, log: Path
) -> AsyncIterator[Mapping[str, str]]:
    """The three emulators for a block.

    Args:
        recogniser: a name of `RECOGNISERS`.
        delays: a name of `DELAYS`.
        log: what they complain of is appended here.

    Yields:
        Settings for the environment of an engine, in place of the owner's keys and addresses.

    Raises:
        Unavailable: ``emulator.start``.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        output = stack.enter_context(log.open("ab"))
        started = [
            await stack.enter_async_context(_process(vendor, delays, output)) for vendor in Vendor
        ]
        model = {"STT_PROVIDER": recogniser, "DEEPGRAM_MODEL": RECOGNISERS[recogniser]}
        settings = CHOSEN | model
        for process in started:
            settings |= await _told(process, log)
        yield settings


@asynccontextmanager
async def _process(
    vendor: Vendor, delays: str, output: IO[bytes]
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, vendor, "--delays", delays),
        cwd=RUN_IN,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=output,
    )
    try:
        yield process
    finally:
        await _ended(process)


async def _told(process: asyncio.subprocess.Process, log: Path) -> Mapping[str, str]:
    """The settings that a process of them writes once it serves."""
    if process.stdout is None:
        raise RuntimeError("its output is a pipe")
    line = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(START_S):
            line = await process.stdout.readline()
    if not line:
        raise Unavailable("emulator.start", f"An emulated provider did not start; see {log}.")
    told: dict[str, str] = json.loads(line)
    return told


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def voice_of(speaker: SpeakerClient) -> Render:
    """The offline voice as the emulated Cartesia's: it is sent words that are ready for speech."""

    async def render(text: str) -> bytes:
        said = speaker.synthesize(text, voice=VOICE, words_per_minute=WORDS_PER_MINUTE)
        return b"".join([chunk.pcm_8k async for chunk in said])

    return render


async def serve(vendor: Vendor, delays: str) -> None:
    """One of them, until standard input ends."""
    async with AsyncExitStack() as stack:
        served = Served(delays=DELAYS[delays])
        if vendor is Vendor.DEEPGRAM:
            served = Served(hears=ByManifest.read(MANIFEST, GROUP), delays=served.delays)
        if vendor is Vendor.CARTESIA:
            engine = VoiceEngine(Registry().keyless().names["tts"])
            speaker = await stack.enter_async_context(SpeakerClient(engine).running())
            served = Served(speaks=voice_of(speaker), delays=served.delays)
        settings = await stack.enter_async_context(emulated(vendor, served))
        sys.stdout.write(json.dumps(dict(settings)) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.buffer.read)


def main() -> None:
    """``python -m voiceagent.app.cloud_parts VENDOR``, for `cloud_parts`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendor", type=Vendor)
    parser.add_argument("--delays", choices=sorted(DELAYS), default="none")
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us
    asyncio.run(serve(given.vendor, given.delays))


if __name__ == "__main__":
    main()
