"""Names of people and places in a sentence, however they are written.

For a guard that has to know whose name is being said: a common name counts in any letter case, any
other word by its capital inside a sentence, and a street by the word before "street".
"""

from __future__ import annotations

import re
from typing import Final

from voiceagent.language.en_us.common_names import COMMON_FIRST_NAMES, COMMON_LAST_NAMES
from voiceagent.language.en_us.dates import MONTH_NUMBERS, WEEKDAYS
from voiceagent.language.en_us.english import ENGLISH
from voiceagent.language.en_us.lexicon import normal, vocabulary
from voiceagent.language.en_us.name_words import NOT_NAMES, ORDINARY
from voiceagent.language.en_us.streets import STATES, SUFFIXES

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019`][^\W\d_]+)*")
_STARTS = re.compile(r"(?:^|[.!?:;\"\u201c(\u2014\u2013-])\s*[\"'\u201c(]*$")

_ALSO_WORDS = vocabulary("burns watts max porter chambers amber brewer foster")
_COMMON: Final = (
    frozenset({*COMMON_FIRST_NAMES, *COMMON_LAST_NAMES}) - ORDINARY - NOT_NAMES - _ALSO_WORDS
)
_CAPITAL_WORDS: Final = (
    frozenset({*WEEKDAYS, *MONTH_NUMBERS, *SUFFIXES, *(state.lower() for state in STATES)})
    | NOT_NAMES
    | ENGLISH
    | vocabulary("""
        i'd i've we'll we've you'd you've he's she's mr mrs ms dr english spanish american
        christmas thanksgiving easter halloween new year years year's eve labor memorial
        independence god internet north south east west pm am central eastern pacific mountain
        sundays mondays tuesdays wednesdays thursdays fridays saturdays
    """)
)
_TITLES: Final = vocabulary("mr mrs ms mister missus")
_STREETS: Final = vocabulary("street avenue boulevard road lane ave blvd rd")
_NO_STREETS: Final = (
    NOT_NAMES
    | ENGLISH
    | vocabulary("side main-level main busy quiet same dirt gravel service whole wrong right")
)


def names_in(sentence: str) -> frozenset[str]:
    """The words of a sentence that name a person or a place, in lower case without an owner's s."""
    found: set[str] = set()
    before = ""
    clean = normal(sentence)
    for match in _WORD.finditer(sentence):
        written = match[0]
        word = clean[match.start() : match.end()].removesuffix("'s")
        if word in _COMMON or _is_capital(sentence, match, written, word):
            found.add(word)
        if before in _TITLES and word not in _CAPITAL_WORDS:
            found.add(word)
        if word in _STREETS and before and before not in _NO_STREETS:
            found.add(before)
        before = word
    return frozenset(found)


def name_words(text: str) -> frozenset[str]:
    """Every word of a text, in the form in which `names_in` gives them."""
    return frozenset(word.removesuffix("'s") for word in _WORD.findall(normal(text)))


def _is_capital(sentence: str, match: re.Match[str], written: str, word: str) -> bool:
    """Whether a word has a capital that is neither a sentence's nor an abbreviation's."""
    if not written[0].isupper() or written[1:].upper() == written[1:]:
        return False
    return word not in _CAPITAL_WORDS and _STARTS.search(sentence[: match.start()]) is None
