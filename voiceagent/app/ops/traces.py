"""Calls as OpenTelemetry traces: webhook, socket, turns and their stages, tools.

Opt-in by ``OTEL_EXPORTER_OTLP_ENDPOINT``. Spans are made when something is over, from the times
that were measured anyway, and leave in batches from a thread of their own; the call's path waits
for nothing. A span holds durations, codes and names of ours, and the carrier's name of the call:
nothing that anybody said, and no key.

    webhook incoming                 the root; the others of a call are its children
    webhook connect-action ...
    socket                           one for each line of the call
    turn                             a reply to the caller: voice-to-voice
        endpoint, stt, think, tools, tts, send     the stages, one after the other, they sum
    tool ...                         one that ran, by its name

Source: https://opentelemetry.io/docs/specs/otel/trace/sdk/ and .../protocol/otlp/
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from loguru import logger

from voiceagent.app.ops.metrics.pushed import by_stage
from voiceagent.domain.records import TurnLatency
from voiceagent.ports.live import (
    CallOver,
    CallTeller,
    CallTellers,
    LineClosed,
    LineOpened,
    LiveEvent,
    ReplySounds,
    ToolRan,
)
from voiceagent.ports.tracing import trace_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import SpanContext

SERVICE: Final = "voiceagent"
ROOT: Final = "incoming"
"""The webhook that begins a call."""

_NS: Final = 1_000_000_000
_LAST_S: Final = 3.0
"""How long the last spans may take to leave."""

Fields = Mapping[str, str | float]


class CallTraces:
    """Makes spans and hands them to a processor: `ports.tracing.WebhookTrace`.

    Args:
        processor: takes finished spans; `exporting` makes one that sends them.
        now_s: the machine's wall clock, seconds of the epoch.
        worker: which worker this is.
    """

    def __init__(
        self, processor: SpanProcessor, now_s: Callable[[], float], *, worker: int = 0
    ) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - only who traces loads it
        from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415
        from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415

        self._processor = processor
        self._now_s = now_s
        self._resource = Resource.create(
            {"service.name": SERVICE, "service.instance.id": str(worker)}
        )
        self._span, self._context, self._flags = ReadableSpan, SpanContext, TraceFlags

    def webhook(self, call_sid: str, hook: str, took_s: float) -> None:
        """See `ports.tracing.WebhookTrace.webhook`."""
        own = self._root(call_sid) if hook == ROOT else None
        self._ended(call_sid, f"webhook {hook}", took_s, own=own)

    def socket(self, call_sid: str, took_s: float, *, end: str, resumed: bool) -> None:
        """A line of a call has closed."""
        fields: Fields = {"voiceagent.line_end": end, "voiceagent.resumed": str(resumed).lower()}
        self._ended(call_sid, "socket", took_s, fields)

    def turn(self, call_sid: str, latency: TurnLatency, decided_by: str) -> None:
        """The first frame of a reply has just left."""
        whole_s = latency.v2v_ms / 1000
        end_s = self._now_s()
        fields: Fields = {"voiceagent.decided_by": decided_by, "voiceagent.v2v_ms": latency.v2v_ms}
        turn = self._ended(call_sid, "turn", whole_s, fields, end_s=end_s)
        at_s = end_s - whole_s
        for stage, spent_ms in by_stage(latency).items():
            at_s += spent_ms / 1000
            self._ended(call_sid, stage.value, spent_ms / 1000, parent=turn, end_s=at_s)

    def tool(self, call_sid: str, name: str, took_s: float, error: str) -> None:
        """A tool has just answered."""
        self._ended(call_sid, f"tool {name}", took_s, {"voiceagent.error": error})

    def close(self) -> None:
        """Send what is left; blocks for a few seconds at most."""
        self._processor.force_flush(int(_LAST_S * 1000))
        self._processor.shutdown()

    def _ended(
        self,
        call_sid: str,
        name: str,
        took_s: float,
        fields: Fields | None = None,
        *,
        own: SpanContext | None = None,
        parent: SpanContext | None = None,
        end_s: float | None = None,
    ) -> SpanContext:
        at_s = self._now_s() if end_s is None else end_s
        root = self._root(call_sid)
        context = own or self._new(root.trace_id, secrets.randbits(64) or 1)
        told: Fields = {"voiceagent.call_sid": call_sid, **(fields or {})}
        span = self._span(
            name,
            context=context,
            parent=None if own is not None else parent or root,
            resource=self._resource,
            attributes={key: value for key, value in told.items() if value != ""},
            start_time=int((at_s - took_s) * _NS),
            end_time=int(at_s * _NS),
        )
        self._processor.on_end(span)
        return context

    def _root(self, call_sid: str) -> SpanContext:
        """The span that begins a call, which every worker can name."""
        digits = trace_of(call_sid)
        return self._new(int(digits, 16), int(digits[:16], 16))

    def _new(self, trace_id: int, span_id: int) -> SpanContext:
        return self._context(
            trace_id, span_id, is_remote=False, trace_flags=self._flags(self._flags.SAMPLED)
        )


def exporting(endpoint: str, headers: str) -> SpanProcessor:
    """Sends spans in batches over OTLP/HTTP, from a thread of its own.

    Args:
        endpoint: base address; ``/v1/traces`` is added, as the specification says.
        headers: ``name=value`` pairs with commas between them.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - see above
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - see above

    pairs = (pair.partition("=") for pair in headers.split(",") if "=" in pair)
    logger.info("traces.on: spans go to an OTLP endpoint")
    return BatchSpanProcessor(
        OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces",
            headers={name.strip(): value.strip() for name, _, value in pairs},
        )
    )


class TracedCalls:
    """`CallTellers` that also make spans of what they are told.

    Args:
        told: where calls tell.
        traces: makes the spans.
        monotonic: measures how long a line lasted.
    """

    def __init__(
        self, told: CallTellers, traces: CallTraces, monotonic: Callable[[], float]
    ) -> None:
        self._told = told
        self._traces = traces
        self._monotonic = monotonic
        self._lines: dict[str, list[tuple[float, bool]]] = {}

    def of(self, call_sid: str) -> CallTeller:
        """See `CallTellers`."""
        return _TracedCall(self, call_sid, self._told.of(call_sid))

    def heard(self, call_sid: str, event: LiveEvent) -> None:
        """Make the span of an event that has one."""
        match event:
            case LineOpened(resumed):
                line = (self._monotonic(), resumed)
                self._lines.setdefault(call_sid, []).append(line)
            case LineClosed(reason) if self._lines.get(call_sid):  # the older line closes first
                began_s, resumed = self._lines[call_sid].pop(0)
                took_s = self._monotonic() - began_s
                self._traces.socket(call_sid, took_s, end=reason.value, resumed=resumed)
            case ReplySounds(_, TurnLatency() as latency, decided_by):
                self._traces.turn(call_sid, latency, decided_by)
            case ToolRan(name, elapsed_ms, error):
                self._traces.tool(call_sid, name, elapsed_ms / 1000, error)
            case CallOver():
                self._lines.pop(call_sid, None)
            case _:
                pass


class _TracedCall:
    """One call: a `CallTeller`."""

    def __init__(self, traced: TracedCalls, call_sid: str, told: CallTeller) -> None:
        self._traced = traced
        self._call_sid = call_sid
        self._told = told

    @property
    def followed(self) -> bool:
        """See `CallTeller`."""
        return self._told.followed

    def tell(self, event: LiveEvent) -> None:
        """See `CallTeller`."""
        self._traced.heard(self._call_sid, event)
        self._told.tell(event)
