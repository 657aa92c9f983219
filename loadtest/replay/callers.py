"""Who calls: recorded callers from folders, or from a script file, and how each call varies.

A folder is a caller when sound files lie in it, one a turn, in the order of their names; otherwise
each of its folders is one. ``01.txt`` beside ``01.wav`` holds the words of that turn. A script file
says more (`ScriptFile`)::

    [[caller]]
    name = "impatient"
    weight = 2
    steps = [
        { play = "hello.wav" },
        { play = "wait.wav", during_ms = 800 },      # 800 ms after the agent has begun to speak
        { press = "0", after_ms = 500 },             # after the caller's last step
        { hang_up = true, at_s = 40 },
    ]
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loadtest.simulator.background import Background
from loadtest.simulator.recording import ManifestError, Recording, SampleSpan, read_manifest
from loadtest.simulator.script import (
    After,
    At,
    CallerScript,
    DuringAgent,
    EndCall,
    PlayWav,
    Press,
    ScriptError,
    ScriptStep,
    Silence,
    When,
)
from loadtest.simulator.wav import WavError

SOUNDS: Final = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif"})
BARGE_IN_MS: Final = (400, 1200)
"""When a caller who does not wait begins to speak, after the agent has begun."""

KEY_GAP_MS: Final = 250

FIRST_MS: Final = 500
"""How long a caller who is not greeted waits before it speaks."""


class CallersError(ValueError):
    """Callers that cannot be read; the text says which file and why."""


@dataclass(frozen=True, slots=True)
class RecordedCaller:
    """Somebody who calls.

    Attributes:
        name: for reports.
        steps: what is done, with every recording read.
        words: what a recording says, by its name, where that is known.
        weight: how often, against the others.
    """

    name: str
    steps: tuple[ScriptStep, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    weight: int = 1

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What is said, in order."""
        return tuple(
            step.source
            for step in self.steps
            if isinstance(step, PlayWav) and isinstance(step.source, Recording)
        )


@dataclass(frozen=True, slots=True)
class Manners:
    """How callers behave beside their script.

    Attributes:
        barge_ins: share of the turns, but for a call's first, that do not wait for the agent's end.
        keys: pressed after the last step.
        background: noise behind them.
        hang_up: whether they hang up after their last answer, whatever the agent does.
        speak_first: whether they wait for no greeting, where there is none.
    """

    barge_ins: float = 0.0
    keys: str = ""
    background: Background | None = None
    hang_up: bool = False
    speak_first: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """All callers of a run."""

    callers: tuple[RecordedCaller, ...]
    manners: Manners = field(default_factory=Manners)

    def caller(self, number: int) -> RecordedCaller:
        """Whose turn it is with the call of that number: in turns, by weight."""
        order = [one for one in self.callers for _ in range(one.weight)]
        return order[number % len(order)]

    def script(self, number: int, seed: int) -> CallerScript:
        """What the caller of a call does; the same number and seed do the same."""
        chances = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose
        caller = self.caller(number)
        steps: list[ScriptStep] = [
            _impatient(step, chances, self.manners.barge_ins if index else 0.0)
            for index, step in enumerate(caller.steps)
        ]
        if self.manners.speak_first and steps and steps[0].when == Silence():
            steps[0] = replace(steps[0], when=After(FIRST_MS))
        ends = next((at for at, step in enumerate(steps) if isinstance(step, EndCall)), len(steps))
        steps[ends:ends] = [Press(key, After(KEY_GAP_MS)) for key in self.manners.keys]
        if self.manners.hang_up and ends == len(caller.steps):
            steps.append(EndCall())
        return CallerScript(steps, background=self.manners.background)


def _impatient(step: ScriptStep, chances: random.Random, share: float) -> ScriptStep:
    waits = isinstance(step, PlayWav) and isinstance(step.when, Silence)
    if not waits or chances.random() >= share:
        return step
    return replace(step, when=DuringAgent(chances.randint(*BARGE_IN_MS)))


class ScriptedStep(BaseModel):
    """One step: one of `play`, `press` and `hang_up`, and at most one moment; else in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    play: str = ""
    press: str = ""
    hang_up: bool = False
    silence_ms: int | None = Field(default=None, ge=0)
    during_ms: int | None = Field(default=None, ge=0)
    after_ms: int | None = Field(default=None, ge=0)
    at_s: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if bool(self.play) + bool(self.press) + self.hang_up != 1:
            raise ValueError("a step has one of play, press and hang_up")
        moments = (self.silence_ms, self.during_ms, self.after_ms, self.at_s)
        if sum(moment is not None for moment in moments) > 1:
            raise ValueError("a step has one of silence_ms, during_ms, after_ms and at_s")
        return self

    def when(self) -> When:
        """Its moment."""
        if self.during_ms is not None:
            return DuringAgent(self.during_ms)
        if self.after_ms is not None:
            return After(self.after_ms)
        if self.at_s is not None:
            return At(self.at_s)
        return Silence() if self.silence_ms is None else Silence(self.silence_ms)


class ScriptedCaller(BaseModel):
    """A caller: a folder, or steps whose files lie beside the script."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    weight: int = Field(default=1, ge=1, le=1000)
    folder: str = ""
    steps: tuple[ScriptedStep, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.folder) == bool(self.steps):
            raise ValueError("a caller has either a folder or steps")
        return self


class ScriptFile(BaseModel):
    """A script file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    caller: tuple[ScriptedCaller, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class KnownSounds:
    """What a manifest says of recordings: where their speech is, and their words."""

    spans: Mapping[Path, SampleSpan] = field(default_factory=dict)
    words: Mapping[Path, str] = field(default_factory=dict)

    @classmethod
    def read(cls, manifest: Path) -> KnownSounds:
        """Of a manifest of ours; nothing when there is none.

        Raises:
            CallersError: it is none.
        """
        if not manifest.is_file():
            return cls()
        try:
            tables = tomllib.loads(manifest.read_text())["file"]
            words = {
                (manifest.parent / one["path"]).resolve(): str(
                    one.get("text") or one.get("words", "")
                )
                for one in tables
            }
            return cls(read_manifest(manifest), words)
        except (ManifestError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise CallersError(f"{manifest}: not a manifest of recordings: {error}") from error


def from_folder(folder: Path, known: KnownSounds) -> tuple[RecordedCaller, ...]:
    """The callers of a folder; see the module.

    Raises:
        CallersError: no sound in it, or one that cannot be read.
    """
    if not folder.is_dir():
        raise CallersError(f"{folder}: there is no such folder")
    if files := _sounds(folder):
        steps = [PlayWav(_recording(file, known)) for file in files]
        name = f"{folder.parent.name}/{folder.name}" if folder.parent.name else folder.name
        return (RecordedCaller(name, tuple(steps), _words(files, known)),)
    below = [one for one in sorted(folder.iterdir()) if one.is_dir() and _sounds(one)]
    if not below:
        raise CallersError(f"{folder}: no recordings there, and no folders with some")
    return tuple(caller for one in below for caller in from_folder(one, known))


def from_script(path: Path, known: KnownSounds) -> tuple[RecordedCaller, ...]:
    """The callers of a script file.

    Raises:
        CallersError: it cannot be read, or says what cannot be done.
    """
    try:
        script = ScriptFile.model_validate(tomllib.loads(path.read_text()))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CallersError(f"{path}: {where}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CallersError(f"{path}: {error}") from error
    return tuple(caller for one in script.caller for caller in _scripted(one, path.parent, known))


def _scripted(one: ScriptedCaller, beside: Path, known: KnownSounds) -> Iterable[RecordedCaller]:
    if one.folder:
        found = from_folder(beside / one.folder, known)
        several = len(found) > 1
        for caller in found:
            name = f"{one.name}/{caller.name.rpartition('/')[2]}" if several else one.name
            yield replace(caller, name=name, weight=one.weight)
        return
    files = [beside / step.play for step in one.steps if step.play]
    try:
        steps = CallerScript([_step(step, beside, known) for step in one.steps]).steps
    except ScriptError as error:
        raise CallersError(f"{one.name}: {error}") from error
    yield RecordedCaller(one.name, steps, _words(files, known), one.weight)


def _step(step: ScriptedStep, beside: Path, known: KnownSounds) -> ScriptStep:
    if step.play:
        return PlayWav(_recording(beside / step.play, known), step.when())
    return Press(step.press, step.when()) if step.press else EndCall(step.when())


def _recording(path: Path, known: KnownSounds) -> Recording:
    try:
        return Recording.read(path, speech=known.spans.get(path.resolve()))
    except (WavError, OSError) as error:
        raise CallersError(str(error) if str(path) in str(error) else f"{path}: {error}") from error


def _sounds(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.suffix.lower() in SOUNDS)


def _words(files: Sequence[Path], known: KnownSounds) -> Mapping[str, str]:
    """By the recordings' names: what lies beside them, else what the manifest says."""
    found: dict[str, str] = {}
    for file in files:
        beside = file.with_suffix(".txt")
        if beside.is_file():
            found[file.stem] = " ".join(beside.read_text(errors="replace").split())
        elif words := known.words.get(file.resolve()):
            found[file.stem] = words
    return MappingProxyType(found)
