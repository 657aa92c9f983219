"""The bench server from the wire: one recorded caller, one reply, and the figures."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import aiohttp
import pytest

from loadtest.bench.measured import read_stats
from loadtest.bench.server.call_manager import BenchOptions
from loadtest.bench.server.serving import HOST, running
from loadtest.bench.speech import SPEECH
from loadtest.bench.swarm import measure
from loadtest.simulator.recording import Recording
from voiceagent.domain.business_file import load_business

ROOT = Path(__file__).parents[2]
BUSINESS = load_business(ROOT / "business" / "coolcare.toml")
VOICE = Recording.read(SPEECH)


LEFT_MOST = 200
"""Objects that two calls, their callers and their pages may leave together."""

FRAMES_MS = 40
"""How much earlier than its frame was sent the last sample may have been spoken."""

PAUSE_MS = 160
PATIENCE_MS = 200
FINAL_MS, MODEL_MS, SPEECH_MS = 50, 100, 50


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("ahead", "least_ms"),
    [
        (True, PAUSE_MS + MODEL_MS + SPEECH_MS),
        (False, PATIENCE_MS + FINAL_MS + MODEL_MS + SPEECH_MS),
    ],
)
async def test_a_recorded_caller_is_answered_without_keys_token_or_database(
    *, ahead: bool, least_ms: int
) -> None:
    async with running(BUSINESS, port=0, options=BenchOptions(lines=4, ahead=ahead)) as port:
        base = f"{HOST}:{port}"
        stats = f"http://{base}/stats"
        seen = await measure(
            1, 6.0, [VOICE], media=f"ws://{base}/media", stats=stats, warm_share=0.0
        )
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://{base}/metrics") as answer,
        ):
            metrics = await answer.text()
        async with aiohttp.ClientSession() as http, http.get(stats) as answer:
            assert set(await answer.json()) == {"cpu", "rss", "tasks"}
        after = await read_stats(stats)
    assert len(seen.v2v_ms) == 1
    assert (seen.unanswered, seen.split, seen.dropped) == (0, 0, 0)
    assert seen.v2v_ms[0] >= least_ms - FRAMES_MS, "it answered before anything could be known"
    assert seen.frames > 50
    assert after.cpu_s > 0
    assert after.rss_bytes > 0
    assert after.tasks > 0
    assert "voiceagent_media_send_lateness_seconds_count" in metrics


@pytest.mark.timeout(60)
async def test_a_call_that_is_over_leaves_nothing_to_the_collector() -> None:
    """A full collection stops everybody; 1,400 objects a call used to wait for one."""

    async def calls(port: int) -> None:
        media, stats = f"ws://{HOST}:{port}/media", f"http://{HOST}:{port}/stats"
        await measure(2, 6.0, [VOICE], media=media, stats=stats, warm_share=0.0)
        async with asyncio.timeout(10), aiohttp.ClientSession() as http:
            while True:
                async with http.get(f"http://{HOST}:{port}/health") as answer:
                    if (await answer.json())["calls"] == 0:
                        return
                await asyncio.sleep(0.1)

    async with running(BUSINESS, port=0) as port:
        await calls(port)
        gc.collect()
        gc.disable()
        try:
            await calls(port)
            assert gc.collect() < LEFT_MOST
        finally:
            gc.enable()


async def test_it_listens_on_loopback_only() -> None:
    assert HOST == "127.0.0.1"
