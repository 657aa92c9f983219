"""How angry and how bitter somebody's words are: rules for anger and threats, and VADER beside.

What is said of a thing is no anger at us: "the noise is awful" scores 0, "your service is awful"
does not. Each of the two knows what the other misses: VADER has "really angry" above the bound and
knows no threats, the rules know nothing of "humiliated and betrayed". The lower figure counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.sentiment import hear_bitterness


class AngerWords(StrEnum):
    """Kinds of words of anger."""

    FURY = "fury"
    INSULT = "insult"
    GRIEVANCE = "grievance"
    VERDICT = "verdict"
    THREAT = "threat"


_WEIGHTS: Final[Mapping[AngerWords, float]] = {
    AngerWords.FURY: 3.0,
    AngerWords.INSULT: 3.0,
    AngerWords.GRIEVANCE: 2.2,
    AngerWords.VERDICT: 2.2,
    AngerWords.THREAT: 2.2,
}
_NORM: Final = 12.0
"""As VADER's: x / sqrt(x * x + norm), so that a word of fury, or one of grievance made stronger,
is beyond -0.6, and a single plain one is not."""

_HOSTILE: Final = -0.6
"""From here on VADER's figure for what is said about us is anger."""

_STRONGER: Final = 1.3
_INTENSE = (
    r"(?:really|so|very|extremely|absolutely|completely|totally|beyond|damn|fucking|goddamn|super|"
    r"just|getting|pretty|incredibly|still|truly|a little|a bit|kind of)"
)
_STRONG = re.compile(
    r"\b(?:really|so|very|extremely|absolutely|completely|totally|beyond|fucking|goddamn|"
    r"incredibly|truly)$"
)
_STRONG_INSIDE = re.compile(
    r"\b(?:really|so|very|extremely|absolutely|completely|totally|beyond|fucking|goddamn|"
    r"incredibly|truly)\b"
)
_WE = (
    r"\b(?:i am|we are|i was|we were|i have been|i am getting|she is|he is|they are|husband is|"
    r"wife is)"
)
_US = (
    r"(?:you|your (?:\w+ )?(?:people|guys|company|service|team|business|outfit|office|technicians?|"
    r"staff)|this (?:company|service|place|business|outfit)|the service|you (?:people|guys|all)|"
    r"customer service|this whole (?:thing|experience))"
)
_BE = r"(?:is|are|was|were|has been|have been)"
_BAD = r"(?:awful|terrible|horrible|pathetic|useless|incompetent|garbage|trash|worthless|the worst)"
_OUTRAGE = (
    r"(?:ridiculous|unacceptable|outrageous|disgusting|disgraceful|pathetic|a joke|insane|bullshit)"
)

_SAID: Final[tuple[tuple[AngerWords, re.Pattern[str]], ...]] = (
    (
        AngerWords.FURY,
        re.compile(
            r"\b(?:furious|livid|enraged|outraged|infuriated|infuriating|fuming|pissed(?: off)?|"
            r"seeing red|had it with)\b"
        ),
    ),
    (
        AngerWords.INSULT,
        re.compile(
            r"\b(?:bullshit|fuck (?:you|this|off)|fucking \w+|goddamn \w+|go to hell|screw you|"
            r"(?:you|bunch of|you are|you people are|you guys are|what) (?:\w+ )?(?:idiots?|"
            r"morons?|liars?|crooks?|thieves|scammers?|clowns|scam|ripoff)|"
            r"rip ?-?off|piece of shit)\b"
        ),
    ),
    (
        AngerWords.GRIEVANCE,
        re.compile(
            rf"{_WE} (?:{_INTENSE} )*(?:angry|mad|upset|frustrated|annoyed|irritated|"
            r"unhappy|pissed)\b(?! stomach)|\bfed up\b|\bsick "
            r"(?:of this|of you|of waiting|and tired)\b"
            r"|\bwaste of (?:my )?time\b"
        ),
    ),
    (
        AngerWords.VERDICT,
        re.compile(
            rf"\b(?:this|that) is (?:{_INTENSE} )*{_OUTRAGE}\b|\bwhat a joke\b"
            rf"|\b{_US} {_BE} (?:{_INTENSE} )*(?:{_BAD}|{_OUTRAGE})\b"
            r"|\b(?:worst|terrible|horrible|awful) (?:service|company|experience|customer service|"
            r"people)\b"
        ),
    ),
    (
        AngerWords.THREAT,
        re.compile(
            r"\b(?:never|not) (?:\w+ )?(?:use|using|call|calling|hire|hiring) (?:you|this company)"
            r"(?: people| guys)? again\b|\b(?:report you|report this company|complain about you|"
            r"make you pay|you will (?:pay|regret)|tell everyone|tell everybody)\b"
            r"|\b(?:bad|terrible|one star|negative) review\b"
        ),
    ),
)
_NOT = re.compile(r"\b(?:not|never|no|nobody|without|if|would be|hardly)(?: \w+){0,3}$")
"""Before words of anger: they are denied, or supposed."""


@dataclass(frozen=True, slots=True)
class HeardTemper:
    """How angry words are.

    Attributes:
        angry: they are words of anger that are not denied, or hostile to us.
        sentiment: -1 (furious, crushed) to 0 (nothing of the kind said).
    """

    angry: bool = False
    sentiment: float = 0.0


CALM: Final = HeardTemper()


def hear_temper(text: str) -> HeardTemper:
    """How angry a caller's words are, and how bitter those about us or about how they feel."""
    by_rules, bitter = _by_rules(text), hear_bitterness(text)
    sentiment = round(min(by_rules, bitter.at_us, bitter.felt), 3)
    if not sentiment:
        return CALM
    return HeardTemper(by_rules < 0 or bitter.at_us <= _HOSTILE, sentiment)


def _by_rules(text: str) -> float:
    """-1 to 0 by the words of anger alone."""
    said = " ".join(words(text))
    sum_of = 0.0
    for kind, pattern in _SAID:
        for found in pattern.finditer(said):
            before = said[: found.start()].rstrip()
            if kind is not AngerWords.THREAT and _NOT.search(before):
                continue
            intense = _STRONG.search(before) or _STRONG_INSIDE.search(found[0])
            sum_of += _WEIGHTS[kind] * (_STRONGER if intense else 1.0)
    return -sum_of / math.sqrt(sum_of * sum_of + _NORM)
