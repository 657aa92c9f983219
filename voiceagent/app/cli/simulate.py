"""The ``simulate`` command: simulated callers on the house policy, judged by what was stored."""

from __future__ import annotations

import asyncio
import json as json_text
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from voiceagent.app.cli.options import BusinessFile, Json, notices, settings_from, terminal
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.dialogue.port import Channel
from voiceagent.domain.business_file import load_business

if TYPE_CHECKING:
    from loadtest.persona.report import SimulatedCall

SAY_EVERY_S = 5.0

WRONG = 1
"""Exit code when something wrong was done or said."""


def simulate(
    calls: Annotated[int, typer.Option(help="Conversations.", min=1, max=1_000_000)] = 200,
    seed: Annotated[int, typer.Option(help="The same seed, the same callers.", min=0)] = 1,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only these kinds of callers, e.g. book.time, or book for all of them."),
    ] = None,
    number: Annotated[
        list[int] | None, typer.Option(help="Only the conversations of these numbers, shown whole.")
    ] = None,
    show: Annotated[
        int, typer.Option(help="Print so many failed conversations of each kind.", min=0)
    ] = 1,
    voice: Annotated[
        bool, typer.Option("--voice", help="Held as telephone calls are, still in writing.")
    ] = False,
    by_ear: Annotated[
        bool,
        typer.Option(
            "--ears", help="Callers speak, and the recogniser hears them: seconds a turn."
        ),
    ] = False,
    business: BusinessFile = None,
    json: Json = False,
) -> None:
    """Let simulated callers talk to the house policy in writing, and judge what came of it.

    Each caller has facts, a wish and a temper, and a store of its own; right is what the store
    holds at the end. Exit code 1 when something wrong was done or said.
    """
    from loadtest.persona.casting import KindError  # noqa: PLC0415 - the engine serves without it
    from loadtest.persona.verdict import Grade  # noqa: PLC0415 - as above
    from voiceagent.app.cli.simulate_ears import ears  # noqa: PLC0415 - as above
    from voiceagent.app.cli.simulate_run import (  # noqa: PLC0415 - as above
        SimulationOrder,
        conversations,
    )
    from voiceagent.app.cli.simulate_times import ThinkingTimes  # noqa: PLC0415 - as above
    from voiceagent.dialogue.factory import HousePolicy  # noqa: PLC0415 - as above
    from voiceagent.language.en_us.caller_acts import ActModel  # noqa: PLC0415 - as above

    settings = settings_from(business)
    set_up_logs("ERROR", settings.secrets())
    channel: Channel = "voice" if voice or by_ear else "text"
    times = ThinkingTimes()
    order = SimulationOrder(
        number or range(calls),
        seed,
        settings.business,
        times.timed(HousePolicy(ActModel.load())),
        tuple(kind or ()),
        channel,
    )

    async def run() -> list[SimulatedCall]:
        if not by_ear:
            return await play(order)
        async with ears(settings, load_business(settings.business)) as hears:
            return await play(replace(order, hears=hears))

    async def play(order: SimulationOrder) -> list[SimulatedCall]:
        played: list[SimulatedCall] = []
        progress, said_at = notices(), time.monotonic()
        async for one in conversations(order):
            played.append(one)
            if time.monotonic() - said_at > SAY_EVERY_S:
                said_at = time.monotonic()
                right = sum(each.verdict.grade is Grade.RIGHT for each in played)
                wrong = sum(each.verdict.grade is Grade.WRONG for each in played)
                done = f"{len(played)} of {len(order.numbers)} conversations"
                progress.print(f"{done}, {right} right, {wrong} wrong")
        return played

    try:
        played = asyncio.run(run())
    except KindError as error:
        raise typer.BadParameter(str(error), param_hint="--kind") from error
    if json:
        page = _as_json(played, seed) | {"turn_ms": times.percentiles_ms}
        print(json_text.dumps(page, indent=1))  # noqa: T201 - its result
    else:
        _print(played, seed, show, whole=bool(number))
        if times.percentiles_ms:
            terminal().print(str(times), markup=False, soft_wrap=True)
    raise typer.Exit(WRONG if any(one.verdict.grade is Grade.WRONG for one in played) else 0)


def _print(played: list[SimulatedCall], seed: int, show: int, *, whole: bool) -> None:
    from loadtest.persona import report  # noqa: PLC0415 - the engine serves without it

    console = terminal()
    failed = [one for several in report.shortest(played, show).values() for one in several]
    for one in played if whole else failed:
        console.print(report.transcript(one, seed=seed), markup=False, soft_wrap=True)
        console.print()
    console.print(report.summary(played), markup=False, soft_wrap=True)


def _as_json(played: list[SimulatedCall], seed: int) -> dict[str, object]:
    from loadtest.persona import report  # noqa: PLC0415 - as above
    from loadtest.persona.verdict import Grade  # noqa: PLC0415 - as above

    return {
        "seed": seed,
        "calls": len(played),
        "median_turns_to_booking": report.turns_to_a_booking(played),
        "kinds": [asdict(one) for one in report.by_kind(played)],
        "wrong": dict(report.reasons(played, Grade.WRONG)),
        "unfinished": dict(report.reasons(played, Grade.UNFINISHED)),
        "unknown_questions": dict(report.unknown_questions(played)),
        "failed": [
            {
                "number": one.number,
                "kind": one.persona.kind,
                "grade": one.verdict.grade.value,
                "reasons": [str(reason) for reason in one.verdict.reasons],
                "what": one.verdict.reasons[0].what,
                "first_wrong": one.verdict.first_wrong,
                "transcript": report.transcript(one, seed=seed).splitlines(),
            }
            for one in played
            if one.verdict.grade is not Grade.RIGHT
        ],
    }
