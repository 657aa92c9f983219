from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import get_args

from pydantic import Field

from voiceagent.domain import calendar
from voiceagent.domain.accents import without_accents
from voiceagent.domain.brand import forbidden_in
from voiceagent.domain.business import Business, KnowledgePage, OpenHours, Weekday
from voiceagent.domain.knowledge import (
    MOST_FOUND,
    MOST_READ_AGAIN,
    Passage,
    asked_words,
    ranked,
    reranked,
)
from voiceagent.domain.locales import Locale
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome
from voiceagent.ports.knowledge import Knowledge
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.policy import ToolRule
from voiceagent.toolkit.spec import tool

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SMALL = frozenset(
    {
        *("a", "an", "the", "is", "are", "am", "do", "does", "did", "be", "has", "have", "would"),
        *("i", "me", "my", "we", "us", "you", "your", "it", "this", "that", "there", "any"),
        *("of", "to", "for", "in", "on", "at", "and", "or", "about", "with", "please"),
        *("what", "which", "who", "how", "when", "where", "can", "could", "will", "tell", "know"),
    }
)
_HOURS = re.compile(
    r"\b(hours|opens|closes|closed|closing|opening)\b|\b(when|what time|how late|how early)\b.*\b(open|close)\b"  # noqa: E501
    r"|\b(are|is|be) (you|it|they|the \w+|\w+)( guys| all| still| also)* open\b|\bstill open\b"
    r"|\bdo (you|they)( guys| all| ever| also)? (open|close)\b"
    r"|\bopen (on|today|tonight|tomorrow|now|late|until|till|sundays?|saturdays?|weekends?|weekdays?|holidays?)\b"  # noqa: E501
    r"|\b(work|working) (on |the |over )*(\w+days?|weekends?|nights?|evenings?|late)\b"
)
_SERVICES = re.compile(
    r"\b(services|(what|which)( (kinds?|sorts?|types?) of)?( (work|jobs?|things?|repairs?))? "
    r"(do|can) (you|you guys|you all) (do|offer|fix|handle)|what can i book)\b"
)
_WORKS_ON = re.compile(
    r"\b(?:do|can|could|will|would) (?:you|they)(?: guys| all| folks| also| even| still)* "
    r"(?:do|fix|repair|service|handle|maintain|work on|look at|install|replace)(?: on)? "
    r"(?:any |the |my |an? |old |new |some )*(?P<thing>[a-z -]+?)(?: too| as well| also)?\W*$"
)
_LIGHT = frozenset(
    {"come", "go", "get", "take", "work", "llegan", "vienen", "van", "trabajan", "atienden"}
)
"""Verbs that say nothing of what is asked: a phrase with nothing else has to be said as a whole."""

_WORD = re.compile(r"\w+")
_ZIP = re.compile(r"\b\d{5}\b")
_MIN_SCORE = 0.6
"""Share of a phrase's content words that a question must contain to be taken for it."""


class KnowledgeArgs(Arguments):
    """A question in the caller's words, and the language that it is in."""

    question: str = Field(min_length=1, max_length=300)
    language: Locale = Field(
        default=Locale.EN_US, exclude_if=lambda language: language is Locale.EN_US
    )


class KnowledgeResult(Result):
    """What the business file or a page of the business says, or that none says anything.

    `source`: the page and the heading where it stands, left out for the business file.
    """

    found: bool
    answer: str | None
    title: str | None
    source: str = Field(default="", exclude_if=lambda source: not source)


_NOTHING = KnowledgeResult(found=False, answer=None, title=None)


def _answered(result: KnowledgeResult) -> Evidence:
    return Evidence.of(Outcome.ANSWERED) if result.found else Evidence()


@tool(
    budget_s=0.6,
    filler="Let me check.",
    proposes=_answered,
    rule=ToolRule(most=40),
    kept=lambda result: result.found,
)
async def answer_from_knowledge(args: KnowledgeArgs, ctx: ToolContext) -> KnowledgeResult:
    """Answer from the business's own pages: hours, services, area, payment, warranty and the like.

    If nothing is found, say that you don't know; never invent an answer.
    """
    business, question = ctx.business, args.question.lower().replace("\u2019", "'")
    today = calendar.local(business, ctx.clock.now()).date()
    title, answer = "", ""
    code = _ZIP.search(question)
    if code and any(area.zips for area in business.areas):
        title, answer = "Service area", _area(business, code[0])
    elif page := _page(business, question) or _work_asked_of(question, business):
        title, answer = page.title, page.answer
    elif args.language is not Locale.EN_US:
        pass
    elif _HOURS.search(question):
        title, answer = "Opening hours", _hours(business, question, today)
    elif _SERVICES.search(question):
        title, answer = "Services", _services(business)
    if not answer:
        return await _of_pages(args.question, args.language, ctx)
    return KnowledgeResult(found=True, answer=answer, title=title)


async def _of_pages(question: str, language: Locale, ctx: ToolContext) -> KnowledgeResult:
    """What the business's pages in a language say, word for word; nothing where none answers."""
    if not _has_pages(ctx.business, language):
        return _NOTHING
    said = await best_passage(question, language, ctx.store.knowledge)
    if said is None or forbidden_in(said.text, ctx.business.brand.forbidden) is not None:
        return _NOTHING
    return KnowledgeResult(found=True, answer=said.text, title=said.title, source=said.citation)


async def best_passage(question: str, language: Locale, knowledge: Knowledge) -> Passage | None:
    """The passage that answers a question, ``None`` where none has enough of it, or is about it.

    Args:
        question: in the caller's words.
        language: of the question, and of the pages.
        knowledge: what the pages say.
    """
    words = asked_words(question, language)
    if not words:
        return None
    terms, pages = await knowledge.terms(words, language)
    order = ranked(terms, await knowledge.near(question, MOST_FOUND, language), pages)
    ids = [one.passage_id for one in order[:MOST_READ_AGAIN]]
    found = reranked(order, await knowledge.relevance(question, ids))
    best = next(iter(found), None)
    if best is None or not best.answers:
        return None
    alike = [one for one in found if replace(one, passage_id=best.passage_id) == best]
    passages = await knowledge.passages([one.passage_id for one in alike])
    if len(terms) == 1:
        passages = [one for one in passages if _is_headed(one, words)]
    elif len(alike) > 1:
        passages = [one for one in passages if _says_itself(one, words)]
    return next(iter(passages), None)


def _has_pages(business: Business, language: Locale) -> bool:
    if language is Locale.EN_US:
        return bool(business.pages)
    return language in business.locales and bool(business.locales[language].pages)


def _is_headed(passage: Passage, word: str) -> bool:
    """Whether a word is what a passage is about, by its headings.

    "Do I have to be home" and "is there a fee" have one word, and homes and fees are spoken of
    everywhere: a passage that has it has not what was asked for.
    """
    return bool(_content(word.lower()) & _content(f"{passage.title} {passage.heading}".lower()))


def _says_itself(passage: Passage, words: str) -> bool:
    """Whether a passage has more of a question than the title that it shares with its page."""
    asked = _content(words.lower())
    return bool(asked & _content(passage.heading.lower())) or asked <= _content(
        passage.text.lower()
    )


def _work_asked_of(question: str, business: Business) -> KnowledgePage | None:
    """The short answer that names what a question asks whether it is worked on."""
    found = _WORKS_ON.search(question)
    thing = _content(found["thing"]) if found is not None else frozenset()
    pages = (page for page in business.knowledge if thing <= _content(page.answer.lower()))
    return next(pages, None) if thing else None


def _page(business: Business, question: str) -> KnowledgePage | None:
    """The page whose question phrases fit best; each language has its own."""
    question = without_accents(question)
    asked = _content(question)
    spoken = f" {' '.join(_WORD.findall(question))} "
    best: tuple[float, int] = (0.0, 0)
    found: KnowledgePage | None = None
    others = (page for words in business.locales.values() for page in words.knowledge)
    for page in (*business.knowledge, *others):
        for phrase in map(without_accents, (*page.questions, *_as_question(page.title))):
            wanted = _content(phrase.lower())
            shared = len(wanted & asked)
            whole = f" {phrase.lower()} " in spoken
            score = 1.0 if whole else shared / len(wanted) if wanted - _LIGHT else 0.0
            if score >= _MIN_SCORE and (score, shared) > best:
                best, found = (score, shared), page
    return found


def _as_question(title: str) -> tuple[str, ...]:
    """A title asks for its page where all of it is content: "Payment", not "What we work on"."""
    words = _WORD.findall(title.lower())
    return (title,) if len(_content(title.lower())) == len(words) else ()


def _content(text: str) -> frozenset[str]:
    words = _WORD.findall(text)
    return frozenset(w if len(w) < 4 else w.rstrip("s") for w in words) - _SMALL  # noqa: PLR2004


def _area(business: Business, code: str) -> str:
    area = next((a for a in business.areas if code in a.zips), None)
    return f"Yes, we serve {code}, {area.name}." if area else f"I'm sorry, we don't serve {code}."


def _services(business: Business) -> str:
    names = [service.name for service in business.services]
    return f"You can book: {', '.join(names)}."


def _hours(business: Business, question: str, today: date) -> str:
    """The hours of the day asked for, of the whole week otherwise."""
    day = _day_asked(question, today)
    if day is None:
        return _week(business)
    asked = _hour_asked(question)
    if asked is None:
        return _of_the_day(business, day)
    night = asked.hour < _NIGHT_ENDS and _NIGHT.search(question) is not None
    return _of_the_hour(business, day + timedelta(days=1) if night else day, asked)


def _of_the_day(business: Business, day: date) -> str:
    """The hours that begin on a day, and those of the night before where none do."""
    name = f"{_NAMES[day.weekday()]}, {day:%B} {day.day}"
    hours = calendar.open_hours(business.hours, day)
    if hours is None:
        before = day - timedelta(days=1)
        night = calendar.open_hours(business.hours, before)
        late = night is not None and night.past_midnight and night.closes != time.min
        goes_on = (
            f" {_NAMES[before.weekday()]}'s hours go on until {_closes(night)}."
            if (night is not None and late)
            else ""
        )
        return f"We are closed on {name}.{goes_on}"
    if _all_day(hours):
        return f"On {name}, we are open all day."
    return f"On {name}, we are open from {_clock(hours.opens)} to {_closes(hours)}."


def _of_the_hour(business: Business, day: date, at: time) -> str:
    """Whether it is open at that time of that date: by its own hours, or the night's before."""
    moment = datetime.combine(day, at, calendar.zone(business))
    when = f"at {_clock(at) if at != time.min else 'midnight'} on {_NAMES[day.weekday()]}"
    if calendar.is_after_hours(business, moment):
        return f"No, {when} we are closed. {_of_the_day(business, day)}"
    own = calendar.open_hours(business.hours, day)
    if own is not None and at >= own.opens:
        return f"Yes, {when} we are open. {_of_the_day(business, day)}"
    before = day - timedelta(days=1)
    night = f"{_NAMES[before.weekday()]}'s hours go on until {_closes_at(business, before)}"
    return f"Yes, {when} we are open: {night}."


def _closes_at(business: Business, day: date) -> str:
    hours = calendar.open_hours(business.hours, day)
    return _closes(hours) if hours is not None else ""


def _hour_asked(question: str) -> time | None:
    """The time of day of the question, where it is said which half of the day is meant."""
    found = _CLOCK_ASKED.search(question)
    if found is None:
        return None
    if found["named"]:
        return time(12) if found["named"] == "noon" else time()
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if not 1 <= hour <= 12 or minute >= 60:  # noqa: PLR2004 - as on a clock
        return None
    return time(hour % 12 + (12 if found["half"] == "p" else 0), minute)


_CLOCK_ASKED = re.compile(
    r"\b(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))? ?(?P<half>[ap])\.? ?m\b"
    r"|\bat (?P<named>noon|midnight)\b"
)
_NIGHT = re.compile(r"\b(?:tonight|tonite|\w+day night|tomorrow night)\b")
_NIGHT_ENDS = 5
"""Until this hour it is the night of the evening before."""


def _day_asked(question: str, today: date) -> date | None:
    if re.search(r"\b(today|tonight|now)\b", question):
        return today
    if "tomorrow" in question:
        return today + timedelta(days=1)
    for number, name in enumerate(_NAMES):
        if re.search(rf"\b{name.lower()}s?\b", question):
            return today + timedelta(days=(number - today.weekday()) % 7)
    return None


def _week(business: Business) -> str:
    """The week, days with equal hours together: "Monday to Friday 8 AM to 6 PM, ..."."""
    parts: list[str] = []
    days = [(name, business.hours.of(day)) for name, day in zip(_NAMES, _WEEKDAYS, strict=True)]
    for hours, group in groupby(days, key=lambda day: day[1]):
        names = [name for name, _ in group]
        if hours is not None:
            span = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
            parts.append(f"{span} {_span(hours)}")
    closed = " We are closed on public holidays." if business.hours.closed_on_holidays else ""
    return f"We are open {', '.join(parts)}.{closed}"


def _span(hours: OpenHours) -> str:
    return "all day" if _all_day(hours) else f"{_clock(hours.opens)} to {_closes(hours)}"


def _all_day(hours: OpenHours) -> bool:
    return hours.opens == hours.closes == time.min


def _closes(hours: OpenHours) -> str:
    """When it closes; midnight is nobody's 12 AM."""
    return "midnight" if hours.closes == time.min else _clock(hours.closes)


def _clock(at: time) -> str:
    hour = at.hour % 12 or 12
    minutes = f":{at:%M}" if at.minute else ""
    return f"{hour}{minutes} {'AM' if at.hour < 12 else 'PM'}"  # noqa: PLR2004 - noon
