"""The judgement: what the database holds against what the person wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loadtest.persona.case import PERSON, Case, Reason
from loadtest.persona.company import Company
from loadtest.persona.ending import EndState, Record
from loadtest.persona.facts import Errand, Persona, Temper, Twist
from loadtest.persona.job_faults import job_faults


class Grade(StrEnum):
    """How a conversation ended."""

    RIGHT = "right"
    UNFINISHED = "unfinished"  # nothing wrong was done, and the person has not got what they wanted
    WRONG = "wrong"  # a wrong action, or something said that is not so


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """What came of one conversation.

    Attributes:
        reasons: why it is not right; the first is what it is reported under.
        first_wrong: index of the turn at which it began to go wrong, if that was seen.
        turns: how often the caller spoke.
    """

    grade: Grade
    reasons: tuple[Reason, ...]
    first_wrong: int | None
    turns: int


def judge(persona: Persona, company: Company, record: Record, end: EndState) -> CallVerdict:
    """Compare a conversation's end with the person's wish."""
    case = Case(persona, company, record, end)
    _always(case)
    _JUDGES[persona.errand](case)
    grade = Grade.WRONG if case.wrong else Grade.UNFINISHED if case.missing else Grade.RIGHT
    reasons = (*case.wrong, *case.missing)
    first = record.notices[0][0] if record.notices and reasons else None
    return CallVerdict(grade, reasons, first, record.caller_turns)


_FALSE_YES: Final = re.compile(
    r"yes, we (do|can|are|have|offer)|of course we|we sure do", re.IGNORECASE
)
_MONEY: Final = re.compile(r"\$\s?(\d[\d,]*)")
_NEVER: Final = ("danger", "told to dial 911")
_NOT_ASKED: Final = ("handed over", "a clear no")


def _always(case: Case) -> None:
    """What may never happen, whatever the errand."""
    if case.end.broke:
        case.is_wrong("the machinery broke", case.end.broke)
    for notice in dict.fromkeys(what for _, what in case.record.notices):
        if notice.startswith(_NEVER):
            case.is_wrong(notice)
        elif notice.startswith(_NOT_ASKED):
            case.lacks(notice)
    known = " ".join(run.result for run in case.end.tools) + case.company.text
    if strange := sorted(_figures(case.said, _MONEY) - _figures(known, _NUMBER)):
        case.is_wrong("a sum out of nowhere", f"${', $'.join(strange)}")
    if len(case.new_jobs) > 1:
        case.is_wrong("booked more than once", f"{len(case.new_jobs)} times")
    if case.record.gave_up:
        notices = case.record.notices
        case.lacks(f"gave up ({notices[-1][1] if notices else 'the agent got no further'})")


_NUMBER: Final = re.compile(r"(\d[\d,]*)")


def _figures(text: str, rule: re.Pattern[str]) -> set[str]:
    return {found.replace(",", "") for found in rule.findall(text)}


def _booked(case: Case) -> None:
    who = case.persona
    if who.when.impossible:
        _impossible(case)
    elif who.has(Twist.CANCELS_AFTER):
        _booked_and_cancelled(case)
    elif not case.new_jobs:
        if who.temper is not Temper.ANGRY or not case.used(*PERSON):
            case.not_done("nothing booked", "booked")
    else:
        case.wrong += job_faults(case, case.new_jobs[0])
        # who says that his wife smells gas is told to leave, and such a call stays an emergency
        fair = ("emergency",) if who.has(Twist.UNSURE_OF_DANGER) else ()
        _outcome(case, "booked", *fair)


def _outcome(case: Case, *fair: str) -> None:
    if case.end.outcome not in fair:
        case.lacks("another outcome", f"{case.end.outcome} for {'/'.join(fair)}")


_WHY_NOT: Final = re.compile(
    r"ahead|closed|holiday|not open|don.t open|too far|only book", re.IGNORECASE
)


def _impossible(case: Case) -> None:
    if case.new_jobs:
        start = case.new_jobs[0].start
        case.is_wrong("booked where nothing fitted", f"{start:%a %d %b %H:%M}")
    elif not _WHY_NOT.search(case.said):
        case.lacks("never said why there is nothing", case.persona.when.name)


def _booked_and_cancelled(case: Case) -> None:
    if not case.new_jobs:
        case.lacks("nothing booked")
    elif not case.new_jobs[0].cancelled:
        case.lacks("not cancelled again")
    else:
        _outcome(case, "cancelled")


def _nothing_booked(case: Case) -> bool:
    if case.new_jobs:
        case.is_wrong("booked, and nobody wanted that")
    return not case.new_jobs


def _price_only(case: Case) -> None:
    if not _nothing_booked(case):
        return
    service = case.persona.trouble.service
    price = case.company.prices[service]
    fair = {int(price.low), int(price.high), int(price.middle()), int(price.visit)}
    fair |= {int(one * case.company.after_hours) for one in fair}
    if not {int(one) for one in _figures(case.said, _MONEY)} & fair - {0}:
        case.lacks("no price told", service)


def _declined(case: Case) -> None:
    if _nothing_booked(case):
        _outcome(case, "quoted", "answered", "refused")


_ANSWERS: Final[Mapping[str, str]] = {
    "hours": r"\b8( ?AM)?\b.*\b6 ?PM|closed|\b4 ?PM|opens? |open (on|from)",
    "area": r"Clark County|Springfield and|serve",
    "payment": r"by card|check|link",
    "warranty": r"one[- ]year|1[- ]year|ninety days|90 days",
    "services": r"maintenance",
}


def _asked(case: Case) -> None:
    topic = case.persona.topic
    if case.persona.temper is Temper.ANGRY and case.used(*PERSON):
        _nothing_booked(case)  # who scolds is given a person, as when booking
    elif _nothing_booked(case) and not re.search(_ANSWERS[topic], case.said, re.IGNORECASE):
        case.lacks("no answer", topic)


_HONEST: Final = re.compile(
    r"don.t (know|have|do)|not sure|can.t (say|tell|answer)|no information|ask (the|our)"
    r"|isn.t something|only (do|handle|book)|we (do|handle|book)[: ]|you can book|person"
    r"|call you back|(not|isn.t|aren.t) ours|we (only )?work on",
    re.IGNORECASE,
)


def _asked_unknown(case: Case) -> None:
    _nothing_booked(case)
    if _FALSE_YES.search(case.said):
        case.is_wrong("said yes to what it cannot know")
    elif case.used("get_pricing_quote"):
        case.lacks("quoted a price for a question")
    elif not _HONEST.search(case.said) and not case.used(*PERSON):
        case.lacks("neither an honest answer nor a person")


def _moved(case: Case) -> None:
    job, who = case.old_job, case.persona
    _nothing_booked(case)
    if job is None or who.appointment is None:
        case.is_wrong("the booking is gone")
    elif job.cancelled:
        case.is_wrong("cancelled instead of moved")
    elif who.has(Twist.LEAVES_IT):
        if job.start != who.appointment.start:
            case.is_wrong("moved, and it should have been left")
    elif job.start == who.appointment.start:
        case.not_done("not moved", "rescheduled")
    elif not who.when.allows(job.start, job.end):
        case.is_wrong("moved against the wish", f"{job.start:%a %d %b %H:%M} ({who.when.name})")
    elif not case.record.confirmed:
        case.is_wrong("moved without a clear yes")


def _cancelled(case: Case) -> None:
    job, who = case.old_job, case.persona
    _nothing_booked(case)
    if job is None:
        case.is_wrong("the booking is gone")
    elif who.has(Twist.NO_CODE):
        if job.cancelled:
            case.is_wrong("cancelled without a code")
        elif not case.used(*PERSON):
            case.lacks("no code, and no way on")
    elif not job.cancelled:
        case.not_done("not cancelled", "cancelled")


def _looked_up(case: Case) -> None:
    job, booked = case.old_job, case.persona.appointment
    _nothing_booked(case)
    if job is None or booked is None or job.cancelled or job.start != booked.start:
        case.is_wrong("the booking was changed")
        return
    day = f"{booked.start:%b} {booked.start.day}"
    near = re.search(r"tomorrow|today", case.said, re.IGNORECASE)
    if not (day in case.said or near) or str(booked.start.hour % 12 or 12) not in case.said:
        case.lacks("not told when")


def _in_danger(case: Case) -> None:
    if case.new_jobs:
        case.is_wrong("booked in an emergency")
    if not case.record.danger_told:
        case.lacks("never asked about danger")
    else:
        _outcome(case, "emergency")


def _person_wanted(case: Case) -> None:
    _nothing_booked(case)
    job, booked = case.old_job, case.persona.appointment
    if booked is not None and (job is None or job.cancelled or job.start != booked.start):
        case.is_wrong("the booking was changed")
    if not case.used(*PERSON):
        case.lacks("no person, message or callback", case.persona.topic)


_SHORT: Final = 4


def _not_for_us(case: Case) -> None:
    _nothing_booked(case)
    if case.persona.topic != "sales" and case.used(*PERSON):
        case.lacks("called a person for a wrong number")
    if case.record.caller_turns > _SHORT or not case.end.agent_ended:
        case.lacks("not ended kindly and soon")


_NOT_THERE: Final = re.compile(
    r"(don.t|do not|not) (serve|cover|come|go)|outside|out of (our )?(service )?area|serve",
    re.IGNORECASE,
)


def _outside(case: Case) -> None:
    if _nothing_booked(case) and not _NOT_THERE.search(case.said):
        case.lacks("never said that it does not come there")


_JUDGES: Final[Mapping[Errand, Callable[[Case], None]]] = {
    Errand.BOOK: _booked,
    Errand.PRICE: _price_only,
    Errand.DECLINE: _declined,
    Errand.ASK: _asked,
    Errand.ASK_UNKNOWN: _asked_unknown,
    Errand.MOVE: _moved,
    Errand.CANCEL: _cancelled,
    Errand.LOOK_UP: _looked_up,
    Errand.DANGER: _in_danger,
    Errand.PERSON: _person_wanted,
    Errand.OTHER: _person_wanted,
    Errand.NOT_FOR_US: _not_for_us,
    Errand.OUTSIDE: _outside,
}
