"""The judgement: what the database holds against what the person wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loadtest.persona.company import Company
from loadtest.persona.ending import EndState, Record, StoredJob
from loadtest.persona.facts import Errand, Persona, Twist
from loadtest.persona.matching import (
    address_faults,
    foreign,
    mentions,
    plain,
    same_name,
)


class Grade(StrEnum):
    """How a conversation ended."""

    RIGHT = "right"
    UNFINISHED = "unfinished"  # nothing wrong was done, and the person has not got what they wanted
    WRONG = "wrong"  # a wrong action, or something said that is not so


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one conversation.

    Attributes:
        reasons: why it is not right; the first is what it is reported under.
        first_wrong: index of the turn at which it began to go wrong, if that was seen.
        turns: how often the caller spoke.
    """

    grade: Grade
    reasons: tuple[str, ...]
    first_wrong: int | None
    turns: int


@dataclass(slots=True)
class _Case:
    """What a judge looks at, and what it finds."""

    persona: Persona
    company: Company
    record: Record
    end: EndState
    wrong: list[str]
    missing: list[str]

    @property
    def new_jobs(self) -> list[StoredJob]:
        """Bookings that were not there before."""
        before = self.persona.appointment
        return [job for job in self.end.jobs if before is None or job.code != before.code]

    @property
    def old_job(self) -> StoredJob | None:
        """The booking that was there before."""
        before = self.persona.appointment
        found = [job for job in self.end.jobs if before is not None and job.code == before.code]
        return found[0] if found else None

    @property
    def said(self) -> str:
        """All that the agent said."""
        return " ".join(turn.text for turn in self.record.turns if not turn.by_caller)

    @property
    def heard(self) -> list[str]:
        """All that the caller said."""
        return [turn.text for turn in self.record.turns if turn.by_caller]

    def used(self, *tools: str) -> bool:
        """Whether the agent used one of these tools."""
        return any(run.name in tools for run in self.end.tools)


def judge(persona: Persona, company: Company, record: Record, end: EndState) -> Verdict:
    """Compare a conversation's end with the person's wish."""
    case = _Case(persona, company, record, end, [], [])
    _always(case)
    _JUDGES[persona.errand](case)
    grade = Grade.WRONG if case.wrong else Grade.UNFINISHED if case.missing else Grade.RIGHT
    reasons = (*case.wrong, *case.missing)
    first = record.notices[0][0] if record.notices and reasons else None
    return Verdict(grade, reasons, first, record.caller_turns)


PERSON: Final = ("escalate_to_human", "request_callback", "join_customer_call")
_FALSE_YES: Final = re.compile(r"yes, we (do|can|are|have|offer)|of course we|we sure do", re.IGNORECASE)
_TEXTING: Final = re.compile(r"(we.re |we |i.m |i.ll |we.ll )?(texting|sent|send|text) you", re.IGNORECASE)
_MONEY: Final = re.compile(r"\$\s?(\d[\d,]*)")


def _always(case: _Case) -> None:
    """What may never happen, whatever the errand."""
    if case.end.broke:
        case.wrong.append(f"broke: {case.end.broke}")
    for _, notice in case.record.notices:
        if notice.startswith(("danger", "told to dial 911")):
            case.wrong.append(notice)
        elif notice.startswith(("handed over", "a clear no")) and notice not in case.missing:
            case.missing.append(notice)
    known = " ".join(run.result for run in case.end.tools) + case.company.text
    figures = {found.replace(",", "") for found in re.findall(r"\d[\d,]*", known)}
    said = {found.replace(",", "") for found in _MONEY.findall(case.said)}
    if strange := sorted(said - figures):
        case.wrong.append(f"a sum out of nowhere: ${', $'.join(strange)}")
    if len(case.new_jobs) > 1:
        case.wrong.append(f"{len(case.new_jobs)} bookings")
    if case.record.gave_up:
        case.missing.append(_why_given_up(case.record))


def _why_given_up(record: Record) -> str:
    last = record.notices[-1][1] if record.notices else "the agent got no further"
    return f"gave up: {last}"


def _booked(case: _Case) -> None:
    who = case.persona
    jobs = case.new_jobs
    if who.when.impossible and not who.new_when:
        _impossible(case)
        return
    if who.has(Twist.CANCELS_AFTER):
        _booked_and_cancelled(case)
        return
    if not jobs:
        claimed = case.end.outcome == "booked"
        (case.wrong if claimed else case.missing).append("nothing booked")
        return
    _right_job(case, jobs[0])
    if case.end.outcome != "booked":
        case.missing.append(f"outcome {case.end.outcome}")


def _right_job(case: _Case, job: StoredJob) -> None:
    who, wrong = case.persona, case.wrong
    if job.cancelled:
        wrong.append("booked and cancelled")
    if not same_name(job.customer, who.name.full):
        wrong.append(f"name {job.customer!r} for {who.name.full!r}")
    if job.phone != who.phone:
        wrong.append(f"phone {job.phone} for {who.phone}")
    if faults := address_faults(job.address, who.final_place):
        wrong.append(f"{faults[0]} ({job.address!r} for {who.final_place.line!r})")
    wrong += _service_faults(case, job)
    if not who.final_when.allows(job.start, job.end):
        wrong.append(f"window {job.start:%a %d %b %H:%M}, against the wish ({who.final_when.name})")
    elif case.record.accepted is not None and job.start != case.record.accepted:
        wrong.append(f"window {job.start:%a %H:%M} for {case.record.accepted:%a %H:%M}")
    if not case.record.confirmed:
        wrong.append("booked without a yes to the read-back")
    if job.service != "installation":
        estimate = case.company.estimate(job.service, job.start)
        if job.estimate != estimate:
            wrong.append(f"estimate ${job.estimate} for ${estimate}")
    if _TEXTING.search(case.said) and not any(
        text.to in {who.phone, who.calls_from} for text in case.end.texts
    ):
        wrong.append("a text that was promised and not sent")
    wrong += _description_faults(case, job)
    wrong += _notes_faults(case, job)


def _service_faults(case: _Case, job: StoredJob) -> list[str]:
    who = case.persona
    wanted = {who.trouble.service} | ({who.second.service} if who.second else set())
    return [] if job.service in wanted else [f"service {job.service} for {who.trouble.service}"]


def _description_faults(case: _Case, job: StoredJob) -> list[str]:
    who = case.persona
    faults = []
    if job.service == "repair":
        keys = (who.trouble.keys, who.second.keys if who.second else who.trouble.keys)
        lost = [one for one in keys if not mentions(job.description, one)]
        if lost:
            faults.append(f"description {job.description!r} lacks one of {'/'.join(lost[0])}")
    told = [line for line in case.heard if _tells_trouble(who, line)]
    told.append("caller gave no clear answer about danger")
    words = foreign(job.description, [*told, *case.company.symptoms.get(job.service, ())])
    if len(words) > 1:
        faults.append(f"description {job.description!r} has {' '.join(words)}")
    return faults


def _tells_trouble(who: Persona, line: str) -> bool:
    both = who.trouble.keys + (who.second.keys if who.second else ())
    return mentions(line, both)


def _notes_faults(case: _Case, job: StoredJob) -> list[str]:
    who = case.persona
    faults = []
    notes = plain(job.notes)
    for note in who.notes:
        if not any(key in notes for key in note.keys):
            faults.append(f"notes {job.notes!r} lack {note.say!r}")
    if not job.notes:
        return faults
    allowed = [note.say for note in who.notes]
    allowed += [key for note in who.notes for key in note.keys]
    allowed += [turn for turn in case.heard if _ASIDE_NOTE.search(turn)]
    strange = foreign(job.notes, allowed)
    if len(strange) > 1 and not _is_note(job.notes):
        faults.append(f"notes {job.notes!r} that nobody gave")
    return faults


_ASIDE_NOTE: Final = re.compile(
    r"\b(calls?|calling|loud|loudly|dog|knock|ring|door|corner|house|baby)\b", re.IGNORECASE
)


def _is_note(notes: str) -> bool:
    """Notes that do no harm: what a person would jot down as well."""
    return bool(re.fullmatch(r"(caller )?(calls|called|booked by) .*", notes, re.IGNORECASE))


def _impossible(case: _Case) -> None:
    if case.new_jobs:
        job = case.new_jobs[0]
        case.wrong.append(f"booked {job.start:%a %d %b %H:%M} where nothing fitted")
        return
    told = ("ahead", "closed", "holiday", "not open", "don't open", "too far", "only book")
    if not any(one in case.said.lower() for one in told):
        case.missing.append(f"never said why there is nothing ({case.persona.when.name})")


def _booked_and_cancelled(case: _Case) -> None:
    if not case.new_jobs:
        case.missing.append("nothing booked")
    elif not case.new_jobs[0].cancelled:
        case.missing.append("not cancelled again")
    elif case.end.outcome != "cancelled":
        case.missing.append(f"outcome {case.end.outcome} after booking and cancelling")


def _nothing_booked(case: _Case) -> bool:
    if case.new_jobs:
        case.wrong.append("booked, and nobody wanted that")
    return not case.new_jobs


def _price_only(case: _Case) -> None:
    if not _nothing_booked(case):
        return
    who = case.persona
    price = case.company.prices[who.trouble.service]
    figures = {int(found.replace(",", "")) for found in _MONEY.findall(case.said)}
    fair = {int(price.low), int(price.high), int(price.middle), int(price.visit)}
    fair |= {int(one * case.company.after_hours) for one in fair}
    if not figures & fair - {0}:
        case.missing.append(f"no price told for {who.trouble.service}")


def _declined(case: _Case) -> None:
    if _nothing_booked(case) and case.end.outcome not in {"quoted", "answered", "refused"}:
        case.missing.append(f"outcome {case.end.outcome}")


def _asked(case: _Case) -> None:
    if _nothing_booked(case):
        if not re.search(_ANSWERS[case.persona.topic], case.said, re.IGNORECASE):
            case.missing.append(f"no answer about {case.persona.topic}")


_ANSWERS: Final[Mapping[str, str]] = {
    "hours": r"\b8( ?AM)?\b.*\b6 ?PM|closed|\b4 ?PM|opens? |open (on|from)",
    "area": r"Clark County|Springfield and|serve",
    "payment": r"by card|check|link",
    "warranty": r"one[- ]year|1[- ]year|ninety days|90 days",
    "services": r"maintenance",
}


def _asked_unknown(case: _Case) -> None:
    _nothing_booked(case)
    if _FALSE_YES.search(case.said):
        case.wrong.append("said yes to what it cannot know")
    elif case.used("get_pricing_quote"):
        case.missing.append("quoted a price for a question")
    elif not re.search(_HONEST, case.said, re.IGNORECASE) and not case.used(*PERSON):
        case.missing.append("neither an honest answer nor a person")


_HONEST: Final = (
    r"don.t (know|have)|not sure|can.t (say|tell|answer)|no information|ask (the|our)|isn.t something"
    r"|only (do|handle|book)|we (do|handle|book)[: ]|you can book|don.t do|person|call you back"
)


def _moved(case: _Case) -> None:
    job, who = case.old_job, case.persona
    _nothing_booked(case)
    if job is None or who.appointment is None:
        case.wrong.append("the booking is gone")
        return
    if job.cancelled:
        case.wrong.append("cancelled instead of moved")
    elif who.has(Twist.LEAVES_IT):
        if job.start != who.appointment.start:
            case.wrong.append("moved, and it should have been left")
    elif job.start == who.appointment.start:
        claimed = case.end.outcome == "rescheduled"
        (case.wrong if claimed else case.missing).append("not moved")
    elif not who.when.allows(job.start, job.end):
        case.wrong.append(
            f"moved to {job.start:%a %d %b %H:%M}, against the wish ({who.when.name})"
        )
    elif not case.record.confirmed:
        case.wrong.append("moved without a yes")


def _cancelled(case: _Case) -> None:
    job, who = case.old_job, case.persona
    _nothing_booked(case)
    if job is None:
        case.wrong.append("the booking is gone")
    elif who.has(Twist.NO_CODE):
        if job.cancelled:
            case.wrong.append("cancelled without a code")
        elif not case.used(*PERSON):
            case.missing.append("no code, and no way on")
    elif not job.cancelled:
        claimed = case.end.outcome == "cancelled"
        (case.wrong if claimed else case.missing).append("not cancelled")


def _looked_up(case: _Case) -> None:
    job, booked = case.old_job, case.persona.appointment
    _nothing_booked(case)
    if job is None or booked is None or job.cancelled or job.start != booked.start:
        case.wrong.append("the booking was changed")
        return
    shown = f"{booked.start:%b} {booked.start.day}", f"{booked.start.hour % 12 or 12}"
    near = any(one in case.said.lower() for one in ("tomorrow", "today"))
    if not (shown[0] in case.said or near) or shown[1] not in case.said:
        case.missing.append("not told when")


def _in_danger(case: _Case) -> None:
    if not case.record.danger_told:
        case.missing.append("never asked about danger")
    elif case.end.outcome != "emergency" and not case.wrong:
        case.missing.append(f"outcome {case.end.outcome}")
    if case.new_jobs:
        case.wrong.append("booked in an emergency")


def _person_wanted(case: _Case) -> None:
    _nothing_booked(case)
    if not case.used(*PERSON):
        case.missing.append("no person")


def _other(case: _Case) -> None:
    _nothing_booked(case)
    if not case.used(*PERSON):
        case.missing.append(f"no person, message or callback for {case.persona.topic}")


def _not_for_us(case: _Case) -> None:
    if _nothing_booked(case) and case.persona.topic != "sales" and case.used(*PERSON):
        case.missing.append("called a person for a wrong number")
    if case.record.caller_turns > _SHORT or not (case.end.agent_ended or case.used("end_call")):
        case.missing.append("not ended kindly and soon")


_SHORT: Final = 4


def _outside(case: _Case) -> None:
    if not _nothing_booked(case):
        return
    told = r"(don.t|do not|not) (serve|cover|come|go)|outside|only serve|out of (our )?(service )?area|serve"
    if not re.search(told, case.said, re.IGNORECASE):
        case.missing.append("never said that it does not come there")


_JUDGES: Final[Mapping[Errand, Callable[[_Case], None]]] = {
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
    Errand.OTHER: _other,
    Errand.NOT_FOR_US: _not_for_us,
    Errand.OUTSIDE: _outside,
}
