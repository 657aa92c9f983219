"""How people write to one another, in the words they mean: "pls", "u guys", "nvm", "gimme".

A closed list; letters that can be a name's or a number's ("u", "r") only beside words that make them
none.
"""  # noqa: E501

from __future__ import annotations

import re
from typing import Final

_FORMS: Final = {
    "pls": "please", "plz": "please", "plss": "please", "thx": "thanks", "thnx": "thanks",
    "tysm": "thank you", "nvm": "never mind", "appt": "appointment", "appts": "appointments",
    "appmt": "appointment", "tmrw": "tomorrow", "tmr": "tomorrow", "tmw": "tomorrow",
    "2moro": "tomorrow", "2day": "today", "2nite": "tonight", "gimme": "give me",
    "lemme": "let me", "dunno": "don't know", "idk": "I don't know", "ain't": "isn't",
    "aint": "isn't", "y'all": "you all", "yall": "you all", "cuz": "because", "coz": "because",
    "'cause": "because", "b4": "before", "rn": "right now", "msg": "message", "ur": "your",
    "what'd": "what did", "where'd": "where did", "how'd": "how did", "wat": "what", "wut": "what", "wen": "when", "hw": "how", "ppl": "people", "shoulda": "should have",  # noqa: E501
    "coulda": "could have", "kinda": "kind of", "sorta": "sort of", "outta": "out of",
    "lotta": "lot of", "whatcha": "what do you", "whaddya": "what do you", "didja": "did you",
    "couldja": "could you", "wouldja": "would you", "betcha": "you bet", "gotcha": "got it",
    "whats": "what's", "wheres": "where's", "hows": "how's", "whos": "who's", "thats": "that's",
    "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "cant": "can't", "wont": "won't",
    "isnt": "isn't", "wasnt": "wasn't", "ive": "I've", "im": "I'm", "youre": "you're",
}  # fmt: skip
_FORM: Final = re.compile(
    rf"(?<![\w'.@-])(?:{'|'.join(sorted(map(re.escape, _FORMS), key=len, reverse=True))})(?![\w'@-])",  # noqa: E501
    re.IGNORECASE,
)
_YOU: Final = re.compile(
    r"\bu(?= (?:guys|all|can|do|don't|take|have|open|work|come|charge|fix|there|got|send|still|sure|accept)\b)"  # noqa: E501
    r"|(?<=\bcan )u\b|(?<=\bdo )u\b|(?<=\bare )u\b|(?<=\bwill )u\b|(?<=\bcould )u\b|(?<=\bwould )u\b"  # noqa: E501
    r"|(?<=\bthank )u\b|(?<=\br )u\b|(?<=\bdid )u\b|(?<=\bsee )u\b",
    re.IGNORECASE,
)
_ARE: Final = re.compile(
    r"\br(?= (?:you|u|they|we|your)\b)|(?<=\byou )r\b|(?<=\bhow )r\b", re.IGNORECASE
)


def in_full(text: str) -> str:
    """The text with what is written short written in full; never raises."""
    plain = _FORM.sub(lambda found: _FORMS[found[0].lower()], text)
    return _ARE.sub("are", _YOU.sub("you", plain))
