"""G2: what a call costs when its providers are behind sockets, beside stock.

The stub provider (`loadtest.bench.baselines.provider`) runs in a process of its own on the callers'
core; stock and ours have the same words, sounds and delays from it, each through the services that
its pipecat version of the same kind would have: a WebSocket for recognition and one for speech a
call, server-sent events over HTTP for the model. Stock streams every frame to recognition, as its
services do; ours sends what its own voice detection lets through. Compared at the same number of
calls, stock's largest, by CPU of the serving process; a core's share taken by others hardly counts.
"""

from __future__ import annotations

from typing import Final

import uvloop

from loadtest.bench.goals.added import STOCK_MOST
from loadtest.bench.goals.runs import Given, hear
from loadtest.bench.goals.verdicts import SERVER_OPTIONS, GoalFinding, GoalReport
from loadtest.bench.measured import Measured
from loadtest.bench.report import percentiles
from loadtest.bench.subjects import free_port, process, server, wait_for

RATIO: Final = 1.0 / 3.0


def sockets(given: Given) -> GoalReport:
    """G2, loopback sockets."""
    calls = given.calls or STOCK_MOST
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = ("-m", "loadtest.bench.baselines.provider", "--port", str(port))
    runs: dict[str, Measured] = {}
    with process(command, core=given.cores[1]) as provider:
        wait_for(provider, f"{url}/stats")
        for subject, options in (("stock", ()), ("ours", SERVER_OPTIONS["G2"])):
            core = given.cores[0]
            with server(subject, (*options, "--providers", url), core=core) as serving:
                runs[subject] = uvloop.run(hear(serving, calls, given.seconds)).measured
    stock, ours = runs["stock"], runs["ours"]
    costs = {name: run.cpu_ms_per_call_second for name, run in runs.items()}
    findings = [
        GoalFinding("G2", f"CPU of {name} with socket stubs, ms/call-s, {calls} calls", cost)
        for name, cost in costs.items()
    ]
    for name, run in runs.items():
        v2v_ms = percentiles(run.v2v_ms)
        findings.append(GoalFinding("G2", f"V2V p50 of {name}, ms", v2v_ms[0] if v2v_ms else None))
        lost = run.unanswered + run.dropped
        findings.append(GoalFinding("G2", f"turns unanswered or calls dropped by {name}", lost))
    whole = not (ours.unanswered or ours.dropped) and bool(ours.v2v_ms)
    ratio = costs["ours"] / costs["stock"] if costs["stock"] else None
    findings.append(
        GoalFinding(
            "G2", "ours / stock", ratio, RATIO, valid=whole, why="ours did not answer everything"
        )
    )
    return GoalReport(
        "sockets", tuple(findings), {"calls": calls, "stock_turns": len(stock.v2v_ms)}
    )
