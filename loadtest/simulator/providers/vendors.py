"""The three emulated vendors by name, each with the settings that send a client to it.

    async with emulated(Vendor.OPENAI, Served()) as settings:
        ...                             # {"OPENAI_BASE_URL": "http://127.0.0.1:40123/v1", ...}

Ears and a voice are handed in: an emulator has none of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from aiohttp import web

from loadtest.simulator.g711 import RATE_HZ, Samples
from loadtest.simulator.providers.cartesia import CartesiaEmulator, Render
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.faults import FaultScript
from loadtest.simulator.providers.flux import FluxEmulator, add_flux
from loadtest.simulator.providers.hearing import HeardWord, Recognise
from loadtest.simulator.providers.latency import DelayDraws, VendorDelays
from loadtest.simulator.providers.openai_chat import EMULATED_KEY, EMULATED_MODEL, OpenAiChat
from loadtest.simulator.providers.scripted_model import scripted_model
from loadtest.simulator.providers.serving import listening

WORD_8K: Final = 3 * RATE_HZ // 10
SPEECH_KEY: Final = "emulated-0000"


class Vendor(StrEnum):
    """Whose service is emulated."""

    OPENAI = "openai"
    DEEPGRAM = "deepgram"
    CARTESIA = "cartesia"


def deaf(_: Samples) -> Sequence[HeardWord]:
    """A `Recognise` that hears nothing."""
    return ()


async def hum(text: str) -> bytes:
    """A `Render` without a voice: three tenths of a second a word."""
    at = np.arange(WORD_8K * len(text.split()))
    return (3000 * np.sin(at * 2 * np.pi * 180 / RATE_HZ)).astype("<i2").tobytes()


@dataclass(frozen=True, slots=True)
class Served:
    """What an emulated vendor is served with; `port` 0 is any free one."""

    hears: Recognise = deaf
    speaks: Render = hum
    delays: VendorDelays = field(default_factory=VendorDelays)
    faults: FaultScript = field(default_factory=FaultScript)
    port: int = 0


@asynccontextmanager
async def emulated(vendor: Vendor, served: Served) -> AsyncIterator[Mapping[str, str]]:
    """Serves a vendor on loopback for a block.

    Yields:
        The settings, by the names that the engine's providers read, that send a client here.
    """
    async with _listening(vendor, served) as url:
        yield _settings(vendor, url)


def _listening(vendor: Vendor, served: Served) -> AbstractAsyncContextManager[str]:
    return listening(_app(vendor, served), served.port)


def _app(vendor: Vendor, served: Served) -> web.Application:
    delays, faults = served.delays, served.faults
    match vendor:
        case Vendor.OPENAI:
            return OpenAiChat(
                scripted_model,
                faults=faults,
                first_token=delays.first_token,
                token_gap=delays.token_gap,
            ).app()
        case Vendor.DEEPGRAM:
            app = DeepgramEmulator(
                served.hears,
                key=SPEECH_KEY,
                faults=faults,
                delays=DelayDraws(delays.recognition),
            ).app()
            flux = FluxEmulator(
                served.hears, key=SPEECH_KEY, faults=faults, delays=DelayDraws(delays.flux)
            )
            add_flux(app, flux)
            return app
        case Vendor.CARTESIA:
            return CartesiaEmulator(
                served.speaks,
                key=SPEECH_KEY,
                faults=faults,
                delays=DelayDraws(delays.first_sound),
            ).app()


def _settings(vendor: Vendor, url: str) -> Mapping[str, str]:
    match vendor:
        case Vendor.OPENAI:
            return {
                "OPENAI_BASE_URL": f"{url}/v1",
                "OPENAI_API_KEY": EMULATED_KEY,
                "OPENAI_MODEL": EMULATED_MODEL,
            }
        case Vendor.DEEPGRAM:
            return {"DEEPGRAM_URL": url, "DEEPGRAM_API_KEY": SPEECH_KEY}
        case Vendor.CARTESIA:
            return {"CARTESIA_URL": url, "CARTESIA_API_KEY": SPEECH_KEY}
