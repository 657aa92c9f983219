"""Spellings of speech that is not written English: "ain't", dropped g's, lost apostrophes.

Recognisers and people who type write what they hear. Each rule is about a form and not about a
sentence, and none changes what is said: a second negation in a clause of such speech denies no more
than one ("I ain't smelled nothing").
"""

from __future__ import annotations

import re
from typing import Final

_VERBS = (
    r"burn|leak|smell|smok|hiss|spew|com|go|beep|blow|feel|holler|roll|droop|vent|mak|talk|hav|"
    r"answer|breath|wak|pour|glow|spark|seep|ring|scream|melt|arc|smolder|bleed|chok|throw|pass|"
    r"puk|vomit|get|gett|look|sett|runn|work|cool|heat|shak|mov"
)
_PERCEIVED = r"(?:smelled|smelt|seen|heard|noticed|had|got|been|smellin|seein)"
_FORMS: Final = (
    ("in", re.compile(rf"\b(?:a-)?({_VERBS})in\b'?(?!\w)"), r"\1ing"),
    ("thin", re.compile(r"\b(noth|someth|anyth|everyth)in\b'?"), r"\1ing"),
    ("ain", re.compile(r"\b(?:it |there )?ain'?t (?=(?:no|none|nothing|any)\b)"), "there is "),
    ("ain", re.compile(rf"\bain'?t (?={_PERCEIVED}\b)"), "have not "),
    ("ain", re.compile(r"\bain'?t\b"), "is not"),
    ("is any", re.compile(r"\bthere is any\b"), "there is not any"),
    ("na", re.compile(r"\bnaw\b"), "no"),
    ("nuh", re.compile(r"\bnuh\b(?! uh)"), "no"),
    ("tho", re.compile(r"\btho\b"), "though"),
    ("uz", re.compile(r"\bcuz\b"), "because"),
    ("idk", re.compile(r"\bidk\b"), "i do not know"),
    ("dunno", re.compile(r"\bdunno\b"), "do not know"),
    ("wont", re.compile(r"\bwont\b"), "will not"),
    ("s", re.compile(r"\b(there|that|what|who|he|she)s\b"), r"\1 is"),
    ("its", re.compile(r"\bits (?=(?:not|just|only|all|on|so|like|really|very|beeping|smoking|"
                       r"burning|leaking|going|fine|ok|okay|been)\b)"), "it is "),
    ("im", re.compile(r"\bim\b"), "i am"),
    ("ve", re.compile(r"\b(i|we|they|you)ve\b"), r"\1 have"),
    ("yre", re.compile(r"\btheyre\b"), "they are"),
    ("oure", re.compile(r"\byoure\b"), "you are"),
    ("were", re.compile(r"\bwere (?=(?:fine|good|ok|okay|all right|alright|safe)\b)"), "we are "),
)  # fmt: skip
"""Letters that stand wherever the form does, the form, and how it is written."""

_CONCORD: Final = re.compile(
    r"\b((?:do|does|did|have|has|had|can|could) ?n(?:o|'?)t "
    r"(?:smell|smelled|smelt|see|seen|hear|heard|notice|noticed|have|got|had|been) )"
    r"(nothing|none|no)\b"
)
_ONCE: Final = {"nothing": "anything", "none": "any", "no": "any"}


def spelled_out(text: str) -> str:
    """A lower-case text with such spellings written out."""
    for letters, pattern, full in _FORMS:
        if letters in text:
            text = pattern.sub(full, text)
    if "no" not in text:
        return text
    return _CONCORD.sub(lambda found: found[1] + _ONCE[found[2]], text)
