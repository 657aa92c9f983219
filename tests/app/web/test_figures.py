"""The page *Engine*: every family that it names is published, and shown in words."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from tests.app.ops.test_watch import media
from voiceagent.app.ops.metrics import METRICS
from voiceagent.app.ops.metrics.look import WorkerLook
from voiceagent.app.ops.watch import CallWatch, EdgeWatch, WorkerFigures
from voiceagent.app.web.figures import SECTIONS, add_figures, sections
from voiceagent.domain.records import Outcome, TurnLatency
from voiceagent.ports.meter import TurnedAway


async def _at_once() -> None:
    """There is no sound to wait for."""


def registry() -> CollectorRegistry:
    made = CollectorRegistry()
    watch, edge = CallWatch(made), EdgeWatch(made)
    WorkerFigures(made, lambda: WorkerLook(media(), 3, 17))
    watch.turned_away(TurnedAway.BUSY)
    watch.ended(Outcome.BOOKED, channel="voice")
    for ms in (100, 900):
        watch.answered(TurnLatency(ms, 0, 0, 0, 0, 0), None)
    edge.count("flood.requests")
    return made


def test_every_family_that_is_named_is_published() -> None:
    published = {metric.name.removesuffix("_total") for metric in METRICS}
    assert {name for _, rows in SECTIONS for name, _ in rows} <= published


def test_figures_are_shown_in_words_and_nought_is_left_out() -> None:
    told: Any = sections(registry().collect())
    shown = {one["title"]: dict(one["rows"]) for one in told}
    assert shown["Capacity"]["calls now"] == "3"
    assert shown["Capacity"]["free places"] == "17"
    assert shown["Capacity"]["turned away: busy"] == "1"
    assert shown["Capacity"]["calls ended: booked, voice"] == "1"
    assert not [name for name in shown["Capacity"] if "failed" in name]
    assert shown["Answers"]["voice to voice, how many"] == "2"
    assert float(shown["Answers"]["voice to voice, 50% within"].removesuffix(" s")) >= 0.1
    assert shown["Edge"] == {"events: flood.requests": "1"}


async def test_they_are_given_with_the_parts() -> None:
    app = web.Application()
    add_figures(
        app, registry(), parts={"stt": "Deepgram"}, between_ticks=_at_once, monotonic=lambda: 0.0
    )
    async with TestClient(TestServer(app)) as client:
        told = await (await client.get("/calls/0/figures")).json()
    assert told["parts"] == {"stt": "Deepgram"}
    assert told["sections"][0]["title"] == "Capacity"
