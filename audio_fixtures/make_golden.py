"""Makes `golden/`: the caller's lines of the golden calls, spoken; nothing at run time needs it.

    python audio_fixtures/make_golden.py

Needs ``flite`` and ``sox`` on the PATH (Debian packages of those names). Reads the calls in
``tests/golden``, gives each caller of `CAST` a voice, and writes a recording for every line of
theirs, treated like the other recordings here (see `make_fixtures.py`). A line that two callers of
one voice say is recorded once. The same inputs and tool versions give the same bytes.

`golden/manifest.toml` lists the recordings and, in ``[cast]``, who speaks which call.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from make_fixtures import (
    DIGIT_WORDS,
    FLITE,
    HERE,
    Entry,
    Voice,
    manifest,
    over_telephone,
    speak,
    to_8k,
    toml_string,
    words_of,
    write_wav,
)
from make_fixtures import RATE_8K as RATE
from num2words import num2words

CALLS: Final = HERE.parent / "tests" / "golden"
FOLDER: Final = HERE / "golden"

CAST: Final[Mapping[str, str]] = {
    "address_corrected_in_read_back": "awb",
    "all_at_once": "awb",
    "already_booked": "awb",
    "angry_caller": "rms",
    "cancel": "awb",
    "card_refused": "rms",
    "facts_out_of_order": "slt",
    "gas_then_visit": "awb",
    "hotel_spa": "slt",
    "human_by_key": "rms",
    "human_by_words": "awb",
    "keyed_number": "awb",
    "no_smells": "awb",
    "opening_hours": "awb",
    "quote_only": "rms",
    "reference_call": "awb",
    "reschedule": "rms",
    "silence": "rms",
    "smoke_in_the_answer": "slt",
    "time_corrected": "awb",
    "wrong_code": "awb",
}

FOUR_ZEROS: Final[Mapping[str, str]] = {"slt": "zero. zero. zero. zero."}
"""How a voice ends 555-123-0000; the others run the zeros together."""

_ZEROS: Final = re.compile(r"\b(?:oh oh oh oh|four zeros)\b\.?")
_DICTATED: Final = re.compile(r"\d{3}(?: \d{3,4})+|\d{5,}")
_SMALL: Final = re.compile(r"\d{1,4}")
_CODE_LENGTH: Final = 6
_TEN: Final = 10
_HUNDRED: Final = 100


def caller_lines(call: Path) -> list[str]:
    """What the caller of a golden call says aloud: no keys, no silences."""
    lines = (line.strip() for line in call.read_text("utf-8").splitlines())
    said = [line[1:].strip() for line in lines if line.startswith(">")]
    return [line for line in said if not line.startswith("[")]


def as_spoken(line: str, voice: str) -> str:
    """The line as a person says it.

    Four zeros are said as zeros, as the offline recogniser hears a row of "oh" as one sound.
    Dictated digits come one by one ("555 123 0000", "222333"), a house number in pairs ("123" is
    "one twenty three"), and letters of an abbreviation apart.
    """
    line = _DICTATED.sub(lambda found: _dictated(found[0]), line)
    zeros = FOUR_ZEROS.get(voice, "zero zero zero zero")
    line = _ZEROS.sub(zeros, line)
    line = _SMALL.sub(lambda found: _house_number(int(found[0])), line)
    return re.sub(r"\bAC\b", "A C", line)


def _dictated(digits: str) -> str:
    groups = digits.split()
    if groups == [digits] and len(digits) == _CODE_LENGTH:
        groups = [digits[:3], digits[3:]]
    return ", ".join(" ".join(_digit(symbol) for symbol in group) for group in groups)


def _digit(symbol: str) -> str:
    return "oh" if symbol == "0" else DIGIT_WORDS[int(symbol)]


def _house_number(number: int) -> str:
    front, back = divmod(number, _HUNDRED)
    if not front or not back:
        return str(num2words(number)).replace("-", " ")
    pairs = f"{num2words(front)} {'oh ' if back < _TEN else ''}{num2words(back)}"
    return pairs.replace("-", " ")


def file_name(voice: str, line: str) -> str:
    """Where a line lies, relative to the manifest; punctuation makes no difference."""
    slug = "-".join(re.sub(r"[^a-z0-9 ]", "", line.lower()).split())
    return f"{voice}/{slug}.wav"


def record(line: str, voice: str) -> Entry:
    """One line by one voice, written; its line of the manifest."""
    spoken = as_spoken(line, voice)
    origin, licence = FLITE
    entry = Entry(
        file_name(voice, line),
        "golden",
        voice,
        words_of(spoken),
        origin.format(voice),
        licence,
        text=line,
    )
    sound = to_8k(*speak(Voice(voice, "flite", voice), spoken))
    heard, entry.speech_ms = over_telephone(sound, entry.path)
    entry.duration_ms = len(heard) * 1000 // RATE
    write_wav(FOLDER / entry.path, heard)
    return entry


def main() -> None:
    """Make every recording and the manifest."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    wanted = {
        file_name(voice, line): (line, voice)
        for call, voice in CAST.items()
        for line in caller_lines(CALLS / f"{call}.call")
    }
    entries = [record(line, voice) for _, (line, voice) in sorted(wanted.items())]
    listed = manifest(entries).replace("make_fixtures.py", "make_golden.py")
    cast = "".join(f"{call} = {toml_string(voice)}\n" for call, voice in CAST.items())
    (FOLDER / "manifest.toml").write_text(f"{listed}\n[cast]\n{cast}", "utf-8")


if __name__ == "__main__":
    main()
