"""Words of danger that tell of none: figures of speech, names, verbs, compounds and purchases.

"You folks are on fire", "we live on Smoke Rise Drive", "the burner won't fire", "a fire inspection",
"the smoke alarm needs batteries", "he would have a stroke if he saw the bill". What is meant by each
is told by what stands beside the word: a street's suffix, what one fires or pays for, a price as the
cause. Such words are put aside before danger is looked for; what else the turn says stays.

Two negations that make a statement ("I wouldn't call if I didn't smell gas", "there's no way that's
not gas") are turned into it, so that no rule about the reach of one has to know of the other.
"""  # noqa: E501

from __future__ import annotations

import re
from typing import Final

from voiceagent.domain.text_rules import put, rules

FIGURE: Final = "figure"
"""Stands where such words were."""

_FUELS = "gas propane oil"
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
_CAUSED = rf"(?=[^.,;!?]{{0,25}}\b(?:saw|see|seeing|heard|hear|at|over|from|by|opened|got)\b[^.,;!?]{{0,15}}\b{_COST}\b)"  # noqa: E501
"""What a price does to people."""

_FIGURES: Final = rules(
    ("burn", r"\bburn(?:ing|ed|s)? (?:a |another )?holes? in (?:my|our|the) (?:pocket|wallet)\b"),
    ("burning", r"\bburning (?:daylight|money|cash)\b"),
    ("burning", r"\b(?:only )?thing (?:that is )?burning is (?:my|our) (?:wallet|money|pocket|ears?)\b"),  # noqa: E501
    ("fire blazes", r"\b(?:hot|hotter|mad|sure) (?:as|than) (?:\w+ )?(?:fire|blazes)\b"),
    ("smoke", r"\bwhere there is smoke,? there is fire\b"),
    ("fire", r"\b(?:you|they)(?: guys| folks| all| people)? are on fire\b(?! and)"),
    ("fire", r"\bi am on fire\b(?=,? (?:today|lately|with|this week))"),
    ("gas", r"\b(?:cook(?:ing)? with|step(?:ped|ping)? on the|(?:run|ran|running|runs) out of) gas\b"),  # noqa: E501
    ("propane oil", r"\b(?:run|ran|running|runs) out of (?:propane|oil)\b"),
    (_FUELS, rf"\b(?:stop|stopped|stopping|pay|paying|paid|money|spend|much) (?:for|on) {_FUEL}\b(?=$|[,.;!?]| (?:on|every|this|each|and|but)\b)"),  # noqa: E501
    (_FUELS, rf"\b(?:eats?|uses?|using|guzzles?|goes through) (?:a lot of |too much |so much )?{_FUEL}\b"),  # noqa: E501
    (_FUELS, rf"\b(?:from|to) (?:oil|propane|gas|electric) to (?:natural )?{_FUEL}\b"),
    (_FUELS, rf"\b{_FUEL} (?:pressure|man|guy|people|bills?|prices?|delivery|truck|dealer|account)\b"),  # noqa: E501
    (_FUELS, rf"\bcompany of (?:the )?{_FUEL}\b"),
    ("gas", r"\b(?:recharge[ds]?|charge[ds]?|top up|refill(?:ed)?) (?:it |of |with |the |some )*gas\b"),  # noqa: E501
    ("gas smoke fire propane ash", rf"(?:\b(?:live on|lives on|street is|road is|address is|corner of)|\d) (?:the )?(?:gas|smoke|fire|propane|ash) {_NO_NAME}(?:[a-z]+ )?{_SUFFIX}\b"),  # noqa: E501
    ("smoke gas propane", rf"\bon (?:gas|smoke|propane) (?:[a-z]+ )?{_SUFFIX}\b"),
    ("fire", r"\b(?:fails?|failing|failed|tries|try|trying|refus\w+|going|gonna|ready|fixing|wants?|have|about|supposed) to fire\b(?! (?:in|and))"),  # noqa: E501
    ("fire", r"\b(?:will|does|did|would|can|could) not (?:even )?fire\b"),
    ("fire", r"\bfire (?:it|this|that|her|the \w+) up\b"),
    ("fire smoke", r"\b(?:fire|smoke) (?:department|inspections?|inspector|marshal|exits?|escape|code|station|truck|chief|drill|places?|pit|fighters?|insurance|tests?|free|hood)\b"),  # noqa: E501
    ("smok", r"\b(?:i|we|he|she|they)(?: quit| stopped| used to| never| only| always| still)* (?:smoke|smoking)\b(?! (?:coming|in|from|alarm))"),  # noqa: E501
    ("smoking", r"\bquit smoking\b"),
    ("pass faint attack stroke headache shock dizzy", rf"\b(?:about |nearly |almost |practically )*{_ILL}\b{_CAUSED}"),  # noqa: E501
    ("attack stroke", r"\b(?:have|had|having) (?:a )?(?:heart attack|stroke)(?= (?:over (?:it|this|that)|if)\b)"),  # noqa: E501
    ("headache", r"\b(?:this|that|it|thing|process|such|been) (?:is |was |has been )?(?:a |an |real |total |big |huge |complete |whole |such )*headache\b"),  # noqa: E501
    ("what", r"\bwhat (?:is|are|does)(?: the| a| meaning| of)* (?:carbon monoxide|smoke|gas leak|gas|propane|co)(?: mean| smell like| look like)?(?=$|[,.?!])"),  # noqa: E501
    ("know what", r"\bknow what (?:\w+ ){1,2}smells? like\b"),
    ("catch", r"\b(?:they|these|those) can catch (?:on )?fire\b|\bcan an? (?:\w+ )?catch (?:on )?fire\b"),  # noqa: E501
    ("carbon co leak", r"\bdo (?:you|they)(?: guys| all)? (?:test|check|look) for (?:carbon monoxide|co|gas leaks)\b(?= (?:during|when|as|on|at|in))"),  # noqa: E501
    ("gas", r"\b(?:stove|range|fireplace|dryer|furnace|heater|oven|everything) is gas\b(?=$|[,.;!?]| (?:and|but|so)\b)"),  # noqa: E501
    ("smoke", r"\bsmoke from (?:our|my|the|their) (?:grill|barbecue|bbq|smoker|fire ?pit)\b"),
    ("used to", r"\bused to (?:smoke|burn|smell|leak|spark)\b"),
)  # fmt: skip
_PLURAL = re.compile(
    rf"\b({_FUEL}) (furnace|heater|stove|fireplace|log|grill|range|oven|dryer|boiler|unit"
    r"|water heater)s\b"
)
_ALARM = r"(?:smoke|fire|carbon monoxide|monoxide|c o|co) (?:alarm|detector|monitor|sensor)s?"
_KEPT_UP = re.compile(
    r"\bbatter(?:y|ies)\b|\bcan not reach\b|\b(?:need|want|buy|get|should i get) (?:a |an |some |one of the )?"  # noqa: E501
    r"(?:new )?(?:smoke|fire|carbon monoxide|co|c o) (?:alarm|detector|monitor|sensor)s?\b(?! (?:checked|looked))"  # noqa: E501
)
_SOUNDS = re.compile(
    r"\b(?:going (?:off|crazy|nuts|wild|mad)|smell\w*|leak\w*|hiss\w*|because|since|all the time|mine|gone off|went off|goes off|go off|set off|beep\w*|scream\w*|sound\w*|ring\w*|"  # noqa: E501
    r"blar\w+|screech\w*|hollering|reads?|says|ppm|won't stop|will not stop|flash\w*)\b"
)
_ALARM_NAMED = re.compile(rf"\b{_ALARM}\b")
_STATED: Final = (
    (re.compile(r"\bnot that (?:i|we) do not\b"), "that i"),
    (re.compile(r"\bno (?:way|doubt) (?:that |it |this )*(?:is|are) not\b"), "it is"),
    (re.compile(r"\b(?:would|could) not (?:\w+ ){0,4}if (?:i|we|there|it) (?:did|was|were) not\b"), "i"),  # noqa: E501
    (re.compile(r"\bif (?:that|it|this) is not (?=[^.;!?]*\bknow what\b)"), "that is "),
    (re.compile(r"\bnot (?:only|just)\b(?= (?:the|a|my|our|that|it)\b)"), "also"),
)  # fmt: skip


def literal(said: str) -> str:
    """A plain text with what is not meant so put aside, and double negations as statements.

    Args:
        said: `safety_words.plain` of a turn.
    """
    if " not " in said:
        for pattern, statement in _STATED:
            said = pattern.sub(statement, said)
    said = _PLURAL.sub(r"\1 \2", said)
    said = put(FIGURE, _FIGURES, said)
    if _KEPT_UP.search(said) and not _SOUNDS.search(said):
        said = _ALARM_NAMED.sub(FIGURE, said)
    return said
