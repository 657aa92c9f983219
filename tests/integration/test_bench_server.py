"""The bench server from the wire: one recorded caller, one reply, and the figures."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from loadtest.recording import Recording
from loadtest.swarm import measure, read_stats
from voiceagent.bench_server import HOST, BenchOptions, running
from voiceagent.business_file import load_business

ROOT = Path(__file__).parents[2]
BUSINESS = load_business(ROOT / "business" / "coolcare.toml")
SPEECH = Recording.read(ROOT / "audio_fixtures/golden/rms/i-need-to-reschedule-my-appointment.wav")


@pytest.mark.timeout(60)
async def test_a_recorded_caller_is_answered_without_keys_token_or_database() -> None:
    async with running(BUSINESS, port=0, options=BenchOptions(lines=4)) as port:
        base = f"{HOST}:{port}"
        stats = f"http://{base}/stats"
        seen = await measure(
            1, 6.0, [SPEECH], media=f"ws://{base}/media", stats=stats, warm_share=0.0
        )
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://{base}/metrics") as answer,
        ):
            metrics = await answer.text()
        after = await read_stats(stats)
    assert len(seen.v2v_ms) == 1
    assert (seen.unanswered, seen.split, seen.dropped) == (0, 0, 0)
    assert seen.v2v_ms[0] >= 200 + 160, "the stubs' delays and the pause that ends a turn"
    assert seen.frames > 50
    assert after.cpu_s > 0
    assert after.rss_bytes > 0
    assert after.tasks > 0
    assert "voiceagent_media_sends" in metrics


async def test_it_listens_on_loopback_only() -> None:
    assert HOST == "127.0.0.1"
