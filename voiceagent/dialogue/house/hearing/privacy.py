"""A caller who wants what they say kept: private, in confidence, or not recorded.

Closed on doubt: to keep a conversation here costs the caller nothing, to send it on cannot be taken
back. But what is private by its name ("a private road") is no wish, and a question is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from voiceagent.language.en_us.matching import words

_END = (
    r"(?= ?$| (?:please|okay|ok|now|and|but|so|because|since|if|though|thanks|thank|i|i'm|my|we|it|"
    r"it's|this|that|from|you|sir|ma'am|between|until|about)\b)"
)
_VERY = r"(?:strictly |completely |totally |just |very |all |entirely |kept |to stay |to be )*"
_KEPT = (
    r"(?:private|confidential|a secret|secret|between us|between you and me|to yourself|"
    r"to yourselves|off the record|in confidence)"
)
_WHAT = (
    r"(?:this|that|it|everything|all of (?:this|that|it)|me out of it|"
    r"what i (?:say|said|tell you|told you|am saying|am telling you|am about to (?:say|tell you))|"
    r"(?:this|that|the|our|my) (?:call|conversation|chat|matter|information|info|details|name|"
    r"number|address|visit|appointment|request))"
)
_MUST = (
    r"(?:is|are|be|stay|stays|remain|remains|(?:has|have|needs|need|is|are|ought) to (?:be|stay|"
    r"remain)|(?:must|should|can) (?:be|stay|remain))"
)
_RECORD = r"(?:record|recording|recorded|tape|taping|taped)"
_OBJECT = (
    r"(?: (?:this|that|me|us|it|anything|any of (?:this|that|it)|my voice|(?:this|the|our) (?:call|"
    r"conversation|line)|what i say))*"
)

_IN_PRIVATE = r"(?:privately|in private|confidentially|in confidence)"
_SAYING = r"(?:say|said|tell you|telling you|talk|speak)"
_STOP = r"(?<!you )(?<!they )(?<!we )(?<!i )\b(?:do not|never|not to|stop|quit|cease)"
_OFF = r"\b(?:turn|switch|shut)(?: off)?"
_NOT_AGREED = (
    r"\bnot (?:want|like|wish|agree|consent|okay|ok|fine|happy|comfortable|give) (?:\w+ ){0,5}"
)
_MATTER = r"(?: (?:matter|call|conversation|thing|information))?"

_PRIVATE: Final = tuple(
    map(
        re.compile,
        (
            rf"\b(?:keep|keeping|leave|hold) {_WHAT} {_VERY}{_KEPT}{_END}",
            rf"\b{_WHAT} {_MUST} {_VERY}(?:a )?{_KEPT}{_MATTER}{_END}",
            r"\boff the record\b",
            rf"\b{_SAYING} (?:{_WHAT} )?{_IN_PRIVATE}{_END}",
        ),
    )
)
"""Of "keep this between us", "this is confidential"."""

_UNRECORDED: Final = tuple(
    map(
        re.compile,
        (
            rf"{_STOP} (?:you |ever |please )*{_RECORD}{_OBJECT}{_END}",
            rf"{_OFF} (?:the |that |your )?{_RECORD}(?: thing)?(?: off)?{_END}",
            rf"\b(?:without|no) (?:being )?(?:recording|recorded|recordings|tape)s?{_OBJECT}{_END}",
            rf"{_NOT_AGREED}{_RECORD}\b",
        ),
    )
)
"""Of "don't record me", "stop the recording", "I don't want to be recorded"."""


_ASKS_OF_RECORDING: Final = re.compile(
    r"\b(?:are|is|am|do|does|will|would|was|were|being) "
    r"(?:you|we|i|this|that|it|they|my|the|your|our)\b"
    rf"(?: \w+){{0,4}}? {_RECORD}\b(?! (?:player|deck|delivery|high|low|number|heat))"
)


def asks_of_recording(text: str) -> bool:
    """Whether the caller asks if they are recorded: "are you recording this"."""
    said = " ".join(words(text))
    return _ASKS_OF_RECORDING.search(said) is not None and not refuses_recording(text)


def wants_privacy(text: str) -> bool:
    """Whether the caller says that what is said is to be kept: private, or not recorded."""
    return _is_said(text, _PRIVATE) or refuses_recording(text)


def refuses_recording(text: str) -> bool:
    """Whether the caller says that they do not want to be recorded."""
    return _is_said(text, _UNRECORDED)


def _is_said(text: str, patterns: Iterable[re.Pattern[str]]) -> bool:
    said = " ".join(words(text))
    return any(pattern.search(said) for pattern in patterns)
