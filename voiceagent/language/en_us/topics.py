"""Of what a sentence speaks that only the business itself may speak of.

What is dangerous, how money changes hands, what the law or an insurance says, what the call's
machinery is: a wrong word there harms people, and no tool's result proves a right one. A sentence
on such a topic is the business's, word for word, or it is not said. On terms (who is licensed, what
is covered, whose price is beaten) and on arrivals ("before dinner", "in ten minutes") its pages and
tools must have spoken in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from voiceagent.language.en_us.lexicon import normal


class HouseTopic(StrEnum):
    """What is spoken of."""

    DANGER = "danger"
    PAYMENT = "payment"
    LAW = "law"
    MACHINERY = "machinery"
    TERMS = "terms"
    ARRIVAL = "arrival"


WORD_FOR_WORD: Final = frozenset(
    {HouseTopic.DANGER, HouseTopic.PAYMENT, HouseTopic.LAW, HouseTopic.MACHINERY}
)
"""Topics of which nothing is said but the business's own sentences."""

_SOMEBODY = (
    r"(?:we|they|he|she|it|someone|somebody|(?:\w+ )?(?:technician|tech|guy|guys|crew|team|plumber|"
    r"electrician|driver|owner|manager|boss|dispatcher|people|specialist|expert)s?)"
)
_WHEN = (
    r"(?:(?:before|after|by|around|at) (?:breakfast|lunch|dinner|supper|work|school|dark|sunset|"
    r"sunrise|bedtime|noon|midnight)|"
    r"(?:in|within) (?:(?:about|around|under|only|just|less than) )*(?:a|an|the|one|no|\d+|\w+)"
    r"(?: \w+)? (?:minute|minutes|hour|hours|jiffy|flash|bit|moment|second|seconds)|"
    r"in (?:a jiffy|no time|minutes)|within the hour|any (?:minute|moment|second)|"
    r"(?:just )?around the corner|"
    r"(?:nearly|almost) (?:there|here)|right (?:over|there)|pretty (?:quick|fast|soon)|very soon|"
    r"shortly|momentarily|nearby)"
)
_PATTERNS: Final[Mapping[HouseTopic, str]] = {
    HouseTopic.DANGER: (
        r"gas|propane|carbon monoxide|smoke|fumes?|fires?|flames?|sparks?|sparking|alarms?|"
        r"explo(?:de|des|sion|sions|sive)|electrocut\w+|shocks?|pilot(?: lights?)?|relight\w*|"
        r"(?<!stay )safe(?!(?: and sound)?(?: (?:night|day|evening|trip|travels|drive|journey)))|"
        r"safely|unsafe|danger\w*|hazard\w*|harmless|toxic|poison\w*|evacuat\w+|"
        r"(?:leave|leaving|stay(?:ing)? (?:in|inside|at)|get out of|remain in) "
        r"(?:the |your |that )?(?:house|home|building|basement|room|apartment)|"
        r"stay(?:ing)? (?:inside|put)|keep sleeping|go back (?:in|inside|to sleep)|"
        r"open (?:the|a|your|some) windows?"
    ),
    HouseTopic.PAYMENT: (
        r"paypal|venmo|zelle|cash ?app|bitcoin|crypto\w*|gift cards?|wire (?:transfer|the|it|us)|"
        r"western union|moneygram|money orders?|iban|bank transfers?|in cash|"
        r"(?:dot|slash|\.) ?(?:com|net|org|me|io|co|info)\b|slash|"
        r"(?:three|four|3|4|last|first|sixteen|16) digits|(?:on|at) the (?:back|front) of|"
        r"(?:send|make|transfer|wire|mail) (?:a |the |your |us (?:a |the )?)?"
        r"(?:payment|money|deposit|cash)|payment (?:is|goes|can be made) (?:at|to)"
    ),
    HouseTopic.LAW: (
        r"sue|suing|lawsuits?|lawyers?|attorneys?|liable|liability|legal(?:ly)?|"
        r"(?:strong|good|solid) case|insurance (?:will|pays|covers)"
    ),
    HouseTopic.MACHINERY: (
        r"(?:not |n't |being |is |are |was |be |never )?(?:recorded|recording)|"
        r"instructions? (?:are|is|say|says|were)|"
        r"(?:my|the|your) (?:prompt|instructions|system message|rules)|"
        r"language model|(?:use|using|called?|calling) (?:the |my |a )?tools?|on file"
    ),
    HouseTopic.TERMS: (
        r"licensed|insured|bonded|certified|accredited|cover(?:ed|s)|"
        r"(?:match|beat|undercut)(?:es|ing|s)?|cheap(?:er|est)|lowest|for nothing|c-note|"
        r"(?:without|no|skip(?:ping)?) (?:a |the |any )?deposit|priority|queue|ahead of (?:others|"
        r"everyone|the)|first in (?:the )?line|(?:come|came|coming) back for"
    ),
    HouseTopic.ARRIVAL: (
        rf"{_SOMEBODY}\b(?: \w+){{0,3}}? (?:get|gets|come|comes|be|is|are|was|arrive|arrives|reach|"
        rf"call|phone|ring|stop|show|swing)\b.{{0,40}}?{_WHEN}|"
        rf"(?:hang on|hold on|sit tight).{{0,20}}?\b{_WHEN}|"
        rf"(?:he|she|they|we)(?:'s|'re|'ll) .{{0,40}}?{_WHEN}"
    ),
}
_FOUND: Final = {
    topic: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for topic, words in _PATTERNS.items()
}


_ASKS_FOR_DANGER: Final = re.compile(
    r"(?:[\w' ]+[:,])* ?(?:and |so |but )?(?:do|does|did|is there|are there|are you|is anyone|is "
    r"anybody|is the|are the|have you|has anyone|can you|can anyone) [^.!;]*\?"
)
_REPEATS: Final = re.compile(r"(?:the )?(?:you|caller) (?:reported|mentioned) [\w ,]{1,40}\.?")
_REASSURES: Final = re.compile(
    r"\b(?:safe(?:ly)?|danger\w*|hazard\w*|harmless|unsafe|stay\w*|leav\w+|relight\w*|ignor\w+|open|"
    r"sleep\w*|fine|okay|ok|toxic|just|only)\b"
)


def topics_in(text: str) -> dict[HouseTopic, frozenset[str]]:
    """The topics of a sentence, each with the words that name it; never raises."""
    clean = normal(text)
    found = {
        topic: frozenset(match[0].strip() for match in pattern.finditer(clean))
        for topic, pattern in _FOUND.items()
    }
    if found[HouseTopic.DANGER] and _harms_nobody(clean.strip()):
        del found[HouseTopic.DANGER]
    return {topic: words for topic, words in found.items() if words}


def _harms_nobody(clean: str) -> bool:
    """Whether danger is only asked about, or told as the caller told it."""
    harmless = _ASKS_FOR_DANGER.fullmatch(clean) or _REPEATS.fullmatch(clean)
    return harmless is not None and _REASSURES.search(clean) is None


def plain(sentence: str) -> str:
    """A sentence's words alone, for comparing it with another."""
    return " ".join(re.findall(r"[\w$']+", normal(sentence)))
