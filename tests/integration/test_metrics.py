"""What is counted arrives: the page of a worker that served three calls, beside its own rows."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.measured import Evening, measured_calls
from tests.integration.test_latency import STAGES
from tests.support.prometheus_rules import lint
from voiceagent.app.ops.metrics import METRICS
from voiceagent.ports.tracing import trace_of

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(200)]

INFO_LINES_A_MINUTE = 30
"""INFO lines of a minute of a call, those of the engine's start included."""


OF_OTHER_PARTS = ("voiceagent_model_", "voiceagent_provider_", "voiceagent_offline_turns_")
"""Counted by models, by chains of providers and by offline ears, of which this engine has none;
they are on the page of tests/app/ops/test_watch.py."""


SELDOM = {"voiceagent_cost_today_dollars"}
"""Looked up once a minute: it may not have been there yet when the page was read."""


class Page:
    """A page of ``/metrics``, read by Prometheus' own client."""

    def __init__(self, text: str) -> None:
        self.families: list[Metric] = list(text_string_to_metric_families(text))

    def value(self, name: str, **labels: str) -> float:
        """The one sample with this name and these labels."""
        (found,) = self.all(name, **labels)
        return found

    def all(self, name: str, **labels: str) -> list[float]:
        """All samples with this name and at least these labels."""
        return [
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]


@pytest.mark.ahead.with_args(measured_calls)
async def test_the_stages_sum_to_voice_to_voice_and_agree_with_the_rows(ahead: Evening) -> None:
    page, rows = Page(ahead.page), ahead.answered
    turns = len(rows)
    assert turns >= 7
    stages = {
        stage: page.value("voiceagent_turn_stage_seconds_sum", stage=stage.removesuffix("_ms"))
        for stage in STAGES
    }
    v2v_s = page.value("voiceagent_turn_voice_to_voice_seconds_sum")
    assert abs(sum(stages.values()) - v2v_s) <= 0.005 * turns
    for stage, spent_s in stages.items():
        assert spent_s == pytest.approx(sum(row[stage] for row in rows) / 1000, abs=0.001 * turns)
    assert v2v_s == pytest.approx(sum(row["v2v_ms"] for row in rows) / 1000, abs=0.001 * turns)
    counts = page.all("voiceagent_turn_stage_seconds_count")
    assert counts == [turns] * len(STAGES)
    assert page.value("voiceagent_turn_voice_to_voice_seconds_count") == turns
    covered = [row for row in rows if row["answer_ms"] is not None]
    assert page.value("voiceagent_turn_answer_seconds_count") >= len(covered)


@pytest.mark.ahead.with_args(measured_calls)
async def test_every_call_is_counted_once_under_its_outcome(ahead: Evening) -> None:
    page = Page(ahead.page)
    written = Counter(row["outcome"] for row in ahead.ended)
    counted = {
        outcome: page.value("voiceagent_calls_total", outcome=outcome, channel="voice")
        for outcome in written
    }
    assert counted == written
    assert sum(page.all("voiceagent_calls_total")) == len(ahead.ended) == 3
    assert page.value("voiceagent_calls_resumed_total") == 0
    assert page.value("voiceagent_calls_live") == 0
    assert page.value("voiceagent_calls_free_places") == page.value("voiceagent_media_slots")


@pytest.mark.ahead.with_args(measured_calls)
async def test_the_barge_in_and_the_media_plane_are_there(ahead: Evening) -> None:
    page = Page(ahead.page)
    assert page.value("voiceagent_media_barge_ins_total") >= 1
    assert page.value("voiceagent_media_onset_to_clear_seconds_count") >= 1
    assert page.value("voiceagent_media_onset_to_clear_seconds_bucket", le="0.6") >= 1
    assert page.value("voiceagent_media_send_lateness_seconds_count") > 100
    assert page.value("voiceagent_media_tick_lag_seconds_count") > 100
    assert page.value("voiceagent_media_tick_faults_total") == 0
    assert page.all("voiceagent_media_line_faults_total") == [0.0] * 4
    assert page.value("voiceagent_helper_restarts_total", helper="speaker") == 0


@pytest.mark.ahead.with_args(measured_calls)
async def test_the_page_is_the_table_by_prometheus_rules(ahead: Evening) -> None:
    families = [f for f in Page(ahead.page).families if not f.name.endswith("_created")]
    assert not lint(families)
    names = {f.name + ("_total" if f.type == "counter" else "") for f in families}
    expected = {metric.name for metric in METRICS}
    ours = {name for name in expected if not name.startswith(OF_OTHER_PARTS)}
    assert names | SELDOM == ours


@pytest.mark.ahead.with_args(measured_calls)
async def test_a_call_leaves_few_lines_in_the_log(ahead: Evening) -> None:
    told = [json.loads(line) for line in ahead.log if line.startswith("{")]
    lines = [one["message"] for one in told if one["level"] == "INFO"]
    minutes = sum(float(row["seconds"]) for row in ahead.ended) / 60
    assert minutes > 0.5
    assert lines
    assert len(lines) <= INFO_LINES_A_MINUTE * minutes, lines


@pytest.mark.ahead.with_args(measured_calls)
async def test_a_line_of_a_call_has_the_id_of_its_trace(ahead: Evening) -> None:
    told = [json.loads(line) for line in ahead.log if line.startswith("{")]
    calls = {one["call"] for one in told if "call" in one}
    assert calls == {trace_of(row["call_sid"]) for row in ahead.ended}
    assert all(one["code"] for one in told if one["name"].startswith("voiceagent"))
