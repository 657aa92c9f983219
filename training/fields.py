"""Answers of each kind that a question asks for, said by voices that nothing was tuned with.

    ./run bench ears-fields [--people shared/audio/digits] [--without-shapes] [--errors]

SVOX Pico and espeak-ng say ZIP codes, offered times, spelled names, addresses and e-mails; of
people, ZIP codes and booking codes are strung from single digits (a folder of files
``{digit}_{speaker}_{n}.wav``, not in the repository). Each goes through G.711 and is heard after
its question, as the dialogue would read it: right, nothing, or wrong, and if wrong whether the ears
were sure of it. `--without-shapes` hears with counts of digits alone. Times are processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import tomllib
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from pipelines.offline import language
from pipelines.offline.answers import AnswerShapes
from pipelines.offline.shapes import DIGITS, AnswerShape, AnyShape, NumberShape
from pipelines.offline.speaker import SpeakerClient
from pipelines.offline.voices import VoiceEngine
from training.hearing import EarsHere
from training.people import Half, Halves, Samples
from training.scores import digits_of
from voiceagent.core.audio.g711 import mulaw_decode, mulaw_encode
from voiceagent.dialogue.case_file import is_unsure
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OfferedWindows, OpenQuestion
from voiceagent.domain.records import Window
from voiceagent.language.en_us.addresses import hear_address
from voiceagent.language.en_us.emails import hear_email
from voiceagent.language.en_us.names import hear_name
from voiceagent.language.en_us.numbers import say_digits
from voiceagent.language.en_us.times import choose_window, say_window

VOICES: Final = (
    (VoiceEngine.PICO, "en-us"),
    (VoiceEngine.PICO, "en-gb"),
    (VoiceEngine.ESPEAK_NG, "en-us"),
)
WORDS_A_MINUTE: Final = 150
EACH: Final = 10
NOW: Final = datetime(2025, 8, 29, 20, 5, tzinfo=ZoneInfo("America/New_York"))
QUIET: Final = np.zeros(2400, np.int16)
NAMES: Final = ("maslowski", "okafor", "nguyen", "delgado", "weber", "fischer", "booker", "haddad")
EXPLAINED: Final = {
    "a": "apple", "b": "boy", "c": "charlie", "d": "david", "e": "edward", "f": "frank",
    "g": "george", "h": "henry", "i": "ida", "k": "king", "l": "larry", "m": "mary", "n": "nancy",
    "o": "ocean", "r": "robert", "s": "sam", "u": "uncle", "w": "william", "y": "young",
}  # fmt: skip
EMAILS: Final = ("sarah.miller@gmail.com", "kevin@yahoo.com", "office@coolhomes.com")


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """An answer, and what it means.

    Attributes:
        field: its kind, for the table.
        question: what was asked.
        said: in words.
        meant: as `read` should read it.
        read: what the dialogue makes of words; "" when nothing.
    """

    field: str
    question: OpenQuestion
    said: str
    meant: str
    read: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class HeardAnswer:
    """What was heard of one, by whom it was said."""

    answer: FieldAnswer
    voice: str
    half: Half
    text: str
    confidence: float | None
    finish_s: float

    @property
    def right(self) -> bool:
        """Whether it was understood."""
        return self.answer.read(self.text) == self.answer.meant

    @property
    def surely_wrong(self) -> bool:
        """Whether another answer was understood, which nobody would ask back."""
        read = self.answer.read(self.text)
        return bool(read) and not self.right and not is_unsure(self.confidence)


def answers(business: Business, seed: int = 7) -> Iterator[FieldAnswer]:
    """Answers of every kind, the same for the same seed."""
    chance = Random(seed)  # noqa: S311 - test data
    yield from _zips(chance)
    yield from _times(chance)
    for name in NAMES:
        yield _spelled(name, " ".join(_doubled(name)))
        yield _spelled(name, " ".join(f"{c} as in {EXPLAINED[c]}," for c in name))
    yield from _places(business, chance)
    for email in EMAILS:
        said = re.sub(r"[.@]", lambda sign: " at " if sign[0] == "@" else " dot ", email)
        yield FieldAnswer("e-mail", OpenQuestion(Expecting.EMAIL), said, email, _email)


def _zips(chance: Random) -> Iterator[FieldAnswer]:
    question = OpenQuestion(Expecting.ADDRESS)
    for number in range(EACH):
        code = f"{chance.randrange(10**5):05d}"
        said = say_digits(code).replace("zero", "oh" if number % 2 else "zero")
        before = ("", "the zip code is ", "it's ")[number % 3]
        yield FieldAnswer("ZIP", question, before + said, code, digits_of)


def _times(chance: Random) -> Iterator[FieldAnswer]:
    for number in range(EACH):
        starts = sorted(chance.sample(range(1, 40), 2 + number % 2))
        begin = NOW.replace(minute=0)
        windows = tuple(
            Window(begin + timedelta(hours=at), begin + timedelta(hours=at + 2)) for at in starts
        )
        offered = OfferedWindows(windows, NOW)
        at = chance.randrange(len(windows))
        whole = say_window(windows[at], NOW).lower().replace(",", "")
        place = f"the {('first', 'second', 'third')[at]} one"
        compared = ("the earlier one", "the later one")[at == len(windows) - 1]
        ends = at in (0, len(windows) - 1)
        said = (whole, place, compared if ends else place)[number % 3]

        def read(text: str, offered: OfferedWindows = offered) -> str:
            index = choose_window(text, offered.windows, offered.at).index
            return "" if index is None else str(index)

        meant = read(said)
        yield FieldAnswer("time", OpenQuestion(Expecting.TIME, offered), said, meant, read)


def _doubled(name: str) -> Iterator[str]:
    at = 0
    while at < len(name):
        twice = name[at : at + 2] == 2 * name[at]
        yield f"double {name[at]}" if twice else f"{name[at]},"
        at += 1 + twice


def _spelled(name: str, said: str) -> FieldAnswer:
    question = OpenQuestion(Expecting.NAME)
    return FieldAnswer("spelled", question, said, name, _name)


def _name(text: str) -> str:
    return (hear_name(text, asked=True) or "").lower()


def _email(text: str) -> str:
    return hear_email(text) or ""


def _places(business: Business, chance: Random) -> Iterator[FieldAnswer]:
    known = business.vocabulary.streets
    strange = ("Walnut Street", "Brookside Drive", "Lincoln Avenue", "Chestnut Lane")

    def read(text: str) -> str:
        found = hear_address(
            text,
            known_streets=known,
            known_cities=business.vocabulary.cities,
            default_city=business.city,
            default_state=business.state,
        )
        return f"{found.number} {found.street}".strip() if found is not None else ""

    for field, streets in (("street, known", known), ("street, unknown", strange)):
        for street in streets:
            number = str(chance.randrange(11, 990))
            said = f"{say_digits(number)} {street.lower()}"
            question = OpenQuestion(Expecting.ADDRESS)
            yield FieldAnswer(field, question, said, f"{number} {street}", read)


class CountsAlone(AnswerShapes):
    """Counts of digits, and no other shape."""

    def of(self, question: OpenQuestion) -> AnswerShape:
        """See `AnswerShapes`."""
        counts = DIGITS.get(question.expecting)
        return AnyShape() if counts is None else NumberShape(counts)


async def spoken(every: Sequence[FieldAnswer]) -> list[tuple[FieldAnswer, str, Samples]]:
    """Each answer by each voice, as it leaves a telephone."""
    found = []
    for engine, voice in VOICES:
        async with SpeakerClient(engine).running() as speaker:
            for one in every:
                chunks = speaker.synthesize(one.said, voice=voice, words_per_minute=WORDS_A_MINUTE)
                pcm = b"".join([chunk.pcm_8k async for chunk in chunks])
                found.append((one, f"{engine} {voice}", _on_the_line(np.frombuffer(pcm, np.int16))))
    return found


def strung(folder: Path, seed: int = 11) -> Iterator[tuple[FieldAnswer, str, Samples]]:
    """ZIP codes and booking codes of people, strung from their single digits."""
    chance = Random(seed)  # noqa: S311 - test data
    files = sorted(folder.glob("?_*_*.wav"))
    for speaker in sorted({file.stem.split("_")[1] for file in files}):
        for field, asked, count in (("ZIP", Expecting.ADDRESS, 5), ("code", Expecting.CODE, 6)):
            for _ in range(EACH):
                digits = "".join(chance.choice("0123456789") for _ in range(count))
                parts = [chance.choice(sorted(folder.glob(f"{d}_{speaker}_*.wav"))) for d in digits]
                pause = np.zeros(int(chance.uniform(0.05, 0.25) * 8000), np.int16)
                sound = np.concatenate([part for file in parts for part in (_wav(file), pause)])
                said = FieldAnswer(
                    f"{field}, people", OpenQuestion(asked), say_digits(digits), digits, digits_of
                )
                yield said, speaker, _on_the_line(sound)


def _wav(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def _on_the_line(sound: Samples) -> Samples:
    return mulaw_decode(mulaw_encode(np.concatenate([QUIET, sound, QUIET])))


def table(heard: Sequence[HeardAnswer], write: Callable[[str], object]) -> None:
    """Of each field: right, understood as something else without a doubt, and the time."""
    for half in Half:
        for field in dict.fromkeys(one.answer.field for one in heard):
            part = [one for one in heard if one.answer.field == field and one.half is half]
            if not part:
                continue
            right, wrong = sum(o.right for o in part), sum(o.surely_wrong for o in part)
            took = sorted(one.finish_s for one in part)
            write(
                f"{half:6} {field:16} right {right:3} of {len(part):3}, surely wrong {wrong:2}, "
                f"p95 {took[int(len(took) * 0.95)] * 1e3:.0f} ms\n"
            )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./run bench ears-fields", description=__doc__)
    parser.add_argument("--business", type=Path, default=Path("business/coolcare.toml"))
    parser.add_argument("--people", type=Path, help="people's digits, a file each")
    parser.add_argument("--without-shapes", action="store_true")
    parser.add_argument("--errors", action="store_true", help="show what was not understood")
    options = parser.parse_args()
    business = Business.model_validate(tomllib.loads(options.business.read_text()))
    played = asyncio.run(spoken(list(answers(business))))
    if options.people is not None:
        played += strung(options.people)
    halves = Halves()
    shapes = CountsAlone(business) if options.without_shapes else AnswerShapes(business)
    heard = []
    with tempfile.TemporaryDirectory() as cache:
        ears = EarsHere.of(
            business, language.build(business, Path(cache)), both=True, shapes=shapes
        )
        for answer, voice, sound in played:
            result = ears.hear(sound, answer.question)
            verdict = result.verdict
            one = HeardAnswer(
                answer, voice, halves.of(voice), verdict.text, verdict.confidence, result.finish_s
            )
            heard.append(one)
            if options.errors and not one.right:
                sys.stdout.write(
                    f"{voice} {answer.field}: {answer.said} | {verdict.text} "
                    f"({verdict.confidence or 0:.2f} {verdict.by})\n"
                )
    table(heard, sys.stdout.write)


if __name__ == "__main__":
    main()
