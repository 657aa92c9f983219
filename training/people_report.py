"""What became of recordings of people: word errors by group, speaker and line, digits, facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from training.hearing import EarsHere, HearingResult
from training.people import HumanRecording, Samples, made_noises, mixed
from training.scores import digits_of, errors, is_fact, said
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

E = Expecting
ASKED_OF_NOISE = (E.ANYTHING, E.YES_NO, E.PHONE, E.CODE, E.ADDRESS, E.TIME, E.NAME)
MADE_NOISES = 30
Write = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class PersonHeard:
    """A recording with words, and what was heard of it."""

    recording: HumanRecording
    heard: HearingResult
    sound_s: float

    @property
    def errors(self) -> int:
        """Words wrong, missing or too many, by what was said."""
        return errors(said(self.recording.words), said(self.heard.verdict.text))


@dataclass(frozen=True, slots=True)
class NoiseHeard:
    """A noise, what was asked before it, and what was heard in it."""

    name: str
    asked: Expecting
    text: str


@dataclass(frozen=True, slots=True)
class PeopleHeard:
    """All of it."""

    people: Sequence[PersonHeard]
    noises: Sequence[NoiseHeard]

    def report(self, write: Write, *, errors: bool = False) -> None:
        """Everything, in lines; with `errors` also every recording with one."""
        for key in ("group", "sex", "accent", "line"):
            _by(key, self.people, write)
        _digits([one for one in self.people if one.recording.asked is E.PHONE], write)
        _answers([one for one in self.people if one.recording.asked is E.YES_NO], write)
        _noises(self.noises, write)
        write_speed([(o.sound_s, o.heard.spent_s, o.heard.finish_s) for o in self.people], write)
        if not errors:
            return
        for one in self.people:
            if one.errors:
                of, verdict = one.recording, one.heard.verdict
                sure = f"{verdict.confidence or 0:.2f} {verdict.by}"
                write(f"{of.path.name} {of.speaker}: {of.words} | {verdict.text} ({sure})\n")
        for noise in self.noises:
            if noise.text:
                write(f"noise {noise.name} after {noise.asked}: {noise.text}\n")


def hear_people(
    played: Iterable[HumanRecording],
    ears: EarsHere,
    rooms: Sequence[Samples] = (),
    *,
    noise_db: float | None = None,
) -> PeopleHeard:
    """Hear recordings of people, and noises after every kind of question.

    Args:
        played: the recordings.
        ears: what hears.
        rooms: noises to mix in.
        noise_db: speech to noise; ``None`` as they are, and then noises are heard, too.
    """
    every = list(played)
    people = []
    for number, one in enumerate(every):
        if one.words:
            sound = one.sound()
            if noise_db is not None:
                sound = mixed(sound, rooms, noise_db, number)
            people.append(PersonHeard(one, ears.hear(sound, one.asked), len(sound) / 8000))
    noises: list[tuple[str, Samples]] = []
    if noise_db is None:
        noises += [(one.path.name, one.sound()) for one in every if one.is_noise]
        noises += list(made_noises(MADE_NOISES)) if noises else []
    heard = [
        NoiseHeard(name, asked, ears.hear(sound, asked).verdict.text)
        for number, (name, sound) in enumerate(noises)
        for asked in _three_of(ASKED_OF_NOISE, number)
    ]
    return PeopleHeard(people, heard)


def _three_of(kinds: Sequence[Expecting], number: int) -> list[Expecting]:
    """Three questions by turns: so that every noise and every question meet often enough."""
    return [kinds[(number * 3 + step) % len(kinds)] for step in range(3)]


def write_speed(spent: Sequence[tuple[float, float, float]], write: Write) -> None:
    """Real-time factor, and how long words take after the end of the sound.

    Args:
        spent: for each recording: its length, the time spent on it, that after its end; seconds.
        write: of a line.
    """
    if not spent:
        return
    finish = sorted(after for _, _, after in spent)
    write(f"real-time factor {sum(s for _, s, _ in spent) / sum(s for s, _, _ in spent):.3f}\n")
    p95 = finish[int(len(finish) * 0.95)]
    write(f"finish p50 {finish[len(finish) // 2] * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms\n")


def _by(key: str, people: Sequence[PersonHeard], write: Write) -> None:
    write(f"{key:16} word errors\n")
    for name in dict.fromkeys(getattr(one.recording, key) for one in people):
        part = [one for one in people if getattr(one.recording, key) == name]
        words = sum(len(said(one.recording.words)) for one in part)
        wrong = sum(one.errors for one in part)
        exact = sum(not one.errors for one in part)
        rate = 100 * wrong / max(words, 1)
        write(f"  {name:14} {rate:5.1f} %  ({exact} of {len(part)} exact)\n")


def _digits(people: Sequence[PersonHeard], write: Write) -> None:
    if not people:
        return
    exact = sum(_same_digits(one) for one in people)
    wrong = sum(one.errors for one in people)
    count = sum(len(said(one.recording.words)) for one in people)
    write(
        f"digits: {exact} of {len(people)} numbers exact, {100 * wrong / count:.1f} % of digits\n"
    )
    for speaker in dict.fromkeys(one.recording.speaker for one in people):
        part = [one for one in people if one.recording.speaker == speaker]
        right = sum(_same_digits(one) for one in part)
        write(f"  {speaker:14} {right} of {len(part)}\n")


def _same_digits(one: PersonHeard) -> bool:
    return digits_of(one.recording.words) == digits_of(one.heard.verdict.text)


def _answers(people: Sequence[PersonHeard], write: Write) -> None:
    if not people:
        return
    right = turned = 0
    for one in people:
        meant, got = hear_yes_no(one.recording.words), hear_yes_no(one.heard.verdict.text)
        right += meant is got
        turned += meant is not got and got is not YesNo.UNCLEAR
    write(f"yes/no by meaning: {right} of {len(people)} right, {turned} turned round\n")


def _noises(noises: Sequence[NoiseHeard], write: Write) -> None:
    if not noises:
        return
    words = sum(bool(one.text) for one in noises)
    facts = sum(is_fact(one.text, one.asked) for one in noises)
    write(f"noise: {facts} facts and {words} texts of {len(noises)} noises\n")
