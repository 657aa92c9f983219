"""What the dashboards show: five boards of panels, each with the question it answers.

Grafana's JSON under `deploy/grafana` is printed from here (`deploy.grafana_json`). Every expression
is one of Prometheus; `$__rate_interval` is Grafana's own variable for how far back to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class PanelKind(StrEnum):
    """How a panel is drawn, by Grafana's names."""

    LINES = "timeseries"
    NUMBER = "stat"
    BARS = "bargauge"


class PanelUnit(StrEnum):
    """What a number is, by Grafana's names."""

    COUNT = "short"
    SECONDS = "s"
    SHARE = "percentunit"
    PER_SECOND = "ops"
    DOLLARS = "currencyUSD"


@dataclass(frozen=True, slots=True)
class Query:
    """An expression, and what its lines are called (`{{label}}` is replaced).

    With `exemplars` single calls are drawn as dots over the lines; each leads to the call's page.
    """

    expr: str
    legend: str = ""
    exemplars: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture.

    Attributes:
        title: what is seen.
        about: what it means, and what is good.
        unit: of all its numbers.
        queries: one or more.
        kind: how it is drawn.
        stacked: lines stand on each other; they are parts of a whole.
        limit: from here on it is bad; drawn as a line.
    """

    title: str
    about: str
    unit: PanelUnit
    queries: tuple[Query, ...]
    kind: PanelKind = PanelKind.LINES
    stacked: bool = False
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. `slug` names its file and its address."""

    slug: str
    title: str
    panels: tuple[Panel, ...]


_SHOWN: Final = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))


def _quantiles(
    histogram: str,
    shown: Sequence[tuple[float, str]] = _SHOWN,
    *,
    where: str = "",
    exemplars: bool = False,
) -> tuple[Query, ...]:
    return tuple(
        Query(
            f"histogram_quantile({q}, sum by (le) (rate({histogram}_bucket{where}[$__rate_interval])))",  # noqa: E501
            name,
            exemplars=exemplars,
        )
        for q, name in shown
    )


def _rate(counter: str, by: str = "", legend: str = "") -> Query:
    total = f"sum by ({by})" if by else "sum"
    return Query(f"{total} (rate({counter}[$__rate_interval]))", legend or f"{{{{{by}}}}}")


def _seldom(query: Query) -> Query:
    """Of a counter whose series begin with their first event: nought, where there is none."""
    return replace(query, expr=f"{query.expr} or vector(0)")


def _in_range(counter: str, by: str = "") -> Query:
    total = f"sum by ({by})" if by else "sum"
    return Query(f"{total} (increase({counter}[$__range]))", f"{{{{{by}}}}}" if by else "")


_V2V: Final = "voiceagent_turn_voice_to_voice_seconds"
_STAGE: Final = "voiceagent_turn_stage_seconds"

LATENCY: Final = Board(
    "latency",
    "voiceagent: latency",
    (
        Panel(
            "Voice to voice",
            "From the caller's last voiced sample to the first frame of our reply on the wire.",
            PanelUnit.SECONDS,
            _quantiles(_V2V, exemplars=True),
            limit=0.9,
        ),
        Panel(
            "Where a reply's time goes",
            "Mean of each of the six stages; they stand on each other and sum to the mean voice to voice.",  # noqa: E501
            PanelUnit.SECONDS,
            (
                Query(
                    f"sum by (stage) (rate({_STAGE}_sum[$__rate_interval]))"
                    f" / on () group_left () sum (rate({_V2V}_count[$__rate_interval]))",
                    "{{stage}}",
                ),
            ),
            stacked=True,
        ),
        Panel(
            "Each stage, 95th percentile",
            "Which stage makes the slow replies slow. Percentiles do not sum.",
            PanelUnit.SECONDS,
            (
                Query(
                    "histogram_quantile(0.95, sum by (le, stage)"
                    f" (rate({_STAGE}_bucket[$__rate_interval])))",
                    "{{stage}}",
                    exemplars=True,
                ),
            ),
        ),
        Panel(
            "Answers behind a filler or an apology",
            "From the caller's last voiced sample to the answer itself, where something was said before it.",  # noqa: E501
            PanelUnit.SECONDS,
            _quantiles("voiceagent_turn_answer_seconds", exemplars=True),
        ),
        Panel(
            "What was done about late answers",
            "Rungs of the latency ladder that were reached.",
            PanelUnit.PER_SECOND,
            (_rate("voiceagent_budget_acts_total", "act"),),
        ),
        Panel(
            "Answers made ahead",
            "Before the turn was known to be over; `used` saved the caller the whole of thinking.",
            PanelUnit.PER_SECOND,
            (_rate("voiceagent_preemptive_generations_total", "result"),),
        ),
    ),
)

CALLS: Final = Board(
    "calls",
    "voiceagent: calls and capacity",
    (
        Panel(
            "Calls now",
            "Being served, and how many more would be taken.",
            PanelUnit.COUNT,
            (
                Query("sum (voiceagent_calls_live)", "live"),
                Query("sum (voiceagent_calls_free_places)", "free places"),
            ),
        ),
        Panel(
            "Callers turned away",
            "They got a person or a message instead of the agent. Should be nought.",
            PanelUnit.PER_SECOND,
            (_rate("voiceagent_calls_turned_away_total", "why"),),
        ),
        Panel(
            "What is given up",
            "0 nothing, 1 more lead, 2 coarse feed, 3 no turn model, 4 no new calls; the worst worker.",  # noqa: E501
            PanelUnit.COUNT,
            (Query("max (voiceagent_media_load_shedding_level)", "level"),),
            limit=2,
        ),
        Panel(
            "Lag of the media plane",
            "How late its ticks began. Above 20 ms sound suffers soon.",
            PanelUnit.SECONDS,
            _quantiles("voiceagent_media_tick_lag_seconds"),
            limit=0.02,
        ),
        Panel(
            "Lateness of our sound",
            "How much later than due it left for the carrier, who holds some 190 ms.",
            PanelUnit.SECONDS,
            _quantiles("voiceagent_media_send_lateness_seconds"),
            limit=0.12,
        ),
        Panel(
            "Broken sound",
            "Sends so late that a caller heard a gap, and times the carrier ran dry.",
            PanelUnit.PER_SECOND,
            (
                _rate("voiceagent_media_audibly_late_sends_total", legend="audibly late"),
                _rate("voiceagent_media_underruns_total", legend="underruns"),
            ),
        ),
        Panel(
            "At the carrier's edge",
            "Things refused, dropped, repeated or failed, by code.",
            PanelUnit.PER_SECOND,
            (_seldom(_rate("voiceagent_edge_events_total", "code")),),
        ),
        Panel(
            "The database",
            "Times all connections were busy; `too_late`: until the caller's request was given up.",
            PanelUnit.PER_SECOND,
            (_rate("voiceagent_store_pool_waits_total", "end"),),
        ),
    ),
)

TURNS: Final = Board(
    "turn-taking",
    "voiceagent: turn-taking",
    (
        Panel(
            "Silence after an interruption",
            "From the caller's first voiced sample over our sound to the order to be silent.",
            PanelUnit.SECONDS,
            _quantiles("voiceagent_media_onset_to_clear_seconds"),
            limit=0.22,
        ),
        Panel(
            "Interruptions, and sounds that were none",
            "Times the caller took the floor, and times our sentence went on after a nod or a cough.",  # noqa: E501
            PanelUnit.PER_SECOND,
            (
                _rate("voiceagent_media_barge_ins_total", legend="floor taken"),
                _rate("voiceagent_media_resumptions_total", legend="went on"),
            ),
        ),
        Panel(
            "Silence that ends a turn",
            "The stage `endpoint`: longer where a number or an address was asked for.",
            PanelUnit.SECONDS,
            _quantiles(_STAGE, where='{stage="endpoint"}', exemplars=True),
        ),
        Panel(
            "Callers' sound that was not judged",
            "Faster than real time, waited too long, late or twice; and holes that were filled.",
            PanelUnit.SECONDS,
            (
                _rate("voiceagent_media_lost_sound_seconds_total", "reason"),
                _rate("voiceagent_media_concealed_sound_seconds_total", legend="concealed"),
            ),
        ),
    ),
)

PROVIDERS: Final = Board(
    "providers",
    "voiceagent: providers and cost",
    (
        Panel(
            "Failovers",
            "One provider took over from another within a call; `none`: nobody was left.",
            PanelUnit.PER_SECOND,
            (
                Query(
                    "sum by (kind, failed, to, reason)"
                    " (rate(voiceagent_provider_failovers_total[$__rate_interval])) or vector(0)",
                    "{{kind}}: {{failed}} to {{to}} ({{reason}})",
                ),
            ),
        ),
        Panel(
            "Helper processes restarted",
            "Offline ears and voice. A restart costs the words under way.",
            PanelUnit.COUNT,
            (
                Query(
                    "sum by (helper) (increase(voiceagent_helper_restarts_total[$__range]))"
                    " or vector(0)",
                    "{{helper}}",
                ),
            ),
        ),
        Panel(
            "Cost an hour",
            "At the prices that are known; a provider without one is not in it.",
            PanelUnit.DOLLARS,
            (
                Query(
                    "sum by (model) (increase(voiceagent_model_cost_dollars_total[1h])) or vector(0)",  # noqa: E501
                    "{{model}}",
                ),
                Query(
                    "sum by (provider) (increase(voiceagent_speech_cost_dollars_total[1h])) or vector(0)",  # noqa: E501
                    "{{provider}}",
                ),
            ),
            stacked=True,
        ),
        Panel(
            "Cost of today",
            "Of all workers, by the rows of calls, in the business's time zone; a minute old at most.",  # noqa: E501
            PanelUnit.DOLLARS,
            (
                Query(
                    "sum by (provider) (max by (provider) (voiceagent_cost_today_dollars))"
                    " or vector(0)",
                    "{{provider}}",
                ),
            ),
            kind=PanelKind.BARS,
        ),
        Panel(
            "Of the day's budget",
            "Share that is spent (`DAILY_BUDGET_DOLLARS`); nought where there is no budget.",
            PanelUnit.SHARE,
            (
                Query(
                    "sum (max by (provider) (voiceagent_cost_today_dollars))"
                    " / (max (voiceagent_cost_daily_budget_dollars) > 0) or vector(0)",
                    "spent",
                ),
            ),
            kind=PanelKind.NUMBER,
            limit=1.0,
        ),
        Panel(
            "Cost of a minute",
            "Of talking: the same, by the minutes that callers were on their lines.",
            PanelUnit.DOLLARS,
            (
                Query(
                    "((sum (increase(voiceagent_model_cost_dollars_total[1h])) or vector(0))"
                    " + (sum (increase(voiceagent_speech_cost_dollars_total[1h])) or vector(0)))"
                    " / clamp_min(60 * sum (avg_over_time(voiceagent_calls_live[1h])), 1)",
                    "a minute",
                ),
            ),
            kind=PanelKind.NUMBER,
        ),
        Panel(
            "Cost of a call",
            "The same, by calls that ended.",
            PanelUnit.DOLLARS,
            (
                Query(
                    "((sum (increase(voiceagent_model_cost_dollars_total[1h])) or vector(0))"
                    " + (sum (increase(voiceagent_speech_cost_dollars_total[1h])) or vector(0)))"
                    " / clamp_min(sum (increase(voiceagent_calls_total[1h])), 1)",
                    "a call",
                ),
            ),
            kind=PanelKind.NUMBER,
        ),
        Panel(
            "Tokens",
            "Of models, as in the rows of calls.",
            PanelUnit.PER_SECOND,
            (_seldom(_rate("voiceagent_model_tokens_total", "kind")),),
        ),
        Panel(
            "Sentences withheld",
            "What a model wanted to say and the guard did not let through, by rule.",
            PanelUnit.PER_SECOND,
            (_seldom(_rate("voiceagent_model_refused_sentences_total", "rule")),),
        ),
    ),
)

BUSINESS: Final = Board(
    "business",
    "voiceagent: business",
    (
        Panel(
            "What calls came to",
            "By outcome, in the time that is shown.",
            PanelUnit.COUNT,
            (_in_range("voiceagent_calls_total", "outcome"),),
            kind=PanelKind.BARS,
        ),
        Panel(
            "Booked, of all calls",
            "Share of calls that ended with a booking.",
            PanelUnit.SHARE,
            (
                Query(
                    'sum (increase(voiceagent_calls_total{outcome="booked"}[$__range]))'
                    " / clamp_min(sum (increase(voiceagent_calls_total[$__range])), 1)",
                    "booked",
                ),
            ),
            kind=PanelKind.NUMBER,
        ),
        Panel(
            "Failed, of all calls",
            "Something broke. More than a few in a hundred is an alert.",
            PanelUnit.SHARE,
            (
                Query(
                    'sum (increase(voiceagent_calls_total{outcome="failed"}[$__range]))'
                    " / clamp_min(sum (increase(voiceagent_calls_total[$__range])), 1)",
                    "failed",
                ),
            ),
            kind=PanelKind.NUMBER,
            limit=0.02,
        ),
        Panel(
            "Handed to a person, emergencies",
            "Calls that a person took over, and calls in which danger was reported.",
            PanelUnit.COUNT,
            (
                Query(
                    'sum by (outcome) (increase(voiceagent_calls_total{outcome=~"transferred|emergency"}[$__range]))',  # noqa: E501
                    "{{outcome}}",
                ),
            ),
        ),
        Panel(
            "Texts and payment links",
            "Attempts to deliver them; `dead` was given up and a person must look.",
            PanelUnit.COUNT,
            (_in_range("voiceagent_outbox_deliveries_total", "result"),),
            kind=PanelKind.BARS,
        ),
        Panel(
            "Messages in writing",
            "Answered, by channel; `given_up` had an honest sentence in place of an answer.",
            PanelUnit.COUNT,
            (
                Query(
                    "sum by (channel, end) (increase(voiceagent_messages_total[$__range]))",
                    "{{channel}} {{end}}",
                ),
            ),
            kind=PanelKind.BARS,
        ),
        Panel(
            "Wait for a reply in writing",
            "Of who waited for it. The goal without a model is 60 ms at the 95th percentile.",
            PanelUnit.SECONDS,
            _quantiles("voiceagent_message_wait_seconds", ((0.5, "median"), (0.95, "95 of 100"))),
        ),
        Panel(
            "Taken out of what leaves",
            "Links, numbers and words that the rule for all texts did not let through.",
            PanelUnit.COUNT,
            (_in_range("voiceagent_outbound_withheld_total", "fault"),),
            kind=PanelKind.BARS,
        ),
    ),
)

BOARDS: Final = (LATENCY, CALLS, TURNS, PROVIDERS, BUSINESS)
"""All of them, in the order of the menu."""
