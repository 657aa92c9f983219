"""Danger in what a caller says, judged by rules and never by a model (HAZARDS, threats, 10).

A hazard word of the business file counts unless it is *denied*. Denial reaches from a negation to
the right only through words that keep it alive ("I don't **see or smell any** gas"), and stops at
the first other word, so that "it won't start and there is smoke" is a danger. When in doubt the
answer is danger: a needless warning costs a sentence. The negations are English; hazard words and
harmless phrases ("gas station") are the owner's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import zip_longest

from voiceagent.business import Business


@dataclass(frozen=True, slots=True)
class Danger:
    """An emergency; `word` is the hazard word or the phrase that gave it away."""

    word: str


class _Kind(Enum):
    HAZARD = auto()
    SENSE = auto()
    HARMLESS = auto()
    WORD = auto()
    COMMA = auto()


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: _Kind
    denied: bool = False


_NO = frozenset({"no", "nope", "nah"})
_NOT = frozenset({"not", "never", "without", "nor", "neither", "none", "nothing", "nobody"})
_SENSES = frozenset(
    {
        *("smell", "smells", "smelling", "smelled", "smelt", "odor", "odors", "odour"),
        *("see", "seeing", "seen", "saw", "notice", "noticed", "noticing", "hear", "hearing"),
        *("leak", "leaks", "leaking", "fumes", "hiss", "hissing", "alarm", "alarms", "beeping"),
    }
)
_WEAK_SENSES = frozenset(
    {"see", "seeing", "seen", "saw", "notice", "noticed", "noticing", "hear", "hearing"}
)
_ALARMS = frozenset({"alarm", "alarms", "beeping", "detector", "detectors", "monitor", "sensor"})
_OBJECTS = frozenset({"it", "some", "something", "that", "a", "one"})
_AUXILIARY = frozenset({"is", "are", "was", "has", "have", "does", "do", "did", "been"})
_AT_REST = frozenset({"fine", "quiet", "silent", "ok", "okay", "normal", "off", "good"})
_GOES_OFF = frozenset({"going", "gone", "go", "beeping", "ringing", "sounding", "on", "chirping"})
_KEEPS_DENYING = frozenset(
    {
        *("any", "anything", "something", "a", "an", "the", "or", "nor", "of", "like"),
        *("sign", "signs", "hint", "trace", "kind", "sort", "such", "even", "either", "really"),
        *("been", "be", "being", "have", "had", "having", "getting", "feel", "feeling", "going"),
        *("off", "whatsoever", "funny", "strange", "weird", "bad", "actual", "visible", "that"),
    }
)
_BELIEVE = frozenset({"think", "believe", "suppose", "guess"})
_AFTER_BELIEVE = frozenset({"there", "is", "it", "i", "we", "was", "are", "can", "do"})
_STATES_ANEW = frozenset(
    {"i", "we", "it", "there", "the", "my", "our", "that", "this", "they", "you", "but", "yes"}
)
_YES = frozenset({"yes", "yeah", "yep", "yup", "ya", "correct", "definitely", "absolutely"})
_YES_ALONE = frozenset({"there is", "it is", "it does", "it was", "i can", "we can", "sure"})
_YES_PHRASES = (
    *("i do", "we do", "i think so", "i believe so", "uh huh", "mm hm", "a little", "a bit"),
    *("maybe", "possibly", "sort of", "kind of"),
)
_SHORT_FORMS = (
    (re.compile(r"\bcannot\b"), "can not"),
    (re.compile(r"\b(ca|wo)n'?t\b"), r"\1 not"),
    (
        re.compile(r"\b(do|does|did|is|are|was|were|have|has|had|would|could|should)n'?t\b"),
        r"\1 not",
    ),
    (re.compile(r"\b(there|it|that|what)'s\b"), r"\1 is"),
    (re.compile(r"\b(i)'m\b"), r"\1 am"),
    (re.compile(r"\b(we|they|you)'re\b"), r"\1 are"),
)
_PIECE = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|,")


def emergency(text: str, business: Business, *, asked: bool = False) -> Danger | None:
    """Whether a caller reports danger.

    Args:
        text: one caller turn, recognised or typed, with or without punctuation.
        business: its `emergency` section gives the hazard words and harmless phrases.
        asked: the turn answers the safety question, so that a bare "yes", "a little" or "I do
            smell something" is a danger too.

    Returns:
        What gave it away, or ``None``.
    """
    whole: list[_Token] = []
    for sentence in re.split(r"[.;!?\n]+", _plain(text)):
        tokens = _judge(list(_tokens(sentence, business)))
        whole += tokens
        hazard = next((t for t in tokens if t.kind is _Kind.HAZARD and not t.denied), None)
        if hazard is not None:
            return Danger(hazard.text)
        harmless = next((t for t in tokens if t.kind is _Kind.HARMLESS and not t.denied), None)
        if harmless is not None and _smells_or_leaks(tokens):
            return Danger(harmless.text)
    return _answered_yes(whole) if asked else None


def _smells_or_leaks(tokens: Sequence[_Token]) -> bool:
    """Whether something harmless gets dangerous."""
    return any(
        t.kind is _Kind.SENSE and t.text not in _WEAK_SENSES | _ALARMS and not t.denied
        for t in tokens
    )


def _plain(text: str) -> str:
    plain = text.lower().replace("\u2019", "'")
    for pattern, full in _SHORT_FORMS:
        plain = pattern.sub(full, plain)
    return plain


def _tokens(sentence: str, business: Business) -> Iterator[_Token]:
    """The words of a sentence; phrases of the business file are one token each."""
    pieces = _PIECE.findall(sentence)
    senses = {w for w in _SENSES if not (w.startswith("leak") and "water" in pieces)}
    phrases = [
        *((tuple(_PIECE.findall(_plain(p))), _Kind.HARMLESS) for p in business.emergency.harmless),
        *((tuple(_PIECE.findall(_plain(p))), _Kind.HAZARD) for p in business.emergency.words),
    ]
    phrases.sort(key=lambda phrase: len(phrase[0]), reverse=True)
    at = 0
    while at < len(pieces):
        for words, kind in phrases:
            if words and tuple(pieces[at : at + len(words)]) == words:
                yield _Token(" ".join(words), kind)
                at += len(words)
                break
        else:
            word = pieces[at]
            kind = _Kind.SENSE if word in senses else _Kind.WORD
            yield _Token(word, _Kind.COMMA if word == "," else kind)
            at += 1


def _judge(tokens: Sequence[_Token]) -> list[_Token]:
    """The tokens with `denied` set where a negation reaches them."""
    judged: list[_Token] = []
    denying = believing = False
    for index, token in enumerate(tokens):
        word = token.text
        if token.kind is _Kind.WORD and word in _NO | _NOT:
            denying = word in _NOT or _is_denial(tokens[index + 1 :])
            believing = False
        elif token.kind in {_Kind.HAZARD, _Kind.SENSE, _Kind.HARMLESS}:
            rest = tokens[index + 1 :]
            unsaid = token.kind is _Kind.SENSE and _nothing_follows(rest)
            denied = denying or unsaid or _at_rest(token, rest)
            judged.append(_Token(word, token.kind, denied=denied))
            continue
        elif denying and word in _BELIEVE:
            believing = True
        elif token.kind is not _Kind.COMMA:
            denying = denying and (word in _KEEPS_DENYING or (believing and word in _AFTER_BELIEVE))
        judged.append(token)
    return judged


def _is_denial(rest: Sequence[_Token]) -> bool:
    """Whether "no" denies what follows ("no gas") or only answers ("no, I smell gas")."""
    if not rest:
        return False
    return rest[0].kind is not _Kind.COMMA and rest[0].text not in _STATES_ANEW


def _nothing_follows(rest: Sequence[_Token]) -> bool:
    return bool(rest) and rest[0].text in {"nothing", "no", "none", "neither"}


def _at_rest(token: _Token, rest: Sequence[_Token]) -> bool:
    """Whether an alarm is said to be at rest: "the smoke alarm is not going off", "is fine".

    Only alarms: "the fire is not going out" must stay a danger.
    """
    words = [one.text for one in rest]
    at = 0
    while at < len(words) and words[at] in _ALARMS:
        at += 1
    if at == 0 and token.text.split()[-1] not in _ALARMS:
        return False
    verb = at
    while at < len(words) and words[at] in _AUXILIARY:
        at += 1
    if at == verb:
        return False
    after = words[at : at + 2]
    if after[:1] == ["not"]:
        return len(after) == 1 or after[1] in _GOES_OFF
    return bool(after) and after[0] in _AT_REST


def _answered_yes(tokens: Sequence[_Token]) -> Danger | None:
    """Danger in an answer to the safety question that names no hazard."""
    for token, following in zip_longest(tokens, tokens[1:]):
        if token is None or token.kind is not _Kind.SENSE or token.denied:
            continue
        object_follows = following is not None and following.text in _OBJECTS
        if token.text not in _WEAK_SENSES or object_follows:
            return Danger(token.text)
    words = [t.text for t in tokens if t.kind is not _Kind.COMMA]
    refuses = any(t.denied for t in tokens) or any(word in _NO | _NOT for word in words)
    if words and words[0] in _YES:
        return None if refuses and words[1:2] != ["but"] else Danger(words[0])
    if " ".join(words) in _YES_ALONE:
        return Danger(" ".join(words))
    line = f" {' '.join(words)} "
    said = next((phrase for phrase in _YES_PHRASES if f" {phrase} " in line), None)
    if said is None:
        late = next((word for word in words if word in _YES), None)
        return Danger(late) if late is not None and not refuses else None
    return None if refuses else Danger(said)
