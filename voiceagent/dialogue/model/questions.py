"""Which question a sentence asks: what the caller is likely to say next, and what a yes means.

First fit by a table of patterns. What fits none and has the form of a yes/no question expects one;
anything else expects anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from voiceagent.dialogue.house.asks import EXPECTS, Ask
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.lexicon import normal


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """What was asked; `ask` is the house's question that it is, HELP when it is none of them."""

    ask: Ask
    expecting: Expecting


_NAME = r"\b(?:your|the|a|first|last|full) (?:\w+ )?name\b|\bwho am i speaking\b|\bwho's calling\b"
_PHONE = (
    r"\b(?:phone|cell|mobile|callback|call back|contact|telephone|best) (?:phone )?number\b"
    r"|\bnumber (?:to|we can|i can) (?:reach|call)\b|\breach you\b"
)
_CODE = r"\b(?:booking|confirmation|reservation|six[- ]digit) code\b|\bthe code\b|\byour code\b"

_TABLE: Final[tuple[tuple[str, Ask | Expecting], ...]] = (
    (rf"(?=.*(?:{_PHONE}))(?=.*(?:{_CODE}))", Ask.PHONE_AND_CODE),
    (rf"(?=.*(?:{_NAME}))(?=.*(?:{_PHONE}))", Ask.NAME_AND_PHONE),
    (r"\be-?mail\b(?!.*\binstead\b)", Expecting.EMAIL),
    (
        (
            r"\b(?:anything|something) (?:else )?(?:we|i) should know|\bgate code\b"
            r"|\bany (?:notes|pets)\b"
            r"|\bspecial instructions\b|\banything (?:\w+ )?(?:for|to tell) the technician\b"
        ),
        Ask.NOTES,
    ),
    (r"\b(?:cancel)\b.*\?", Ask.CONFIRM_CANCEL),
    (
        (
            r"\b(?:shall|should|can|may) (?:i|we) (?:move|reschedule|change|switch)\b"
            r"|\bwant me to (?:move|reschedule)\b|\blike me to (?:move|reschedule)\b"
        ),
        Ask.CONFIRM_MOVE,
    ),
    (
        (
            r"\b(?:shall|should|can|may) (?:i|we) (?:go ahead and )?(?:book|reserve|schedule) "
            r"(?:it|that|this|the|your|you)\b"
            r"|\b(?:want|like) me to (?:go ahead and )?(?:book|schedule|reserve) "
            r"(?:it|this|that (?:time|slot|window)|the|you)\b"
            r"|\b(?:is|was|does) (?:that|this|everything|it)(?: all)? (?:\w+ )?"
            r"(?:correct|right|accurate)\b|\bdid i get (?:that|it|everything)\b"
            r"|\bready to book\b"
        ),
        Ask.READ_BACK,
    ),
    (
        (
            r"\b(?:connect|transfer|put) you\b|\bspeak (?:to|with) (?:a|some)"
            r"|\btalk to (?:a|some)|\blike a person\b"
        ),
        Ask.HUMAN_OFFER,
    ),
    (r"\b(?:anything|something) else\b", Ask.ANYTHING_ELSE),
    (
        (
            r"\bgo ahead\b|\bproceed\b|\b(?:check|look (?:for|at)|find|see) (?:\w+ )*"
            r"(?:times?|openings?|availab\w+|appointments?)\b|\bsound(?:s)? (?:good|okay|fair)\b"
            r"|\bthat (?:work|ok(?:ay)?) (?:with|for) your budget\b"
        ),
        Ask.GO_AHEAD,
    ),
    (
        (
            r"\bwhich (?:\w+ )?(?:works|time|window|one|do you prefer|would you)\b"
            r"|\bwhat time\b|\bworks? (?:better|best|for you)\b|\bprefer\b.*\bor\b|\bor (?:\w+ )?"
            r"(?:tomorrow|tonight|morning|afternoon|evening)\b|\bsuits? you (?:better|best)\b"
        ),
        Ask.TIME,
    ),
    (
        (
            r"\b(?:what|which) (?:day|date|days)\b|\bwhen (?:would|do|should|can|is|works)\b"
            r"|\bhow soon\b"
        ),
        Ask.DAY,
    ),
    (
        (
            r"\b(?:text|send|message) (?:you )?(?:\w+ )*code\b|\b(?:text|send) (?:it|one) to you\b"
            r"|\bcode (?:\w+ )*(?:texted|sent) to\b"
        ),
        Ask.SEND_CODE,
    ),
    (_CODE, Ask.CODE),
    (_PHONE, Ask.PHONE),
    (_NAME, Ask.NAME),
    (
        (
            r"\baddress\b|\bzip\b|\bstreet\b|\bwhere (?:are|is|do|should|would)\b|\bhouse number\b"
            r"|\blocated\b"
        ),
        Ask.ADDRESS,
    ),
    (
        (
            r"\b(?:want|like) (?:me to|to) (?:book|schedule|make|set up|arrange)\b"
            r"|\b(?:shall|should) i (?:book|arrange)\b"
        ),
        Ask.WANT_BOOKING,
    ),
    (
        (
            r"\bwhat(?:'s| is| seems?)? .*\b(?:problem|wrong|issue|matter|going on|happening)\b"
            r"|\bdescribe\b|\btell me (?:more|about)\b"
        ),
        Ask.PROBLEM,
    ),
    (r"\b(?:which|what) (?:\w+ )?service\b|\bwhat do you need\b", Ask.SERVICE),
    (
        r"\bhow (?:can|may) i help\b|\bwhat can i (?:do|help)\b|\bhelp you (?:with|today)\b",
        Ask.HELP,
    ),
)
_COMPILED: Final = tuple((re.compile(pattern), asked) for pattern, asked in _TABLE)
_YES_NO = re.compile(
    r"(?:^|[,;:] ?|\b(?:and|so|okay|great|thanks|then) )(?:do|does|did|is|are|was|were|have|has|"
    r"can|could|would|will|shall|should|may|am|isn't|aren't|don't|right|correct|okay|ok)\b"
)


def asked(sentence: str) -> AskedQuestion | None:
    """What a sentence asks; ``None`` when it is no question."""
    if not sentence.rstrip().rstrip("\"')").endswith("?"):
        return None
    clean = normal(sentence)
    for pattern, known in _COMPILED:
        if pattern.search(clean):
            if isinstance(known, Ask):
                return AskedQuestion(known, EXPECTS[known])
            return AskedQuestion(Ask.HELP, known)
    form = Expecting.YES_NO if _YES_NO.search(clean) else Expecting.ANYTHING
    return AskedQuestion(Ask.HELP, form)
