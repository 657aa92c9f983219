"""Signs of danger that need no word of the owner's: a thing, and what happens to it.

The business file names hazards ("gas", "smoke"). People also tell of them without the name: "the
breaker box smells hot", "the flue came loose", "the plug melted", "it hissed when I turned the
knob". A sign is a family of things with what is dangerous about them, in either order, so that no
sentence has to be known. Families: burning, explosion, electricity, fuel, exhaust, alarms. They hold
for every trade; signs in people are in `unwell`.

Whether a sign is denied or past is not decided here: where one was found stands `SIGN`, which is
judged like a hazard of the file.
"""  # noqa: E501

from __future__ import annotations

import re
from typing import Final

from voiceagent.domain.text_rules import put, rules

SIGN: Final = "dangersign"

_SMELL = r"(?:smell\w*|stinks?|stinking|reeks?|odou?rs?|whiff|fumes)"
_WHERE = (
    r" (?:at|on|in|by|near|from|behind|inside|outside|under|of|for|to) (?:the|my|our|this|that)"
)
_FEW = rf"(?:(?:{_WHERE})? (?!(?:but|no|not|nor|or|and|i|we|it|there|my|our|the house|only)\b)\w+){{0,4}}?"  # noqa: E501
"""A few words of the same statement, also where the thing is."""
_BURNT = r"(?:burned|scorched|singed|charred|melted|melting|overheated|overheating)"
_WIRED = (
    r"(?:wires?|wiring|cables?|cords?|plugs?|outlets?|sockets?|breaker|breaker box|panel|contactor|"
    r"disconnect|insulation|transformer)"
)
_FUEL = (
    r"(?:l ?p|lpg|butane|kerosene|fuel oil|heating oil|diesel|gasoline|fuel|"
    r"oil(?! (?:furnace|heater|burner|boiler|heat|tank)))"
)
_FUEL_TANK = r"(?:(?:l ?p|propane|gas|oil|fuel) (?:tank|line|pipe|hose|valve|bottle)|regulator)"
_ESCAPES = r"(?:leak\w*|spill\w*|spew\w*|seep\w*|hiss\w*|pour\w*|gush\w*)"
_OF_GAS = (
    r"(?:stations?|grills?|bills?|prices?|money|free|furnaces?|heaters?|heat|heating|units?|systems?|"
    r"packs?|boilers?|water|stoves?|fireplaces?|logs?|powered|meters?|company|dryers?|ranges?|ovens?|"
    r"lines?|valves?|tanks?|delivery|alarms?|detectors?)"
)
"""Behind a fuel, what is named after it: whether that smells, the file's own words tell."""
_ALARM = r"(?:alarm|detector|monitor|sensor)s?"
_OTHER_ALARM = r"(?:burglar|car|security|motion|door|clock|phone)\b"
_STATED = r"(?: (?!not\b|no\b|never\b|at\b)\w+){0,4}?"
"""A few words that deny nothing, and tell no hour at which a clock goes off."""
_SOUNDS = (
    r"(?:going off|goes off|went off|gone off|beep\w*|scream\w*|screech\w*|sounding|sounds|sounded|"
    r"ring(?:s|ing)|rang|blar\w+|trips?|tripp\w+)"
)
_IRRITATES = r"(?:eyes?|throat|nose|lungs?) (?:burn\w*|sting\w*|hurts?|water(?:s|ing)|tingl\w+)"
_FLUE = r"(?:flue|flue pipe|flue gas(?:es)?|exhaust|vent pipe|chimney|combustion gas(?:es)?)"

_SIGNS: Final = rules(
    # burning
    ("smell stink reek odo whiff fume", rf"\b{_SMELL}{_FEW} {_BURNT}\b"),
    ("smell stink reek odo whiff fume", rf"\b{_BURNT} (?:\w+ )?{_SMELL}\b"),
    (" hot", rf"\b{_SMELL} (?:really |very |kind of |so |a bit |super |awful |awfully )?hot\b"),
    ("haz", r"\b(?:haze|hazy)\b(?! (?:day|outside|weather|sky))"),
    ("smo", r"\bsmou?lder\w*\b"),
    ("soot puff", r"\b(?:filled|full|covered|blowing|puff\w*|everywhere|all over)(?: \w+){0,4}? soot\b|\bpuff(?:ed)? ?back\b"),  # noqa: E501
    ("glow", r"\b(?:pipe|flue|wires?|cable|outlet|panel|plug)(?: \w+){0,3}? glow\w*\b|\bglow\w* (?:cherry )?(?:red|orange)\b"),  # noqa: E501
    ("extinguisher", r"\b(?:used|using|hit|sprayed|spraying|grabbed|emptied)(?: \w+){0,5}? extinguisher\b"),  # noqa: E501
    ("melt", r"\bmelt(?:ed|ing) (?:off|down|through|onto|into)\b"),
    ("orange red", r"\b(?:orange|red) (?:flicker\w*|glow\w*)\b"),
    ("lit set ignited caught", r"\b(?:lit|set|ignited|caught) (?:the |my |our )?(?:insulation|carpet|curtains?|drapes|wall|rug|couch|bed|floor)\b"),  # noqa: E501
    # explosion
    ("blew boom bang", r"\bblew (?:up|off)\b(?! at)|\bwent (?:boom|bang)\b|\bbig boom\b"),
    # electricity
    ("arc", r"\barc(?:s|ing|ed)\b"),
    ("shock zap electrocut", r"\b(?:got|get|gets|getting|gave|gives|giving)(?: me| him| her| us| you| a| an| another| bad| little| nasty| electric| electrical)* (?:shocks?|shocked|zapped|electrocuted)\b|\belectrocut\w+\b|\bshock(?:s|ed) (?:me|us|him|her)\b"),  # noqa: E501
    ("wir cabl cord plug outlet socket breaker panel contactor disconnect insulation transformer", rf"\b{_WIRED}{_FEW} (?:{_BURNT}|(?:is |are |all )(?:hot|black)|hot to the touch|went pop|smok\w+)\b"),  # noqa: E501
    ("wir cabl cord plug outlet socket breaker panel contactor disconnect insulation transformer", rf"\b(?:exposed|live|bare|downed|hanging|sparking|melted|melting|hot)(?: \w+)? {_WIRED}\b"),  # noqa: E501
    ("touch", rf"\b{_WIRED}\b[^.;!?]{{0,40}}\bhot to the touch\b"),
    ("jolt", r"\b(?:gives?|gave|giving|got|get|gets)(?: me| him| her| us| you| a| an| another| bad| little| nasty)* jolts?\b"),  # noqa: E501
    ("water", r"\bwater\b[^.;!?]{0,40}\b(?:onto|on|into|in|over|through)\b[^.;!?]{0,12} (?:electrical panel|breaker (?:box|panel)|outlets?|fuse box|light fixture|wiring)\b"),  # noqa: E501
    ("brown black", rf"\b{_WIRED}{_FEW} (?:is|turned|gone|went) (?:brown|black)\b"),
    # fuel: what is put into gas so that it smells is told as eggs, as a skunk, as a struck match
    ("skunk match", rf"\b{_SMELL}{_FEW} (?:skunks?|skunky|struck match(?:es)?|lit match(?:es)?)\b"),
    ("smell", r"\bpilot(?: light)?\b[^.;!?]{0,30}\bsmell (?:it|something)\b|\bsmell (?:it|that) (?:again|still)\b|\bstill smell (?:it|that|something)\b"),  # noqa: E501
    ("egg sulf sulph", rf"\b(?:rotten|bad|spoiled) eggs?\b|\beggs?(?: like)? {_SMELL}\b|\b{_SMELL}{_FEW} eggs?\b|\bsulph?ur\w*\b"),  # noqa: E501
    ("lp l p butane kerosene oil diesel gasoline fuel", rf"\b{_FUEL}{_FEW} (?:{_ESCAPES}|{_SMELL}|all over|on the floor)\b(?! water)"),  # noqa: E501
    ("lp butane kerosene oil diesel gasoline fuel", rf"\b(?:{_ESCAPES}|{_SMELL}){_FEW} (?:kerosene|fuel oil|heating oil|diesel|gasoline|butane|lpg|fuel)\b"),  # noqa: E501
    ("tank line pipe hose valve bottle regulator", rf"\b{_FUEL_TANK}{_FEW} (?:{_ESCAPES}|busted|burst|ruptured|broken|cracked|cut|stuck open|froze open)\b"),  # noqa: E501
    ("hiss spew", r"\b(?:knob|burner|stove|tank|regulator|meter)(?: \w+){0,8}? (?:hiss|spew)\w*\b"),
    ("reek stink stunk whistl", r"\b(?:stove|burner|oven|range|gas meter|gas line|meter)\b[^.;!?]{0,40}\b(?:reeks?|stinks?|stunk|whistl\w+)\b"),  # noqa: E501
    # exhaust and its gas
    ("flue exhaust vent chimney combustion", rf"\b{_FLUE}{_FEW} (?:loose|disconnected|apart|back|into|spill\w*|blocked|fell|venting)\b"),  # noqa: E501
    ("co c o carbon", r"\b(?:high|elevated|dangerous|some) (?:c ?o|carbon monoxide)\b|\bc ?o (?:readings?|levels?|fault|poisoning|thing)\b"),  # noqa: E501
    ("co c o", r"\b(?:says?|reads?|reading|shows?|detects?|picking up)(?: danger)? c ?o\b"),
    ("flue exhaust vent chimney combustion", rf"\b(?:block\w*|clog\w*|plug\w*)(?: \w+){{0,3}}? {_FLUE}\b"),  # noqa: E501
    # alarms
    ("detector", r"\bdetector(?: \w+){0,4}? (?:going off|went off|beep\w*|scream\w*|screech\w*|sounding|ringing|alarm\w*)\b"),  # noqa: E501
    # one that was made to stop had begun
    ("batter", r"\b(?:took|take|taken|pull(?:ed)?|ripped|yanked|removed|popped)(?: \w+){0,3}? batter(?:y|ies)\b(?![^.;!?]{0,60}\b(?:thermostat|remote)\b)(?=[^.;!?]{0,60}\b(?:shut up|stop\w*|quit|quiet|going off|went off|scream\w*|beep\w*|loud|noise|racket)\b)"),  # noqa: E501
    ("alarm detector", r"\b(?:unplugged|disconnected|silenced|muted|smashed|turned off|shut off)(?: \w+){0,3}? (?:alarm|detector)s?\b"),  # noqa: E501
    ("alarm detector", r"\b(?:alarm|detector) (?:for|of) (?:the )?(?:c ?o|carbon)\b"),
    ("carbon beeps", r"\bcarbon (?:alarm|detector|sensor|thing|monitor)\b|\b(?:three|four|3|4) beeps\b"),  # noqa: E501
    ("lel gas combustion", r"\b(?:lel|four gas|combustion|gas) (?:meter|monitor|detector|alarm|analyzer)(?: \w+){0,3}? (?:alarm\w*|going off|went off|reads?|beep\w*)\b"),  # noqa: E501
)  # fmt: skip
_FLOOR: Final = rules(
    ("smell stink reek odo whiff fume", rf"\b(?:hot|burning|acrid)(?: (?:plastic|rubber|metal|wires?|electrical|oil))? {_SMELL}\b"),  # noqa: E501
    ("smell stink reek odo whiff fume", rf"\b{_SMELL}{_FEW} (?:burning|smoke|fireworks?|gunpowder|hot (?:plastic|rubber|metal|wires?|oil))\b(?! {_OF_GAS})"),  # noqa: E501
    ("smell stink reek odo whiff fume", rf"\b{_SMELL}\b[^.;!?]{{0,40}}\b{_IRRITATES}\b|\b{_IRRITATES}\b[^.;!?]{{0,40}}\b{_SMELL}\b"),  # noqa: E501
    ("fire", r"\b(?:on|caught|catching|catches) fire\b"),
    ("smoke", r"\b(?:there is|see|seeing|saw|full of|filled with|filling with)(?: (?!no\b|not\b|any\b)\w+){0,2}? smoke\b(?! (?:alarm|detector|free|break|test))"),  # noqa: E501
    ("smoke", r"\bsmoke (?:is |was |keeps )?(?:coming|pouring|billowing|filling|rising|everywhere)\b"),  # noqa: E501
    ("gas propane", rf"\b{_SMELL}{_FEW} (?:gas|propane)\b(?! {_OF_GAS})|\b(?:gas|propane)(?: (?!{_OF_GAS})\w+)? {_SMELL}\b"),  # noqa: E501
    ("gas propane", rf"\b(?:gas|propane)(?: (?:line|pipe|hose|valve|tank))?(?: (?:is|was|keeps|has been))? {_ESCAPES}\b"),  # noqa: E501
    ("alarm detector monitor sensor", rf"\b(?:carbon (?:mon|di)oxide|monoxide|c ?o ?2?|smoke|fire|gas) {_ALARM}{_STATED} {_SOUNDS}\b"),  # noqa: E501
    ("alarm detector monitor sensor", rf"\b(?:trips?|tripp\w+|sets? off|setting off|triggers?|triggering)(?: (?!{_OTHER_ALARM})\w+){{0,3}}? {_ALARM}\b"),  # noqa: E501
    ("alarm detector", rf"\b(?:alarm|detector) (?:in|on|by|near|outside|upstairs|downstairs){_STATED} (?:goes|going|went|gone) off\b"),  # noqa: E501
)  # fmt: skip
"""What every trade has to know of fire, gas and alarms, whatever the owner's file has words for."""

_WATER = re.compile(r"\b(?:water|condensate|drain|drip\w*)\b")
_BROKEN_LINE = re.compile(
    r"\b(?:line|pipe|hose)(?: is| was| has| got)* (?:busted|burst|cut|severed|ruptured|snapped)\b"
)
_FUEL_NAMED = re.compile(rf"\b(?:gas|propane|{_FUEL})\b")


def with_signs(said: str) -> str:
    """A plain text with `SIGN` where a sign was told of."""
    said = put(SIGN, _SIGNS, said)
    if _FUEL_NAMED.search(said) and not _WATER.search(said):
        said = _BROKEN_LINE.sub(SIGN, said)
    return said


def with_floor(said: str) -> str:
    """A plain text with `SIGN` where fire, gas or an alarm was told of in anybody's words.

    For texts in which the file's words and signs found nothing: those know what is harmless.
    """
    return put(SIGN, _FLOOR, said)


def first_sign(said: str) -> str:
    """The first sign in a plain text, in the caller's words, or ""."""
    found = [match for _, pattern in (*_SIGNS, *_FLOOR) if (match := pattern.search(said))]
    return min(found, key=lambda match: match.start())[0] if found else ""
