"""Makes `panel/`: what is heard on the calls of the conversation panel.

    python audio_fixtures/make_panel.py --recorded FOLDER

Nothing at run time needs it. Needs ``flite``, ``sox`` and ``espeak-ng`` on the PATH. Voices are
those that the gist network has never heard (`training/sound_classifier`, ``HELD_OUT``).
FOLDER holds recordings that cannot be
made, from the voice data of the public project sierra-research/tau2-bench: ``siren.wav``,
``people_talking.wav`` and ``thank_you.wav``. Everything is treated like the other recordings here
(`make_fixtures.py`), and `panel/manifest.toml` lists it.

Also writes `loadtest/panel/calls.toml`: who makes which sound when, how loud, and what it is.
"""

from __future__ import annotations

import argparse
import shutil
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

import numpy as np
from make_fixtures import (
    ESPEAK,
    FLITE,
    HERE,
    RATE_8K,
    TAU2,
    Entry,
    Sound,
    Voice,
    band,
    manifest,
    over_telephone,
    read_wav,
    speak,
    to_8k,
    toml_string,
    words_of,
    write_wav,
)

FOLDER: Final = HERE / "panel"
CALLS: Final = HERE.parent / "loadtest" / "panel" / "calls.toml"
OWN: Final = ("made from numbers by make_panel.py", "Apache-2.0, like the project")

CALLERS: Final = (
    Voice("awb", "flite", "awb"),
    Voice("kal16", "flite", "kal16"),
    Voice("awb_high", "flite", "awb", speed=1.12),
    Voice("espeak_f5", "espeak-ng", "en-us+f5"),
    Voice("espeak_m7", "espeak-ng", "en-gb-scotland+m7"),
    Voice("espeak_linda", "espeak-ng", "en-us+linda"),
    Voice("espeak_david", "espeak-ng", "en-gb+david"),
    Voice("espeak_m6", "espeak-ng", "en-gb-x-rp+m6"),
)

PROMPTS: Final = (
    "My water heater is making a loud noise.",
    "I would like somebody to look at it this week.",
    "The house is on Maple Avenue, number forty two.",
    "It is about twelve years old, I believe.",
    "Could you tell me what that costs?",
    "We also have a problem with the thermostat.",
    "Is there anything in the morning?",
    "My name is Robert Fisher.",
    "Friday would be best for us.",
    "The number is six one four, five five five, zero one nine two.",
)
INTERRUPTIONS: Final = (
    "Wait.", "Stop.", "No.", "Hold on.",
    "Wait, that is the wrong day.", "No, I said Thursday.", "Stop, please.", "Hold on a second.",
    "Excuse me, how much was that?", "Sorry, can you say that again?",
    "Actually, I would rather have it on Monday.", "That is not my address.",
    "But I told you that already.", "Can I speak to somebody else?",
    "I don't need the whole list.", "Let me ask you something first.",
    "Hang on, I need a pen.", "No, no, no, that's not it.", "How long does that take?",
    "Never mind, forget about it.",
)  # fmt: skip
NODS: Final = (
    "mm hm", "uh huh", "Okay.", "Right.", "Yeah.", "I see.", "Sure.", "mhm", "Alright.", "Yes.",
    "Got it.", "Yep.",
)  # fmt: skip
FILLERS: Final = ("um", "uh", "hmm", "er")
ASIDES: Final = (
    "No, put it on the table please.", "Can you turn that down?", "Dinner is in the oven, dear.",
    "Not now, sweetheart, I am on the phone.", "Where did you put the keys?",
    "And that was the weather, now back to the news.", "He scores again, what a game tonight.",
    "Buy one and get the second for half the price.",
)  # fmt: skip
HUMMED: Final = {"mm hm": "[[m'mh'm]]", "mhm": "[[mh'm]]", "hmm": "[[h'm]]"}
FLITE_HUMS: Final = {"mm hm": "uh hum", "mhm": "uhm", "hmm": "hum"}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the script: a sound, what it is, when, and how loud (dB of the caller's)."""

    kind: str
    sound: str
    during: str
    db: float = 0.0
    at_ms: int = 0


class Maker:
    """Writes the recordings, each once."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def spoken(self, voice: Voice, text: str) -> str:
        """A line by a synthetic voice; its path."""
        slug = "_".join(words_of(text).replace("'", "").split()[:6])
        path = f"panel/{voice.name}/{slug}.wav"
        if path not in self.entries:
            hums = HUMMED if voice.engine == "espeak-ng" else FLITE_HUMS
            origin, licence = FLITE if voice.engine == "flite" else ESPEAK
            entry = Entry(
                path,
                "panel",
                voice.name,
                words_of(text),
                origin.format(voice.voice),
                licence,
                text=text,
            )
            self.keep(entry, to_8k(*speak(voice, hums.get(text, text))))
        return path

    def keep(self, entry: Entry, sound: Sound) -> None:
        """Send a sound over the telephone and write it."""
        heard, entry.speech_ms = over_telephone(sound, entry.path)
        entry.duration_ms = len(heard) * 1000 // RATE_8K
        write_wav(HERE / entry.path, heard)
        self.entries[entry.path] = entry

    def made(self, name: str, sound: Sound) -> str:
        """A sound made from numbers."""
        path = f"panel/sounds/{name}.wav"
        self.keep(Entry(path, "panel", name, "", *OWN), sound)
        return path

    def recorded(self, name: str, source: Path, start_s: float, seconds: float) -> str:
        """A stretch of a recording."""
        path = f"panel/sounds/{name}.wav"
        sound = to_8k(*read_wav(source))[int(start_s * RATE_8K) :][: int(seconds * RATE_8K)]
        self.keep(Entry(path, "panel", name, "", *TAU2), sound)
        return path


def cough(seed: int) -> Sound:
    """Breath pressed through a throat: a crack, a hiss that decays, a moment of rough voice."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(1 + seed % 2):
        n = int(rng.uniform(0.18, 0.32) * RATE_8K)
        at = np.arange(n) / n
        hiss = np.convolve(rng.normal(0, 1, n), band(500, rng.uniform(1800, 3200), RATE_8K), "same")
        crack = np.exp(-40 * at) * rng.normal(0, 2, n)
        rough = np.cumsum(rng.uniform(130, 190) * (1 - 0.3 * at)) / RATE_8K % 1 < 0.2  # noqa: PLR2004
        shape = np.minimum(1, at * 30) * np.exp(-3.5 * at)
        parts += [(hiss + crack + 0.8 * rough * np.exp(-6 * at)) * shape, np.zeros(1400)]
    return np.concatenate(parts)


def sneeze(seed: int) -> Sound:
    """A vowel drawn in, then a burst of hiss."""
    rng = np.random.default_rng(seed)
    n, m = int(0.22 * RATE_8K), int(0.3 * RATE_8K)
    phase = 2 * np.pi * np.cumsum(np.linspace(160, 260, n)) / RATE_8K
    vowel = sum(np.sin(k * phase) / k for k in range(1, 9)) * np.linspace(0.05, 0.3, n)
    hiss = np.convolve(rng.normal(0, 1, m), band(1500, 3600, RATE_8K), "same")
    return np.concatenate([np.asarray(vowel), 3 * hiss * np.exp(-4 * np.arange(m) / m)])


def alarm(low_hz: float, high_hz: float) -> Sound:
    """A telephone or a smoke alarm: two tones in turn."""
    at = np.arange(int(1.6 * RATE_8K)) / RATE_8K
    high = np.sin(2 * np.pi * 9 * at) > 0
    return np.where(high, np.sin(2 * np.pi * high_hz * at), np.sin(2 * np.pi * low_hz * at))


def drill(seed: int) -> Sound:
    """A motor under load."""
    rng = np.random.default_rng(seed)
    at = np.arange(2 * RATE_8K) / RATE_8K
    phase = 2 * np.pi * np.cumsum(95 + 20 * np.sin(at * 4)) / RATE_8K
    tone = sum(np.sin(k * phase + k * k) for k in range(1, 20))
    return np.asarray(tone) / 10 + rng.normal(0, 0.15, at.size)


def turns(maker: Maker, voice: Voice, prompts: Iterator[str]) -> Iterator[Step]:
    """Endless turns of a caller, to make the agent speak."""
    for text in prompts:
        yield Step("turn", maker.spoken(voice, text), "quiet")


def call(
    maker: Maker, number: int, voice: Voice, half: int, tics: Sequence[str], others: Sequence[str]
) -> list[Step]:
    """One call: what happens over the agent's sentences, and what in the quiet after them."""
    index = 2 * number + half
    prompts = turns(maker, voice, cycle(PROMPTS[:5] if number % 2 else PROMPTS[5:]))
    gains = cycle((0.0, -6.0, -3.0, -8.0, 2.0))
    moments = cycle((500, 700, 900, 600, 800))
    neighbour = CALLERS[(number + 3) % len(CALLERS)]
    nods = [NODS[(index * 5 + k) % len(NODS)] for k in range(4)]
    calls_out = [INTERRUPTIONS[(index * 4 + k) % 4] for k in range(2)] + [
        INTERRUPTIONS[4 + (index * 3 + k) % 16] for k in range(3)
    ]
    over = [
        *(Step("backchannel", maker.spoken(voice, t), "speech", next(gains)) for t in nods),
        *(
            Step("interruption", maker.spoken(voice, t), "speech", (0.0, 3.0, -3.0)[k % 3])
            for k, t in enumerate(calls_out)
        ),
        Step("vocal_tic", tics[index % len(tics)], "speech", -3.0),
        Step("vocal_tic", maker.spoken(voice, FILLERS[index % len(FILLERS)]), "speech", -4.0),
        Step("non_directed", others[index % len(others)], "speech", (-6.0, -12.0)[index % 2]),
        Step(
            "non_directed",
            maker.spoken(neighbour, ASIDES[index % len(ASIDES)]),
            "speech",
            (-18.0, -22.0, -26.0)[index % 3],
        ),
    ]
    quiet = [
        Step("vocal_tic", tics[(index + 2) % len(tics)], "quiet", -3.0),
        Step("vocal_tic", maker.spoken(voice, FILLERS[(index + 1) % len(FILLERS)]), "quiet", -4.0),
        Step("non_directed", others[(index + 3) % len(others)], "quiet", (-6.0, -12.0)[index % 2]),
        Step(
            "non_directed",
            maker.spoken(neighbour, ASIDES[(index + 4) % len(ASIDES)]),
            "quiet",
            (-18.0, -22.0, -26.0)[index % 3],
        ),
    ]
    order = np.random.default_rng(zlib.crc32(f"{voice.name}{half}".encode())).permutation(len(over))
    steps = [next(prompts)]
    for place, at in enumerate(order):
        step = over[int(at)]
        steps.append(Step(step.kind, step.sound, step.during, step.db, next(moments)))
        pausing = place % 3 == 2 and bool(quiet)  # noqa: PLR2004
        if pausing:
            steps.append(quiet.pop(0))
        if pausing or step.kind != "interruption":
            steps.append(next(prompts))
    return [*steps, *quiet]


def people() -> list[list[Step]]:
    """Two calls of recorded people: their words, their numbers, books read aloud in the room."""
    speech = [f"speech/{name}.wav" for name in ("order_status", "help_me", "hello")]
    books = [f"speech/librivox-{name}.wav" for name in ("0870", "0880", "0930")]
    calls = []
    for speaker, number in (("jackson", "937-246-8015"), ("theo", "614-555-0192")):
        turn = Step("turn", f"human_digits/{speaker}/{number}.wav", "quiet")
        steps = [turn]
        for sound, kind, db in (
            ("speech/help_me.wav", "interruption", 0.0),
            (books[0], "non_directed", -20.0),
            ("speech/yes.wav", "backchannel", -4.0),
            ("speech/order_status.wav", "interruption", 0.0),
            ("panel/sounds/thank_you.wav", "backchannel", -3.0),
            (books[1], "interruption", 0.0),
            (books[2], "non_directed", -24.0),
            ("speech/no.wav", "interruption", 2.0),
            ("speech/hello.wav", "interruption", 0.0),
        ):
            steps.append(Step(kind, sound, "speech", db, 600))
            if kind != "interruption":
                steps.append(Step("turn", speech[len(steps) % 3], "quiet"))
        steps.append(Step("non_directed", books[0], "quiet", -20.0))
        calls.append(steps)
    return calls


def script(calls: Sequence[tuple[str, Sequence[Step]]]) -> str:
    """The calls as TOML."""
    parts = [
        "# The calls of the conversation panel. Written by audio_fixtures/make_panel.py.\n",
        "# during: over the agent's speech, `at_ms` after it began, or in the quiet after it.\n",
    ]
    for name, steps in calls:
        parts.append(f"[[call]]\nname = {toml_string(name)}\nsteps = [")
        for step in steps:
            fields = f"kind = {toml_string(step.kind)}, sound = {toml_string(step.sound)}"
            fields += f", during = {toml_string(step.during)}"
            fields += f", at_ms = {step.at_ms}" if step.at_ms else ""
            fields += f", db = {step.db}" if step.db else ""
            parts.append(f"    {{ {fields} }},")
        parts.append("]\n")
    return "\n".join(parts)


def main() -> None:
    """Make everything."""
    parser = argparse.ArgumentParser(description="Makes the sounds and calls of the panel.")
    parser.add_argument("--recorded", type=Path, required=True)
    recorded = parser.parse_args().recorded
    shutil.rmtree(FOLDER, ignore_errors=True)
    maker = Maker()
    tics = [maker.made(f"cough_{n}", cough(n)) for n in range(4)]
    tics += [maker.made("sneeze_0", sneeze(0))]
    others = [f"noise/{n}.wav" for n in ("car_horn", "dog_bark", "engine_idling", "ringing_phone")]
    others += [
        maker.recorded("siren", recorded / "siren.wav", 0.0, 3.0),
        maker.recorded("people_talking_0", recorded / "people_talking.wav", 4.0, 3.0),
        maker.recorded("people_talking_1", recorded / "people_talking.wav", 20.0, 3.0),
        maker.made("smoke_alarm", alarm(2800, 3100)),
        maker.made("old_telephone", alarm(440, 480)),
        maker.made("drill", drill(1)),
    ]
    entry = Entry("panel/sounds/thank_you.wav", "panel", "human", "thank you", *TAU2)
    maker.keep(entry, to_8k(*read_wav(recorded / "thank_you.wav")))
    calls = [
        (f"{voice.name} {half + 1}", call(maker, number, voice, half, tics, others))
        for number, voice in enumerate(CALLERS)
        for half in range(2)
    ]
    calls += [(f"people {n}", steps) for n, steps in enumerate(people(), 1)]
    CALLS.parent.mkdir(exist_ok=True)
    CALLS.write_text(script(calls))
    (FOLDER / "manifest.toml").write_text(manifest(maker.entries.values()))


if __name__ == "__main__":
    main()
