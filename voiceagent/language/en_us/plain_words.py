"""How ordinary words, abbreviations, initials and names of firms are read aloud."""

from __future__ import annotations

import re

from voiceagent.language.en_us.lexicon import vocabulary
from voiceagent.language.en_us.numbers import say_digits

_KNOWN_INITIALS = vocabulary("""
    AC CO AI SMS ETA QR ID USA US UK PA API URL FAQ DIY TV PC UV CEO DNS VIP SUV SLA
""")
_SPECIAL_WORDS = {
    "HVAC": "H vac", "ZIP": "zip", "OK": "okay", "&": "and", "+": "plus", "=": "equals", "@": "at",
    "e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "Mr.": "Mister",
    "Mrs.": "Missus", "Ms.": "Miz", "Dr.": "Doctor", "approx.": "approximately", "w/": "with",
    "%": "percent", "St.": "Saint", "a.m.": "A M", "p.m.": "P M", "AM": "A M", "PM": "P M",
    "24/7": "twenty-four seven", "No.": "number", "Apt": "apartment", "Apt.": "apartment",
    "Ste": "suite", "ext.": "extension", "hrs": "hours", "min.": "minutes",
}  # fmt: skip
_UNSPOKEN = re.compile(r"[^\w\s.,;:?!'$%&+@=#-]|_", re.UNICODE)
_HUMPS = re.compile(r"^[A-Z][a-z]{2,}(?:[A-Z][a-z]{2,})+$")
_EDGES = re.compile(r"^(\W*)(.*?)([\W]*)$", re.DOTALL)
_VOWEL = re.compile(r"[AEIOUY]", re.IGNORECASE)
_MAX_INITIALS = 5


def plain_word(atom: str) -> str:
    """An atom no rule knows: an abbreviation, initials, a camel-case name, or the word itself."""
    if atom in _SPECIAL_WORDS:
        return _SPECIAL_WORDS[atom]
    edges = _EDGES.match(atom)
    _head, core, tail = edges.groups() if edges is not None else ("", atom, "")
    if not core:
        return _SPECIAL_WORDS.get(atom.strip(), "")
    pause = next((mark for mark in tail if mark in ",.;:?!\N{HORIZONTAL ELLIPSIS}"), "")
    pause = "." if pause == "\N{HORIZONTAL ELLIPSIS}" else pause
    word = _SPECIAL_WORDS.get(core) or _SPECIAL_WORDS.get(f"{core}.") if pause == "." else None
    word = word or _SPECIAL_WORDS.get(core) or _word(core)
    return f"{word}{pause}" if word else ""


def _word(core: str) -> str:
    if core.isupper() and core.isalpha() and 1 < len(core) <= _MAX_INITIALS:
        if core in _KNOWN_INITIALS or not _VOWEL.search(core):
            return " ".join(core)
        return core
    if _HUMPS.match(core):
        return " ".join(re.findall(r"[A-Z][a-z]+", core))
    if core.endswith("s") and core[:-1] in _KNOWN_INITIALS:
        return f"{' '.join(core[:-1])}s"
    spoken = _UNSPOKEN.sub(" ", core.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return re.sub(r"\d+", lambda match: f" {say_digits(match[0])} ", spoken).strip()
