"""When somebody should come, said too loosely for one day: "end of the month".

Such a time is asked back. What is inside working hours only is a wish of its own kind.
"""

from __future__ import annotations

import re

from voiceagent.language.en_us.dates import MONTHS
from voiceagent.language.en_us.lexicon import words

_PART = (
    r"(?:(?:the )?(?:very )?(?:beginning|start|middle|end|first (?:part|half|week|few days)"
    r"|second half|last (?:part|half|week|days|few days)) of|mid|early|late|later)"
)
_MONTH = "|".join(month for month in MONTHS if month not in {"may", "march"})
_SPAN = (
    r"(?:(?:the|this|next|coming) )?"
    rf"(?:month|year|{_MONTH}|may|march|summer|fall|autumn|winter|spring)"
)
_NO_DAY_AFTER = r"\b(?! \d| (?:the )?\w+(?:st|nd|rd|th)\b)"
_LOOSE = (
    re.compile(rf"\b(?P<span>{_PART} (?:in )?{_SPAN}){_NO_DAY_AFTER}"),
    re.compile(
        r"\b(?P<span>(?:the )?(?:end|middle|second half|late|later)(?: of)?(?: the| this| next)? week)\b"  # noqa: E501
    ),
    re.compile(rf"\b(?P<span>(?:sometime |some time )?(?:in|during) (?:{_MONTH})){_NO_DAY_AFTER}"),
    re.compile(r"\b(?P<span>next month|in a month|in (?:two|three|a few|a couple of) months)\b"),
    re.compile(
        r"\b(?P<span>(?:(?:the )?day |right |sometime |shortly )?(?:after|before|over|until after) "
        r"(?:the |this |that )(?:long )?(?:holidays?|weekend|break|vacation))\b"
    ),
)
_OVERTIME = (
    r"(?:overtime|over time|after ?hours|weekend rates?|(?:the )?(?:emergency|after hours|overtime"
    r"|night|extra|holiday) (?:rates?|fees?|prices?|charges?))"
)
_IN_HOURS = re.compile(
    r"\b(?:whenever|when|any ?time|something|anything|sometime|a time|a slot|one|a day)\b"
    r"(?: [\w']+){0,3}? (?:not|isn't|aren't|no|without|avoids?|don't \w+)(?: [\w']+){0,3}? "
    rf"{_OVERTIME}\b"
    rf"|\b(?:avoid|skip|without paying|don't want(?: to pay)?)(?: the)? {_OVERTIME}\b"
    r"|\b(?:during|in|within) (?:your |the )?(?:regular|normal|business|working|office|standard"
    r"|usual) (?:business |working )?hours\b"
)


def hear_loose_time(text: str) -> str:
    """The stretch of days that `text` names instead of a day, as it was said, "" for none."""
    said = " ".join(words(text))
    found = (pattern.search(said) for pattern in _LOOSE)
    return next((match["span"].strip() for match in found if match is not None), "")


def wants_working_hours(text: str) -> bool:
    """Whether only a time inside working hours is wanted ("whenever it's not overtime")."""
    return _IN_HOURS.search(" ".join(words(text))) is not None


def names_off_hours(text: str) -> bool:
    """Whether a visit outside opening hours is spoken of ("after hours", "when you're closed")."""
    said = " ".join(words(text))
    return _OFF_HOURS.search(said) is not None and _IN_HOURS.search(said) is None


_OFF_HOURS = re.compile(
    r"\b(?:after|out of|off|outside(?: of)?)(?: of)?(?: (?:your|the|normal|regular|business|working"
    r"|office|opening|standard|usual)){0,3} hours\b|\bovertime\b"
    r"|\b(?:when|while|once|after) (?:you|you're|you are|the (?:office|shop|store))"
    r"(?: guys| all| folks)?(?: are| is|'re)? closed\b"
)
