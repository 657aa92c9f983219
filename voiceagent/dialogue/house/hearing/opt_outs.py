"""A caller who does not want to hear from us any more.

Closed on doubt: to note a wish that was none costs nobody a call they wanted, for they can take it
back; to miss one is an unlawful call. But a time or a name behind it makes it another sentence
("don't call me before nine", "don't call me Sarah").
"""

from __future__ import annotations

import re
from typing import Final

from voiceagent.language.en_us.matching import words

_REACH = (
    r"(?:call|calls|calling|phone|phoning|ring|ringing|text|texts|texting|message|messages|"
    r"messaging|contact|contacting|email|emails|emailing|mail|mailing|dial|dialing|bother|"
    r"bothering|solicit|soliciting|spam|spamming|reach|harass|harassing)"
)
_WHOM = (
    r"(?:me|us|here|(?:this|my|our|that|the) (?:\w+ )?(?:number|phone|cell|house|home|line|phones))"
)
_AT_TIMES = (
    r"(?!.{0,12}\b(?:before|after|until|till|between|during|while|when|if|unless|at (?!all)|so|"
    r"by|late|early|tonight|today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|"
    r"sunday|weekends|first|names)\b)"
)
_GOES_ON = (
    r"(?= ?$| (?:again|any|anymore|ever|back|please|at|on|this|i|we|it|and|or|you|thanks|thank|"
    r"okay|ok|right|stop|for|with|all|about|here|from|every|no|just|because|period|over|sir|"
    r"never|do|now|guys|people)\b)"
)
_LIST = r"(?:list|lists|database|records|system|systems|directory|file|files|registry)"
_NUMBER = r"(?:me|us|it|(?:my|this|our|the) (?:\w+ )?(?:number|name|info|information|details))"

_STOP = (
    r"(?<!did you )(?<!did they )(?<!not )\b(?:stop|quit|cease) "
    r"(?:(?:all|the|these|your|ever) )*"
)
_DO_NOT = (
    r"(?:(?<!you )(?<!they )(?<!i )(?<!we )(?<!he )(?<!she )\b(?:do not|never|not to) (?:ever )?"
    r"|\b(?:please not|to not) )"
)
_WANT_NO = (
    r"\b(?:not|never|no longer) (?:want|wish|like|need|consent to|agree to) (?:to )?(?:(?:get|"
    r"receive|hear|have|be|being|any|anymore|more|your|these|those|you|anyone|anybody|people|them|"
    r"from|to|further) )+"
)
_REACHED = rf"(?:{_REACH}|called|contacted|texted|phoned|solicited|you)"
_REMOVE = r"\b(?:take|remove|delete|get|scratch|strike|cross|drop|pull|erase|clear)"
_OFF = r"(?:off|from|out|of|out of|off of) (?:\w+ ){0,3}"

_SAID: Final = tuple(
    map(
        re.compile,
        (
            f"{_STOP}{_REACH}(?: {_WHOM})?{_AT_TIMES}{_GOES_ON}",
            f"{_DO_NOT}{_REACH} {_WHOM}{_AT_TIMES}{_GOES_ON}",
            rf"{_WANT_NO}{_REACHED}{_AT_TIMES}(?= ?$| (?!back)\w)",
            rf"\bno (?:more|further) {_REACH}{_AT_TIMES}",
            rf"{_REMOVE} {_NUMBER} {_OFF}(?:{_LIST}|calls|texts|messages)\b",
            r"\b(?:take|get) (?:me|us) off(?: ?$| (?:please|that|this|it|now|okay|ok)\b)",
            r"\bdo not call (?:list|registry)\b",
            r"\b(?:unsubscribe|opting out)\b",
            r"\bopt (?:me |us )?out(?: ?$| (?:please|now|okay|ok|from)\b)",
            rf"\bopt (?:me |us )?out of (?:\w+ ){{0,3}}{_REACH}\b",
            r"\b(?:revoke|withdraw|take back) (?:my |our |any )?consent\b",
            r"\b(?:lose|forget|delete|erase) (?:my|our|this) (?:phone )?number\b",
            rf"\bleave (?:me|us) alone\b.*\b{_REACH}|\b{_REACH}\b.*\bleave (?:me|us) alone\b",
        ),
    )
)
"""Of "stop calling me", "don't text this number", "no more calls", "take me off your list"."""


_WHOSE_ELSE: Final = re.compile(
    r"\b(?:(?:my|our|his|her|their|the) )?(?!(?:it|that|this|there|here|what|who)['\u2019]s)"
    r"(?:\w+['\u2019]s|\w+s['\u2019]|his|her|their) (?:\w+ )?(?:number|phone|cell|line)\b",
    re.IGNORECASE,
)
"""A number that is somebody else's: "my wife's number", "her cell"."""


def wants_no_calls(text: str) -> bool:
    """Whether the caller says that they want no calls or texts from us.

    What they want for somebody else's number is no wish about theirs (`spares_another`).
    """
    return _WHOSE_ELSE.search(text) is None and _is_said(text)


def spares_another(text: str) -> bool:
    """Whether somebody else's number is to get no calls or texts from us."""
    spared = _WHOSE_ELSE.sub("my number", text)
    return spared != text and _is_said(spared)


def _is_said(text: str) -> bool:
    said = " ".join(words(text)).replace("any more", "anymore")
    return any(pattern.search(said) for pattern in _SAID)
