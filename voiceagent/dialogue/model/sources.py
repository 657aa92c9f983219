"""Where a figure or a promise may come from: tools, the caller, the business file, the case.

Immutable; what is learnt makes the next value. Everything is read once, when it is learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from voiceagent.dialogue.case_file import CaseFile, Obtained
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.questions import AFTER_DANGER_HERE, PLAIN
from voiceagent.dialogue.model.sentences import SentenceCutter
from voiceagent.domain.business import Business
from voiceagent.domain.records import Outcome
from voiceagent.language.en_us.dates import WEEKDAYS
from voiceagent.language.en_us.emails import hear_email
from voiceagent.language.en_us.figures import Figures, on_the_dial, read_figures
from voiceagent.language.en_us.lexicon import vocabulary
from voiceagent.language.en_us.phones import hear_phone
from voiceagent.language.en_us.promises import Promise, promises_in
from voiceagent.language.en_us.proper_names import name_words
from voiceagent.language.en_us.topics import plain
from voiceagent.toolkit.answers import ERROR

_PEOPLE_WROTE: Final = vocabulary("""
    customer_name name address notes description summary email problem symptoms value
""")
"""Keys of results whose text somebody else wrote: no amount, time or promise may come from it."""

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})")
_NO_TEXTS = re.compile(r"\b[Nn]o text\b")
_WEEK, _DIAL, _COUNTRY_CODE, _TEN = 7, 12, 11, 10


@dataclass(frozen=True, slots=True)
class Sources:
    """What may be told.

    Attributes:
        zone: the business's.
        told: figures of tools' results, of the case file and of the business's pages.
        caller: figures of the caller's own words, and of what people wrote into records.
        hours: opening hours; they say when we are open, and not when somebody comes.
        days: every date that any of them named.
        promises: what tools' own texts say was done.
        facts: what tools and the business's pages say about charges and warranties.
        done: what was done in this conversation.
        no_texts: a tool said that this caller cannot be sent a text.
        words: every word that the caller said, a tool returned, or the business file tells.
        own: those of tools and of the business file.
        forbidden: what the business file does not want said.
        sentences: what tools and the business file say, by `plain`, each sentence apart.
        failed: the newest tool's answer is that it failed or was refused.
    """

    zone: ZoneInfo
    told: Figures = field(default_factory=Figures)
    caller: Figures = field(default_factory=Figures)
    hours: Figures = field(default_factory=Figures)
    days: frozenset[date] = frozenset()
    promises: frozenset[Promise] = frozenset()
    facts: frozenset[Promise] = frozenset()
    done: frozenset[Outcome] = frozenset()
    no_texts: bool = False
    words: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    forbidden: tuple[str, ...] = ()
    sentences: frozenset[str] = frozenset()
    failed: bool = False

    @classmethod
    def of(cls, business: Business, today: date) -> Sources:
        """What the business file says to every caller; its price table is the pricing tool's."""
        voice, emergency = business.voice, business.emergency
        texts = (
            *(page.answer for page in business.knowledge),
            *(service.name for service in business.services),
            business.name, business.phone, voice.greeting, voice.disclosure,
            business.escalation.unavailable, emergency.guidance, emergency.caution,
        )  # fmt: skip
        pages = tuple(page.answer for page in business.knowledge)
        told, facts = _read_of_the_business(texts, pages, today)
        words = name_words(" ".join((*texts, *_names(business))))
        return cls(
            ZoneInfo(business.timezone),
            told=told,
            hours=_widened(_hours(business)),
            facts=facts,
            words=words,
            own=words,
            forbidden=business.brand.forbidden,
            sentences=_sentences((*texts, *_of_danger(business))),
        )

    def with_words(self, text: str, today: date) -> Sources:
        """After words of the caller."""
        found = read_figures(text, today) | read_figures(text.replace(",", ""), today)
        phone, email = hear_phone(text), hear_email(text)
        found |= Figures(
            numbers=frozenset({phone.digits} if phone else ()),
            emails=frozenset({email} if email else ()),
        )
        days = self.days | resolved(found.days, today)
        words = self.words | name_words(text)
        return replace(self, caller=self.caller | _widened(found), days=days, words=words)

    def with_facts(self, facts: Mapping[str, JsonValue], today: date) -> Sources:
        """After the caller's words were understood: a number put right is in none of them whole."""
        found = figures_of(dict(facts), today, self.zone)
        words = self.words | name_words(" ".join(_leaves(dict(facts))))
        days = self.days | resolved(found.days, today)
        return replace(self, caller=self.caller | _widened(found), days=days, words=words)

    def with_answer(
        self, wire: Mapping[str, JsonValue], done: Iterable[Outcome], today: date
    ) -> Sources:
        """After a tool's answer. A failure tells figures, and that nothing was done.

        Args:
            wire: the answer, as JSON.
            done: what the tool says it has done.
            today: in the business's zone.
        """
        learnt = replace(self._with_value(dict(wire), today), failed=ERROR in wire)
        if ERROR in wire:
            return learnt
        texts = _texts(dict(wire))
        said = frozenset[Promise]().union(*map(promises_in, texts))
        return replace(
            learnt,
            done=self.done | frozenset(done),
            promises=self.promises | said,
            facts=self.facts | said,
            sentences=self.sentences | _sentences(texts),
            no_texts=self.no_texts or any(_NO_TEXTS.search(text) for text in texts),
        )

    def with_case(self, case: CaseFile, today: date) -> Sources:
        """With what a predecessor knew: its facts are the caller's words, but for proven ones."""
        said: dict[str, JsonValue] = {}
        proven: dict[str, JsonValue] = {}
        for name, known in case.facts.items():
            is_proven = known.origin is not None and known.origin.how is Obtained.VERIFIED
            (proven if is_proven else said)[name] = known.value
        told: JsonValue = [proven, list(case.offers), case.quote, case.booking]
        done = frozenset({Outcome.BOOKED}) if case.booking is not None else frozenset[Outcome]()
        learnt = self._with_value(told, today).with_facts(said, today)
        return replace(learnt, done=self.done | done)

    def _with_value(self, value: JsonValue, today: date) -> Sources:
        found = _joined(_in_value(value, today, self.zone, _Author.TOOL))
        theirs = _joined(_in_value(value, today, self.zone, _Author.PEOPLE))
        days = self.days | resolved(found.days, today)
        told, words = self.told | _widened(found), name_words(" ".join(_leaves(value)))
        return replace(
            self,
            told=told,
            caller=self.caller | _widened(theirs),
            days=days,
            words=self.words | words,
            own=self.own | name_words(" ".join(_texts(value))),
        )


@lru_cache(maxsize=8)
def _read_of_the_business(
    texts: tuple[str, ...], pages: tuple[str, ...], today: date
) -> tuple[Figures, frozenset[Promise]]:
    """What the file tells; read once a day and not for each call."""
    told = _widened(_joined(read_figures(text, today) for text in texts))
    return told, frozenset[Promise]().union(*map(promises_in, pages))


def _of_danger(business: Business) -> Iterator[str]:
    """What the house asks and says about danger."""
    emergency = business.emergency
    yield from (emergency.question, emergency.question_again or "", emergency.guidance_again or "")
    yield from (*PLAIN[Ask.AFTER_DANGER], *AFTER_DANGER_HERE, wording.STAY_SAFE)


def _sentences(texts: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        cutter = SentenceCutter()
        found |= {plain(sentence) for sentence in (*cutter.add(text), cutter.rest())}
    return frozenset(found - {""})


def resolved(days: Iterable[date | str], today: date) -> frozenset[date]:
    """Days by their dates; a weekday is the coming one, and today if it is."""
    found: set[date] = set()
    for day in days:
        if isinstance(day, date):
            found.add(day)
        elif day in WEEKDAYS:
            ahead = (WEEKDAYS.index(day) - today.weekday()) % _WEEK
            found |= {today + timedelta(days=ahead), today + timedelta(days=ahead + _WEEK)}
        else:
            found.add(today + timedelta(days=day == "tomorrow"))
    return frozenset(found)


def local_number(digits: str) -> str:
    """A telephone number without the country's 1; other digits as they are."""
    return digits[1:] if len(digits) == _COUNTRY_CODE and digits[0] == "1" else digits


def _joined(found: Iterable[Figures]) -> Figures:
    out = Figures()
    for one in found:
        out |= one
    return out


class _Author(StrEnum):
    """Whose texts of a value are read."""

    ANYBODY = "anybody"
    TOOL = "tool"
    PEOPLE = "people"


def figures_of(value: JsonValue, today: date, zone: ZoneInfo) -> Figures:
    """The figures of a tool's result or arguments.

    Whole numbers are dollars or counts, texts with a moment are that moment in the business's zone,
    and what people wrote names only numbers and addresses.
    """
    return _joined(_in_value(value, today, zone, _Author.ANYBODY))


def _in_value(
    value: JsonValue, today: date, zone: ZoneInfo, author: _Author, *, by_people: bool = False
) -> list[Figures]:
    if isinstance(value, Mapping):
        return [
            one
            for key, item in value.items()
            for one in _in_value(
                item, today, zone, author, by_people=by_people or key in _PEOPLE_WROTE
            )
        ]
    if isinstance(value, list):
        return [
            one
            for item in value
            for one in _in_value(item, today, zone, author, by_people=by_people)
        ]
    if by_people if author is _Author.TOOL else author is _Author.PEOPLE and not by_people:
        return []
    found = _in_one(value, today, zone)
    return [Figures(numbers=found.numbers, emails=found.emails) if by_people else found]


def _in_one(value: str | float | bool | None, today: date, zone: ZoneInfo) -> Figures:
    if isinstance(value, bool) or value is None:
        return Figures()
    if isinstance(value, str):
        if _MOMENT.fullmatch(value):
            return _moment(datetime.fromisoformat(value).astimezone(zone))
        return read_figures(value, today)
    return Figures(money=frozenset({round(value * 100)}), numbers=frozenset({str(round(value))}))


def _moment(at: datetime) -> Figures:
    return Figures(
        times=frozenset({at.hour * 60 + at.minute}), days=frozenset[date | str]({at.date()})
    )


def _texts(value: JsonValue, key: str = "") -> list[str]:
    """The texts that a tool wrote itself."""
    if isinstance(value, str):
        return [] if key in _PEOPLE_WROTE else [value]
    if isinstance(value, Mapping):
        return [text for name, item in value.items() for text in _texts(item, name)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item, key)]
    return []


def _leaves(value: JsonValue) -> Iterator[str]:
    """Every text in a value, whoever wrote it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)


def _names(business: Business) -> Iterator[str]:
    """Names that may be said to every caller; `vocabulary` has those of customers."""
    yield from (business.trade, business.city, business.state, business.voice.agent_name)
    yield from (area.name for area in business.areas)
    yield from (technician.name for technician in business.technicians)
    yield from (lead.name for lead in business.escalation.leads)
    yield from (symptom.say for service in business.services for symptom in service.symptoms)
    yield from business.vocabulary.cities


def _hours(business: Business) -> Figures:
    week = business.hours
    open_hours = (week.mon, week.tue, week.wed, week.thu, week.fri, week.sat, week.sun)
    times = {_minute(at) for one in open_hours if one for at in (one.opens, one.closes)}
    days = (day for day, one in zip(WEEKDAYS, open_hours, strict=True) if one)
    return Figures(times=frozenset(times), days=frozenset[date | str](days))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _widened(found: Figures) -> Figures:
    """With the other forms in which the same may be said."""
    numbers = {reading for number in found.numbers for reading in number.split("|")}
    numbers |= {str(cents // 100) for cents in found.money if cents % 100 == 0}
    for number in tuple(numbers):
        local = local_number(number)
        if len(local) == _TEN:  # a telephone number is also named by its parts
            numbers |= {local, local[:3], local[:6], local[3:], local[-4:]}
    numbers |= {str(day.day) for day in found.days if isinstance(day, date)}
    times = set(found.times)
    times |= {on_the_dial(minutes) for minutes in found.times if minutes >= 0}
    for minutes in times:
        hour, minute = divmod(-minutes - 1 if minutes < 0 else minutes % 720, 60)
        numbers.add(f"{hour or _DIAL}{minute:02d}" if minute else str(hour or _DIAL))
    return replace(found, numbers=frozenset(numbers), times=frozenset(times))
