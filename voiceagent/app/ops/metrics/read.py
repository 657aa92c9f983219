"""Rows that are looked up in a `WorkerLook` when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voiceagent.app.ops.metrics.look import Read, WorkerLook, by, count, gauge, spread
from voiceagent.app.ops.metrics.rows import Label, Metric, MetricKind
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.core.capacity.load_shedding import LoadShedding
from voiceagent.core.failover.chain import ChainKind, FailoverReason
from voiceagent.core.figures import (
    ONSET_TO_CLEAR_BOUNDS_S,
    SEND_LATENESS_BOUNDS_S,
    TICK_LAG_BOUNDS_S,
)
from voiceagent.domain.outbound import OutboundFault
from voiceagent.domain.texting import BARRED
from voiceagent.domain.usage import MICRO_CENTS_IN_A_DOLLAR, TOKEN_KINDS
from voiceagent.ports.meter import (
    TEXT_WAIT_BOUNDS_S,
    TextEnd,
)


def _outbox(look: WorkerLook) -> Mapping[str, float]:
    if (counts := look.outbox) is None:
        return {}
    return {
        "delivered": counts.delivered,
        "dropped": counts.dropped,
        "dead": counts.dead,
        "retried": counts.retried,
        "found": counts.found,
    }


def _pool(look: WorkerLook) -> Mapping[str, float]:
    counts = look.store
    return {} if counts is None else {"in_time": counts.waits, "too_late": counts.timeouts}


_MODELS: Final = (
    Read(
        Metric(
            "voiceagent_model_refused_sentences_total",
            MetricKind.COUNTER,
            "Sentences of models that were withheld, by rule of the guard",
            (Label("rule", like="a name like `money`"),),
        ),
        lambda look: [((rule,), count) for rule, count in look.models.refusals.items()],
    ),
    Read(
        Metric(
            "voiceagent_model_tool_requests_total",
            MetricKind.COUNTER,
            "Tools that models asked for; unknown when there is none of that name",
            (Label("tool", like="a name like `unknown`"), Label("verdict", ("granted", "refused"))),
        ),
        lambda look: look.models.requests.items(),
    ),
    Read(
        Metric(
            "voiceagent_model_tokens_total",
            MetricKind.COUNTER,
            "Tokens that models' replies used, as in the rows of calls",
            (
                Label("model", like="a name like `gpt-4.1-mini`"),
                Label("kind", tuple(kind.value for kind in TOKEN_KINDS)),
            ),
        ),
        lambda look: look.models.tokens.items(),
    ),
    Read(
        Metric(
            "voiceagent_model_cost_dollars_total",
            MetricKind.COUNTER,
            "What they cost; a model whose price nobody knows is not in it",
            (Label("model", like="a name like `gpt-4.1-mini`"),),
        ),
        lambda look: [
            ((model,), micro_cents / MICRO_CENTS_IN_A_DOLLAR)
            for model, micro_cents in look.models.micro_cents.items()
        ],
    ),
)

_SPEECH: Final = (
    Read(
        Metric(
            "voiceagent_stt_sent_sound_seconds_total",
            MetricKind.COUNTER,
            "Sound that was sent to recognisers, as in the rows of calls",
            (Label("provider", like="a name like `deepgram`"),),
        ),
        lambda look: [
            ((provider,), ms / 1000) for provider, ms in look.speech.recognised_ms.items()
        ],
    ),
    Read(
        Metric(
            "voiceagent_tts_characters_total",
            MetricKind.COUNTER,
            "Characters that voices were asked to speak, as in the rows of calls; "
            "and those of the sentences that were made ready at the start",
            (Label("provider", like="a name like `cartesia`"),),
        ),
        lambda look: [
            ((provider,), count) for provider, count in look.speech.spoken_characters.items()
        ],
    ),
    Read(
        Metric(
            "voiceagent_speech_cost_dollars_total",
            MetricKind.COUNTER,
            "What they cost, nothing on this machine; a provider whose price nobody knows is not "
            "in it",
            (Label("provider", like="a name like `cartesia`"),),
        ),
        lambda look: [
            ((provider,), micro_cents / MICRO_CENTS_IN_A_DOLLAR)
            for provider, micro_cents in look.speech.micro_cents.items()
        ],
    ),
)

_SPENDING: Final = (
    Read(
        Metric(
            "voiceagent_cost_today_dollars",
            MetricKind.GAUGE,
            "What the business's day has cost so far by the rows of calls, of all workers, "
            "a minute old at most; every worker tells the same",
            (Label("provider", like="a provider or model like `gpt-4.1-mini`"),),
        ),
        lambda look: [
            ((provider,), micro_cents / MICRO_CENTS_IN_A_DOLLAR)
            for provider, micro_cents in look.spent_today.items()
        ],
    ),
    gauge(
        "cost_daily_budget_dollars",
        "What a day may cost (`DAILY_BUDGET_DOLLARS`); 0 for as much as it likes",
        lambda look: look.daily_budget,
    ),
)

READ: Final = (
    *_MODELS,
    *_SPEECH,
    *_SPENDING,
    gauge("calls_live", "Calls being served now", lambda look: look.live_calls),
    gauge(
        "calls_free_places",
        "Callers who would be taken now, beside those who rang and have not connected yet",
        lambda look: look.free_places,
    ),
    gauge("media_lines", "Lines of the media plane now", lambda look: look.media.lines),
    gauge("media_slots", "Lines it may have at most", lambda look: look.media.slots),
    gauge(
        "media_free_slots",
        "Lines it would take now; none while the core is short",
        lambda look: look.media.free_slots,
    ),
    gauge(
        "media_load_shedding_level",
        "What is given up because the core is short: "
        + ", ".join(f"{step.value} {step.name.lower()}" for step in LoadShedding),
        lambda look: look.media.shedding,
    ),
    spread(
        "media_tick_lag_seconds",
        "How late the ticks of the media plane began",
        TICK_LAG_BOUNDS_S,
        lambda look: look.media.tick_lag,
    ),
    by(
        MetricKind.GAUGE,
        "media_recent_tick_lag_seconds",
        "How late ticks began in the last minute",
        "point",
        ("p50", "p99", "worst"),
        lambda look: look.media.recent_lag_s,
    ),
    spread(
        "media_send_lateness_seconds",
        "How much later than it was due our sound left for the carrier",
        SEND_LATENESS_BOUNDS_S,
        lambda look: look.media.send_lateness,
    ),
    gauge(
        "media_recent_send_lateness_p99_seconds",
        "The same, of the newest twenty thousand sends, the 99th percentile",
        lambda look: look.media.recent_lateness_p99_s,
    ),
    spread(
        "media_onset_to_clear_seconds",
        "From the caller's first voiced sample over our sound to the order to be silent",
        ONSET_TO_CLEAR_BOUNDS_S,
        lambda look: look.media.onset_to_clear,
    ),
    count(
        "media_barge_ins",
        "Times a caller took the floor from us, by voice or key",
        lambda look: look.media.totals.barge_ins,
    ),
    count(
        "media_resumptions",
        "Times our sound went on after it was stopped for what was no interruption",
        lambda look: look.media.totals.resumptions,
    ),
    count(
        "media_late_sends",
        "Sends more than 25 ms after they were due",
        lambda look: look.media.late_sends,
    ),
    count(
        "media_audibly_late_sends",
        "Sends so late that the carrier may have run out of sound",
        lambda look: look.media.audibly_late_sends,
    ),
    count(
        "media_underruns",
        "Times the carrier's buffer ran dry in the middle of an utterance",
        lambda look: look.media.totals.underruns,
    ),
    by(
        MetricKind.COUNTER,
        "media_lost_sound_seconds_total",
        "Callers' sound that was never judged: it came faster than real time, waited too long, or "
        "came too late or twice",
        "reason",
        ("refused", "dropped", "late"),
        lambda look: {
            "refused": look.media.totals.refused_samples / RATE_8K,
            "dropped": look.media.totals.dropped_samples / RATE_8K,
            "late": look.media.totals.late_samples / RATE_8K,
        },
    ),
    count(
        "media_concealed_sound_seconds",
        "Holes in callers' sound that were filled",
        lambda look: look.media.totals.concealed_samples / RATE_8K,
    ),
    count(
        "media_stale_sound_seconds",
        "Speech that came after its reply had been cut off, and was not sent",
        lambda look: look.media.totals.stale_samples / RATE_8K,
    ),
    by(
        MetricKind.COUNTER,
        "media_odd_packets_total",
        "Packets of callers' sound that came late or out of order",
        "how",
        ("late", "reordered"),
        lambda look: {
            "late": look.media.totals.late_packets,
            "reordered": look.media.totals.reordered_packets,
        },
    ),
    count(
        "media_resyncs",
        "Times a carrier's counter of packets was found to have been restarted",
        lambda look: look.media.totals.resyncs,
    ),
    count(
        "media_stale_marks",
        "Echoes of marks that are not waited for, because their sound was taken back",
        lambda look: look.media.totals.stale_marks,
    ),
    count(
        "media_tick_faults",
        "Ticks that failed; the wheel turned on",
        lambda look: look.media.tick_faults,
    ),
    by(
        MetricKind.COUNTER,
        "media_line_faults_total",
        "Lines that were given up, by where their work failed",
        "fault",
        ("inbound", "window", "model", "step"),
        lambda look: look.media.faults,
    ),
    count(
        "turn_model_refusals",
        "Questions to the turn model that were turned away because too many waited",
        lambda look: look.turn_model_refusals,
    ),
    by(
        MetricKind.COUNTER,
        "helper_restarts_total",
        "Times a helper process had to be started again",
        "helper",
        ("recogniser", "speaker"),
        lambda look: look.helper_restarts,
    ),
    by(
        MetricKind.COUNTER,
        "offline_turns_total",
        "Turns that the offline ears heard, by whose words they have: both agree, one of them, "
        "some of each (mixed), none (noise, no words), or pocketsphinx_alone (Whisper had no time)",
        "ear",
        ("both", "whisper", "pocketsphinx", "mixed", "pocketsphinx_alone", "none"),
        lambda look: look.turns_heard,
    ),
    Read(
        Metric(
            "voiceagent_provider_failovers_total",
            MetricKind.COUNTER,
            "Times one provider took over from another within calls, by who failed, who took over "
            "(none when nobody was left) and why",
            (
                Label.of("kind", ChainKind),
                Label("failed", like="a provider of the chain"),
                Label("to", like="a provider of the chain, or `none`"),
                Label.of("reason", FailoverReason),
            ),
        ),
        lambda look: list(look.failovers.by.items()),
    ),
    by(
        MetricKind.COUNTER,
        "not_kept_total",
        "What was to be kept of calls and is not, for the disk was slow, full or broken: pieces of "
        "about a second of recordings, which are silence there, and whole incidents",
        "kind",
        ("recording", "incident"),
        lambda look: look.not_kept,
    ),
    Read(
        Metric(
            "voiceagent_store_retries_total",
            MetricKind.COUNTER,
            "Statements and transactions that were tried once more",
        ),
        lambda look: [((), look.store.retries)] if look.store is not None else [],
    ),
    by(
        MetricKind.COUNTER,
        "store_pool_waits_total",
        "Times all connections to the database were busy, and times none became free in time",
        "end",
        ("in_time", "too_late"),
        _pool,
    ),
    by(
        MetricKind.COUNTER,
        "outbox_deliveries_total",
        "Attempts to deliver texts and payment links, by how they ended",
        "result",
        ("delivered", "dropped", "dead", "retried", "found"),
        _outbox,
    ),
    by(
        MetricKind.COUNTER,
        "texts_refused_total",
        "Texts that were not promised or not sent, by why",
        "why",
        tuple(one.value for one in BARRED),
        lambda look: {one.value: look.texts_refused.get(one, 0) for one in BARRED},
    ),
    Read(
        Metric(
            "voiceagent_messages_total",
            MetricKind.COUNTER,
            "Messages in writing that this worker has answered, by channel and end",
            (Label("channel", like="a channel like `sms`"), Label.of("end", TextEnd)),
        ),
        lambda look: list(look.texts.ends.items()),
    ),
    spread(
        "message_wait_seconds",
        "From a message's coming to its answer, for who waited for it",
        TEXT_WAIT_BOUNDS_S,
        lambda look: look.texts.waits,
    ),
    by(
        MetricKind.COUNTER,
        "outbound_withheld_total",
        "Sentences and texts that something was taken out of before they left, by what; `late`: "
        "verdicts of the moderation service that were not waited for",
        "fault",
        (*OutboundFault, "late"),
        lambda look: {one: look.texts_withheld.get(one, 0) for one in (*OutboundFault, "late")},
    ),
)
