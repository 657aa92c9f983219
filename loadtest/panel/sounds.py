"""A folder of short sounds of people: what each should do to us, and calls that play it.

The folder holds ``manifest.tsv``, tab-separated with a line of names; read are `path` (below the
folder), `words_or_label`, `speaker` and, where it is there, `sex`. A label is either what was said
("stop", "wait just a second"), or a kind and its value ("nod: yeah", "filler: um", "tic: cough",
"word: hold", "words: hold_on").
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from loadtest.panel.script import During, Kind, PanelCall, PanelStep
from loadtest.simulator import wav
from loadtest.simulator.g711 import Samples
from loadtest.simulator.recording import SampleSpan

LEVEL_DBFS: Final = -20.0
"""The caller's turns: their loudest 8 ms. A sound at 0 dB is as loud."""

SENTENCE_WORDS: Final = 4
"""So many words and more are one label, "sentence"."""

AT_MS: Final = 700
"""In real time, a sound comes when we have spoken for so long."""

SOUNDS_A_CALL: Final = 10

BLOCK_8K: Final = 64
ABOVE_FLOOR_DB: Final = 9.0
BELOW_PEAK_DB: Final = 28.0

_NODS: Final = frozenset(
    "yes yeah yep yup right okay ok mm-hm mhm uh-huh sure alright aha".split()  # noqa: SIM905
)
_FILLERS: Final = frozenset("um uh ah er hmm mm erm uhm".split())  # noqa: SIM905
_NOISES: Final = frozenset(("noise", "room noise", "people talking"))


class SoundFolderError(ValueError):
    """The folder's manifest does not have the shape it must have."""


class Group(StrEnum):
    """What a sound is to a conversation.

    WORDS: wants the floor, and is an answer in the quiet · NOD: wants no floor, but is an answer ·
    FILLER: "um", neither · TIC: a laugh, a cough, a throat cleared, neither · NOISE: nobody's.
    """

    WORDS = "words"
    NOD = "nod"
    FILLER = "filler"
    TIC = "tic"
    NOISE = "noise"

    @property
    def takes_floor(self) -> bool:
        """Whether we must stop for it."""
        return self is Group.WORDS

    @property
    def answers(self) -> bool:
        """Whether it begins a turn in the quiet."""
        return self in (Group.WORDS, Group.NOD)


_KINDS: Final = {
    Group.WORDS: Kind.INTERRUPTION,
    Group.NOD: Kind.BACKCHANNEL,
    Group.FILLER: Kind.VOCAL_TIC,
    Group.TIC: Kind.VOCAL_TIC,
    Group.NOISE: Kind.NON_DIRECTED,
}


_BY_WORD: Final = {Group.NOD: _NODS, Group.FILLER: _FILLERS, Group.NOISE: _NOISES}


@dataclass(frozen=True, slots=True)
class LabelledSound:
    """One recording of the folder.

    Attributes:
        path: as the manifest has it.
        label: what it is, short: "stop", "um", "laugh", "sentence".
        group: what that is to a conversation.
        speaker: who.
        sex: as the manifest has it, "?" where it says nothing.
        samples: linear, the loudest 8 ms at `LEVEL_DBFS`.
        sound: where in them the sound itself is.
    """

    path: str
    label: str
    group: Group
    speaker: str
    sex: str
    samples: Samples
    sound: SampleSpan

    @property
    def kind(self) -> Kind:
        """The panel's name for it."""
        return _KINDS[self.group]


def label_of(text: str) -> tuple[str, Group]:
    """The short label, and its group, of what a manifest says in `words_or_label`."""
    before, colon, after = text.partition(":")
    kind = before.strip().lower() if colon else ""
    said = (after if colon else text).strip().lower().replace("_", " ").strip(".!?")
    if kind.startswith("nod"):
        return ("right" if said == "right" else "nod"), Group.NOD
    if kind in ("filler", "tic"):
        return said, Group(kind)
    for group, members in _BY_WORD.items():
        if said in members:
            return said, group
    if not kind and len(said.split()) >= SENTENCE_WORDS:
        return "sentence", Group.WORDS
    return said, Group.WORDS


def manifest_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of a folder's manifest, by the names of its first line."""
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_sounds(folder: Path, *, db: float = 0.0) -> list[LabelledSound]:
    """The sounds of a folder, in the manifest's order.

    Args:
        folder: holds `manifest.tsv` and what that names.
        db: how much louder than the caller's turns they shall be.

    Raises:
        SoundFolderError: another shape, or a sound that is not there.
    """
    try:
        return [_sound(folder, row, db) for row in manifest_rows(folder)]
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise SoundFolderError(f"{folder}: {error!r}") from error


def _sound(folder: Path, row: dict[str, str], db: float) -> LabelledSound:
    samples = wav.read(folder / row["path"])
    label, group = label_of(row["words_or_label"])
    levels = levels_db(samples)
    gain = 10 ** ((LEVEL_DBFS + db - float(levels.max(initial=-90.0))) / 20)
    loud = np.clip(np.round(samples.astype(np.float64) * gain), -32768, 32767).astype(np.int16)
    span = sound_span(samples)
    return LabelledSound(
        row["path"], label, group, row["speaker"], row.get("sex") or "?", loud, span
    )


def levels_db(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How loud each 8 ms is, dBFS; what is left over at the end is not looked at."""
    whole = len(samples) // BLOCK_8K * BLOCK_8K
    blocks = samples[:whole].astype(np.float64).reshape(-1, BLOCK_8K) / 32768.0
    return np.asarray(10 * np.log10((blocks**2).mean(axis=1) + 1e-9), dtype=np.float64)


def sound_span(samples: Samples) -> SampleSpan:
    """Where a sound is in a recording of a real line, whose silence is none.

    A block counts that stands out of the quietest tenth of the recording and is not far below its
    loudest; where nothing stands out, the whole recording is the sound.
    """
    levels = levels_db(samples)
    if not levels.size:
        return SampleSpan(0, len(samples))
    floor = float(np.percentile(levels, 10)) + ABOVE_FLOOR_DB
    least = max(min(floor, float(levels.max()) - 6.0), float(levels.max()) - BELOW_PEAK_DB)
    loud = np.flatnonzero(levels >= least)
    return SampleSpan(int(loud[0]) * BLOCK_8K, (int(loud[-1]) + 1) * BLOCK_8K)


def step_of(sound: LabelledSound, during: During) -> PanelStep:
    """The sound as a step of a call."""
    name = f"{sound.path} over {during}"
    return PanelStep(name, sound.kind, during, AT_MS, sound.samples, sound.sound)


def calls_of(sounds: Iterable[LabelledSound], turn: PanelStep) -> list[PanelCall]:
    """Calls for an engine in real time.

    Each sound comes over its speech, and what is no answer also in the quiet after it. A turn of
    the caller goes before each, so that there is speech.
    """
    calls: list[PanelCall] = []
    steps: list[PanelStep] = []
    for number, sound in enumerate(sounds, 1):
        steps += [turn, step_of(sound, During.SPEECH)]
        if not sound.group.answers:
            steps.append(step_of(sound, During.QUIET))
        if number % SOUNDS_A_CALL == 0:
            calls.append(PanelCall(f"sounds {len(calls) + 1}", tuple(steps)))
            steps = []
    if steps:
        calls.append(PanelCall(f"sounds {len(calls) + 1}", tuple(steps)))
    return calls


@dataclass(frozen=True, slots=True)
class SoundOutcome:
    """What a sound did to us.

    Attributes:
        sound: which.
        during: over our speech, or in the quiet.
        taken: over our speech, that it was yielded to; in the quiet, that it opened a turn.
        right: that this is as it should be; over our speech, for what wants no floor, that no
            tick of 200 ms in the second after its onset was silent (`panel.scoring`).
        after_ms: from its onset to that, ``None`` where nothing was taken.
    """

    sound: LabelledSound
    during: During
    taken: bool
    right: bool
    after_ms: float | None


_HEAD: Final = (
    f"{'label':<22} {'group':<7} {'during':<7} {'want':<6} {'n':>4} {'taken':>6} "
    f"{'right':>6} {'p50 ms':>7} {'p95 ms':>7}"
)


def by_label(outcomes: Sequence[SoundOutcome]) -> str:
    """Two tables, by label and by speaker, as text."""
    lines = [_HEAD]
    order = {group: at for at, group in enumerate(Group)}
    keys = sorted(
        {(o.during, o.sound.group, o.sound.label) for o in outcomes},
        key=lambda key: (key[0], order[key[1]], key[2]),
    )
    for during, group, label in keys:
        chosen = [
            o
            for o in outcomes
            if o.during is during and o.sound.group is group and o.sound.label == label
        ]
        lines.append(_row(label, group, during, chosen))
    lines.append("")
    for during in (During.SPEECH, During.QUIET):
        for group in Group:
            chosen = [o for o in outcomes if o.during is during and o.sound.group is group]
            if chosen:
                lines.append(_row(f"all {group}", group, during, chosen))
    lines += ["", f"{'speaker':<16} {'sex':<4} {'n':>4} {'right':>6}  not right"]
    for speaker in sorted({o.sound.speaker for o in outcomes}):
        chosen = [o for o in outcomes if o.sound.speaker == speaker]
        wrong = ", ".join(f"{o.sound.label} over {o.during}" for o in chosen if not o.right)
        lines.append(
            f"{speaker:<16} {chosen[0].sound.sex:<4} {len(chosen):>4} "
            f"{_share(chosen):>6.2f}  {wrong}"
        )
    return "\n".join(lines)


def _share(outcomes: Sequence[SoundOutcome]) -> float:
    return sum(o.right for o in outcomes) / len(outcomes)


def _row(label: str, group: Group, during: During, chosen: Sequence[SoundOutcome]) -> str:
    over = during is During.SPEECH
    wanted = group.takes_floor if over else group.answers
    want = ("yield" if wanted else "keep") if over else ("turn" if wanted else "none")
    taken = sum(o.taken for o in chosen) / len(chosen)
    times = [o.after_ms for o in chosen if o.taken and o.after_ms is not None]
    p50, p95 = (f"{np.percentile(times, at):.0f}" if times else "-" for at in (50, 95))
    return (
        f"{label:<22} {group:<7} {during:<7} {want:<6} {len(chosen):>4} {taken:>6.2f} "
        f"{_share(chosen):>6.2f} {p50:>7} {p95:>7}"
    )
