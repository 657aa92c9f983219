"""People who are in danger, by what is said of them and not by a list of sentences.

A *sign* counts when somebody is said to show it: "my son won't wake up", "the kids are all sleepy
and confused", "she is slumped over", "I can't get him to answer". A strong sign is enough alone; of
the weak ones, which tired people show as well, there have to be two, or one as the answer to the
safety question or with a cause ("woozy since the heat came on"). A
thermostat that does not respond is no person.
"""

from __future__ import annotations

import re
from typing import Final

_KIN = (
    r"(?:wife|husband|son|sons|daughter|daughters|kid|kids|child|children|baby|babies|infant|"
    r"toddler|mom|mother|dad|father|grandma|grandmother|grandpa|grandfather|parents|brother|sister|"
    r"aunt|uncle|roommate|neighbor|friend|boyfriend|girlfriend|partner|guest|guests|family|tenant|"
    r"little one|little ones|boy|boys|old man|toddler|girl|girls|man|woman|guy|lady|person|people|coworker|boss)"  # noqa: E501
)
_WHO = (
    rf"(?:(?:my|our|his|her|their|the|a|this|that|an|one of the|both|all|some|old|elderly|little) )+"  # noqa: E501
    rf"(?:\w+ )?{_KIN}|(?:mom|dad|mommy|daddy|grandma|grandpa|nana|he|she|they|we|everybody|everyone|somebody|someone|all of us|both of us|"  # noqa: E501
    r"half of us|none of us|nobody|(?<![a-z] )feeling|(?:two|three|four|some|several) (?:people|guests|tenants|kids)|i)"  # noqa: E501
)
_LINK = (
    r"(?:(?:is|are|am|was|were|has|have|been|be|keeps?|got|gets?|getting|feels?|feeling|seems?|"
    r"looks?|looking|acts?|acting|starting|started|became|becoming|went|woke up|all|both|really|very|so|too|"  # noqa: E501
    r"just|kind of|sort of|a bit|a little|pretty|suddenly|now|still|also|and|to be|like|super) )*"
)
_STRONG: Final = (
    r"unresponsive|(?:not|never|not really|barely|hardly|is not|are not|does not|do not|did not|will "  # noqa: E501
    r"not|would not|can not|stopped|quit) (?:\w+ )?(?:sweat(?:ing)?|respond(?:ing)?|wak(?:e|ing)(?: up)?|breath(?:e|"  # noqa: E501
    r"ing)|answering|answer(?:ing)? me|mov(?:e|ing)|conscious|awake|react(?:ing)?)|unconscious|slumped(?: over)?|limp|"  # noqa: E501
    r"out cold|collapsed|passed out|passing out|blacked out|fainted|fainting|turning blue|blue lips|"  # noqa: E501
    r"(?:having|had) (?:a )?(?:seizure|stroke|heart attack)|foaming|choking|gasping for (?:air|breath)|"  # noqa: E501
    r"(?:lying|laying|down) on the (?:floor|ground)(?! heater)|hard to wake|can not be woken|"
    r"can not (?:get|stand) up|delirious|incoherent|slurring|convulsing|overdosed|shaking all over|"
    r"(?:can not|could not|can|can not really) (?:hardly |barely |scarcely |even )?(?:get|catch) (?:my|his|her|their) breath|"  # noqa: E501
    r"(?:can not|can|could|could not) (?:hardly|barely|scarcely) breathe|fighting for (?:air|breath)|"  # noqa: E501
    r"bleeding (?:bad|badly|a lot|out|everywhere|heavily|really)|fell (?:off the|off of|down the) "
    r"(?:roof|ladder|stairs)|took too many pills|burned (?:my|his|her|their) "
    r"(?:arms?|hands?|face|legs?|foot|feet|skin|fingers?)"
)
_WEAK: Final = (
    r"sleepy|drowsy|groggy|lethargic|confused|disoriented|woozy|dizzy|lightheaded|light headed|weak|"  # noqa: E501
    r"out of it|falling asleep|nodding off|nauseous|nauseated|sick|throwing up|vomiting|puking|"
    r"headaches?|a headache|pale|shaky|foggy|loopy|not (?:themselves|himself|herself|making (?:any )?sense)|"  # noqa: E501
    r"not feeling (?:well|good|right)|feeling (?:funny|weird|off|strange|sick)|short of breath|out of breath|wheezing|swimmy.headed|"  # noqa: E501
    r"puny|talking (?:funny|strange)|(?:gone|going|turned|turning|went) (?:gr[ae]y|white|blue|purple)|vomit|"  # noqa: E501
    r"pounding heads?|heads? (?:is |are )?pounding"
)
_SAID_STRONG = re.compile(
    rf"\b(?:{_WHO}),? {_LINK}(?:(?:{_WEAK})(?:,| and|, and) {_LINK}){{0,3}}(?P<sign>{_STRONG})\b"
)
_SAID_WEAK = re.compile(rf"\b(?:{_WHO}),? {_LINK}(?P<sign>{_WEAK})\b")
_WEAK_WORDS = re.compile(rf"\b(?:{_WEAK})\b")
_CANNOT_RAISE = re.compile(
    rf"\b(?:can not|could not|not able to|trying to) (?:get|wake|rouse|raise) (?:{_WHO}|him|her|them)"  # noqa: E501
    r"(?: up)?(?: to (?:wake|respond|answer|move|get up|come around)| up|$|[,.!;])"
)
_BODY = re.compile(
    r"\bpains? in (?:my|his|her|the|your|their) (?:chest|heart)\b|\bchest (?:is |feels |feeling |gets |got |really |just |so )*"  # noqa: E501
    r"(?:hurts?|hurting|tight\w*|pains?|pressure)\b|\b(?:fell|fallen)\b(?: \w+){0,3}? and (?:is |does |can |has )*not (?:\w+ )?(?:mov|get|respond|answer|wak|talk)\w*"  # noqa: E501
    r"|\beyes?(?: are| is| have)? roll(?:ed|ing) (?:back|up)\b"
    r"|\bface (?:is |was )?droop\w*\b|\b(?:lips|face) (?:are |is |look |looks |went |turned )*(?:blue|purple|gr[ae]y)\b|\bblue lips\b"  # noqa: E501
)
"""Signs told of a part of the body, whoever's it is."""

_BREATH: Final = re.compile(
    r"\b(?:(?:can|could|do|does|did) (?:not )?(?:hardly|barely|scarcely)|(?:can|could) not|hardly|"
    r"barely|scarcely|unable|not able|trouble|struggl\w+|fighting|labou?r\w*|hard time|difficult\w*"
    r"|hard for \w+|gasping|hurts?|(?:los(?:t|ing)|lose)(?= (?:my|his|her|their) breath)) "
    r"(?:(?:to|for|with|in|even|really|much|get|gets|getting|got|catch|catching|draw|take|taking|find|"
    r"a|any|my|his|her|their|your|enough|deep|good|decent|proper) )*(?:breath|breathe|breathing)\b"
    r"(?! (?:easy|easier|down|room|a word))"
    r"|\b(?:my|his|her|their) breath(?:ing)? (?:(?:is|has|got|gets|getting|gone|really|very|so|all|just) )*"  # noqa: E501
    r"(?:hard|heavy|fast|bad|difficult|shallow|funny|labou?red|short|ragged|wrong)\b"
)
"""Breath that does not come, however it is said; the file's phrases have it in one form each."""

_CAUSE = re.compile(
    r"\b(?:fumes|leak\w*|refrigerant|exhaust|smell\w*|down there)\b"
    r"|\b(?:since|after|when|whenever|once)(?: \w+){0,4}? (?:heat|heater|heating|furnace|it|boiler|stove)"  # noqa: E501
    r"(?: \w+){0,2}? (?:on|lit|running|started|going)\b|\blit it\b"
    r"|\b(?:from|in|with|because of) (?:the|this|all this|such) heat\b"
    r"|\bheat ?(?:stroke|exhaustion)\b"
    r"|\b(?:it is|it was|it hit|reads?|says?|almost|over|about) (?:9[5-9]|1[0-2]\d)\b"
)
"""What makes people unwell; with it one weak sign is enough."""

_OWN_LIFE = re.compile(
    r"\b(?:end(?:ing)? it all|(?:kill|hurt|harm)(?:ing)? (?:my|him|her)self|suicid\w+"
    r"|better off dead|tak(?:e|ing) (?:my|his|her) (?:own )?life"
    r"|(?:not|no longer) want to (?:live|be alive)|not want to be here any ?more)\b"
)
"""Somebody speaks of ending a life; it is no matter of the trade, and of nobody's here to judge."""

_NOT_OF_DANGER = re.compile(
    r"\b(?:sick (?:of|and tired)|confused (?:about|by|with|on)|headache (?:of|with) (?:a|this|you)|"
    r"(?:giving|gives) (?:me|us) a headache|weak (?:signal|flow|airflow|air)|sick leave)\b"
)
_NOT_SO = re.compile(r"\bnot (?:feeling |at all )?(?:sick|dizzy|sleepy|confused|drowsy|weak)")


_NONE_OF_IT = ("no ", "not ", "any ", "without ", "not having ", "nobody has ", "nobody is ")


def hear_unwell(said: str, *, asked: bool) -> str:
    """The sign of danger in people that a plain text tells of, or "".

    Args:
        said: `safety_words.plain` of a turn.
        asked: the turn answers the safety question.
    """
    said = _NOT_OF_DANGER.sub(" ", said)
    if (life := _OWN_LIFE.search(said)) is not None:
        return life[0]
    for pattern in (_BODY, _BREATH):
        found = pattern.search(said)
        if found is not None and not said[: found.start()].endswith(_NONE_OF_IT):
            return found[0]
    raised = _CANNOT_RAISE.search(said)
    if raised is not None:
        return raised[0].strip(" ,.!;")
    for found in _SAID_STRONG.finditer(said):
        if not _denied(found[0]):
            return found["sign"]
    weak = next((one for one in _SAID_WEAK.finditer(said) if not _denied(one[0])), None)
    if weak is None:
        return ""
    if weak[0].startswith("i ") and weak["sign"] == "confused":
        asked = False  # by the question
    signs = {one[0] for one in _WEAK_WORDS.finditer(said)}
    enough = asked or len(signs) > 1 or _CAUSE.search(said) is not None
    return weak["sign"] if enough else ""


def _denied(found: str) -> bool:
    return found.startswith(("nobody", "none of us")) or _NOT_SO.search(found) is not None
