"""A stand-in for a model: it leads a service call by the tools it is offered, and knows no other.

From the messages it was sent it follows what is known (`call_notes`), and asks for what is missing:
is there danger, who calls, where; then it gets a price and tells it, gets times and offers them,
reads back, books, and says goodbye. Arguments are made after the schemas in the request, so that a
tool whose arguments have other names is not called as it used to be.

It is no policy of ours: what goes wrong it does not put right, as a model may not either.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from loadtest.simulator.providers.call_notes import CallNotes, Topic
from loadtest.simulator.providers.chat import (
    ChatAnswer,
    ChatRequest,
    ChatRole,
    ChatTool,
    ChatToolCall,
)

QUOTE, TIMES, BOOK, END = (
    "get_pricing_quote",
    "check_availability",
    "book_appointment",
    "end_call",
)
SAFETY: Final = (
    "First, for your safety: do you smell gas or burning, see smoke, or is a carbon monoxide alarm "
    "going off?"
)
NOTES: Final = "Is there anything we should know before we see you, like a gate code or a pet?"
_SERVICE: Final = re.compile(r"^- ([a-z][a-z0-9_]*): ", re.MULTILINE)
"""A line of the instruction that names a service as the tools know it."""


def scripted_model(request: ChatRequest) -> ChatAnswer:
    """The next thing that is said and asked for."""
    notes = CallNotes.of(request.messages)
    said, tool = _next(notes)
    offered = next((one for one in request.tools if one.name == tool), None)
    if tool and offered is None:
        return ChatAnswer(_pieces("I can't do that from here. Shall I put you through?"))
    calls = (_call(offered, notes, request),) if offered is not None else ()
    return ChatAnswer(_pieces(said), calls)


def _next(notes: CallNotes) -> tuple[str, str]:
    """What to say, and the tool to ask for ("" for none)."""
    if notes.ended:
        return "", ""
    if notes.booked:
        return _after_booking(notes)
    if notes.failed:
        return notes.failed, ""
    if notes.asked is Topic.GO_AHEAD and notes.declined:
        return "All right. Is there anything else I can help with?", ""
    if notes.asked is Topic.ELSE and notes.declined:
        return "Thank you for calling. Goodbye.", END
    return _missing_fact(notes) or _missing_step(notes)


def _after_booking(notes: CallNotes) -> tuple[str, str]:
    if notes.asked is Topic.ELSE and notes.declined:
        return "Thank you for calling. Goodbye.", END
    return f"{notes.told} Is there anything else I can help with?".strip(), ""


def _missing_fact(notes: CallNotes) -> tuple[str, str] | None:
    for known, question in (
        (notes.problem, "What seems to be the problem?"),
        (notes.safe, SAFETY),
        (
            notes.name and notes.phone,
            "May I have your name and the best phone number to reach you?",
        ),
        (notes.address, "What is the address for the visit?"),
    ):
        if not known:
            return question, ""
    return None


def _missing_step(notes: CallNotes) -> tuple[str, str]:
    times = ", or ".join(one.display for one in notes.offers if one.display)
    who = f"{notes.name}, {_shown(notes.phone)}. {notes.address}."
    for done, say, tool in (
        (notes.estimate is not None, "Let me check the price.", QUOTE),
        (notes.accepted, f"{notes.told} Would you like to go ahead?".strip(), ""),
        (notes.offers, "Let me see which times are open.", TIMES),
        (notes.chosen, f"I have {times}. Which works better for you?", ""),
        (notes.notes is not None, NOTES, ""),
        (
            notes.confirmed,
            f"Let me read that back. {who} It is ${notes.estimate}. Shall I book it?",
            "",
        ),
    ):
        if not done:
            return say, tool
    return "One moment, please.", BOOK


def _shown(phone: str) -> str:
    """A number as it is written."""
    ten = phone[-10:]
    return f"({ten[:3]}) {ten[3:6]}-{ten[6:]}"


def _call(tool: ChatTool, notes: CallNotes, request: ChatRequest) -> ChatToolCall:
    known: dict[str, JsonValue] = {
        "service_type": notes.service or _service(request),
        "description": notes.problem,
        "is_after_hours": True,
        "is_emergency": True,
        "customer_name": notes.name,
        "phone": notes.phone,
        "address": notes.address,
        "scheduled_time": notes.chosen.at.isoformat() if notes.chosen else None,
        "estimated_cost": notes.estimate,
        "notes": notes.notes or "",
        "reason": "done",
    }
    arguments = json.dumps(filled(tool.parameters, known))
    seen = hashlib.sha256(repr(request.messages).encode()).hexdigest()
    return ChatToolCall(f"call_{seen[:16]}", tool.name, arguments)


def filled(schema: Mapping[str, JsonValue], known: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Arguments after a schema: what is known by its name, and what must be there besides.

    A value that an ``enum`` does not allow is replaced by its first.
    """
    properties, required = schema.get("properties"), schema.get("required")
    wanted = required if isinstance(required, list) else []
    found: dict[str, JsonValue] = {}
    for name, kind in properties.items() if isinstance(properties, dict) else ():
        if name not in known and name not in wanted:
            continue
        rule = kind if isinstance(kind, dict) else {}
        value = known.get(name, _blank(rule))
        allowed = rule.get("enum")
        found[name] = allowed[0] if isinstance(allowed, list) and value not in allowed else value
    return found


_BLANKS: Final[Mapping[str, JsonValue]] = {
    "string": "",
    "boolean": False,
    "integer": 0,
    "number": 0,
    "array": [],
    "object": {},
}


def _blank(rule: Mapping[str, JsonValue]) -> JsonValue:
    """Something of the kind that a rule asks for, when nothing is known."""
    return _BLANKS.get(str(rule.get("type")))


def _service(request: ChatRequest) -> str:
    """The first service that an instruction names; "repair" when none does."""
    for message in request.messages:
        if message.role in {ChatRole.SYSTEM, ChatRole.DEVELOPER}:
            found = _SERVICE.search(message.text)
            if found:
                return found[1]
    return "repair"


def _pieces(text: str) -> tuple[str, ...]:
    """A text as it is streamed, a word at a time."""
    return tuple(re.findall(r"\S+\s*", text))
