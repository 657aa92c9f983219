"""What the worker counts, and that all of it arrives on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics_page
from prometheus_client.parser import text_string_to_metric_families

from pipelines.offline.verdict import Ear
from tests.support.exemplars import exemplars
from tests.support.prometheus_rules import lint
from tests.support.replaced import replaced
from voiceagent.app.ops.metrics import METRICS
from voiceagent.app.ops.metrics.look import WorkerLook
from voiceagent.app.ops.watch import CODES_MOST, OTHER_CODE, CallWatch, EdgeWatch, WorkerFigures
from voiceagent.core.failover.chain import ChainKind, FailoverReason
from voiceagent.core.figures import Distribution, LineTotals, MediaFigures
from voiceagent.domain.records import Outcome, TurnLatency
from voiceagent.domain.texting import BARRED
from voiceagent.domain.usage import Usage, UsageKind
from voiceagent.media.line_end import LineFault
from voiceagent.ports.meter import (
    CallCounts,
    FailoverCounts,
    ModelCounts,
    OutboxCounts,
    SpeechCounts,
    StoreCounts,
    TextCounts,
    TextEnd,
)

NUMBERS = (
    *("lines", "slots", "free_slots", "shedding", "late_sends", "audibly_late_sends"),
    *("tick_faults", "recent_lateness_p99_s"),
)
"""Plain figures of a `MediaFigures`."""

POINTS = ("p50", "p99", "worst")

Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def families(registry: CollectorRegistry) -> list[Metric]:
    return list(text_string_to_metric_families(generate_latest(registry).decode()))


def series(registry: CollectorRegistry) -> Series:
    """Every sample of the page but the client's own times of creation."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families(registry)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def moved(before: Series, after: Series) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    return {key for key, value in after.items() if before.get(key, 0.0) != value}


def spread() -> Distribution:
    return Distribution((0.1, 1.0))


def media(totals: LineTotals | None = None) -> MediaFigures:
    return MediaFigures(
        totals=totals or LineTotals(),
        tick_lag=spread(),
        send_lateness=spread(),
        onset_to_clear=spread(),
        lines=0,
        slots=0,
        free_slots=0,
        shedding=0,
        late_sends=0,
        audibly_late_sends=0,
        tick_faults=0,
    )


def a_model() -> ModelCounts:
    """A model that did a bit of everything."""
    counts = ModelCounts()
    counts.refusals["money"] += 1
    counts.requests["get_pricing_quote", "granted"] += 2
    counts.requests["cancel_appointment", "refused"] += 1
    kinds = (UsageKind.PROMPT_TOKENS, UsageKind.CACHED_TOKENS, UsageKind.COMPLETION_TOKENS)
    counts.used(Usage.of("gpt-4.1-mini", kind, 10**6, estimated=False) for kind in kinds)
    return counts


def speech() -> SpeechCounts:
    """A worker that hears and speaks at a price, for nothing, and nobody knows for what."""
    counts = SpeechCounts()
    counts.used(
        [
            Usage("deepgram", UsageKind.RECOGNISED_MS, 61_500, 492_000),
            Usage("deepgram-flux", UsageKind.RECOGNISED_MS, 2000, None),
            Usage("espeak-ng", UsageKind.SPOKEN_CHARACTERS, 120, 0),
            Usage("cartesia", UsageKind.SPOKEN_CHARACTERS, 10**6, 3_920_000_000),
        ]
    )
    return counts


def test_seconds_characters_and_dollars_are_those_of_each_provider() -> None:
    page = page_of(look())
    seconds, characters, dollars = (
        {dict(labels)["provider"]: value for (at, labels), value in page.items() if at == name}
        for name in (
            "voiceagent_stt_sent_sound_seconds_total",
            "voiceagent_tts_characters_total",
            "voiceagent_speech_cost_dollars_total",
        )
    )
    assert seconds == {"deepgram": 61.5, "deepgram-flux": 2.0}
    assert characters == {"espeak-ng": 120, "cartesia": 10**6}
    assert dollars == {"deepgram": 0.00492, "espeak-ng": 0, "cartesia": 39.2}


def test_what_a_day_has_cost_is_in_dollars_beside_its_budget() -> None:
    page = page_of(look(spent_today={"gpt-4.1": 123_000_000}, daily_budget=50.0))
    assert page["voiceagent_cost_today_dollars", (("provider", "gpt-4.1"),)] == 1.23
    assert page["voiceagent_cost_daily_budget_dollars", ()] == 50


def test_a_models_cost_is_in_dollars() -> None:
    page = page_of(look())
    assert (
        page["voiceagent_model_cost_dollars_total", (("model", "gpt-4.1-mini"),)] == 0.4 + 0.1 + 1.6
    )


TOOK_OVER = FailoverCounts({("stt", "deepgram", "pocketsphinx", "slow"): 3})


def look(**changes: object) -> WorkerLook:
    whole = WorkerLook(media(), 0, 0, 0, StoreCounts(), OutboxCounts(), {}, a_model())
    return replaced(replace(whole, speech=speech()), **changes)


def page_of(found: WorkerLook) -> Series:
    registry = CollectorRegistry()
    WorkerFigures(registry, lambda: found)
    return series(registry)


def test_acts_are_counted_by_whether_they_could_be_done() -> None:
    registry = CollectorRegistry()
    watch = CallWatch(registry)
    watch.acted("cached_filler", able=True)
    watch.acted("cached_filler", able=True)
    watch.acted("hedge", able=False)
    page = generate_latest(registry).decode()
    assert 'voiceagent_budget_acts_total{act="cached_filler",result="done"} 2.0' in page
    assert 'voiceagent_budget_acts_total{act="hedge",result="not_available"} 1.0' in page


@given(st.lists(st.lists(st.floats(0, 9000), min_size=6, max_size=6), max_size=20))
def test_the_stages_sum_to_voice_to_voice(turns: list[list[float]]) -> None:
    registry = CollectorRegistry()
    watch = CallWatch(registry)
    for stages in turns:
        watch.answered(TurnLatency(*stages), None)
    page = series(registry)
    name = "voiceagent_turn_stage_seconds"
    sums = [value for (at, _), value in page.items() if at == f"{name}_sum"]
    counts = {value for (at, _), value in page.items() if at == f"{name}_count"}
    assert len(sums) == 6
    assert sum(sums) == pytest.approx(page["voiceagent_turn_voice_to_voice_seconds_sum", ()])
    assert counts == {float(len(turns))}


def test_a_late_answer_has_a_time_of_its_own_and_no_voice_to_voice_time() -> None:
    registry = CollectorRegistry()
    CallWatch(registry).answered(None, 3210.0)
    page = series(registry)
    assert page["voiceagent_turn_answer_seconds_sum", ()] == pytest.approx(3.21)
    assert page["voiceagent_turn_voice_to_voice_seconds_count", ()] == 0


def test_what_is_counted_leads_to_its_call_in_open_metrics_only() -> None:
    registry = CollectorRegistry()
    turns = CallWatch(registry).of("CA" + "ab" * 16)
    turns.answered(TurnLatency(300, 100, 20, 10, 60, 20), 1200.0)
    turns.acted("hedge", able=True)
    turns.preempted("used")
    page = open_metrics_page(registry).decode()  # type: ignore[no-untyped-call]
    found = exemplars(page)
    assert {one.metric for one in found} == {
        "voiceagent_turn_stage_seconds",
        "voiceagent_turn_voice_to_voice_seconds",
        "voiceagent_turn_answer_seconds",
    }
    assert all(one.labels == {"call_sid": "CA" + "ab" * 16} for one in found)
    assert "CA" not in generate_latest(registry).decode()
    counted = series(registry)
    assert counted["voiceagent_budget_acts_total", (("act", "hedge"), ("result", "done"))] == 1
    assert counted["voiceagent_preemptive_generations_total", (("result", "used"),)] == 1


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_every_end_of_a_call_has_its_series(outcome: Outcome | None) -> None:
    registry = CollectorRegistry()
    watch = CallWatch(registry)
    before = series(registry)
    watch.ended(outcome, channel="voice")
    (key,) = moved(before, series(registry))
    assert dict(key[1])["outcome"] == (outcome or "unwritten")


@pytest.mark.parametrize("field", [one.name for one in fields(CallCounts)])
def test_everything_that_a_call_counted_arrives_alone(field: str) -> None:
    registry = CollectorRegistry()
    watch = CallWatch(registry)
    before = series(registry)
    watch.left(CallCounts())
    assert series(registry) == before
    watch.left(replaced(CallCounts(), **{field: True if field == "resumed" else 7}))
    assert len(moved(before, series(registry))) == 1


@pytest.mark.parametrize("field", [one.name for one in fields(LineTotals)])
def test_everything_that_lines_counted_arrives_alone(field: str) -> None:
    other = look(media=media(LineTotals(**{field: 80})))
    assert len(moved(page_of(look()), page_of(other))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        *({"media": replaced(media(), **{name: 3})} for name in NUMBERS),
        *({"media": replace(media(), recent_lag_s={point: 0.5})} for point in POINTS),
        *({"media": replace(media(), faults={fault.value: 1})} for fault in LineFault),
        *({name: 4} for name in ("live_calls", "free_places", "turn_model_refusals")),
        *({"store": StoreCounts(**{one.name: 2})} for one in fields(StoreCounts)),
        *({"outbox": OutboxCounts(**{one.name: 2})} for one in fields(OutboxCounts)),
        *({"helper_restarts": {name: 1}} for name in ("recogniser", "speaker")),
        *({"turns_heard": {ear.value: 1}} for ear in Ear),
        *({"texts_refused": {why.value: 1}} for why in BARRED),
        *({"not_kept": {kind: 1}} for kind in ("recording", "incident")),
        {"failovers": TOOK_OVER},
    ],
    ids=lambda changes: str(changes)[-60:],
)
def test_everything_that_is_looked_at_arrives_alone(changes: dict[str, object]) -> None:
    assert len(moved(page_of(look()), page_of(look(**changes)))) == 1


def test_a_worker_without_a_store_says_nothing_of_one() -> None:
    page = page_of(look(store=None, outbox=None))
    assert not [name for name, _ in page if "store" in name or "outbox" in name]


def test_a_distribution_is_published_as_a_histogram() -> None:
    waits = spread()
    waits.add([0.05, 0.5, 0.5, 7.0])
    page = page_of(look(media=replace(media(), tick_lag=waits)))
    name = "voiceagent_media_tick_lag_seconds"
    buckets = {dict(labels)["le"]: n for (at, labels), n in page.items() if at == f"{name}_bucket"}
    assert buckets == {"0.1": 1, "1.0": 3, "+Inf": 4}
    assert page[f"{name}_count", ()] == 4
    assert page[f"{name}_sum", ()] == pytest.approx(8.05)


def test_codes_are_bounded_whatever_the_edge_counts() -> None:
    registry = CollectorRegistry()
    watch = EdgeWatch(registry)
    watch.count("lobby.dropped")
    for strange in ("", "+15551230000", "Jane Doe", 'x"}', "hook.ValueError\n"):
        watch.count(strange)
    for number in range(2 * CODES_MOST):
        watch.count(f"hook.error{number}")
    watch.count("lobby.dropped")
    page = series(registry)
    codes = {dict(labels)["code"]: value for (_, labels), value in page.items()}
    assert len(codes) <= CODES_MOST + 1
    assert codes["lobby.dropped"] == 2
    assert codes[OTHER_CODE] >= 5 + CODES_MOST
    assert sum(codes.values()) == 2 + 5 + 2 * CODES_MOST


def whole_page() -> list[Metric]:
    registry = CollectorRegistry()
    EdgeWatch(registry).count("lobby.dropped")
    CallWatch(registry)
    lag = dict.fromkeys(POINTS, 0.0)
    faults = {fault.value: 0 for fault in LineFault}
    found = look(
        media=replace(media(), recent_lag_s=lag, faults=faults),
        helper_restarts={"recogniser": 0, "speaker": 0},
        spent_today={"deepgram": 492_000},
        daily_budget=50.0,
        turns_heard={ear.value: 0 for ear in Ear},
        not_kept={"recording": 0, "incident": 0},
        texts=TextCounts(Counter({("sms", end.value): 0 for end in TextEnd})),
        failovers=FailoverCounts(
            {
                (kind.value, "deepgram", "none", reason.value): 0
                for kind, reason in product(ChainKind, FailoverReason)
            }
        ),
    )
    WorkerFigures(registry, lambda: found)
    return families(registry)


def test_the_page_is_the_table_and_its_names_are_prometheus_names() -> None:
    page = [family for family in whole_page() if not family.name.endswith("_created")]
    assert not lint(page)
    published = {
        (family.name + ("_total" if family.type == "counter" else ""), family.type)
        for family in page
    }
    assert published == {(metric.name, metric.kind.value) for metric in METRICS}


def test_labels_have_the_values_of_the_table_and_all_of_them_from_the_start() -> None:
    table = {metric.name: metric for metric in METRICS}
    for family in whole_page():
        if family.name.endswith("_created"):
            continue
        metric = table[family.name + ("_total" if family.type == "counter" else "")]
        for label in metric.label:
            seen = {sample.labels[label.name] for sample in family.samples}
            assert not label.values or seen == set(label.values), metric.name


def _named(name: str, kind: str, text: str = "Text", labels: Iterable[str] = ()) -> Metric:
    family = Metric(name, text, kind)
    suffix = "_total" if kind == "counter" else ""
    family.add_sample(name + suffix, dict.fromkeys(labels, "x"), 1.0)
    return family


@pytest.mark.parametrize(
    "family",
    [
        _named("voiceagent_wait_ms", "gauge"),
        _named("voiceagent_waitTime", "gauge"),
        _named("wait_seconds", "gauge"),
        _named("voiceagent_seconds_waited", "gauge"),
        _named("voiceagent_calls_count", "gauge"),
        _named("voiceagent_wait", "histogram"),
        _named("voiceagent_calls", "gauge", text=""),
        _named("voiceagent_calls", "gauge", labels=["quantile"]),
        _named("voiceagent_calls", "gauge", labels=["callSid"]),
        _named("voiceagent_calls", "untyped"),
        _named("voiceagent_call_counter", "counter"),
    ],
    ids=lambda family: f"{family.name}-{family.type}",
)
def test_the_rules_can_fail(family: Metric) -> None:
    assert lint([family])
