"""The verdicts on callers beyond the places, and the door of the bench server that they ring at."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from loadtest.bench.baselines.provider import application
from loadtest.bench.goals.overload import BENCH, Look, Rings, crowd_findings, top
from loadtest.bench.goals.telephone import Rung, switchboard
from loadtest.bench.server.call_manager import BenchOptions
from loadtest.bench.server.door import ringing
from loadtest.bench.server.serving import HOST, running
from loadtest.bench.speech import SPEECH
from loadtest.bench.subjects import free_port
from loadtest.bench.swarm import measure
from loadtest.simulator.recording import Recording
from loadtest.simulator.webhooks import WebhookError
from tests.loadtest.test_swarm import measured
from tests.support.replaced import replaced
from voiceagent.domain.business_file import load_business

ROOT = Path(__file__).parents[2]
BUSINESS = load_business(ROOT / "business" / "coolcare.toml")
VOICE = Recording.read(SPEECH)
DIAL = "<Response><Dial>+15550000000</Dial></Response>"


def admitted() -> Rung:
    return Rung("CA1", 5.0, "ws://127.0.0.1:1/media", "t", "<Response/>")


def refused(answer_ms: float = 5.0, document: str = DIAL) -> Rung:
    return Rung("CA2", answer_ms, "", "", document)


def missed(rings: Rings, **changed: object) -> list[str]:
    run = measured(2, **changed)
    found = crowd_findings(2, rings, run, measured(1, v2v_ms=(400.0,)))
    return [one.what for one in found if one.verdict not in {"", "PASS"}]


def rings(**changed: list[Rung]) -> Rings:
    usual = Rings(admitted=[admitted()] * 2, refused=[refused()], again=[refused()] * 3)
    return replaced(usual, **changed)


def test_a_crowd_that_is_served_and_refused_as_it_should_be() -> None:
    assert missed(rings(), v2v_ms=(400.0, 500.0)) == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"admitted": [admitted()] * 3}, "calls let in beside"),
        ({"admitted": [admitted()]}, "calls let in beside"),
        ({"again": [refused(), admitted()]}, "calls let in beside"),
        ({"refused": [refused(51.0)]}, "refusal of 1 rings in the first second, p99"),
        ({"again": [refused(51.0)]}, "refusal of 1 rings beside live calls, p99"),
        ({"refused": [refused(document="<Response/>")]}, "refusals without a person"),
    ],
)
def test_one_wrong_answer_is_seen(changed: dict[str, list[Rung]], what: str) -> None:
    (only,) = missed(rings(**changed))
    assert only.startswith(what)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"dropped": 1}, "admitted calls dropped"),
        ({"unanswered": 1}, "admitted calls dropped"),
        ({"v2v_ms": (400.0, 501.0)}, "V2V p95 of admitted calls"),
        ({"late_ticks": 21}, "V2V p95 of admitted calls"),
    ],
)
def test_admitted_calls_keep_their_bound(changed: dict[str, object], what: str) -> None:
    (only,) = missed(rings(), **changed)
    assert only.startswith(what)


def test_the_highest_relief_of_a_run() -> None:
    looks = [Look(float(n), 10, shedding, 5, 1.0, 0, 0) for n, shedding in enumerate([0, 2, 1])]
    assert top(looks) == 2
    assert top([]) is None


@pytest.mark.timeout(60)
async def test_places_are_kept_for_those_who_rang_and_nobody_else() -> None:
    port = free_port()
    url = f"http://{HOST}:{port}"
    async with (
        running(BUSINESS, port=port, options=BenchOptions(lines=2), door=ringing(BUSINESS, port)),
        switchboard(BENCH, url) as board,
    ):
        first, second, third = [await board.ring() for _ in range(3)]
        assert first.media
        assert second.media
        assert not third.media
        assert "<Dial" in third.document
        caller = await board.connect(first)
        assert not (await board.ring()).media, "the second place is promised, the first is taken"
        async with aiohttp.ClientSession() as http:
            unsigned = await http.post(f"{url}/incoming", data={"CallSid": "CA" + "1" * 32})
            assert unsigned.status == 403
        await board.hang_up(caller)
    with pytest.raises(WebhookError):
        async with switchboard(BENCH, url) as board:
            await board.ring()


@pytest.mark.timeout(60)
async def test_a_caller_is_answered_through_the_sockets_of_a_stub_provider() -> None:
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        provider = f"http://{HOST}:{runner.addresses[0][1]}"
        options = BenchOptions(ahead=False, lines=2, providers=provider)
        async with running(BUSINESS, port=0, options=options) as port:
            seen = await measure(
                1,
                6.0,
                [VOICE],
                media=f"ws://{HOST}:{port}/media",
                stats=f"http://{HOST}:{port}/stats",
                warm_share=0.0,
            )
    finally:
        await runner.cleanup()
    assert len(seen.v2v_ms) == 1
    assert (seen.unanswered, seen.split, seen.dropped) == (0, 0, 0)
    assert seen.v2v_ms[0] >= 200 + 160, "the stubs' delays and the pause that ends a turn"
    assert seen.frames > 50
