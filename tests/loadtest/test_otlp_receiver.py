"""The receiver of traces takes what OpenTelemetry's own exporter sends, and nothing else."""

from __future__ import annotations

import asyncio

import aiohttp
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from loadtest.simulator.providers.serving import listening
from tests.support.otlp import OtlpReceiver


def told(url: str) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "mine"}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces")))
    tracer = provider.get_tracer("test")
    with (
        tracer.start_as_current_span("outer", attributes={"text": "a", "number": 1.5, "yes": True}),
        tracer.start_as_current_span("inner"),
    ):
        pass
    provider.shutdown()


async def test_spans_arrive_as_they_were_sent() -> None:
    receiver = OtlpReceiver()
    async with listening(receiver.app()) as url:
        await asyncio.to_thread(told, url)
    inner, outer = receiver.spans
    assert (outer.name, outer.parent, inner.parent, inner.trace) == (
        "outer",
        "",
        outer.id,
        outer.trace,
    )
    assert outer.attributes == {"text": "a", "number": 1.5, "yes": 1.0}
    assert 0 <= inner.ms <= outer.ms
    assert receiver.resources[0]["service.name"] == "mine"


async def test_what_is_no_protobuf_is_refused() -> None:
    receiver = OtlpReceiver()
    async with (
        listening(receiver.app()) as url,
        aiohttp.ClientSession() as http,
        http.post(f"{url}/v1/traces", json={}) as answer,
    ):
        assert answer.status == 415
    assert receiver.spans == []
