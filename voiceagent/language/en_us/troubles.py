"""Whether something is said to be wrong with a thing, whatever the thing is.

"won't come on", "is acting up", "quit on us", "makes an awful racket", "not keeping up", "it's 81 in
here". What the thing is, and whether it is ours to mend, the business file says.
"""  # noqa: E501

from __future__ import annotations

import re

from voiceagent.language.en_us.matching import words

_TROUBLE = re.compile(
    r"\b(?:(?:will|would|does|do|did|is|are|was|can) not|not|never|barely|hardly|no longer|stopped|quit)"  # noqa: E501
    r" (?:\w+ ){0,2}?(?:com(?:e|ing) (?:on|out|up)|turn(?:ing)?|start(?:ing)?|work(?:ing|s)?|run(?:ning)?|(?<!the )heat(?:ing)?|"  # noqa: E501
    r"cool(?:ing)?|blow(?:ing)?|keep(?:ing)? up|light(?:ing)?|kick(?:ing)?|respond(?:ing)?|drain(?:ing)?|"  # noqa: E501
    r"shut(?:ting)?|fir(?:e|ing)|go(?:ing)?|flow(?:ing)?|spin(?:ning)?|clos(?:e|ing)|open(?:ing)?|fill(?:ing)?|right|do(?:ing)? (?:anything|a thing))\b"  # noqa: E501
    r"|\b(?:quit|quits|died|dead|broken|broke|busted|fried|frozen|froze|iced|icing|blank|stuck|tripped|trips|"
    r"tripping|leaking|leaks|dripping|drips|flooding|buzzing|humming|clicking|clanking|banging|grinding|"
    r"rattling|rattles|squealing|screeching|knocking|whistling|vibrating|shaking|overheating|smoking|"
    r"short cycling|acting up|acting weird|acting funny|on the fritz|on the blink|gave out|give out|went out|"  # noqa: E501
    r"gone out|conked out|kaput|shot|malfunctioning|faulty|defective|cut out|cuts out|shutting off|shuts off)\b"  # noqa: E501
    r"|\bstopped\b(?! (?:by|in|at|over|for|to)\b)"
    r"|\bkeeps? (?:on )?\w+ing\b"
    r"|\b(?:racket|noise|noises|puddle|leak|rust|mold|ice|error code|fault code)\b"
    r"|\b(?:is|are|has been) (?:\w+ )?(?:out|down|off|gone|warm|hot|cold|freezing|noisy|loud)\b"
    r"|\b(?:problem|trouble|issue|issues|problems|something wrong|what is wrong) (?:with|on)\b"
    r"|\bit is (?:like |about |over |only )?(?:\d{2,3}|fifty|sixty|seventy|eighty|ninety|a hundred)"
    r"(?: \w+)? (?:in here|inside|in the|degrees|upstairs)\b"
)
_NONE = re.compile(
    r"\b(?:nothing is wrong|nothing wrong|no problem|no problems|works fine|working fine|just want)\b"  # noqa: E501
)


_UPKEEP = re.compile(
    r"\b(?:serviced|servicing|maintenance|maintained|upkeep|inspected|inspection"
    r"|(?:annual|yearly|regular|routine|seasonal|spring|fall|winter|summer|preventive|scheduled) (?:\w+ )?"  # noqa: E501
    r"(?:service|maintenance|inspection|check|cleaning|visit)"
    r"|(?:tune|tuned|tuning|check|checked|looked|cleaned|once) ?(?:up|over|out)|checkup|tuneup|cleaned and checked"  # noqa: E501
    r"|(?:get|gets|have|getting|be) (?:it |them )?(?:checked|cleaned))\b"
)


def is_upkeep(text: str) -> bool:
    """Whether a thing is to be kept in order rather than mended: serviced, checked, inspected."""
    said = " ".join(words(text))
    return _UPKEEP.search(said) is not None and not tells_of_trouble(text)


def tells_of_trouble(text: str) -> bool:
    """Whether a turn says that something is wrong; never raises."""
    said = " ".join(words(text))
    return _TROUBLE.search(said) is not None and _NONE.search(said) is None


_FLOOR = r"(?:upstairs|downstairs|(?:first|second|third|main|top|ground|upper|lower) (?:floor|level|story)|basement|attic|garage|rooftop)"  # noqa: E501
_UNIT = r"(?:unit|system|zone|ac|air conditioner|furnace|heat pump|air handler|heat|cooling|thermostat|one)"  # noqa: E501
_ON_A_FLOOR = re.compile(
    rf"\b(?P<unit>{_FLOOR}) {_UNIT}\b|\b(?:(?P<plain>upstairs|downstairs)|(?:on|in) the (?P<floor>{_FLOOR}))$"  # noqa: E501
)
_CLAUSE = re.compile(r"[,.;!?]+\s+|\s+(?:but|while|and|though)\s+", re.IGNORECASE)
_BUT_THERE = re.compile(r"\b(?:only|just|except|fine|okay|ok|works|i am|we are|live|sleep)\b")
"""What tells where all is well, or where somebody is."""


def hear_floor(text: str) -> str:
    """Where in the house a trouble is ("upstairs", "second floor"); "" where that is not said.

    Of the clause that tells the trouble: "the upstairs AC quit, but the downstairs one is fine".
    """
    for clause in _CLAUSE.split(text):
        said = " ".join(words(clause))
        found = _ON_A_FLOOR.search(said)
        if found is not None and not _BUT_THERE.search(said):
            return found["unit"] or found["plain"] or found["floor"]
    return ""
