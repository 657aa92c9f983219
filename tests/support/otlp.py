"""Where traces are sent in tests: OTLP over HTTP, decoded by OpenTelemetry's own protocol package.

    receiver = OtlpReceiver()
    async with listening(receiver.app()) as url:          # OTEL_EXPORTER_OTLP_ENDPOINT=url
        ...
    receiver.spans

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

_PROTOBUF = "application/x-protobuf"


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it came; ids in hexadecimal digits, `parent` empty for a root."""

    name: str
    trace: str
    id: str
    parent: str
    start_ns: int
    end_ns: int
    attributes: dict[str, str | float]

    @property
    def ms(self) -> float:
        """How long it took."""
        return (self.end_ns - self.start_ns) / 1e6


class OtlpReceiver:
    """Keeps what it is sent: `spans`, the services' `resources`, `bodies` and
    `headers` as they came."""

    def __init__(self) -> None:
        self.spans: list[ReceivedSpan] = []
        self.resources: list[dict[str, str | float]] = []
        self.bodies: list[bytes] = []
        self.headers: list[Mapping[str, str]] = []

    def app(self) -> web.Application:
        """Its one path."""
        app = web.Application()
        app.router.add_post("/v1/traces", self._traces)
        return app

    async def _traces(self, request: web.Request) -> web.Response:
        if request.content_type != _PROTOBUF:
            return web.Response(status=415)
        body = await request.read()  # decompressed already
        self.bodies.append(body)
        self.headers.append(request.headers)
        sent = ExportTraceServiceRequest.FromString(body)
        for resource in sent.resource_spans:
            self.resources.append({a.key: _value(a.value) for a in resource.resource.attributes})
            for scope in resource.scope_spans:
                self.spans += [_span(span) for span in scope.spans]
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type=_PROTOBUF)


def _span(span: Span) -> ReceivedSpan:
    return ReceivedSpan(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        {one.key: _value(one.value) for one in span.attributes},
    )


def _value(value: AnyValue) -> str | float:
    kind = value.WhichOneof("value")
    return str(value.string_value) if kind == "string_value" else float(getattr(value, kind or ""))
