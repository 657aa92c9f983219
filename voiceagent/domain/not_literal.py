"""Words of danger that tell of none: figures of speech, names, verbs, compounds and purchases.

"You folks are on fire", "we live on Smoke Rise Drive", "the burner won't fire", "a fire inspection",
"the smoke alarm needs batteries", "he would have a stroke if he saw the bill". What is meant by each
is told by what stands beside the word: a street's suffix, what one fires or pays for, a price as the
cause. Such words are put aside before danger is looked for; what else the turn says stays.

Two negations that make a statement ("I wouldn't call if I didn't smell gas", "there's no way that's
not gas") are turned into it, so that no rule about the reach of one has to know of the other.
"""

from __future__ import annotations

import re
from typing import Final

FIGURE: Final = "figure"
"""Stands where such words were."""

_FUEL = r"(?:gas|propane|oil)"
_SUFFIX = (
    r"(?:drive|road|street|avenue|lane|court|boulevard|circle|place|way|trail|terrace|parkway|pike)"
)
_NO_NAME = r"(?!(?:in|on|at|down|by|from|the|my|our|near|up|across|of|and|to)\b)"
_COST = r"(?:bill|price|prices|quote|cost|costs|estimate|invoice|total|figure)"
_ILL = (
    r"(?:passed out|pass out|faint(?:ed)?|(?:had|have|has|having) (?:a )?(?:heart attack|stroke)|"
    r"a (?:heart attack|stroke|headache|shock)|dizzy|shocked)"
)
_FIGURES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bburn(?:ing|ed|s)? (?:a |another )?holes? in (?:my|our|the) (?:pocket|wallet)\b",
        r"\bburning (?:daylight|money|cash)\b",
        r"\b(?:only )?thing (?:that is )?burning is (?:my|our) (?:wallet|money|pocket|ears?)\b",
        r"\b(?:hot|hotter|mad|sure) (?:as|than) (?:\w+ )?(?:fire|blazes)\b",
        r"\bwhere there is smoke,? there is fire\b",
        r"\b(?:you|they)(?: guys| folks| all| people)? are on fire\b(?! and)",
        r"\bi am on fire\b(?=,? (?:today|lately|with|this week))",
        r"\b(?:cook(?:ing)? with|step(?:ped|ping)? on the|(?:run|ran|running|runs) out of) gas\b",
        r"\b(?:run|ran|running|runs) out of (?:propane|oil)\b",
        rf"\b(?:stop|stopped|stopping|pay|paying|paid|charged?|money|spend|much) (?:for|on) {_FUEL}\b",
        rf"\b(?:eats?|uses?|using|guzzles?|goes through) (?:a lot of |too much |so much )?{_FUEL}\b",
        rf"\b(?:from|to) (?:oil|propane|gas|electric) to (?:natural )?{_FUEL}\b",
        rf"\b{_FUEL} (?:pressure|man|guy|people|bills?|prices?|delivery|truck|dealer|account)\b",
        rf"\bcompany of (?:the )?{_FUEL}\b",
        r"\b(?:recharge|charge|top up|refill|add|fill)\w* (?:it |of |with |the |some )*gas\b",
        rf"\b(?:gas|smoke|fire|propane|ash) {_NO_NAME}(?:[a-z]+ )?{_SUFFIX}\b",
        r"\bto fire (?=(?:up|off|somebody|someone|him|her|them|you|my|the (?:guy|man|contractor))\b)",
        r"\bto fire(?=$|[,.;!])",
        r"\b(?:will|does|did|would|can|could) not (?:even )?fire\b",
        r"\b(?:fire|smoke) (?:department|inspections?|inspector|marshal|exits?|escape|code|station|"
        r"truck|chief|drill|places?|pit|fighters?|insurance|tests?|free|hood)\b",
        r"\b(?:i|we|he|she|they)(?: quit| stopped| used to| never| only| always| still)* "
        r"(?:smoke|smoking)\b(?! (?:coming|in|from|alarm))",
        r"\bquit smoking\b",
        rf"\b(?:about |nearly |almost |practically )*{_ILL}\b(?=[^.;!?]{{0,40}}\b{_COST}\b)",
        r"\b(?:have|had|having) (?:a )?(?:heart attack|stroke)(?= (?:over (?:it|this|that)|if)\b)",
        r"\b(?:give|gives|gave|giving|given) (?:me|us) (?:a |such a |quite a )*headaches?\b",
        r"\b(?:is|was|been|such|what) (?:a |an |real |total |big |huge |complete |whole )*headache\b",
        r"\b(?:used to) (?:smoke|burn|smell|leak|spark)\b",
    )
)  # fmt: skip
_BEFORE_BLEACH = re.compile(r"\bthe old one figure\b")
_PLURAL = re.compile(
    rf"\b({_FUEL}) (furnace|heater|stove|fireplace|log|grill|range|oven|dryer|boiler|unit|line|valve"
    r"|water heater)s\b"
)
_ALARM = r"(?:smoke|fire|carbon monoxide|monoxide|c o|co) (?:alarm|detector|monitor|sensor)s?"
_KEPT_UP = re.compile(
    r"\b(?:batter(?:y|ies)|replac\w+|install\w*|a new|new|buy|reach|should i get|how many)\b"
)
_SOUNDS = re.compile(
    r"\b(?:going off|gone off|went off|goes off|go off|set off|beep\w*|scream\w*|sound\w*|ring\w*|"
    r"blar\w+|screech\w*|hollering|reads?|says|ppm|won't stop|will not stop|flash\w*)\b"
)
_ALARM_NAMED = re.compile(rf"\b{_ALARM}\b")
_STATED: Final = (
    (re.compile(r"\bnot that (?:i|we) do not\b"), "that i"),
    (re.compile(r"\bno (?:way|doubt) (?:that |it |this )*(?:is|are) not\b"), "it is"),
    (re.compile(r"\b(?:would|could) not (?:\w+ ){0,4}if (?:i|we|there|it) (?:did|was|were) not\b"), "i"),
    (re.compile(r"\bif (?:that|it|this) is not (?=[^.;!?]*\bknow what\b)"), "that is "),
    (re.compile(r"\bnot (?:only|just)\b(?= (?:the|a|my|our|that|it)\b)"), "also"),
)  # fmt: skip


def literal(said: str) -> str:
    """A plain text with what is not meant so put aside, and double negations as statements.

    Args:
        said: `safety_words.plain` of a turn.
    """
    for pattern, statement in _STATED:
        said = pattern.sub(statement, said)
    said = _PLURAL.sub(r"\1 \2", said)
    for pattern in _FIGURES:
        said = pattern.sub(FIGURE, said)
    if _KEPT_UP.search(said) and not _SOUNDS.search(said):
        said = _ALARM_NAMED.sub(FIGURE, said)
    return said
