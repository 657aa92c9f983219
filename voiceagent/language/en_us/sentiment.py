"""How bitter a caller's words about us, or about how they feel, are: VADER's figure.

VADER (Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
Media Text", ICWSM 2014) adds up a list of rated words, with negation and words that make stronger.
It does not know what is spoken of: whoever calls us has something broken, and says so in words
that it rates badly. So it is asked about those clauses only that are about the business ("you",
"your people", "this company") or about the speaker's own feelings ("I am …", "I feel …"), and
words of the trade, of danger and of politeness weigh nothing; nor do names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from voiceagent.language.en_us.common_names import COMMON_FIRST_NAMES, COMMON_LAST_NAMES
from voiceagent.language.en_us.matching import words

_TRADE: Final = frozenset(
    """
    alarm alarming bad blocked broke broken crack cracked crash crashed cut damage damaged
    damages dead death died dies dirty dying fail failed failing fails failure fault faulty
    hell hot isolated leak lost low mess miss missed missing mold no odd pain poor problem
    problems ruined scream screaming serious severe shake shock shocked short smelly stink
    stinks stop stopped stops strange struggling stuck tired trouble ugly weak weird worn
    worried worry worse
    afraid anxious burn burned burning cry crying danger dangerous dizzy emergency explode
    exploded explosion fire fires frightened gas hurt hurts ill injured kill killed killing
    nervous panic poison poisoned risk scare scared scares scary sick sickness smoke suffer
    suffering terrified threat unsafe urgent warning
    afford cancel canceled cancelled charge charged charges debt desperate difficult dispute
    doubt expensive fee forget forgot hard help liability mistake mistaken please refuse
    refused sorry thank thanks unsure wrong
    """.split()  # noqa: SIM905 - a list of words reads as one
)
"""Words of VADER's list that say nothing of how somebody is disposed towards us: what is broken,
danger, which has its own rules, manners and money."""

_CLAUSE: Final = re.compile(
    r"[.!?;:]+|(?:,|\b(?:and|but|because|cause|since|so|while|when|then)\b)(?= (?:i|we|you|your|it|"
    r"the|this|my|our|they|he|she)\b)",
    re.IGNORECASE,
)
_SUPPOSED: Final = re.compile(r"\b(?:if|would|could|should|might|unless|in case|or else)\b")
_US: Final = re.compile(
    r"\b(?:you|your|yours|you are|this (?:company|service|business|outfit|place)|customer service|"
    r"dealing with)\b"
)
_FELT: Final = re.compile(
    r"^(?:(?:and|but|because|so|well|look|honestly|now|oh|hi|hello|yes|no|okay) )*"
    r"(?:i|we) (?:hate|despise|loathe|regret|(?:am|are|was|were|feel|felt|have been|been)\b"
    r"(?! (?:a|an|the|at|in|on|from|with|of|by|near|calling|having|here|sure|my|mr|mrs|ms)\b))"
)
"""Behind "I am" stands how they are, and not who, where or what."""

_COURTEOUS: Final = re.compile(r"\b(?:hate|sorry) to \w+(?: you)?\b")


@dataclass(frozen=True, slots=True)
class Bitterness:
    """VADER's figures, -1 to 0.

    Attributes:
        at_us: of the clauses about the business, together.
        felt: of those about the speaker's own feelings, together.
    """

    at_us: float = 0.0
    felt: float = 0.0


def hear_bitterness(text: str) -> Bitterness:
    """How bitter a caller's words are; 0 where there is no such clause."""
    at_us, felt = list[str](), list[str]()
    for part in _CLAUSE.split(text):
        said = _COURTEOUS.sub("", " ".join(words(part)))
        if _SUPPOSED.search(said):
            continue
        if _US.search(said):
            at_us.append(said)
        elif _FELT.search(said):
            felt.append(said)
    return Bitterness(_figure(at_us), _figure(felt))


def _figure(clauses: Sequence[str]) -> float:
    """VADER's, of what is said together; praise beside it makes it milder."""
    if not clauses:
        return 0.0
    return min(0.0, float(_vader().polarity_scores(", ".join(clauses))["compound"]))


@cache
def _vader() -> SentimentIntensityAnalyzer:
    """VADER with what weighs nothing here left out; read once a process, some 20 ms."""
    analyser = SentimentIntensityAnalyzer()
    for word in _TRADE | {*COMMON_FIRST_NAMES, *COMMON_LAST_NAMES}:
        analyser.lexicon.pop(word, None)
    return analyser
