"""``GET /calls/{worker}/figures``: how a worker stands, for the console's page *Engine*.

The same figures as ``/metrics`` has, those of them that say at one look whether calls are served:
places, what was done about late answers, who took over from whom, what went wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from pydantic import JsonValue

from voiceagent.app.web.bounded import Fresh
from voiceagent.app.web.paths import route

FIGURES: Final = "/calls/{worker}/figures"

SECTIONS: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "Capacity",
        (
            ("voiceagent_calls_live", "calls now"),
            ("voiceagent_calls_free_places", "free places"),
            ("voiceagent_media_slots", "lines at most"),
            ("voiceagent_media_load_shedding_level", "load shedding, level"),
            ("voiceagent_calls_turned_away", "turned away"),
            ("voiceagent_calls", "calls ended"),
            ("voiceagent_calls_resumed", "calls that came back"),
        ),
    ),
    (
        "Answers",
        (
            ("voiceagent_turn_voice_to_voice_seconds", "voice to voice"),
            ("voiceagent_turn_answer_seconds", "answer behind a filler"),
            ("voiceagent_media_barge_ins", "interruptions"),
        ),
    ),
    ("Budget acts", (("voiceagent_budget_acts", "late answers"),)),
    (
        "Providers",
        (
            ("voiceagent_provider_failovers", "took over"),
            ("voiceagent_helper_restarts", "helper restarted"),
            ("voiceagent_model_refused_sentences", "sentence withheld"),
            ("voiceagent_model_cost_dollars", "cost of models, $"),
            ("voiceagent_speech_cost_dollars", "cost of speech, $"),
        ),
    ),
    (
        "Store and messages",
        (
            ("voiceagent_store_retries", "statements tried again"),
            ("voiceagent_store_pool_waits", "waits for a connection"),
            ("voiceagent_outbox_deliveries", "messages"),
            ("voiceagent_recorder_lost_writes", "lost writes"),
        ),
    ),
    ("Edge", (("voiceagent_edge_events", "events"),)),
)
"""Title -> families of the registry (without ``_total``) and what they are called. A series that
stands at nought is left out, unless it has no labels."""


def add_figures(
    app: web.Application,
    registry: CollectorRegistry,
    *,
    parts: Mapping[str, str],
    between_ticks: Callable[[], Awaitable[None]],
    monotonic: Callable[[], float],
) -> None:
    """Add the route above.

    Args:
        app: the application; `access.Access` guards it.
        registry: where the figures are.
        parts: which parts serve calls.
        between_ticks: waits until a few milliseconds hurt no call.
        monotonic: seconds of a clock that never goes back.
    """

    async def made() -> dict[str, JsonValue]:
        await between_ticks()
        return {"parts": dict(parts), "sections": sections(registry.collect())}

    fresh = Fresh(made, monotonic)

    async def figures(_: web.Request) -> web.Response:
        return web.json_response(await fresh.get(), headers={"Cache-Control": "no-store"})

    app.router.add_get(route(FIGURES), figures)


def sections(found: Iterable[Metric]) -> list[JsonValue]:
    """The sections that have something to show, each ``{"title", "rows": [[name, value], …]}``."""
    families = {family.name: family for family in found}
    made: list[JsonValue] = []
    for title, rows in SECTIONS:
        shown: list[JsonValue] = []
        for name, called in rows:
            if (family := families.get(name)) is not None:
                shown += [[row, value] for row, value in _rows(family, called)]
        if shown:
            made.append({"title": title, "rows": shown})
    return made


def _rows(family: Metric, called: str) -> Iterable[tuple[str, str]]:
    if family.type == "histogram":
        yield from _spread(family, called)
        return
    for sample in family.samples:
        if sample.name.endswith("_created") or (sample.labels and not sample.value):
            continue
        by = ", ".join(sample.labels.values())
        yield (f"{called}: {by}" if by else called), f"{sample.value:g}"


def _spread(family: Metric, called: str) -> Iterable[tuple[str, str]]:
    """How many there were, and the bounds that half and 95 of a hundred stayed within."""
    buckets = [
        (float(sample.labels["le"]), sample.value)
        for sample in family.samples
        if sample.name.endswith("_bucket")
    ]
    count = max((value for _, value in buckets), default=0.0)
    yield f"{called}, how many", f"{count:g}"
    if count:
        for share in (0.5, 0.95):
            bound = next(bound for bound, value in buckets if value >= share * count)
            yield f"{called}, {share:.0%} within", f"{bound:g} s"
