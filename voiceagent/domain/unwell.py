"""People who are in danger, by what is said of them and not by a list of sentences.

A *sign* counts when somebody is said to show it: "my son won't wake up", "the kids are all sleepy
and confused", "she is slumped over", "I can't get him to answer". A strong sign is enough alone; of
the weak ones, which tired people show as well, there have to be two, or one as the answer to the
safety question. A thermostat that does not respond is no person.
"""

from __future__ import annotations

import re
from typing import Final

_KIN = (
    r"(?:wife|husband|son|sons|daughter|daughters|kid|kids|child|children|baby|babies|infant|"
    r"toddler|mom|mother|dad|father|grandma|grandmother|grandpa|grandfather|parents|brother|sister|"
    r"aunt|uncle|roommate|neighbor|friend|boyfriend|girlfriend|partner|guest|guests|family|tenant|"
    r"little one|little ones|boy|boys|girl|girls|man|woman|guy|lady|person|people|coworker|boss)"
)
_WHO = (
    rf"(?:(?:my|our|his|her|their|the|a|this|that|an|one of the|both|all|some|old|elderly|little) )+"  # noqa: E501
    rf"(?:\w+ )?{_KIN}|(?:mom|dad|mommy|daddy|grandma|grandpa|nana|he|she|they|we|everybody|everyone|somebody|someone|all of us|both of us|"  # noqa: E501
    r"half of us|none of us|nobody|i)"
)
_LINK = (
    r"(?:(?:is|are|am|was|were|has|have|been|be|keeps?|got|gets?|getting|feels?|feeling|seems?|"
    r"looks?|looking|acts?|acting|starting|started|became|becoming|went|all|both|really|very|so|too|"
    r"just|kind of|sort of|a bit|a little|pretty|suddenly|now|still|also|and|to be|like|super) )*"
)
_STRONG: Final = (
    r"unresponsive|(?:not|never|not really|barely|hardly|is not|are not|does not|do not|did not|will "  # noqa: E501
    r"not|would not|can not|stopped|quit) (?:\w+ )?(?:respond(?:ing)?|wak(?:e|ing)(?: up)?|breath(?:e|"  # noqa: E501
    r"ing)|answering me|moving|conscious|awake|react(?:ing)?)|unconscious|slumped(?: over)?|limp|"
    r"out cold|collapsed|passed out|passing out|blacked out|fainted|fainting|turning blue|blue lips|"  # noqa: E501
    r"(?:having|had) (?:a )?(?:seizure|stroke|heart attack)|foaming|choking|gasping for (?:air|breath)|"  # noqa: E501
    r"(?:lying|laying|down) on the (?:floor|ground)(?! heater)|hard to wake|can not be woken|"
    r"can not get up|delirious|incoherent|slurring|convulsing|overdosed"
)
_WEAK: Final = (
    r"sleepy|drowsy|groggy|lethargic|confused|disoriented|woozy|dizzy|lightheaded|light headed|weak|"  # noqa: E501
    r"out of it|falling asleep|nodding off|nauseous|nauseated|sick|throwing up|vomiting|puking|"
    r"headaches?|a headache|pale|shaky|foggy|loopy|not (?:themselves|himself|herself|making sense)|"
    r"not feeling (?:well|good|right)|feeling (?:funny|weird|off|strange)|short of breath"
)
_SAID_STRONG = re.compile(rf"\b(?:{_WHO}),? {_LINK}(?P<sign>{_STRONG})\b")
_SAID_WEAK = re.compile(rf"\b(?:{_WHO}),? {_LINK}(?P<sign>{_WEAK})\b")
_WEAK_WORDS = re.compile(rf"\b(?:{_WEAK})\b")
_CANNOT_RAISE = re.compile(
    rf"\b(?:can not|could not|not able to|trying to) (?:get|wake|rouse|raise) (?:{_WHO}|him|her|them)"  # noqa: E501
    r"(?: up)?(?: to (?:wake|respond|answer|move|get up|come around)| up|$|[,.!;])"
)
_NOT_OF_DANGER = re.compile(
    r"\b(?:sick (?:of|and tired)|confused (?:about|by|with|on)|headache (?:of|with) (?:a|this|you)|"
    r"(?:giving|gives) (?:me|us) a headache|weak (?:signal|flow|airflow|air)|sick leave)\b"
)
_NOT_SO = re.compile(r"\bnot (?:feeling |at all )?(?:sick|dizzy|sleepy|confused|drowsy|weak)")


def hear_unwell(said: str, *, asked: bool) -> str:
    """The sign of danger in people that a plain text tells of, or "".

    Args:
        said: `safety_words.plain` of a turn.
        asked: the turn answers the safety question.
    """
    said = _NOT_OF_DANGER.sub(" ", said)
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
    return weak["sign"] if asked or len(signs) > 1 else ""


def _denied(found: str) -> bool:
    return found.startswith(("nobody", "none of us")) or _NOT_SO.search(found) is not None
