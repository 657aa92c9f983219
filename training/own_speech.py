"""How well the offline voice is understood: what it says, for a recogniser that did not make it.

    python -m training.own_speech FOLDER [--engine espeak-ng] [--wpm 165]
    python -m training.own_speech FOLDER --heard heard.tsv [--errors]

The first writes every sentence that the agent says in the golden calls, and prices, times, numbers
and addresses beside them, as a caller gets it (8 kHz, through mu-law), with ``manifest.tsv``: file,
group, spoken words. Any recogniser may hear them then. The second takes what it heard, a line a
file (file, tab, text), and tells the share of the words that were misheard: substitutions,
deletions and insertions by the words there are, a figure's digits each for itself (`plain`).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import wave
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import VoiceEngine
from pipelines.reply_source import sentences
from voiceagent.core.audio.g711 import mulaw_decode, mulaw_encode
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.domain.business import OFFLINE_VOICE
from voiceagent.language.aloud import spoken

GOLDEN: Final = Path("tests/golden")
CODE: Final = "482937"
WPM: Final = 165

FIGURES: Final[dict[str, tuple[str, ...]]] = {
    "price": (
        "The visit is $89.",
        "The after-hours visit is $248, credited toward the repair.",
        "The estimate for the repair is $1,150 in total.",
        "That comes to $432.50 with tax.",
        "Most repairs cost $300-$800.",
        "A deposit of $206 holds the booking.",
        "The installation is $6,475.",
        "Your balance is $19.99.",
    ),
    "time": (
        "I have tonight, 9-11 PM, or tomorrow, 8-10 AM.",
        "We can come on Tuesday, September 2, at 10:30 AM.",
        "You're booked for Friday, August 29, 1-3 PM.",
        "We close at 5:45 PM on Saturday.",
        "The next opening is Monday the 15th at noon.",
        "Check-in is from 3 PM, and check-out is by 11 AM.",
        "We are open Monday to Friday, 8 AM to 6 PM.",
        "He can be there between 2 and 4 PM on Thursday, October 31.",
    ),
    "phone": (
        "Thank you, Sarah. I have (555) 123-0000.",
        "Your number is (937) 555-0184.",
        "I have (614) 292-7738, is that right?",
        "Please call (800) 426-1905.",
        "You can reach the on-call technician at (412) 653-8867.",
        "I have (208) 349-5172.",
    ),
    "address": (
        "123 Oak Street, Springfield, Ohio.",
        "I have 4410 North Limestone Street, Springfield, Ohio 45503.",
        "The address is 2208 Maple Avenue, apartment 4.",
        "I've changed that. 123 Oak Lane, Springfield, Ohio.",
        "75 West High Street, suite 210.",
        "1906 E. 5th Street, Dayton, Ohio.",
        "608 Willow Drive, Columbus, Ohio 43215.",
        "31 Birch Court, Urbana, Ohio.",
    ),
    "code": (
        "Your booking code is 482937.",
        "The code is 106582.",
        "I have booking 713940. Is that right?",
        "Your code is 225806.",
    ),
    "spelled": (
        "I'll send it to sarah.miller@gmail.com.",
        "Is that ed47@outlook.com?",
        "Our page is www.coolcare.com.",
        "The unit is 3B, and the model is XR14.",
    ),
}
"""Group -> written sentences."""


@dataclass(frozen=True, slots=True)
class SaidSentence:
    """A sentence of the agent's."""

    file: str
    group: str
    written: str


def said() -> Iterator[SaidSentence]:
    """All of them, each once."""
    known: dict[str, str] = {}
    for call in sorted(GOLDEN.glob("*.call")):
        for line in call.read_text("utf-8").splitlines():
            if line.startswith("< "):
                for sentence in sentences(line[2:].replace("{code}", CODE)):
                    known.setdefault(sentence, "golden")
    for group, written in FIGURES.items():
        for sentence in written:
            known.setdefault(sentence, group)
    for number, (sentence, group) in enumerate(known.items()):
        yield SaidSentence(f"{number:03d}.wav", group, sentence)


def plain(text: str) -> list[str]:
    """What is compared: small words, figures digit by digit, however they were written.

    "$248", "two hundred forty-eight dollars" and "248" are the same, "6:30" is "six thirty", and
    "9 a.m." is "nine A M".
    """
    small = text.lower()
    for pattern, instead in _WRITINGS:
        small = pattern.sub(instead, small)
    words = re.sub(r"[^\w\s']", " ", small).split()
    return [digit for word in _as_figures(words) for digit in _digits(word)]


_WRITINGS: Final = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"(\d),(?=\d{3})", r"\1"),
        (r"(\d)\s?[-\u2013]\s?(?=\d{1,2}\s?[ap]\.?m)", r"\1 to "),
        (r"\bwww\b", "w w w"),
        (r"\bdollars?\b(?: and\b)?|\bcents?\b|\$", " "),
        (r"\b([ap])[. ]?\s?m\b\.?", r"\1m "),
        (r"(\d)(?=[ap]m\b)", r"\1 "),
        (r"(\d)(?:st|nd|rd|th)\b", r"\1"),
        (r"(?<=[a-z\d])\.(?=[a-z])", " dot "),
        (r"@", " at "),
        (r"&", " and "),
        (r"o'clock", " oclock"),
        (r"cancell", "cancel"),
    )
)

_ONES: Final = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
""".split()  # noqa: SIM905 - a list of words reads best as words
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_ORDINALS: Final = """
    zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
    thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
""".split()  # noqa: SIM905 - as above
_VALUES: Final = {
    **{word: value for value, word in enumerate(_ONES)},
    **{word: value for value, word in enumerate(_ORDINALS)},
    **{word: 20 + 10 * value for value, word in enumerate(_TENS)},
    "twentieth": 20,
    "thirtieth": 30,
    "oh": 0,
}


def _as_figures(words: Sequence[str]) -> Iterator[str]:
    """Number words as figures: as many as make one number."""
    number: int | None = None
    last = 0
    for word in [*words, ""]:
        value = _VALUES.get(word)
        if number is not None and word in ("hundred", "thousand"):
            if word == "hundred":
                number, last = number + 99 * last, 100 * last
            else:
                number, last = 1000 * number, 1000
            continue
        fits = number is not None and value is not None and 0 < value < _room(last)
        if fits and number is not None and value is not None:
            number, last = number + value, value
            continue
        if number is not None:
            yield str(number)
        number, last = value, value or 0
        if value is None and word:
            yield word


def _room(last: int) -> int:
    """Below what a number word must be to go on with the number: "twenty" takes "three"."""
    if last >= 100:  # noqa: PLR2004
        return 1000 if last % 1000 == 0 else 100
    return 10 if last >= 20 and last % 10 == 0 else 0  # noqa: PLR2004


def _digits(word: str) -> list[str]:
    """A word, or each digit of a figure; letters and figures of one word apart."""
    return re.findall(r"\d|[^\W\d_][^\W\d_']*(?:'[^\W\d_]+)*", word)


def _compounds(words: list[str], others: Sequence[str]) -> list[str]:
    """Two words as one where the other side writes them so: "spring field"."""
    whole = set(others)
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] + word in whole:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def misheard(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Substitutions, deletions and insertions."""
    row = list(range(len(heard) + 1))
    for at, want in enumerate(wanted, 1):
        before, row[0] = row[0], at
        for place, word in enumerate(heard, 1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (want != word)),
            )
    return row[-1]


async def render(folder: Path, engine: VoiceEngine, voice: str, words_per_minute: int) -> list[str]:
    """Write the sounds; the lines of their manifest."""
    lines = []
    async with SpeakerClient(engine).running() as speaker:
        for one in said():
            words = spoken(one.written)
            sound = speaker.synthesize(words, voice=voice, words_per_minute=words_per_minute)
            pcm = b"".join([chunk.pcm_8k async for chunk in sound])
            write(folder / one.file, mulaw_decode(mulaw_encode(np.frombuffer(pcm, np.int16))))
            lines.append(f"{one.file}\t{one.group}\t{words}")
    return lines


def write(path: Path, samples: NDArray[np.int16]) -> None:
    """A recording, 8 kHz, one channel."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_8K)
        file.writeframes(samples.tobytes())


def score(folder: Path, heard: Path, *, errors: bool) -> Iterator[str]:
    """Lines that tell the share misheard, by group and of all."""
    came = dict(line.split("\t", 1) for line in heard.read_text("utf-8").splitlines() if line)
    wrong: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    for line in (folder / "manifest.tsv").read_text("utf-8").splitlines():
        file, group, words = line.split("\t")
        got = _compounds(plain(came.get(file, "")), plain(words))
        wanted = _compounds(plain(words), got)
        missed = misheard(wanted, got)
        for counted in (group, "all"):
            wrong[counted] += missed
            count[counted] += len(wanted)
        if errors and missed:
            yield f"{file} {missed}: {' '.join(wanted)} | {' '.join(got)}"
    for group, words_there in count.items():
        share = 100 * wrong[group] / words_there
        yield f"{group}: {share:.1f} % of {words_there} words misheard"


def main() -> None:
    """Render, or score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--heard", type=Path)
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--engine", type=VoiceEngine, default=VoiceEngine.PICO)
    parser.add_argument("--voice", default=OFFLINE_VOICE)
    parser.add_argument("--wpm", type=int, default=WPM)
    given = parser.parse_args()
    if given.heard is None:
        given.folder.mkdir(parents=True, exist_ok=True)
        lines = asyncio.run(render(given.folder, given.engine, given.voice, given.wpm))
        (given.folder / "manifest.tsv").write_text("\n".join(lines) + "\n", "utf-8")
        sys.stdout.write(f"{len(lines)} sentences in {given.folder}\n")
        return
    for line in score(given.folder, given.heard, errors=given.errors):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
