"""Notes for the visit: what the caller wants the people who come to know."""

from __future__ import annotations

import re

from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.matching import content, words

_CUES = (
    "gate code", "door code", "access code", "lockbox", "lock box", "dog", "dogs", "cat", "cats",
    "buzzer", "back door", "side door", "side gate", "park in", "park on", "park at", "park behind",
    "park your", "park next", "can park", "key is under",
    "ring the bell", "wheelchair", "allergic", "allergy", "call before", "call me before", "call first",  # noqa: E501
    "call ahead", "text first", "to knock", "please knock", "knock on", "tell them to", "tell him to", "tell the technician",  # noqa: E501
    "make sure they", "make sure he", "have them", "doorbell",
)  # fmt: skip

"""Word for word: what merely sounds like one ("terrible", "doorbell") is not noted."""

_OPENING = re.compile(
    r"^(?:yes|yeah|yep|sure|ok|okay|um|uh|so|well|oh|please|and|but|also|just|actually|no)\b[,.\s]*"
)
_THERE_IS = re.compile(
    r"^(?:there is|there's|there are|there|we have|i have"
    r"|i've got|we've got|we got|i got|you should know"
    r"|please note|note that|just that|let them know|tell them|tell him|tell her|that|the|a|an|my"
    r"|our|i forgot to (?:say|mention|tell you|add)|i should (?:say|mention)|by the way)\s+"
)
_ROOM = re.compile(r"\b(?:room|suite)(?: number| is)* (?=(?P<number>\w+(?: \w+){0,3}))")
_BROUGHT_TO = re.compile(
    r"\b(?:to|for|in|at|from|of) (?=(?P<number>\d{3,4}\b|(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine) ){2,3}?(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b(?! (?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b)))(?!\d+ ?(?:am|pm|a\.m|p\.m|dollars|bucks|guests|people|percent))"  # noqa: E501
)
"""Three or four figures behind a word of place, to a house whose guests have rooms."""

_SPLIT = re.compile(
    r"\s*(?:[,;.]\s*(?:and\s+)?|\s+and\s+(?=there\b|the\b|we\b|i\b|a\b|my\b|our\b))"
)
_SPLIT_AT_ORDERS = re.compile(
    rf"{_SPLIT.pattern}|\s+and\s+(?=(?:(?:please|also|just|to)\s+)*(?:call|text|ring|knock|tell|use|make|have"
    r"|park|leave|buzz|watch|mind)\b)",
    re.IGNORECASE,
)
_DIGIT_WORD = (
    r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple|pound|star|\d+)"
)
_DOORS = r"(?:gate|door|garage|lobby|building|entrance|elevator|complex)"
_CODE_IS = r"(?:the |its |it's |a |with a |with the )?(?:code|combination|combo|pin)(?:'s| is| of)?"
_CUE = re.compile(
    rf"\b(?:parking|{'|'.join(_CUES)})\b|\b(?:code|key|buzzer|pin) (?:for|to|on|at|of) the {_DOORS}\b"  # noqa: E501
    rf"|\b{_DOORS}(?: and)? {_CODE_IS} {_DIGIT_WORD}\b"
    r"|\b(?:call|text|ring|phone|buzz|message) (?:[\w']+ ){0,14}?(?:when|before|once|as soon as|if) "  # noqa: E501
    r"(?:near|close|nearby|almost|arriving|coming"
    r"|(?:you|he|she|they|somebody|someone|the \w+)(?:'re| are|'s| is)? (?:\w+ )?"
    r"(?:near|close|nearby|here|there|gets?|arrives?|arriving|comes?|coming|leaves?|outside|on))\b"
)
_DOOR = re.compile(rf"\b{_DOORS}\b")
_ITS_NUMBER = re.compile(
    rf"^(?:and )?(?:it's|it is|that's|that is|{_CODE_IS}|is)?\s*(?:{_DIGIT_WORD}[\s,-]*){{3,}}$"
)
"""What belongs to the clause before it: "you need a code for the gate, it's 4711"."""
_DIGITS = re.compile(rf"\b{_DIGIT_WORD}(?:[\s,-]+{_DIGIT_WORD})+\b")
_AFTER_CODE = re.compile(r"(\bcode (?:is )?[\d#*]+) (?=[a-z])")
_IS_NUMBER = re.compile(r"\b(code|number|pin|combination|key)(?: is| are|'s)? (?=[\d#*])")


def volunteers_note(text: str) -> bool:
    """Whether a turn holds something for the notes though nobody asked."""
    return _CUE.search(" ".join(words(text))) is not None


def without_notes(text: str) -> str:
    """The sentences that are no notes; all of a text that has nothing else."""
    parts = [part for part in _SENTENCE.split(text) if not volunteers_note(part)]
    return ". ".join(parts) if parts and any(part.strip() for part in parts) else text


_SENTENCE = re.compile(r"[.;!?]\s+")


def beside_notes(text: str) -> str:
    """A turn without the clauses that are notes: a digit told in one is no number of theirs."""
    parts = [part for part in _SPLIT_AT_ORDERS.split(text) if not volunteers_note(part)]
    return ". ".join(parts)


def clean_note(text: str) -> str:
    """A note in brief: digits as figures, small talk off, each clause once, joined by ", ".

    Example: "The gate code is one two three four, and there's a friendly dog." becomes
    "Gate code 1234, friendly dog."
    """
    plain = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").strip()
    figured = _AFTER_CODE.sub(r"\1, ", _DIGITS.sub(_as_figures, plain))
    parts = [part for part in _SPLIT.split(figured) if not _ABOUT_THEMSELVES.match(part)]
    clauses = [brief for part in parts if (brief := _brief(part))]
    note = ", ".join(dict.fromkeys(clauses))
    return f"{note[:1].upper()}{note[1:]}." if note else ""


_ABOUT_THEMSELVES = re.compile(
    r"^\W*(?:(?:and|but|oh|well)\b[\s,]*)*(?:sorry(?: about that)?\W*$"
    r"|(?:sorry[, ]+)?(?:i'm|i am|we're|we are) (?:a |an |so |just |really |very |kind of |all )*"
    r"(?:bit |little |mess |bit of a )?(?:\w+ly )?(?:scattered|tired|stressed|confused|frazzled|flustered|busy|old|sorry|rambling|mess|new (?:here|at this)|exhausted|hot|cold|freezing|sweating|melting|dying)\b"  # noqa: E501
    r"|(?:you know|you see|thanks|thank you|i appreciate it|it's been (?:a|one)\b.*)\W*$)"
)
"""What somebody says of their own day, which nobody who comes has to know."""


def note_part(text: str, place: tuple[str, ...] = ()) -> str:
    """The clauses of a longer turn that are notes; those made of words of the `place` are not."""
    parts: list[str] = []
    noted, door = False, ""
    for part in filter(None, _SPLIT.split(text)):
        number = _ITS_NUMBER.match(part.lower().strip()) is not None
        if door and number and not noted:
            parts.append(door)  # "there's a gate" is one for its code
        noted = volunteers_note(part) or (number and (noted or bool(door)))
        parts += [part] if noted else []
        door = part if _DOOR.search(part.lower()) else ""
    return clean_note(", ".join(part for part in parts if not _says_only(part, place)))


def _says_only(part: str, place: tuple[str, ...]) -> bool:
    said = content(words(part))
    return bool(place) and sum(word in place for word in said) * 2 >= len(said)


def hear_room(text: str) -> str:
    """The room in which a guest is, as a note: "Room 207."; "" when none is named."""
    lower = text.lower()
    for found in (*_ROOM.finditer(lower), *_BROUGHT_TO.finditer(lower)):
        run = next(iter(spoken_digits(found["number"])), None)
        if run is not None and run.start == 0:
            return f"Room {run.digits}."
    return ""


def _as_figures(match: re.Match[str]) -> str:
    figures = "".join(run.digits for run in spoken_digits(match.group()))
    return figures or match.group()


def _brief(clause: str) -> str:
    clause = clause.strip(" ,.;!?")
    while True:
        shorter = _THERE_IS.sub("", _OPENING.sub("", clause)).strip(" ,.")
        if shorter == clause:
            break
        clause = shorter
    return _IS_NUMBER.sub(r"\1 ", clause)
