"""Whether a booking is the one that was wanted, value by value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from loadtest.persona.case import Case, Reason
from loadtest.persona.ending import StoredJob
from loadtest.persona.facts import Persona
from loadtest.persona.matching import address_faults, foreign, mentions, plain, same_name

_UNSURE: Final = "caller gave no clear answer about danger"
_TEXTING: Final = re.compile(r"\b(texting|sent|send|text) you\b", re.IGNORECASE)
_NOTEWORTHY: Final = re.compile(
    r"\b(calls?|calling|loud|loudly|dog|knock|ring|door|corner|house|baby)\b", re.IGNORECASE
)
"""What a caller says beside the point and a careful person might jot down."""


def job_faults(case: Case, job: StoredJob) -> Iterator[Reason]:
    """All that is wrong with a booking."""
    for check in _CHECKS:
        yield from check(case, job)


def _person(case: Case, job: StoredJob) -> Iterator[Reason]:
    who = case.persona
    if not same_name(job.customer, who.name.full):
        yield Reason("name", f"{job.customer!r} for {who.name.full!r}")
    if job.phone != who.phone:
        yield Reason("phone", f"{job.phone} for {who.phone}")


def _place(case: Case, job: StoredJob) -> Iterator[Reason]:
    place = case.persona.final_place
    if faults := address_faults(job.address, place):
        yield Reason("address", f"{'; '.join(faults)} ({job.address!r} for {place.line!r})")


def _service(case: Case, job: StoredJob) -> Iterator[Reason]:
    who = case.persona
    wanted = {who.trouble.service} | ({who.second.service} if who.second else set())
    if job.service not in wanted:
        yield Reason("service", f"{job.service} for {who.trouble.service}")


def _window(case: Case, job: StoredJob) -> Iterator[Reason]:
    wish, accepted = case.persona.final_when, case.record.accepted
    if not wish.allows(job.start, job.end):
        yield Reason("window against the wish", f"{job.start:%a %d %b %H:%M} ({wish.name})")
    elif accepted is not None and job.start != accepted:
        yield Reason("another window", f"{job.start:%a %H:%M} for {accepted:%a %H:%M}")


def _agreed(case: Case, job: StoredJob) -> Iterator[Reason]:
    if job.cancelled:
        yield Reason("booked and cancelled")
    if not case.record.confirmed:
        yield Reason("booked without a clear yes to the read-back")


def _price(case: Case, job: StoredJob) -> Iterator[Reason]:
    place = case.persona.final_place
    estimate = case.company.estimate(job.service, job.start, place, job.description)
    if job.service != "installation" and job.estimate != estimate:
        yield Reason("another price", f"${job.estimate} for ${estimate}")


def _promise(case: Case, _: StoredJob) -> Iterator[Reason]:
    numbers = {case.persona.phone, case.persona.calls_from}
    if _TEXTING.search(case.said) and not any(text.to in numbers for text in case.end.texts):
        yield Reason("a text that was promised and not sent")


def _description(case: Case, job: StoredJob) -> Iterator[Reason]:
    who = case.persona
    troubles = [who.trouble] + ([who.second] if who.second else [])
    if job.service == "repair":
        for lost in (one for one in troubles if not mentions(job.description, one.keys)):
            what = "/".join(lost.keys)
            yield Reason("description lacks the trouble", f"{job.description!r}, none of {what}")
    told = [line for line in case.heard if _tells_trouble(who, line)]
    strange = foreign(
        job.description, [*told, _UNSURE, *case.company.symptoms.get(job.service, ())]
    )
    if len(strange) > 1:
        yield Reason("description of something else", f"{job.description!r}: {' '.join(strange)}")


def _tells_trouble(who: Persona, line: str) -> bool:
    return mentions(line, who.trouble.keys + (who.second.keys if who.second else ()))


def _notes(case: Case, job: StoredJob) -> Iterator[Reason]:
    notes = plain(job.notes)
    for note in case.persona.notes:
        if not any(key in notes for key in note.keys):
            yield Reason("note lost", f"{job.notes!r} lacks {note.say!r}")
    given = [word for note in case.persona.notes for word in (note.say, *note.keys)]
    who = case.persona
    aside = [x for x in case.heard if _NOTEWORTHY.search(x) or _tells_trouble(who, x)]
    if len(foreign(job.notes, [*given, *aside])) > 1:
        yield Reason("note that nobody gave", repr(job.notes))


_CHECKS: Final[tuple[Callable[[Case, StoredJob], Iterator[Reason]], ...]] = (
    _person,
    _place,
    _service,
    _window,
    _agreed,
    _price,
    _promise,
    _description,
    _notes,
)
