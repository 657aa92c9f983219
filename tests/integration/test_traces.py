"""Traces of real calls as a real receiver of OpenTelemetry gets them, and exemplars of figures."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from tests.integration.measured import Evening, measured_calls
from tests.support.exemplars import exemplars
from tests.support.otlp import ReceivedSpan
from voiceagent.ports.tracing import trace_of

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(200)]

STAGES = ["endpoint", "stt", "think", "tools", "tts", "send"]


def by_trace(evening: Evening) -> dict[str, list[ReceivedSpan]]:
    found: dict[str, list[ReceivedSpan]] = defaultdict(list)
    for span in evening.traces.spans:
        found[span.trace].append(span)
    return found


@pytest.mark.ahead.with_args(measured_calls)
async def test_each_call_is_one_trace_from_webhook_to_reply(ahead: Evening) -> None:
    traces = by_trace(ahead)
    assert set(traces) == {trace_of(row["call_sid"]) for row in ahead.ended}
    for spans in traces.values():
        names = Counter(span.name for span in spans)
        assert names["socket"] == 1
        roots = [span for span in spans if not span.parent]
        assert [root.name for root in roots] == ["webhook incoming"]
        known = {span.id for span in spans}
        assert all(span.parent in known for span in spans if span.parent)
        (socket,) = [span for span in spans if span.name == "socket"]
        turns = [span for span in spans if span.name == "turn"]
        assert turns
        for turn in turns:
            assert socket.start_ns - 1e9 <= turn.start_ns <= turn.end_ns <= socket.end_ns + 1e9
            stages = sorted((s for s in spans if s.parent == turn.id), key=lambda s: s.end_ns)
            assert sorted(span.name for span in stages) == sorted(STAGES)
            assert sum(span.ms for span in stages) == pytest.approx(turn.ms, rel=0.001, abs=0.1)


@pytest.mark.ahead.with_args(measured_calls)
async def test_every_turn_on_record_is_a_span_of_the_same_length(ahead: Evening) -> None:
    spans = [span.ms for span in ahead.traces.spans if span.name == "turn"]
    for row in ahead.answered:
        assert any(abs(ms - row["v2v_ms"]) <= 1.0 for ms in spans), (row["v2v_ms"], spans)


@pytest.mark.ahead.with_args(measured_calls)
async def test_no_span_says_what_anybody_said_or_a_key(ahead: Evening) -> None:
    sent = b"\n".join(ahead.traces.bodies).decode(errors="replace").lower()
    for secret in ahead.secrets:
        assert secret.lower().removeprefix("+1") not in sent
    said = " ".join(str(row["text"]) for row in ahead.answered).lower()
    words = set(re.findall(r"[a-z]{6,}", said))
    ours = set(re.findall(r"[a-z]{6,}", " ".join(names(ahead)).lower()))
    assert words
    assert {word for word in words if word in sent} <= ours


def names(evening: Evening) -> list[str]:
    """What spans may say: names of ours, and OpenTelemetry's own."""
    keys = [key for span in evening.traces.spans for key in span.attributes]
    telemetry = [f"{k} {v}" for one in evening.traces.resources for k, v in one.items()]
    tools = [span.name for span in evening.traces.spans]
    return [*keys, *telemetry, *tools, "voiceagent recogniser caller silence patience words"]


@pytest.mark.ahead.with_args(measured_calls)
async def test_a_figure_of_latency_leads_to_its_call(ahead: Evening) -> None:
    found = exemplars(ahead.page_with_exemplars)
    sids = {row["call_sid"] for row in ahead.ended}
    metrics = {"voiceagent_turn_voice_to_voice_seconds", "voiceagent_turn_stage_seconds"}
    assert metrics <= {one.metric for one in found}
    for one in found:
        assert one.labels["call_sid"] in sids
        assert one.value_s <= one.bucket_s
    assert "# {" not in ahead.page
