"""Which service a caller needs, by the business file's own phrases."""

from __future__ import annotations

from dataclasses import dataclass

from voiceagent.domain.business import Business, Service
from voiceagent.language.en_us.matching import NEGATIONS, WordSpan, content, find, negated, words
from voiceagent.language.likeness import alike

_BREAKS = frozenset((
    "i", "we", "you", "he", "she", "they", "my", "our", "your", "the", "a", "an", "and", "but",
    "because", "so", "hi", "hello", "hey", "that", "this", "can", "could", "need", "want",
    "would", "like", "please", "for", "with", "at", "street", "avenue", "road", "lane", "drive",
    "if", "when", "it", "is", "are", "has", "have", "get", "am", "was", "there", "to", "of",
    "about", "help", "tell", "do", "not", "no",
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
    """The service whose phrases cover most of the turn, or ``None``."""
    best: tuple[int, ServiceHeard] | None = None
    for service in business.services:
        symptoms, weight = _symptoms(tokens, service)
        asked = _longest(tokens, (service.name, *service.heard))
        weight += asked.weight if asked else 0
        if weight and (best is None or weight > best[0]):
            problem = "" if symptoms or asked is None else _problem(tokens, asked, service)
            best = (weight, ServiceHeard(service.id, symptoms, problem))
    return best[1] if best else None


def guess_service(tokens: tuple[str, ...], business: Business) -> ServiceHeard | None:
    """The one service whose symptoms share words with a complaint that none of them fits.

    The complaint is kept in the caller's words, and read back.
    """
    said = {token for token in content(tokens) if token not in _BREAKS}
    fits = [service for service in business.services if said & _subjects(service)]
    if len(fits) != 1:
        return None
    start = next(index for index, token in enumerate(tokens) if token in _subjects(fits[0]))
    rest = tokens[start : start + _LONGEST_PROBLEM]
    told = len(content(rest)) > 1 and rest[-1] not in _BREAKS
    return ServiceHeard(fits[0].id, (), _as_written(rest, fits[0]) if told else "")


def _subjects(service: Service) -> frozenset[str]:
    """What the symptoms are about: the words their phrases begin with."""
    phrases = (words(phrase) for symptom in service.symptoms for phrase in symptom.heard)
    first = (content(phrase)[:2] for phrase in phrases)
    return frozenset(two[0] for two in first if len(two) > 1) - NEGATIONS - _BREAKS


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


def _symptoms(tokens: tuple[str, ...], service: Service) -> tuple[tuple[str, ...], int]:
    found: list[tuple[int, str]] = []
    weight = 0
    for symptom in service.symptoms:
        span = _longest(tokens, (symptom.say, *symptom.heard), gap=2)
        if span is not None:
            found.append((span.start, symptom.say))
            weight += span.weight + 1
    return tuple(say for _, say in sorted(found)), weight


def _longest(tokens: tuple[str, ...], phrases: tuple[str, ...], *, gap: int = 1) -> WordSpan | None:
    spans = (
        span
        for phrase in phrases
        if (span := find(phrase, tokens, gap=gap)) and not negated(span, tokens, phrase)
    )
    return max(spans, key=lambda span: span.weight, default=None)


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
