"""Calls that are placed for what can be measured on them, on an engine of their own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from loadtest.simulator.script import CallerScript, DuringAgent, EndCall, PlayWav
from tests.integration.stage import Row, Stage, recording, rows, turns
from voiceagent.app.cli.phone import PhoneCall


@dataclass(frozen=True, slots=True)
class Measured:
    """A call, and its answered turns as the database holds them, in order."""

    call: PhoneCall
    answered: list[Row]


@dataclass(frozen=True, slots=True)
class Evening:
    """Two polite callers, and one who interrupts."""

    polite: list[Measured]
    interrupting: PhoneCall


async def measured_calls(stage: Stage) -> Evening:
    """All at once; the polite ones take short turns that nobody could take for two."""
    scripts = {
        "+15551230041": [
            *(PlayWav(turn) for turn in turns("reference", [2, 4, 5, 6, 8])),
            EndCall(),
        ],
        "+15551230042": [
            *(PlayWav(turn) for turn in turns("hours", [1, 2]) + turns("reference", [7, 9])),
            EndCall(),
        ],
        "+15551230061": [
            PlayWav(recording("reference/awb/02"), DuringAgent(1500)),
            PlayWav(recording("reference/awb/04")),
            EndCall(),
        ],
    }
    async with stage.engine("measured") as live:
        calls = await asyncio.gather(
            *(live.phone(CallerScript(steps), caller=caller) for caller, steps in scripts.items())
        )
        query = (
            "SELECT t.* FROM agent_turns t JOIN calls c ON c.id = t.call_id "
            "WHERE call_sid = $1 AND v2v_ms IS NOT NULL ORDER BY idx"
        )
        polite = [
            Measured(call, await rows(live.store, query, call.report.call_sid))
            for call in calls[:2]
        ]
        return Evening(polite, calls[2])
