"""Rows of digits in an address: where the number of one part ends, and what is denied.

`digits` reads digits said in one go as one row, as phone numbers are; an address has several parts
with numbers of their own, so here a comma ends a row ("unit 12, 3301 …", "suite 210, 45503"),
unless single digits stand on both sides of it ("4, 1, 8").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from voiceagent.language.en_us.digits import DigitPiece, DigitRun, digit_pieces, spoken_digits
from voiceagent.language.en_us.lexicon import is_typed_number, split, vocabulary
from voiceagent.language.en_us.streets import DIRECTIONS, SUFFIXES, UNITS_OF_BUILDINGS

_ZIP_LENGTH = 5
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_COMMA = re.compile(r"[,;]")
_DENIES = (("not",), ("instead", "of"), ("rather", "than"), ("other", "than"), ("except",))
_WHOSE = vocabulary("my our his her their your the a own old other main usual current same one")
_PLACES = _WHOSE | vocabulary("""
    at on in to for number address house home office place property building which is that's was
    billing mailing work business rental apartment owner's shop store mom's mother's dad's
""")
_CLAUSES = re.compile(r"[,;.]\s+(?:and |but )?|\s+but\s+", re.IGNORECASE)
_OWN = re.compile(
    r"\b(?:is|are) (?:just |only )?(?:my|our) (?:\w+ )?(?:house|home|office|place|address)\b"
    r"|\b(?:i|we) live (?:at|on)\b",
    re.IGNORECASE,
)
_MOST_WORDS_TO_A_PLACE = 8
_AFRESH = vocabulary("but it's its that's is the we i i'm he she they and please so you")
"""Words with which a new clause begins behind a denied place."""


def comma_breaks(text: str) -> frozenset[int]:
    """Indices of the words of `text` that a comma stands before; "1,200" is one number."""
    found = split(text)
    commas = {match.start() for match in _THOUSANDS.finditer(text)}
    return frozenset(
        at
        for at in range(1, len(found))
        if any(
            found[at - 1].end + comma.start() not in commas
            for comma in _COMMA.finditer(text[found[at - 1].end : found[at].start])
        )
    )


def address_runs(text: str, zips: Collection[str] = ()) -> tuple[DigitRun, ...]:
    """Rows of digits, no row longer than one part of an address.

    A row of which five digits at the end are a ZIP code that is served, or were typed apart behind
    a unit's number, is two.

    Args:
        text: recogniser words or typed text.
        zips: ZIP codes that are known.
    """
    tokens = tuple(word.text for word in split(text))
    breaks = comma_breaks(text)
    runs: list[DigitRun] = []
    for whole in digit_pieces(text):
        for row in _without_zip(_parted(tokens, whole, breaks), tokens, zips):
            runs.extend(_unit_apart(tokens, row))
    return tuple(runs)


def _parted(
    tokens: tuple[str, ...], pieces: Sequence[DigitPiece], breaks: frozenset[int]
) -> list[list[DigitPiece]]:
    rows = [[pieces[0]]]
    for piece in pieces[1:]:
        before = rows[-1][-1]
        dictated = len(before.digits) == len(piece.digits) == 1
        of_a_unit = _behind_unit(tokens, rows[-1][0].start)
        comma = any(at in breaks for at in range(before.end, piece.start + 1))
        if comma and (of_a_unit or not dictated):
            rows.append([piece])
        else:
            rows[-1].append(piece)
    return rows


def _behind_unit(tokens: tuple[str, ...], at: int) -> bool:
    before = at - 2 if at > 1 and tokens[at - 1] in ("number", "is") else at - 1
    return before >= 0 and tokens[before] in UNITS_OF_BUILDINGS


def _without_zip(
    rows: Sequence[list[DigitPiece]], tokens: tuple[str, ...], zips: Collection[str]
) -> list[list[DigitPiece]]:
    """The rows, each ZIP code at the end of another number apart from it."""
    apart: list[list[DigitPiece]] = []
    for row in rows:
        cut = next(
            (at for at in range(1, len(row)) if _is_zip(tokens, row, at, zips)),
            len(row),
        )
        apart += [part for part in (row[:cut], row[cut:]) if part]
    return apart


def _is_zip(
    tokens: tuple[str, ...], row: Sequence[DigitPiece], at: int, zips: Collection[str]
) -> bool:
    state = tokens[row[at].start] == "oh"  # of Ohio, as in "OH 45503"
    digits = "".join(piece.digits for piece in row[at + state :])
    typed = at + state == len(row) - 1 and is_typed_number(tokens[row[-1].start])
    of_a_unit = _behind_unit(tokens, row[0].start)
    # behind a whole phone number five digits are a house's
    return of_a_unit and len(digits) == _ZIP_LENGTH and (digits in zips or typed)


def _unit_apart(tokens: tuple[str, ...], row: Sequence[DigitPiece]) -> list[DigitRun]:
    """The row; of one that begins behind a unit and leads into a street, the two numbers in it.

    "Unit 12 3301 E National Road" has two pieces, so one is the unit's. Of more pieces nobody can
    tell where the unit ends ("unit four thirty three oh one"): the row stays whole.
    """
    if _runs_into_street(tokens, row) and len(row) == 2:  # noqa: PLR2004
        return [_run([piece]) for piece in row]
    return [_run(row)]


def _runs_into_street(tokens: tuple[str, ...], row: Sequence[DigitPiece]) -> bool:
    after = row[-1].end
    if after < len(tokens) and tokens[after] in DIRECTIONS:
        after += 1
    named = SUFFIXES.keys() & set(tokens[after + 1 : after + 3])
    return _behind_unit(tokens, row[0].start) and bool(named)


def _run(row: Sequence[DigitPiece]) -> DigitRun:
    return DigitRun("".join(piece.digits for piece in row), row[0].start, row[-1].end)


def is_units_number(tokens: tuple[str, ...], run: DigitRun) -> bool:
    """Whether a number is that of a unit by the word before it: no house has it."""
    return _behind_unit(tokens, run.start)


def without_denied(text: str) -> str:
    """`text` without the places that it says are not meant: "not my house at 418 Burnett".

    Between the denial and the place's number only words for places stand, so "not working at 418
    Burnett Road" denies no place. What is denied ends with its clause, or with the next number.
    """
    found = split(text)
    tokens = tuple(word.text for word in found)
    numbers = {run.start: run for run in spoken_digits(text)}
    breaks = comma_breaks(text)
    kept, start = "", 0
    for at in range(len(tokens)):
        denial = next((one for one in _DENIES if tokens[at : at + len(one)] == one), None)
        if denial is None or found[at].start < start:
            continue
        number = _place_behind(tokens, at + len(denial), numbers, breaks)
        if number is None:
            continue
        end = next(
            (
                index
                for index in range(numbers[number].end, len(tokens))
                if index in breaks
                or found[index].new_sentence
                or tokens[index] in _AFRESH
                or (index in numbers and not _behind_unit(tokens, index))
            ),
            None,
        )
        if numbers[number].end == (len(tokens) if end is None else end):
            continue  # a number alone: what it denies is for those who put numbers right
        kept += f"{text[start : found[at].start].rstrip(' ,')}, "
        start = len(text) if end is None else found[end].start
    return kept + text[start:]


def without_own_places(text: str) -> str:
    """`text` without the clauses that call a place the caller's own: "418 Burnett is my office".

    Unchanged where there are none.
    """
    if _OWN.search(text) is None:
        return text
    clauses = _CLAUSES.split(text)
    return ", ".join(one for one in clauses if not (_OWN.search(one) and _has_a_house(one)))


def _has_a_house(clause: str) -> bool:
    """Whether a clause has a number that is not only a unit's: "we live at unit 4" has none."""
    tokens = tuple(word.text for word in split(clause))
    return any(not is_units_number(tokens, run) for run in spoken_digits(clause))


def _place_behind(
    tokens: tuple[str, ...],
    at: int,
    numbers: Collection[int],
    breaks: frozenset[int],
) -> int | None:
    """Where the number of a place behind a denial stands, or ``None`` when no place follows."""
    mine = False
    for index in range(at, min(at + _MOST_WORDS_TO_A_PLACE, len(tokens))):
        if index in breaks:
            return None
        if index in numbers:
            return index
        word = tokens[index]
        if word not in _PLACES and not mine and not word.endswith("'s"):
            return None
        mine = word in _WHOSE or word.endswith("'s")
    return None
