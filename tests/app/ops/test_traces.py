"""One call is one trace: its spans belong together whoever made them, and tell of nobody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from loadtest.simulator.providers.serving import listening
from telephony.contract import ConnectAgent, IncomingCall
from telephony.twilio.webhook import Hooks
from tests.support.otlp import OtlpReceiver
from tests.support.replaced import replaced
from voiceagent.app.ops.traces import CallTraces, TracedCalls, exporting
from voiceagent.app.traced_hooks import TracedHooks
from voiceagent.core.wire import LineEnd
from voiceagent.domain.records import Outcome, TurnLatency
from voiceagent.ports.live import (
    CallOver,
    LineClosed,
    LineOpened,
    ReplySounds,
    ToolRan,
    TurnSaid,
    Untold,
)
from voiceagent.ports.tracing import trace_of

SID = "CA" + "ab" * 16
OTHER = "CA" + "cd" * 16
SECRET = "123 Oak Street"


@dataclass
class Kept(SpanProcessor):
    """A processor that keeps."""

    spans: list[ReadableSpan] = field(default_factory=list)

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]


@dataclass
class Time:
    """Moves when it is told to."""

    at_s: float = 1_000_000.0

    def __call__(self) -> float:
        return self.at_s


def ids(span: ReadableSpan) -> tuple[int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id


def took_s(span: ReadableSpan) -> float:
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


@given(st.lists(st.floats(0, 9000), min_size=6, max_size=6))
def test_the_stages_of_a_turn_follow_each_other_and_fill_it(spent_ms: list[float]) -> None:
    kept = Kept()
    traces = CallTraces(kept, Time())
    traces.turn(SID, TurnLatency(*spent_ms), "words")
    turn, *stages = kept.spans
    assert [span.name for span in stages] == ["endpoint", "stt", "think", "tools", "tts", "send"]
    assert took_s(turn) == pytest.approx(sum(spent_ms) / 1000, abs=1e-5)
    edges = [turn.start_time, *(span.end_time for span in stages)]
    for span, before in zip(stages, edges, strict=False):
        assert span.parent is not None
        assert (span.parent.trace_id, span.parent.span_id) == ids(turn)
        assert abs((span.start_time or 0) - (before or 0)) <= 2_000
    assert abs((stages[-1].end_time or 0) - (turn.end_time or 0)) <= 2_000


def test_workers_that_know_nothing_of_each_other_make_one_trace() -> None:
    first, second = Kept(), Kept()
    CallTraces(first, Time(), worker=0).webhook(SID, "incoming", 0.01)
    traces = CallTraces(second, Time(), worker=1)
    traces.socket(SID, 60.0, end="caller", resumed=True)
    traces.webhook(SID, "connect-action", 0.01)
    traces.webhook(OTHER, "incoming", 0.01)
    (root,), (socket, action, other) = first.spans, second.spans
    assert root.parent is None
    for child in (socket, action):
        assert ids(child)[0] == ids(root)[0] == int(trace_of(SID), 16)
        assert child.parent is not None
        assert child.parent.span_id == ids(root)[1]
    assert ids(other)[0] != ids(root)[0]
    assert root.resource.attributes["service.instance.id"] == "0"


def test_what_a_call_tells_becomes_spans_and_no_word_of_it() -> None:
    kept, time = Kept(), Time()
    call = TracedCalls(Untold(), CallTraces(kept, time), time).of(SID)
    call.tell(LineOpened(resumed=False, from_number=SECRET))
    time.at_s += 30
    call.tell(TurnSaid(0, SECRET))
    call.tell(ReplySounds(1, None, "words"))
    call.tell(ReplySounds(2, TurnLatency(300, 100, 20, 10, 60, 20), "words"))
    call.tell(ToolRan("get_pricing_quote", 12.5, ""))
    call.tell(
        LineOpened(resumed=True, from_number=SECRET)
    )  # a new line comes before the old one has closed
    time.at_s += 10
    call.tell(LineClosed(LineEnd.FAILED))
    time.at_s += 5
    call.tell(LineClosed(LineEnd.CALLER))
    call.tell(CallOver(Outcome.BOOKED))
    first, second = kept.named("socket")
    assert took_s(first) == pytest.approx(40)
    assert took_s(second) == pytest.approx(15)
    resumed = [dict(span.attributes or {})["voiceagent.resumed"] for span in (first, second)]
    assert resumed == ["false", "true"]
    assert len(kept.named("turn")) == 1
    assert took_s(kept.named("tool get_pricing_quote")[0]) == pytest.approx(0.0125)
    assert SECRET not in "".join(span.to_json() for span in kept.spans)


async def test_a_webhook_is_timed_until_its_answer_and_a_stranger_is_none() -> None:
    kept, time = Kept(), Time()
    traced = TracedHooks(CallTraces(kept, time), time)

    async def incoming(_: IncomingCall) -> ConnectAgent:
        return ConnectAgent()

    async def unused(_: object) -> object:
        raise AssertionError

    plain = Hooks(*[unused] * 8)  # type: ignore[arg-type]
    hooks = traced.over(replaced(plain, incoming=incoming))
    call = IncomingCall(SID, "+15551230000", "+19375550100")

    async def answer(_: web.Request) -> web.Response:
        await hooks.incoming(call)
        time.at_s += 0.25
        return web.Response()

    async def refuse(_: web.Request) -> web.Response:
        raise web.HTTPForbidden

    app = web.Application(middlewares=[traced.timed])
    app.router.add_post("/incoming", answer)
    app.router.add_post("/forged", refuse)
    async with TestClient(TestServer(app)) as client:
        await client.post("/forged")
        assert not kept.spans
        await client.post("/incoming")
    (span,) = kept.spans
    assert (span.name, span.parent) == ("webhook incoming", None)
    assert took_s(span) == pytest.approx(0.25, abs=1e-6)
    assert "5551230000" not in span.to_json()


async def test_spans_reach_a_receiver_with_its_headers_and_without_words_or_keys() -> None:
    receiver, time = OtlpReceiver(), Time()
    async with listening(receiver.app()) as url:
        traces = CallTraces(exporting(url, "x-key=hunter22, y=z"), time, worker=3)
        call = TracedCalls(Untold(), traces, time).of(SID)
        traces.webhook(SID, "incoming", 0.01)
        call.tell(LineOpened(resumed=False, from_number=SECRET))
        call.tell(TurnSaid(0, SECRET))
        call.tell(ReplySounds(2, TurnLatency(300, 100, 20, 10, 60, 20), "words"))
        call.tell(LineClosed(LineEnd.CALLER))
        await asyncio.to_thread(traces.close)
    names = [span.name for span in receiver.spans]
    stages = ["endpoint", "stt", "think", "tools", "tts", "send"]
    assert names == ["webhook incoming", "turn", *stages, "socket"]
    assert {span.trace for span in receiver.spans} == {trace_of(SID)}
    root, turn = receiver.spans[:2]
    assert (root.parent, turn.parent) == ("", root.id)
    assert sum(span.ms for span in receiver.spans[2:8]) == pytest.approx(turn.ms)
    assert receiver.resources[0]["service.instance.id"] == "3"
    assert receiver.headers[0]["x-key"] == "hunter22"
    sent = b"".join(receiver.bodies).decode(errors="replace")
    assert SECRET not in sent
    assert "hunter22" not in sent
