"""What a caller does on the phone: steps, each with the moment at which it is taken.

script = CallerScript.from_wavs(["hello.wav", "yes.wav"])
script = CallerScript([PlayWav("hello.wav"), PlayWav("wait.wav", when=DuringAgent(800)),
                       Press("0", when=At(12)), HangUp()])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from loadtest.simulator.background import Background
from loadtest.simulator.recording import Recording, SampleSpan, read_manifest

DEFAULT_SILENCE_MS: Final = 700
DEFAULT_TIMEOUT_S: Final = 15.0
WHOLE_REPLY_MS: Final = 1200
"""Less sound than this is a word or two, and hardly all that the agent has to say."""

ONE_MOMENT_MS: Final = 2500
_KEYS: Final = frozenset("0123456789*#ABCD")


class ScriptError(ValueError):
    """A script that no caller could follow."""


@dataclass(frozen=True, slots=True)
class Silence:
    """When the agent has spoken since the caller's last turn and then been silent for `ms`.

    A pause of that length inside the agent's turn is taken for its end, as a caller would. After a
    word or two ("One moment.") people wait longer for what it announces: `after_a_word_ms`.
    """

    ms: int = DEFAULT_SILENCE_MS
    after_a_word_ms: int = ONE_MOMENT_MS


@dataclass(frozen=True, slots=True)
class Says:
    """When the agent has said `phrase` since the caller's last turn, then been silent for `ms`.

    The phrase is spotted by pocketsphinx's general English model; see
    `loadtest.simulator.spotter` for how little that can be trusted.
    """

    phrase: str
    ms: int = DEFAULT_SILENCE_MS


@dataclass(frozen=True, slots=True)
class At:
    """At `s` seconds after the line was opened (at once, if that is past)."""

    s: float


@dataclass(frozen=True, slots=True)
class DuringAgent:
    """A barge-in: `ms` after the agent was first heard since the caller's last turn.

    An agent that has fallen silent by then is interrupted as soon as it sounds again.
    """

    ms: int


@dataclass(frozen=True, slots=True)
class After:
    """`ms` after the previous step was done."""

    ms: int = 0


When = Silence | Says | At | DuringAgent | After


@dataclass(frozen=True, slots=True)
class PlayWav:
    """The caller speaks one recording: a caller turn."""

    source: Path | str | Recording
    when: When = Silence()
    timeout_s: float = DEFAULT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses one key."""

    digit: str
    when: When = Silence()
    timeout_s: float = DEFAULT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class EndCall:
    """The caller hangs up; later steps are not taken."""

    when: When = Silence()
    timeout_s: float = DEFAULT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Raw:
    """A message that no carrier sends, on the media socket: `str` as text, `bytes` as binary."""

    message: str | bytes
    when: When = After()
    timeout_s: float = DEFAULT_TIMEOUT_S


ScriptStep = PlayWav | Press | EndCall | Raw


class CallerScript:
    """The steps of one caller, with every recording already read. Shared by any number of calls.

    Attributes:
        steps: in order; each waits for its moment at most `timeout_s`, then the call has failed.
        end_wait_s: after the last step, how long the agent may take to hang up before the caller
            does.
        noise_dbfs: level of comfort noise while the caller is silent; None sends pure silence.
        background: noise under all that the caller sends.
    """

    def __init__(
        self,
        steps: Iterable[ScriptStep],
        *,
        end_wait_s: float = DEFAULT_TIMEOUT_S,
        noise_dbfs: float | None = None,
        background: Background | None = None,
        manifest: Path | str | None = None,
    ) -> None:
        """Reads every recording now.

        Args:
            steps: see the class.
            end_wait_s: see the class.
            noise_dbfs: see the class.
            background: see the class.
            manifest: TOML file with the speech spans (`recording.read_manifest`);
                recordings it does not name are measured by energy.

        Raises:
            ScriptError: a key that no phone has.
            WavError: a recording that cannot be read.
            ManifestError: a manifest that cannot be read.
        """
        spans = read_manifest(manifest) if manifest is not None else {}
        self.steps: tuple[ScriptStep, ...] = tuple(_ready(step, spans) for step in steps)
        self.end_wait_s = end_wait_s
        self.noise_dbfs = noise_dbfs
        self.background = background

    @classmethod
    def from_wavs(
        cls,
        paths: Sequence[Path | str],
        *,
        silence_ms: int = DEFAULT_SILENCE_MS,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        end_wait_s: float = DEFAULT_TIMEOUT_S,
        noise_dbfs: float | None = None,
        manifest: Path | str | None = None,
    ) -> Self:
        """A polite caller: one recording a turn, each after the agent has finished."""
        steps = [PlayWav(path, Silence(silence_ms), timeout_s) for path in paths]
        return cls(steps, end_wait_s=end_wait_s, noise_dbfs=noise_dbfs, manifest=manifest)

    @property
    def phrases(self) -> tuple[str, ...]:
        """What must be listened for, in order of first use, without repeats."""
        says = (step.when.phrase for step in self.steps if isinstance(step.when, Says))
        return tuple(dict.fromkeys(says))


def _ready(step: ScriptStep, spans: dict[Path, SampleSpan]) -> ScriptStep:
    if isinstance(step, Press) and (len(step.digit) != 1 or step.digit not in _KEYS):
        raise ScriptError(f"no such key on a phone: {step.digit!r}")
    if isinstance(step, PlayWav) and not isinstance(step.source, Recording):
        path = Path(step.source)
        recording = Recording.read(path, speech=spans.get(path.resolve()))
        return PlayWav(recording, step.when, step.timeout_s)
    return step


def describe(step: ScriptStep) -> str:
    """A step in a few words, for reports."""
    match step:
        case PlayWav(source=Recording(name=name)):
            what = f"play {name}"
        case PlayWav(source=source):
            what = f"play {source}"
        case Press(digit=digit):
            what = f"press {digit}"
        case EndCall():
            what = "hang up"
        case Raw():
            what = "send a raw message"
    return f"{what} when {step.when}"
