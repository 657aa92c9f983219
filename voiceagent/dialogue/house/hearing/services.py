"""Which service a caller needs, by the business file's own phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voiceagent.dialogue.house.hearing.notes import volunteers_note
from voiceagent.domain.business import Business, Service
from voiceagent.language.en_us.matching import NEGATIONS, WordSpan, content, find, negated, words
from voiceagent.language.en_us.several_questions import without_asides
from voiceagent.language.en_us.troubles import is_upkeep, tells_of_trouble
from voiceagent.language.likeness import alike, stem

_BREAKS = frozenset((
    "i", "we", "you", "he", "she", "they", "my", "our", "your", "the", "a", "an", "and", "but",
    "because", "so", "hi", "hello", "hey", "that", "this", "can", "could", "need", "want",
    "would", "like", "please", "for", "with", "at", "street", "avenue", "road", "lane", "drive",
    "if", "when", "it", "is", "are", "has", "have", "get", "am", "was", "there", "to", "of",
    "about", "help", "tell", "do", "not", "no",
))  # fmt: skip


_AUXILIARY = frozenset({"will", "would", "does", "did", "never", "weird", "strange", "loud"})
_ENDS = frozenset((
    "i", "we", "you", "can", "could", "would", "please", "so", "because", "tomorrow", "today",
    "it", "since", "sorry", "tonight", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday",
))  # fmt: skip
_LONGEST_PROBLEM = 16
"""Words of a complaint that are kept."""


@dataclass(frozen=True, slots=True)
class ServiceHeard:
    """A service, the symptoms that were named (as the file words them), and the caller's words.

    `problem` is filled when the service was understood but none of its symptoms.
    """

    service: str
    symptoms: tuple[str, ...]
    problem: str


def hear_service(tokens: tuple[str, ...], business: Business) -> ServiceHeard | None:
    """The service whose phrases cover most of the turn, or ``None``.

    A mere wish for somebody to look gives way to whatever else is named.
    """
    best: tuple[tuple[bool, bool, int], ServiceHeard] | None = None
    named = {
        service.id: _longest(tokens, (service.name, *service.heard))
        for service in business.services
    }
    for service in business.services:
        symptoms, weight = _symptoms(tokens, service, _things(service, business))
        asked = named[service.id]
        wished = asked is not None and _WISHED.issuperset(tokens[asked.start : asked.end])
        rank = (
            bool(symptoms) or not wished,
            not _describes_another(asked, named.values()) or bool(symptoms),
            weight + (asked.weight if asked else 0),
        )
        if rank[-1] and (best is None or rank > best[0]):
            problem = "" if symptoms or asked is None else _problem(tokens, asked, service)
            best = (rank, ServiceHeard(service.id, symptoms, problem))
    return best[1] if best else None


def _describes_another(span: WordSpan | None, named: Iterable[WordSpan | None]) -> bool:
    """Whether a service's word stands right before another's, which is the one that is meant.

    A "cake tasting" is a tasting, as a compound is what its last word says.
    """
    others = (one for one in named if one is not None and one != span)
    return span is not None and any(span.end == one.start for one in others)


def guess_service(tokens: tuple[str, ...], business: Business) -> ServiceHeard | None:
    """The one service whose symptoms share words with a complaint that none of them fits.

    The complaint is kept in the caller's words, and read back.
    """
    said = {token for token in content(tokens) if token not in _BREAKS}
    fits = [one for one in business.services if said & _things(one, business)]
    if len(fits) != 1:
        return None
    things = _things(fits[0], business)
    start = next(index for index, token in enumerate(tokens) if token in things)
    while start > 0 and tokens[start - 1] in NEGATIONS:
        start -= 1  # "there is no air coming out"
    start = _back_to_the_thing(tokens, start)
    rest = _up_to_a_break(tokens[start : start + _LONGEST_PROBLEM])
    told = len(content(rest)) > 1 and rest[-1] not in _BREAKS
    return ServiceHeard(fits[0].id, (), _as_written(rest, fits[0]) if told else "")


def _back_to_the_thing(tokens: tuple[str, ...], start: int) -> int:
    """Before "from the furnace" stands what comes from it: "a rattling noise coming from"."""
    at = start
    while at > 0 and tokens[at - 1] in _OWNERS:
        at -= 1
    if at == 0 or tokens[at - 1] not in _WHERE:
        return start
    at -= 1
    while at > 0 and tokens[at - 1] not in _BREAKS:
        at -= 1
    return at


_WHERE = frozenset({"from", "on", "in", "inside", "under", "around", "out", "by", "near"})


def upkeep_service(business: Business) -> ServiceHeard | None:
    """The one service that keeps things in order, by its own words ("maintenance", "tune up")."""
    fits = [
        one
        for one in business.services
        if not one.symptoms and any(is_upkeep(phrase) for phrase in (one.name, *one.heard))
    ]
    return ServiceHeard(fits[0].id, (), "") if len(fits) == 1 else None


def _up_to_a_break(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The words of one clause: a name, a number or a wish that follows is none of the trouble."""
    ends = (at for at, word in enumerate(tokens) if at and (word in _ENDS or word.isdecimal()))
    return tokens[: next(ends, len(tokens))]


def _subjects(service: Service) -> frozenset[str]:
    """What the symptoms are about: the words their phrases begin with."""
    phrases = (words(phrase) for symptom in service.symptoms for phrase in symptom.heard)
    first = (content(phrase)[:2] for phrase in phrases)
    return frozenset(two[0] for two in first if len(two) > 1) - NEGATIONS - _BREAKS - _AUXILIARY


def _things(service: Service, business: Business) -> frozenset[str]:
    """What a complaint can be about: the symptoms' subjects and, where only one service has
    symptoms, the things of the trade that the file lists as words to expect.
    """  # noqa: D205
    ailing = [one for one in business.services if one.symptoms]
    if ailing != [service]:
        return _subjects(service)
    listed = (one for one in business.vocabulary.extra if not volunteers_note(one))
    return _subjects(service) | {word for one in listed for word in words(one)} - _BREAKS


def name_service(tokens: tuple[str, ...], business: Business) -> str | None:
    """The service meant by a one-word answer to "which one?", looser than `hear_service`."""
    scores = {
        service.id: sum(
            any(alike(token, word) for token in tokens) for word in content(words(service.name))
        )
        for service in business.services
    }
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is None or not scores[best] or list(scores.values()).count(scores[best]) > 1:
        return None
    return best


def _symptoms(
    tokens: tuple[str, ...], service: Service, things: frozenset[str]
) -> tuple[tuple[str, ...], int]:
    found: list[tuple[int, str]] = []
    weight = 0
    for symptom in service.symptoms:
        span = _longest(tokens, (symptom.say, *symptom.heard), gap=2)
        crosses = span is not None and "it" in tokens[span.start + 1 : span.end - 1]
        if span is not None and not crosses and not _is_of_a_part(tokens, span, things):
            found.append((span.start, symptom.say))
            weight += span.weight + 1
    return tuple(say for _, say in sorted(found)), weight


def _is_of_a_part(tokens: tuple[str, ...], span: WordSpan, things: frozenset[str]) -> bool:
    """Whether what is said of a thing is said of a part of it: "the fan on my furnace stopped"."""
    at = span.start
    while at > 0 and tokens[at - 1] in _OWNERS:
        at -= 1
    return at > 1 and tokens[at - 1] in _PART_OF and tokens[at - 2] in things


_OWNERS = frozenset({"my", "the", "our", "a", "an", "her", "his", "their", "old", "new"})
_PART_OF = frozenset({"on", "of", "in", "inside"})


def _longest(tokens: tuple[str, ...], phrases: tuple[str, ...], *, gap: int = 1) -> WordSpan | None:
    spans = (
        span
        for phrase in phrases
        if (span := find(phrase, tokens, gap=_reach(phrase, gap)))
        and not negated(span, tokens, phrase)
    )
    return max(spans, key=lambda span: span.weight, default=None)


def _reach(phrase: str, gap: int) -> int:
    """How far apart a phrase's words may stand: "no heat" is not in "not stand the heat"."""
    return 0 if words(phrase)[0] in NEGATIONS else gap


def _problem(tokens: tuple[str, ...], span: WordSpan, service: Service) -> str:
    """The phrase with the nouns around it, or "" when it only names the service."""
    start = span.start
    while start > 0 and tokens[start - 1] not in _BREAKS:
        start -= 1
    while start > 0 and tokens[start - 1] in {"is", "not", *NEGATIONS} and start == span.start:
        start -= 1
        while start > 0 and tokens[start - 1] not in _BREAKS:
            start -= 1
    said = tokens[start : span.end]
    if _WISHED.issuperset(said):
        return ""
    if len(content(said)) <= span.weight and not set(said) & NEGATIONS:
        return ""
    return _as_written(said, service)


def _as_written(said: tuple[str, ...], service: Service) -> str:
    """Words with the capitals that the file gives them ("AC")."""
    written = {
        word.lower(): word
        for symptom in service.symptoms
        for word in symptom.say.split()
        if not word.islower()
    }
    return " ".join(written.get(word, word) for word in said)


_WISHED = frozenset(
    {
        *("come", "comes", "take", "have", "look", "a", "an", "at", "it", "this", "that", "them"),
        *("see", "check", "out", "over", "somebody", "someone", "anybody", "technician", "to"),
        *("and", "get", "send", "give", "by", "quick", "please", "for", "me", "us", "one"),
    }
)
"""Words in which somebody is wished for: they tell of no trouble ("come take a look")."""

_CLAUSE = re.compile(
    r"[,.;!?]+|\b(?:and|but(?! (?:it|then|still|only)\b)|plus|also|so|because|while)\b",
    re.IGNORECASE,
)
_NO_PROBLEM = re.compile(
    r"^(?:i|we|you|he|she|they|can|could|would|will|do|does|is it|are|how|what|when|where|who|why|"
    r"please|my name|this is|it is (?:a|an|the|my|room|number|at|on|in|for)|yes|no|hi|hello)\b"
)
_SHORTEST, _LONGEST_CLAUSE = 3, 16
_NEAR = 3
"""Words before another service among which the thing it is for may stand."""

_FOR_ANOTHER = 6
"""Words that are kept of another service: "tune up on the furnace"."""


def other_problems(text: str, business: Business, heard: str = "") -> tuple[str, ...]:
    """What a turn tells beside the symptoms that the file knows, each in the caller's words.

    A second thing that is wrong ("and the furnace blower is rattling too"), another service asked
    for along with the first ("while they're here can they do the tune up"), and what else is to be
    done ("I need the filter changed").

    Args:
        text: the turn.
        business: for its services and their words.
        heard: the id of the service that the turn was found to be about, where another one is
            named in it as well.
    """
    main = hear_service(words(text), business)
    service = business.service(heard or (main.service if main is not None else ""))
    if service is None:
        return ()
    others = [one for one in business.services if one.id != service.id]
    ails = bool(main is not None and main.symptoms) or tells_of_trouble(text)
    found: list[str] = []
    for clause in _CLAUSE.split(text):
        tokens = words(clause)
        asked = _asked_too(tokens, others, _things(service, business))
        asked = asked or (_kept_in_order(tokens, service, business) if ails else ())
        if asked:
            found.append(_as_written(asked, service))
        elif _is_problem(tokens, service, business):
            found.append(_as_written(_from_the_thing(tokens), service))
        elif done := _TO_BE_DONE.search(" ".join(tokens)):
            found.append(_as_written(tuple(done["done"].split()), service))
    return tuple(found)


_TO_BE_DONE = re.compile(
    r"\b(?:need|needs|want|wants|like|have|get) (?:to (?:have|get) )?(?:the|my|our|a|some) "
    r"(?P<done>(?:\w+ ){1,3}?(?:changed|replaced|cleaned|checked|serviced|flushed|refilled"
    r"|recharged|adjusted|tested|inspected|tightened|oiled|swapped))\b"
)


def counted_things(text: str, business: Business) -> tuple[str, ...]:
    """Several things of the trade, as they are counted: "two air conditioners", "both furnaces"."""
    ailing = next((one for one in business.services if one.symptoms), None)
    things = _things(ailing, business) if ailing is not None else frozenset[str]()
    found: list[str] = []
    tokens = words(text)
    for at, word in enumerate(tokens):
        if word not in _COUNTS or tokens[max(0, at - 3) : at] in _ONE_OF:
            continue
        behind = at + 1
        if tokens[behind : behind + 1] == ("of",):  # "three of the air conditioners"
            behind += 1 + (tokens[behind + 1 : behind + 2] in _ARTICLES)
        near = tokens[behind : behind + _NEAR]
        end = next(
            (i for i, one in enumerate(near) if one.endswith("s") and one[:-1] in things), -1
        )
        if end >= 0 and _BREAKS.isdisjoint(near[:end]):
            found.append(_as_written((word, *near[: end + 1]), ailing or business.services[0]))
    return tuple(dict.fromkeys(found))


_COUNTS = frozenset({"two", "three", "four", "five", "both", "2", "3", "4", "5"})
_ARTICLES = frozenset({("the",), ("my",), ("our",), ("your",), ("these",)})
_ONE_OF = frozenset({("one", "of", "my"), ("one", "of", "our"), ("one", "of", "the")})


def _asked_too(
    tokens: tuple[str, ...], others: Sequence[Service], things: frozenset[str]
) -> tuple[str, ...]:
    """Another service asked for along with the first, with the thing just before it."""
    spans = (_longest(tokens, (one.name, *one.heard)) for one in others)
    named = (one for one in spans if one is not None)
    span = next((one for one in named if not _WISHED.issuperset(tokens[one.start : one.end])), None)
    if span is None:
        return ()
    near = range(max(0, span.start - _NEAR), span.start)
    start = next((at for at in near if tokens[at] in things), span.start)
    return tokens[start : start + _FOR_ANOTHER]


def _kept_in_order(
    tokens: tuple[str, ...], service: Service, business: Business
) -> tuple[str, ...]:
    """Upkeep asked for beside a trouble, from the thing it is for: "AC serviced before summer"."""
    upkeep = upkeep_service(business)
    if upkeep is None or upkeep.service == service.id or not is_upkeep(" ".join(tokens)):
        return ()
    things = _things(service, business)
    start = next((at for at, word in enumerate(tokens) if word in things), 0)
    return tokens[start : start + _FOR_ANOTHER]


def _is_problem(tokens: tuple[str, ...], service: Service, business: Business) -> bool:
    """Whether a clause tells of a thing of the trade, and nothing that the file has a word for."""
    if not _SHORTEST <= len(tokens) <= _LONGEST_CLAUSE or _NO_PROBLEM.search(" ".join(tokens)):
        return False
    things = _things(service, business)
    if _symptoms(tokens, service, things)[1]:
        return False
    named = _longest(tokens, (service.name, *service.heard)) is not None
    if named and not tells_of_trouble(" ".join(tokens)):
        return False
    said = content(tokens)
    told = len(set(said) - things) >= 1 or tells_of_trouble(" ".join(tokens))
    return told and not things.isdisjoint(said)


def _from_the_thing(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Without "there is", "the", "my" before it, and "too" after it."""
    start = next((at for at, word in enumerate(tokens) if word not in _LEAD), 0)
    end = len(tokens) - (tokens[-1] in {"too", "well", "also"})
    return tokens[start:end]


_LEAD = frozenset(
    {"there", "is", "are", "the", "my", "our", "a", "an", "two", "things", "actually"}
)


_OFFERED = re.compile(
    r"\b(?:(?:do|does|can|could|will|would) (?:you|your \w+)|(?:are|is) (?:you|your \w+)(?= (?:\w+ )?able))"  # noqa: E501
    r"(?: guys| all| folks| people| also| even| ever| still| able to| happen to)* (?:fix|repair|service|install|do|work on|handle|replace|sell|carry|clean|offer)(?P<things>(?: \w+){1,4})"  # noqa: E501
)
_NO_THINGS = frozenset((
    "my", "our", "the", "a", "an", "any", "some", "on", "with", "for", "to", "as", "well", "too",
    "also", "there", "here", "please", "today", "tomorrow", "tonight", "out", "up", "in", "at", "of",  # noqa: E501
    "and", "or", "that", "this", "it", "work", "services", "service", "visits", "visit", "mom", "dad",  # noqa: E501
    "me", "us", "all", "kinds", "types", "brands", "new", "old", "broken",
))  # fmt: skip


def asks_of_unknown_things(text: str, business: Business) -> bool:
    """Whether a turn asks for work on a thing that the file does not speak of ("do you fix boats").

    What is not known is looked up on the business's pages, and never promised.
    """
    asked = _OFFERED.search(" ".join(words(without_asides(text))))
    if asked is None:
        return False
    known = _trade_words(business)
    things = [one for one in asked["things"].split() if one not in _NO_THINGS]
    unknown = [not any(stem(one) == stem(word) for word in known) for one in things]
    return (
        any(unknown) if asked[0].startswith(("do", "are", "is")) else bool(unknown) and unknown[-1]
    )


_PRICE_OF_THING = re.compile(
    r"\b(?:how much|what)\b(?: \w+){0,4}? (?:(?:for|of|is|are|does|do|would|will)"
    r" (?:a|an|your|some|my|our|the)|for) (?P<thing>\w+(?: \w+){0,2}?)"
    r"(?: (?:cost|costs|run|be|go for)(?: (?:me|us))?)?$"
)
_OF_A_PRICE = frozenset((
    "visit", "call", "fee", "total", "deposit", "price", "one", "everything", "all", "job", "work",
    "trip", "appointment", "estimate", "quote", "charge", "rate", "cost", "whole", "thing", "it",
    "that", "this", "them", "those", "these", "service", "services", "someone", "somebody", "you",
    "diagnostic", "labor", "parts", "part", "fix", "me", "us", "coming", "two", "both", "each",
    "damage", "bill", "technician", "person", "guy", "emergency", "weekend", "holiday", "hour",
    "hours", "minimum", "average", "typical", "same", "other", "first", "second",
))  # fmt: skip
"""What is spoken of where the price of the visit is asked, whatever the trade."""


def prices_unknown_thing(text: str, business: Business) -> bool:
    """Whether the price of a thing is asked that the file does not speak of ("of a hot tub").

    It is never told the price of another thing; what is not known is looked up.
    """
    asked = _PRICE_OF_THING.search(" ".join(words(without_asides(text))))
    if asked is None:
        return False
    listed = (word for one in business.vocabulary.extra for word in words(one))
    known = {stem(word) for word in (*_trade_words(business), *listed)}
    named = [one for one in asked["thing"].split() if one not in _NO_THINGS]
    if not named or any(one in _OF_A_PRICE or one.isdecimal() for one in named):
        return False
    return not all(stem(one) in known for one in named)


def _trade_words(business: Business) -> frozenset[str]:
    phrases = [business.trade]
    for service in business.services:
        phrases += [service.name, *service.heard]
        for symptom in service.symptoms:
            phrases += [symptom.say, *symptom.heard]
    return frozenset(word for phrase in phrases for word in words(phrase))
