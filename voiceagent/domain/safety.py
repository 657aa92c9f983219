"""Danger in what a caller says, judged by rules and never by a model (docs/contract.md, threats).

A hazard word of the business file counts unless it is *denied* or *past*. Denial reaches from a
negation to the right only through words that keep it alive ("I don't **see or smell any** gas"),
and stops at the first other word, so that "it won't start and there is smoke" is a danger. Past is
what was mended and is said to be over ("they fixed the leak yesterday, no smell now"). And a hazard
is only named in a question about what the business does (`service_question`).

That a turn reports no danger is not yet a denial: danger is dismissed only by a turn that the
grammar of `denial` reads as a whole. Everything between the two is unclear, and asked again. When
in doubt the answer is danger: a needless warning costs a sentence. Hazard words, signs in people and
harmless phrases ("gas station") are the owner's; what any trade has to know beside them is in
`danger_signs`, `unwell` and `danger_es`, and words that are not meant so in `not_literal`.
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest

from voiceagent.domain.business import Business
from voiceagent.domain.danger_es import hear_spanish
from voiceagent.domain.danger_past import without_past
from voiceagent.domain.danger_signs import SIGN, first_sign, with_floor, with_signs
from voiceagent.domain.denial import denies_all
from voiceagent.domain.not_literal import literal
from voiceagent.domain.safety_words import (
    ALARMS,
    WEAK_SENSES,
    Token,
    TokenKind,
    phrase,
    plain,
    sentences,
    tokens,
)
from voiceagent.domain.service_question import without_names
from voiceagent.domain.unwell import hear_unwell


class Judgement(StrEnum):
    """What a turn says about danger."""

    CLEAR_DENIAL = "clear_denial"
    DANGER = "danger"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement; `word` is the hazard or the phrase that gave a danger away, else empty."""

    judgement: Judgement
    word: str = ""

    @property
    def is_danger(self) -> bool:
        """Whether the caller has to be warned."""
        return self.judgement is Judgement.DANGER


NOTHING_FOUND = Finding(Judgement.UNCLEAR)

_NO = frozenset({"no", "nope", "nah", "negative"})
_NOT = frozenset({"not", "never", "without", "nor", "neither", "none", "nothing", "nobody"})
_NOBODY = frozenset({"nothing", "nobody", "none"})
_OBJECTS = frozenset({"it", "some", "something", "that", "a", "one"})
_AUXILIARY = frozenset({"is", "are", "was", "has", "have", "does", "do", "did", "been"})
_AT_REST = frozenset({"fine", "quiet", "silent", "ok", "okay", "normal", "off", "good"})
_AS_IT_SHOULD = frozenset({"fine", "ok", "okay", "normal", "good", "clean", "fresh"})
_STILL = frozenset(
    {
        *("all", "both", "still", "just", "perfectly", "completely", "totally", "absolutely"),
        *("very", "pretty", "nice", "and"),
    }
)
_MAKES = frozenset({"made", "make", "making"})
_NO_PEEP = re.compile(
    r"\b(?:no|not a|not one|not a single) (?:peep|sound|beep|chirp) (?:from|out of) (?:\w+ ){0,5}?"
    rf"(?:{'|'.join(sorted(ALARMS))})\b"
)
"""Silence told of an alarm: "not a peep from the alarms"."""

_GOES_OFF = frozenset({"going", "gone", "go", "beeping", "ringing", "sounding", "on", "chirping"})
_KEEPS_DENYING = frozenset(
    {
        *("any", "anything", "something", "a", "an", "the", "or", "nor", "of", "like"),
        *("sign", "signs", "hint", "hints", "trace", "traces", "whiff", "evidence", "indication"),
        *(
            "one",
            "single",
            "slightest",
            "least",
            "faintest",
            "kind",
            "sort",
            "such",
            "even",
            "either",
            "really",
        ),
        *("been", "be", "being", "have", "had", "having", "getting", "feel", "feeling", "going"),
        *("off", "whatsoever", "funny", "strange", "weird", "bad", "actual", "visible", "that"),
    }
)
_BELIEVE = frozenset({"think", "believe", "suppose", "guess", "like", "saying", "say"})
_AFTER_BELIEVE = frozenset(
    {"there", "is", "it", "i", "we", "was", "are", "can", "do", "the", "house", "anything", "on"}
)
_STATES_ANEW = frozenset(
    {"i", "we", "it", "there", "the", "my", "our", "that", "this", "they", "you", "but", "yes"}
)
_STATES = frozenset({"is", "are", "has", "keeps", "everywhere", "started"})
_YES = frozenset(
    {
        *("yes", "yeah", "yep", "yup", "ya", "correct", "definitely", "absolutely"),
        *("oui", "ja", "sim", "tak"),  # of callers whose language is not understood here
    }
)
_YES_ALONE = frozenset({"there is", "it is", "it does", "it was", "i can", "we can", "sure"})
_YES_PHRASES = (
    *("i do", "we do", "i think so", "i believe so", "uh huh", "mm hm"),
    *("maybe", "possibly"),
)
_MENDED = re.compile(
    r"\b(?:already|had|got|was|were|been|has|have|came|company|department|they|he|she|someone"
    r"|somebody|guy|plumber|we|i)\b.{0,40}"
    r"\b(?:fixed|repaired|replaced|checked|tested|cleared|handled|inspected|sorted|capped)\b"
)
_NOT_MENDED = re.compile(
    r"\b(?:need|needs|want|wants|can|could|please|would|should|not|never|still|again|back|get"
    r"|but i|but it|but there|but now|thought|supposed)\b"
)
_DENIED = re.compile(
    r"\b(?:there is |it is |is )?(?:not|no)\b"
    rf"(?:(?!\b(?:{'|'.join(sorted(_STATES_ANEW))})\b)[^,.;!?])*"
)
_OTHERS_PERCEIVE = re.compile(
    r"\b(?:but|though|although|except|only|because|and)\b"
    r"(?! (?:nothing|nobody|none)\b)(?: \w+){1,5}? "
    r"(?:does|do|did|can|has|have|is|smells|smelled|says so|says otherwise|thinks so)\s*$"
)
"""Somebody else does: "I don't smell anything but my wife does"."""

_A_LITTLE = re.compile(
    r"(?<!not )(?<!not even )\b(?:a (?:little|tiny|wee)(?: bit)?|a bit|slightly|faintly|some)"
    r"(?= *(?:$|,|[.!?]| of (?:it|that|a smell|smoke)| yes| yeah| i (?:think|guess)| maybe))"
)
_HEDGED = re.compile(
    r"(?<!not )\b(?:sort of|kind of|kinda|sorta)(?= *(?:$|,|[.!?]| (?:it|there|yes|yeah|i think|a smell)\b))"  # noqa: E501
)
"""A hedge that is itself the answer; "kind of warm in here" tells of warmth."""

_MAYBE = re.compile(
    r"\b(?:maybe|possibly|perhaps|might be|could be|probably) *(?:$|[,.!?]|yes|yeah|so|some|a (?:little|bit|smell)|it is|there is|it does|i do)"  # noqa: E501
)
_TAKEN_BACK = re.compile(r"\bno\b.*\b(?:i mean|actually|wait|sorry),? (?:yes|yeah|yep)\b")
"""A "no" that is put right: "no, I mean yes"."""

_READING = re.compile(
    r"\b(?:reads?|reading|says?|saying|shows?|showing|at|hit|hits|displays?|registers?)"
    r"(?: (?:is|of|about|around|over|like|at|it is|between))* "
    r"(?P<level>[1-9]\d*|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|(?:a|one|two|three|four|five) hundred|(?:one|two|three|four|five|six|seven|eight|nine) (?:fifty|twenty|thirty|forty|sixty|seventy|eighty|ninety))\b"  # noqa: E501
)
_METER = re.compile(
    r"\b(?:alarm|detector|monitor|meter|sensor|ppm|parts per million|monoxide|co)\b"
)
_OTHER_METER = re.compile(
    r"\b(?:thermostat|temperature|degrees|burglar|car|clock)\b"
    r"|(?:[0-9]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|thirty))"
    r" ?(?:a ?m|p ?m)\b"
)
"""What the number is of instead; "am" only after a number, as one says "ma'am" and "I am"."""


def hear_danger(text: str, business: Business, *, asked: bool = False) -> Finding:
    """What a caller says about danger.

    Args:
        text: one caller turn, recognised or typed, with or without punctuation.
        business: its `emergency` section gives the hazard words and harmless phrases.
        asked: the turn answers the safety question, so that a bare "yes", "a little" or "I do
            smell something" is a danger too, and a bare "no" denies all that was asked.

    Returns:
        DANGER with what gave it away; CLEAR_DENIAL when nothing is left open; else UNCLEAR.
    """
    spanish = hear_spanish(text, asked=asked)
    ours = spanish.rest if spanish.alone else text
    word = spanish.word or _danger(ours, business, asked=asked)
    if word:
        return Finding(Judgement.DANGER, word)
    if spanish.alone:
        return Finding(Judgement.CLEAR_DENIAL) if spanish.denies else NOTHING_FOUND
    if denies_all(text, business, asked=asked):
        return Finding(Judgement.CLEAR_DENIAL)
    return NOTHING_FOUND


def _danger(text: str, business: Business, *, asked: bool) -> str:
    """What gives a danger away, or ""."""
    meant = _NO_PEEP.sub("no alarm", without_past(literal(plain(text)), _people(business)))
    said = with_signs(meant)
    over = bool(_MENDED.search(said)) and not _NOT_MENDED.search(_without_denials(said))
    named, whole = _named(meant, said, business, over=over)
    if named:
        return named
    unwell = hear_unwell(meant, asked=asked)
    if unwell:
        return unwell
    if (_METER.search(meant) or asked) and not _OTHER_METER.search(meant):
        level = _READING.search(meant)
        if level is not None:
            return level[0]
    floor = with_floor(meant)
    named, _ = _named(meant, floor, business, over=over) if floor != meant else ("", ())
    return named or (_answered_yes(said, whole, over=over) if asked else "")


def _named(meant: str, said: str, business: Business, *, over: bool) -> tuple[str, Sequence[Token]]:
    """The hazard that is named and not denied, or "", and the judged tokens up to it.

    Args:
        meant: the plain text.
        said: the same with `SIGN` where there were signs.
        business: its words of danger.
        over: what is told of was mended.
    """
    whole: list[Token] = []
    read = [list(tokens(sentence, business)) for sentence in sentences(said)]
    for sentence in without_names(read, business.emergency):
        judged = _judge(sentence)
        whole += judged
        hazard = next((t for t in judged if t.kind is TokenKind.HAZARD and not t.denied), None)
        if hazard is not None and not (over and hazard.text not in _people(business)):
            return (hazard.text if hazard.text != SIGN else first_sign(meant)), whole
        harmless = next((t for t in judged if t.kind is TokenKind.HARMLESS and not t.denied), None)
        if harmless is not None and not over and _smells_or_leaks(judged):
            return harmless.text, whole
    return "", whole


def hear_past_danger(text: str, business: Business) -> str:
    """What gave away a danger that a turn tells of as over, or "": whoever comes should know.

    Args:
        text: one caller turn in which no present danger was heard.
        business: for its words of danger.
    """
    said = with_signs(literal(plain(text)))
    if not _TELLS_OF_BEFORE.search(said):
        return ""
    read = [list(tokens(sentence, business)) for sentence in sentences(said)]
    judged = [token for one in without_names(read, business.emergency) for token in _judge(one)]
    of_fuel = any(one.kind in {TokenKind.HAZARD, TokenKind.HARMLESS} for one in judged)
    told = (
        token.text
        for token in judged
        if not token.denied and (token.kind is TokenKind.HAZARD or (of_fuel and _is_strong(token)))
    )
    return next((first_sign(said) if one == SIGN else one for one in told), "")


def _is_strong(token: Token) -> bool:
    return token.kind is TokenKind.SENSE and token.text not in WEAK_SENSES


_TELLS_OF_BEFORE = re.compile(
    r"\b(?:was|were|had|did|went|came|smelled|leaked|burned|caught|yesterday|ago|earlier|last)\b"
)


def _people(business: Business) -> frozenset[str]:
    return frozenset(phrase(sign) for sign in business.emergency.people)


def _without_denials(said: str) -> str:
    """The text without what is denied: "there is no smell now" does not say that anything is.

    A new statement is not denied: "no, I need it fixed" says that it is needed, spoken with a
    pause or without.
    """
    return _DENIED.sub(" ", said)


def _smells_or_leaks(judged: Sequence[Token]) -> bool:
    """Whether something harmless gets dangerous."""
    return any(
        t.kind is TokenKind.SENSE and t.text not in WEAK_SENSES | ALARMS and not t.denied
        for t in judged
    )


def _judge(read: Sequence[Token]) -> list[Token]:
    """The tokens with `denied` set where a negation reaches them."""
    judged: list[Token] = []
    denying = believing = listing = False
    nobody = False
    for index, token in enumerate(read):
        word, rest = token.text, read[index + 1 :]
        if token.kind is TokenKind.WORD and word in _NO | _NOT:
            denying = word in _NOT or _is_denial(rest)
            believing = listing = False
            nobody = word in _NOBODY
        elif token.kind in {TokenKind.HAZARD, TokenKind.SENSE, TokenKind.HARMLESS}:
            anew = listing and bool(rest) and rest[0].text in _STATES and not _after_or(judged)
            denying = denying and not anew
            unsaid = token.kind is TokenKind.SENSE and _nothing_follows(rest)
            denied = denying or unsaid or _at_rest(token, rest) or _smells_right(token, rest)
            judged.append(replace(token, denied=denied))
            listing = listing or token.kind is TokenKind.HAZARD
            nobody = False
            continue
        elif denying and word in _BELIEVE:
            believing = True
        elif token.kind is TokenKind.COMMA:
            denying = denying and not (rest and rest[0].text in {"the", "my", "our", "that"})
            believing = False
        else:
            reaches = word in _KEEPS_DENYING or (believing and word in _AFTER_BELIEVE)
            reaches = reaches or (word == "on" and bool(rest) and rest[0].text == "fire")
            denying = denying and (reaches or (nobody and word in _AUXILIARY | {"on"}))
        judged.append(token)
    return judged


def _after_or(judged: Sequence[Token]) -> bool:
    return bool(judged) and judged[-1].text in {"or", "nor", "any"}


def _is_denial(rest: Sequence[Token]) -> bool:
    """Whether "no" denies what follows ("no gas") or only answers ("no, I smell gas")."""
    if not rest:
        return False
    return rest[0].kind is not TokenKind.COMMA and rest[0].text not in _STATES_ANEW


def _nothing_follows(rest: Sequence[Token]) -> bool:
    return bool(rest) and rest[0].text in {"nothing", "no", "none", "neither"}


def _at_rest(token: Token, rest: Sequence[Token]) -> bool:
    """Whether an alarm is said to be at rest: "the smoke alarm is not going off", "is fine".

    Only alarms: "the fire is not going out" must stay a danger.
    """
    words = [one.text for one in rest]
    at = 0
    while at < len(words) and words[at] in ALARMS:
        at += 1
    if at == 0 and token.text.split()[-1] not in ALARMS:
        return False
    if words[at : at + 2] in (["reads", "zero"], ["reads", "0"], ["says", "zero"], ["says", "0"]):
        return True
    if words[at : at + 2] in (["and", "it"], [",", "it"], ["but", "it"]) or words[at : at + 1] == [
        "which"
    ]:
        at += 1 if words[at] == "which" else 2
    verb = at
    while at < len(words) and words[at] in _AUXILIARY:
        at += 1
    if at == verb:
        return False
    after = words[at : at + 2]
    if after[:1] == ["not"]:
        return len(after) == 1 or after[1] in _GOES_OFF | _MAKES
    return _first_but(_STILL, words[at:]) in _AT_REST


def _first_but(passed_over: frozenset[str], words: Sequence[str]) -> str:
    return next((word for word in words if word not in passed_over), "")


def _smells_right(token: Token, rest: Sequence[Token]) -> bool:
    """Whether something is said to smell as it should: "everything smells perfectly normal"."""
    if not token.text.startswith("smell"):
        return False
    return _first_but(_STILL, [one.text for one in rest]) in _AS_IT_SHOULD


def _answered_yes(said: str, whole: Sequence[Token], *, over: bool) -> str:
    """Danger in an answer to the safety question that names no hazard, or ""."""
    for token, following in zip_longest(whole, whole[1:]):
        if token is None or token.kind is not TokenKind.SENSE or token.denied:
            continue
        if over and token.text.startswith("leak"):
            continue
        object_follows = following is not None and following.text in _OBJECTS
        if token.text not in WEAK_SENSES or object_follows:
            return token.text
    for pattern in (_OTHERS_PERCEIVE, _A_LITTLE, _HEDGED, _MAYBE, _TAKEN_BACK):
        found = pattern.search(said.rstrip(" .!?,"))
        if found is not None:
            return found[0].strip()
    words = [t.text for t in whole if t.kind is not TokenKind.COMMA]
    refuses = any(t.denied for t in whole) or any(word in _NO | _NOT for word in words)
    if words and words[0] in _YES:
        return "" if refuses and words[1:2] != ["but"] else words[0]
    if " ".join(words) in _YES_ALONE:
        return " ".join(words)
    line = f" {' '.join(words)} "
    yes = next((yes for yes in _YES_PHRASES if f" {yes} " in line), None)
    if yes is None:
        late = next((word for word in words if word in _YES), None)
        return late if late is not None and not refuses else ""
    return "" if refuses else yes
