"""A stand-in for a model: it leads a service call by the tools it is offered, and knows no other.

From the messages it was sent it follows what is known (`call_notes`), and asks for what is missing:
is there danger, who calls, where; then it gets a price and tells it, gets times and offers them,
reads back, books, and says goodbye. Bookings are moved and cancelled by number and code, questions
answered from the business's pages. Arguments are made after the schemas in the request, so that a
tool whose arguments have other names is not called as it used to be.

It is no policy of ours: it asks one thing after the other, and what is said beside that it takes
from the engine's case or not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
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
from loadtest.simulator.providers.spoken_answers import Offer, agrees_in

QUOTE, TIMES, BOOK, END = (
    "get_pricing_quote",
    "check_availability",
    "book_appointment",
    "end_call",
)
LOOK_UP, MOVE, CANCEL = "lookup_customer", "reschedule_appointment", "cancel_appointment"
PAGES, PERSON = "answer_from_knowledge", "escalate_to_human"
SAFETY: Final = (
    "First, for your safety: do you smell gas or burning, see smoke, or is a carbon monoxide alarm "
    "going off?"
)
NOTES: Final = "Is there anything we should know before we see you, like a gate code or a pet?"
ANYTHING_ELSE: Final = "Is there anything else I can help with?"
MOST_CODES: Final = 2
SOON: Final = timedelta(hours=6)
"""What begins later is no emergency visit."""

_NO_ADDRESS: Final = re.compile(r"^- ([a-z][a-z0-9_]*): .*\(no address needed\)", re.MULTILINE)
_NOW: Final = re.compile(r"It is \w+, (\w+ \d+, \d{4}, \d\d:\d\d) there")
_SERVICE: Final = re.compile(r"^- ([a-z][a-z0-9_]*): ", re.MULTILINE)
"""A line of the instruction that names a service as the tools know it."""


def scripted_model(request: ChatRequest) -> ChatAnswer:
    """The next thing that is said and asked for."""
    notes = CallNotes.of(request.messages)
    said, tool = _next(notes, request)
    offered = next((one for one in request.tools if one.name == tool), None)
    if tool and offered is None:
        return ChatAnswer(_pieces("I can't do that from here. Shall I put you through?"))
    calls = (_call(offered, notes, request),) if offered is not None else ()
    return ChatAnswer(_pieces(said), calls)


def _next(notes: CallNotes, request: ChatRequest) -> tuple[str, str]:
    """What to say, and the tool to ask for ("" for none)."""
    if notes.ended:
        return "", ""
    if notes.leaves or (notes.asked is Topic.ELSE and notes.declined):
        return "Thank you for calling. Goodbye.", END
    return _beside_the_errand(notes) or _errand(notes, request)


def _beside_the_errand(notes: CallNotes) -> tuple[str, str] | None:  # noqa: PLR0911 - a list
    """What comes before the errand goes on."""
    if notes.wonders:
        return "", PAGES
    if notes.answered and notes.told:
        return f"{notes.told} {notes.question or ANYTHING_ELSE}", ""
    if notes.booked or notes.changed:
        return f"{notes.told} {ANYTHING_ELSE}".strip(), ""
    if notes.failed:
        return _after_a_failure(notes)
    if notes.asked is Topic.HUMAN and agrees_in(notes.words):
        return "One moment.", PERSON
    if notes.asked in {Topic.GO_AHEAD, Topic.CANCEL, Topic.MOVE} and notes.declined:
        return f"All right. {ANYTHING_ELSE}", ""
    return None


def _errand(notes: CallNotes, request: ChatRequest) -> tuple[str, str]:
    if notes.errand in {"cancel", "reschedule"}:
        known = _finding(notes)
        return known or (_cancelling if notes.errand == "cancel" else _moving)(notes)
    if notes.errand == "quote" and notes.service and not notes.accepted:
        return _missing_step(notes)
    return _missing_fact(notes, request) or _missing_step(notes)


def _finding(notes: CallNotes) -> tuple[str, str] | None:
    if notes.found:
        return None
    if notes.wrong_codes >= MOST_CODES:
        return "I cannot find it. Shall I connect you with a person?", ""
    if not (notes.phone and notes.code):
        return "What are the phone number and the booking code?", ""
    return "Let me find your booking.", LOOK_UP


def _after_a_failure(notes: CallNotes) -> tuple[str, str]:
    """A time that is gone is looked for anew; what else failed is told, and a person offered."""
    if notes.fault == "slot.taken":
        return notes.failed, TIMES
    if notes.fault == "quote.other_hours":
        return notes.failed, QUOTE
    if notes.fault == "identity.wrong_code" and notes.wrong_codes < MOST_CODES:
        return f"{notes.failed} What is your booking code?", ""
    return f"{notes.failed} Shall I connect you with a person?", ""


def _cancelling(notes: CallNotes) -> tuple[str, str]:
    if notes.asked is Topic.CANCEL and notes.confirmed:
        return "One moment.", CANCEL
    return f"I found your booking for {notes.found}. Do you want me to cancel it?", ""


def _moving(notes: CallNotes) -> tuple[str, str]:
    if notes.chosen is not None:
        if notes.asked is Topic.MOVE and notes.confirmed:
            return "One moment.", MOVE
        return f"Shall I move your booking to {notes.chosen.display}?", ""
    if notes.day is not None:
        return _times(notes)
    return f"I found your booking for {notes.found}. What day would suit you?", ""


def _missing_fact(notes: CallNotes, request: ChatRequest) -> tuple[str, str] | None:
    who = "May I have your name and the best phone number to reach you?"
    if notes.name and not notes.phone:
        who = "What is the best phone number to reach you?"
    for known, question in (
        (notes.problem or notes.service, "What seems to be the problem?"),
        (notes.safe or notes.led, SAFETY),
        (notes.name and notes.phone, who),
        (
            notes.address or _service_of(notes, request) in _without_address(request),
            "What is the address for the visit?",
        ),
    ):
        if not known:
            return question, ""
    return None


def _missing_step(notes: CallNotes) -> tuple[str, str]:  # noqa: PLR0911
    if notes.estimate is None:
        return "Let me check the price.", QUOTE
    if not notes.accepted:
        return f"{notes.told} Would you like to go ahead?".strip(), ""
    if notes.chosen is None:
        return _times(notes)
    if _of_other_hours(notes):
        return "That time has its own price.", QUOTE
    if notes.notes is None:
        return f"{notes.told} {NOTES}".strip(), ""
    if notes.confirmed and notes.asked is Topic.BOOK:
        return "One moment, please.", BOOK
    return f"Let me read that back. {_read_back(notes)} Shall I book it?", ""


def _of_other_hours(notes: CallNotes) -> bool:
    """Whether the price was told for the night and the visit is by day, or the other way round."""
    if notes.chosen is None or notes.priced_for == notes.chosen.at.isoformat():
        return False
    by_night = notes.chosen.at.hour not in _BY_DAY
    return bool(notes.priced) and ("after-hours" in notes.priced) is not by_night


def _read_back(notes: CallNotes) -> str:
    """Everything that is to be booked; the time only where the engine shows what was chosen."""
    parts = [f"{notes.name}, {_shown(notes.phone)}."]
    parts += [f"{notes.address}."] * bool(notes.address)
    parts += [f"{notes.chosen.display}."] if notes.chosen and notes.led else []
    return " ".join([*parts, f"It is ${notes.estimate}."])


def _times(notes: CallNotes) -> tuple[str, str]:
    """Times that are open on the day that is wanted; the one that fits, where only one does."""
    day = notes.day.isoformat() if notes.day else ""
    on_the_day = [one for one in notes.offers if not notes.day or one.at.date() == notes.day]
    fitting = _narrower(notes, on_the_day) if day else on_the_day
    if not notes.offers or (not fitting and notes.searched != day):
        return "Let me see which times are open.", TIMES
    named = fitting if len(fitting) == 1 else on_the_day or list(notes.offers)
    times = ", or ".join(one.display for one in named if one.display)
    ask = "Which works better for you?" if len(named) > 1 else "Does that work for you?"
    return f"I have {times}. {ask}", ""


def _narrower(notes: CallNotes, offers: Sequence[Offer]) -> list[Offer]:
    """The offers at the part of the day that the caller named last; all where none was."""
    parts = {"morning": range(12), "afternoon": range(12, 17), "evening": range(17, 24)}
    hours = next((of for name, of in parts.items() if name in notes.words.lower()), range(24))
    return [one for one in offers if one.at.hour in hours]


def _shown(phone: str) -> str:
    """A number as it is written."""
    ten = phone[-10:]
    return f"({ten[:3]}) {ten[3:6]}-{ten[6:]}"


def _call(tool: ChatTool, notes: CallNotes, request: ChatRequest) -> ChatToolCall:
    now = _now(request)
    soon = notes.day is None or now is None or notes.day <= now.date()
    if tool.name == BOOK and notes.chosen and now is not None:
        soon = soon and notes.chosen.at.replace(tzinfo=None) - now <= SOON
    known: dict[str, JsonValue] = {
        "service_type": _service_of(notes, request),
        "description": notes.problem or _name_of(notes.service, request),
        "is_after_hours": True,
        "visit_time": notes.chosen.at.isoformat() if notes.chosen else None,
        "is_emergency": soon,
        "preferred_date": notes.day.isoformat() if notes.day else None,
        "customer_name": notes.name,
        "phone": notes.phone,
        "email": None,
        "address": notes.address,
        "scheduled_time": notes.chosen.at.isoformat() if notes.chosen else None,
        "new_time": notes.chosen.at.isoformat() if notes.chosen else None,
        "estimated_cost": notes.estimate,
        "notes": notes.notes or "",
        "code": notes.code,
        "question": notes.wonders,
        "summary": notes.problem or "No details yet.",
        "reason": "stuck" if tool.name == PERSON else "done",
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


_BY_DAY: Final = range(8, 18)
"""Hours in which a visit is no night's."""

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


def _service_of(notes: CallNotes, request: ChatRequest) -> str:
    """The service in question, else the first that an instruction names, else "repair"."""
    found = _SERVICE.search(_instructions(request))
    return notes.service or (found[1] if found else "repair")


def _name_of(service: str, request: ChatRequest) -> str:
    """A service in words, as a description: "Maintenance visit."."""
    found = re.search(rf"^- {re.escape(service)}: ([^(;\n]+)", _instructions(request), re.MULTILINE)
    name = found[1].strip() if found else service
    return f"{name[:1].upper()}{name[1:]}." if name else ""


def _without_address(request: ChatRequest) -> frozenset[str]:
    """Services for which nobody comes to the caller."""
    return frozenset(_NO_ADDRESS.findall(_instructions(request)))


def _now(request: ChatRequest) -> datetime | None:
    """The business's own time, when an instruction tells it."""
    found = _NOW.search(_instructions(request))
    return datetime.strptime(found[1], "%B %d, %Y, %H:%M") if found else None  # noqa: DTZ007 - theirs


def _instructions(request: ChatRequest) -> str:
    instructs = {ChatRole.SYSTEM, ChatRole.DEVELOPER}
    return "\n".join(one.text for one in request.messages if one.role in instructs)


def _pieces(text: str) -> tuple[str, ...]:
    """A text as it is streamed, a word at a time."""
    return tuple(re.findall(r"\S+\s*", text))
