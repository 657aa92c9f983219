"""What a call came to, in a form in which the golden file and the real call can be compared."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from loadtest.simulator.report import EndedBy
from tests.golden.replay import Golden
from tests.voice.engines import Played
from voiceagent.app.cli.result import ConversationResult

TOLERATED = {
    ("answer_from_knowledge", "question"): "the caller's words as they were recognised",
}
"""Arguments that are not compared, by tool, with the reason."""

BY_WORDS = {
    ("escalate_to_human", "summary"): "it holds words that were recognised: no points or capitals",
}
"""Arguments of which only the words are compared, by tool, with the reason."""

Facts = dict[str, object]

_BOOKED = ("customer_name", "phone", "email", "address", "service_type", "description", "notes")


@dataclass(frozen=True, slots=True)
class Result:
    """`tools` are names and arguments in order; `job` holds only what the call decides.

    `dialled` tells whether the carrier was made to call a person. Nobody answers there, so that the
    engine takes such a call back and ends it, like all others.
    """

    outcome: str | None
    ended_by: EndedBy
    dialled: bool
    tools: list[tuple[str, Facts]]
    job: Facts
    open_jobs: int


def wanted(golden: Golden, outcome: str) -> Result:
    """What the file says; the outcome is not in it."""
    tools, answers = _tools(golden)
    job = _wanted_job(tools, answers)
    new = bool(job) and not golden.seeds
    return Result(
        outcome=outcome,
        ended_by=EndedBy.AGENT,
        dialled=tools[-1][0] == "escalate_to_human",
        tools=[_comparable(*one) for one in tools],
        job=job,
        open_jobs=len(golden.seeds) + new - (job.get("status") == "cancelled"),
    )


def came_to(played: Played, like: Result) -> Result:
    """What the call came to; of the job, what `like` mentions."""
    call = played.call.result
    job: Facts = {}
    if call.job is not None:
        row = call.job.model_dump(mode="python")
        job = {key: row[key] for key in like.job or row}
    return Result(
        outcome=call.outcome,
        ended_by=played.call.report.ended_by,
        dialled=bool(played.call.report.transfers),
        tools=[_comparable(one.name, dict(_facts(one.arguments))) for one in call.tool_calls],
        job=job,
        open_jobs=played.open_jobs,
    )


def transcript(call: ConversationResult) -> str:
    """The call as text, for a failure's report."""
    turns = [f"{'<' if turn.who == 'agent' else '>'} {turn.text}" for turn in call.turns]
    tools = [f"* {one.name} {json.dumps(one.arguments)}" for one in call.tool_calls]
    return "\n".join(["", *turns, *tools])


def _tools(golden: Golden) -> tuple[list[tuple[str, Facts]], list[Facts]]:
    tools: list[tuple[str, Facts]] = []
    for line in golden.lines:
        if line.mark == "*":
            name, _, arguments = line.text.partition(" ")
            tools.append((name, json.loads(arguments)))
    return tools, [json.loads(line.text) for line in golden.lines if line.mark == "="]


def _wanted_job(tools: list[tuple[str, Facts]], answers: list[Facts]) -> Facts:
    job: Facts = {}
    for (name, asked), answer in zip(tools, answers, strict=False):
        match name:
            case "book_appointment" if answer["already_booked"]:
                job = {"code": answer["code"], "phone": asked["phone"], "status": "booked"}
                job["window_start"] = _time(answer["window_start"])
            case "book_appointment":
                job = {key: asked[key] for key in _BOOKED}
                job |= {key: answer[key] for key in ("estimated_cost", "deposit_amount")}
                job |= {key: _time(answer[key]) for key in ("window_start", "window_end")}
                job["priority"] = "emergency" if asked["is_emergency"] else "standard"
                job["status"] = "booked"
            case "reschedule_appointment":
                job = {"code": asked["code"], "status": "booked"}
                job["window_start"] = _time(asked["new_time"])
            case "cancel_appointment":
                job = {"code": asked["code"], "status": "cancelled"}
            case _:
                pass
    return job


def _comparable(name: str, arguments: Facts) -> tuple[str, Facts]:
    compared = sorted(key for key in arguments if (name, key) not in TOLERATED)
    return name, {
        key: _words(arguments[key]) if (name, key) in BY_WORDS else arguments[key]
        for key in compared
    }


def _words(text: object) -> list[str]:
    assert isinstance(text, str)
    return re.findall(r"[\w']+", text.lower())


def _facts(arguments: object) -> Facts:
    assert isinstance(arguments, dict)
    return arguments


def _time(text: object) -> datetime:
    assert isinstance(text, str)
    return datetime.fromisoformat(text)
