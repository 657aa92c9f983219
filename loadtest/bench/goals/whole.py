"""G4, the whole wait: stock and ours behind stubs as slow as hosted providers, with a heavy tail.

Recognition's words lag the sound by 350 ms, the model's first word takes 375 ms at the median and
2.4 s at the 99th percentile, speech 100 ms (``--delays providers`` of both servers). What counts is
voice-to-voice time as a whole: end of turn, providers, engine. How often the model was asked is the
server's own count, as the wire does not show it; stock asks once a turn. A reply after more than
`ANSWER_S` counts as one after `ANSWER_S`, which flatters whoever is late.
"""

from __future__ import annotations

import uvloop

from loadtest.bench.goals.runs import Given, fit, hear
from loadtest.bench.goals.verdicts import SERVER_OPTIONS, GoalFinding, GoalReport
from loadtest.bench.measured import ANSWER_S, Measured
from loadtest.bench.report import percentiles
from loadtest.bench.subjects import server

CALLS = 10
"""Few enough that stock's core is not what it waits for."""

LENGTH = 4.0
"""Runs are longer than the others by this: a 99th percentile needs some hundred turns."""


def whole(given: Given) -> GoalReport:
    """G4."""
    calls, seconds = given.calls or CALLS, given.seconds * LENGTH
    waits = {}
    asked = 0.0
    for subject in ("stock", "ours"):
        options = SERVER_OPTIONS["G4"]
        with server(subject, options, core=given.cores[0]) as serving:
            run = uvloop.run(hear(serving, calls, seconds)).measured
            if subject == "ours":
                counts = serving.metrics()
                turns = counts.get("stub_model_turns_total", 0.0)
                asked = counts.get("stub_model_requests_total", 0.0) / turns if turns else 0.0
        waits[subject] = run
    stock, ours = (percentiles(_waits_ms(waits[subject])) for subject in ("stock", "ours"))
    findings = []
    for place, (name, most) in {0: ("p50", 0.55), 2: ("p99", 0.45)}.items():
        theirs_ms = stock[place] if stock else None
        ours_ms = ours[place] if ours else None
        share = ours_ms / theirs_ms if theirs_ms and ours_ms else None
        findings += [
            GoalFinding("G4", f"whole V2V {name} of stock, ms, {calls} calls", theirs_ms),
            GoalFinding("G4", f"whole V2V {name} of ours, ms", ours_ms),
            fit(waits["ours"], "G4", f"whole V2V {name}, ours / stock", share, most),
        ]
    findings.append(GoalFinding("G4", "requests to the model a turn", asked or None, 1.6))
    unanswered = waits["ours"].unanswered
    findings.append(GoalFinding("G4", "unanswered turns of ours", unanswered, 0.0))
    facts: dict[str, object] = {subject: {"v2v_ms": run.v2v_ms} for subject, run in waits.items()}
    return GoalReport("whole", tuple(findings), facts)


def _waits_ms(run: Measured) -> list[float]:
    """Voice-to-voice times; a turn without a reply by `ANSWER_S` waited so long, or longer."""
    return [*run.v2v_ms, *[ANSWER_S * 1000.0] * run.unanswered]
