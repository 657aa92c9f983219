"""Makes the recordings in this folder; nothing at run time needs it.

    python audio_fixtures/make_fixtures.py --recorded FOLDER

Needs ``flite``, ``sox`` and ``espeak-ng`` on the PATH (Debian packages of those names) and, in
FOLDER, the recordings of people and noises that cannot be made: ``noise/*.wav``, ``speech/*.wav``
and ``digits/{digit}_{speaker}_{n}.wav`` (Free Spoken Digit Dataset). The same inputs and versions
give the same bytes, but for espeak-ng, whose sound differs by a bit now and then.

Synthetic callers are made to sound as a telephone delivers them: resampled to 8 kHz, limited to the
300-3400 Hz voice band (ITU-T G.712), given a quiet noise floor, and passed through mu-law (G.711).
`manifest.toml` lists every file with its words, its spans of speech, origin and licence.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
import tomllib
import wave
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

HERE: Final = Path(__file__).resolve().parent
RATE_8K: Final = 8000
LEAD_S: Final = 0.2
TAIL_S: Final = 0.3
PEAK: Final = 0.45
FLOOR_RMS: Final = 0.0006
USUAL_VOICES: Final = ("rms", "slt", "awb")

Sound = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Voice:
    """A synthetic caller. `speed` above 1 is a smaller, higher speaker; `tempo` only hurries."""

    name: str
    engine: str
    voice: str
    speed: float = 1.0
    tempo: float = 1.0


HELD_OUT_VOICES: Final = (
    Voice("slt_small", "flite", "slt", speed=1.08, tempo=0.95),
    Voice("rms_large", "flite", "rms", speed=0.94, tempo=1.1),
    Voice("awb_slow", "flite", "awb", speed=0.97, tempo=0.97),
    Voice("kal16", "flite", "kal16"),
    Voice("rms_quick", "flite", "rms", speed=1.06, tempo=1.08),
    Voice("espeak_f2", "espeak-ng", "en-us+f2"),
    Voice("slt_low", "flite", "slt", speed=0.9, tempo=1.12),
    Voice("espeak_m3", "espeak-ng", "en-us+m3"),
)

FLITE: Final = ("CMU Flite, voice {}", "Flite licence (BSD-like), Carnegie Mellon University")
ESPEAK: Final = ("espeak-ng, voice {}", "sound made with espeak-ng; its output carries no licence")
FSDD: Final = (
    "strung from Free Spoken Digit Dataset (Zohar Jackson and contributors), speaker {}",
    "CC BY-SA 4.0",
)
TAU2: Final = ("sierra-research/tau2-bench", "MIT")
LIBRIVOX: Final = ("LibriVox, by way of cmusphinx/pocketsphinx test data", "public domain")

HUMAN_NUMBERS: Final = (
    "555 123 0000",
    "937 246 8015",
    "614 555 0192",
    "740 388 6291",
    "216 907 4538",
    "5551230000",
)
HUMAN_SPEAKERS: Final = ("jackson", "nicolas", "theo")
DIGIT_WORDS: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
]
SPEECH_WORDS: Final = {
    "hello": "hello",
    "yes": "yes",
    "no": "no",
    "help_me": "help me",
    "order_status": "order status",
    "librivox-0870": "and mister john dashwood had then leisure to consider how much there might be"
    " prudently in his power to do for them",
    "librivox-0880": "he was not an ill disposed young man",
    "librivox-0930": "he might even have been made amiable himself",
}


@dataclass(slots=True)
class Entry:
    """One line of the manifest."""

    path: str
    group: str
    voice: str
    words: str
    origin: str
    licence: str
    text: str = ""
    duration_ms: int = 0
    speech_ms: list[tuple[int, int]] = field(default_factory=list)


def read_wav(path: Path) -> tuple[Sound, int]:
    """A mono 16-bit WAV as floats in -1..1, and its rate in Hz."""
    with wave.open(str(path)) as recording:
        if recording.getnchannels() != 1 or recording.getsampwidth() != 2:  # noqa: PLR2004
            raise ValueError(f"{path.name} is not mono 16-bit")
        data = recording.readframes(recording.getnframes())
        return np.frombuffer(data, "<i2") / 32768.0, recording.getframerate()


def write_wav(path: Path, sound: Sound) -> None:
    """Write floats as mono 16-bit at 8 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.clip(np.round(sound * 32768), -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE_8K, 0, "NONE", "not compressed"))
        out.writeframes(samples.tobytes())


def band(low_hz: float, high_hz: float, rate: int, taps: int = 301) -> Sound:
    """Coefficients of a windowed-sinc band-pass; `low_hz` 0 gives a low-pass."""
    at = np.arange(taps) - taps // 2
    ideal = 2 * high_hz / rate * np.sinc(2 * high_hz / rate * at)
    if low_hz:
        ideal -= 2 * low_hz / rate * np.sinc(2 * low_hz / rate * at)
    return np.asarray(ideal * np.blackman(taps), dtype=np.float64)


def to_8k(sound: Sound, rate: int) -> Sound:
    """Resample from any rate: low-pass at 3.7 kHz, then interpolate on a fine grid."""
    if rate == RATE_8K:
        return sound
    limited = np.convolve(sound, band(0, 3700, rate), "same")
    fine = 8
    count = len(limited)
    # The signal is band-limited to under half of its rate, so a spectrum padded with zeros is an
    # exact finer grid; linear interpolation on it is then below the 16-bit floor of speech.
    spectrum = np.fft.rfft(limited)
    grid = np.fft.irfft(spectrum, count * fine) * fine
    at = np.arange(int(count * RATE_8K / rate)) * (rate * fine / RATE_8K)
    return np.interp(at, np.arange(count * fine), grid)


def mulaw_round_trip(sound: Sound) -> Sound:
    """What G.711 mu-law leaves of a sound (continuous companding law, 8 bits)."""
    mu = 255.0
    squeezed = np.sign(sound) * np.log1p(mu * np.abs(np.clip(sound, -1, 1))) / np.log1p(mu)
    stepped = np.round(squeezed * 127) / 127
    return np.asarray(np.sign(stepped) * np.expm1(np.abs(stepped) * np.log1p(mu)) / mu)


def level(sound: Sound, peak: float = PEAK) -> Sound:
    """Scale so that the loudest sample is `peak` of full scale."""
    return sound * (peak / max(float(np.max(np.abs(sound))), 1e-9))


def speech_spans(sound: Sound) -> list[tuple[int, int]]:
    """Where 10 ms frames are within 38 dB of the loudest, in ms; gaps under 200 ms close."""
    size = RATE_8K // 100
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    energy = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    spans: list[tuple[int, int]] = []
    for index in np.flatnonzero(energy > energy.max() - 38):
        start, end = int(index) * 10, int(index) * 10 + 10
        if spans and start - spans[-1][1] < 200:  # noqa: PLR2004
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [span for span in spans if span[1] - span[0] >= 40]  # noqa: PLR2004


def words_of(text: str) -> str:
    """The words as a transcript has them: lower case, no punctuation, initials joined."""
    bare = re.sub(r"[^a-z' ]+", " ", text.lower())
    bare = re.sub(r"\b(a) (c)\b|\b(p) (m)\b", lambda m: m[0].replace(" ", ""), bare)
    return " ".join(bare.split())


def speak(voice: Voice, text: str) -> tuple[Sound, int]:
    """Let a synthesiser say `text`."""
    with tempfile.TemporaryDirectory() as folder:
        raw, shaped = Path(folder, "raw.wav"), Path(folder, "shaped.wav")
        if voice.engine == "flite":
            command = ["flite", "-voice", voice.voice, "-t", text, str(raw)]
        else:
            command = ["espeak-ng", "-v", voice.voice, "-s", "150", "-w", str(raw), text]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        if voice.speed == voice.tempo == 1.0:
            return read_wav(raw)
        effects = ["speed", str(voice.speed), "tempo", "-s", str(voice.tempo)]
        sox = ["sox", "-R", "-D", str(raw), "-r", "16000", str(shaped), *effects]
        subprocess.run(sox, check=True, capture_output=True)  # noqa: S603
        return read_wav(shaped)


def over_telephone(sound: Sound, name: str) -> tuple[Sound, list[tuple[int, int]]]:
    """The sound as a telephone line delivers it, and where speech is in it."""
    limited = level(np.convolve(sound, band(300, 3400, RATE_8K), "same"))
    padded = np.concatenate(
        [np.zeros(int(LEAD_S * RATE_8K)), limited, np.zeros(int(TAIL_S * RATE_8K))]
    )
    floor = np.random.default_rng(zlib.crc32(name.encode())).normal(0, FLOOR_RMS, len(padded))
    return mulaw_round_trip(padded + floor), speech_spans(padded)


class Maker:
    """Writes recordings and remembers what the manifest must say about them."""

    def __init__(self, recorded: Path) -> None:
        self.recorded = recorded
        self.entries: list[Entry] = []

    def add(self, entry: Entry, sound: Sound) -> None:
        """Send `sound` (8 kHz) over the telephone and write it."""
        heard, entry.speech_ms = over_telephone(sound, entry.path)
        self.keep(entry, heard)

    def keep(self, entry: Entry, sound: Sound) -> None:
        """Write `sound` (8 kHz) as it is."""
        entry.duration_ms = len(sound) * 1000 // RATE_8K
        write_wav(HERE / entry.path, sound)
        self.entries.append(entry)

    def scripted(self, group: str, lines: Sequence[str], voice: Voice) -> None:
        """One folder per voice with a numbered file per caller turn."""
        for number, text in enumerate(lines, 1):
            self.spoken(f"{group}/{voice.name}/{number:02}.wav", group, voice, text)

    def spoken(self, path: str, group: str, voice: Voice, text: str) -> None:
        """One line by a synthetic voice."""
        origin, licence = FLITE if voice.engine == "flite" else ESPEAK
        name = voice.voice if voice.speed == 1.0 else f"{voice.voice} (speed {voice.speed})"
        entry = Entry(
            path, group, voice.name, words_of(text), origin.format(name), licence, text=text
        )
        self.add(entry, to_8k(*speak(voice, text)))

    def human_digits(self) -> None:
        """Telephone numbers strung from people's digits, with the gaps people leave."""
        for speaker in HUMAN_SPEAKERS:
            for index, number in enumerate(HUMAN_NUMBERS):
                path = f"human_digits/{speaker}/{number.replace(' ', '-')}.wav"
                rng = np.random.default_rng(zlib.crc32(path.encode()))
                parts: list[Sound] = []
                words: list[str] = []
                for symbol in number:
                    if symbol == " ":
                        parts.append(np.zeros(int(rng.uniform(0.28, 0.45) * RATE_8K)))
                        continue
                    take = (index + len(words)) % 2
                    source = self.recorded / "digits" / f"{symbol}_{speaker}_{take}.wav"
                    parts.append(level(read_wav(source)[0]))
                    parts.append(np.zeros(int(rng.uniform(0.05, 0.13) * RATE_8K)))
                    words.append(DIGIT_WORDS[int(symbol)])
                origin, licence = FSDD
                entry = Entry(
                    path, "human_digits", speaker, " ".join(words), origin.format(speaker), licence
                )
                self.add(entry, np.concatenate(parts))

    def copied(self) -> None:
        """Noises and short human speech, converted to 8 kHz."""
        for source in sorted((self.recorded / "noise").glob("*.wav")):
            entry = Entry(f"noise/{source.stem}.wav", "noise", source.stem, "", *TAU2)
            self.keep(entry, mulaw_round_trip(level(to_8k(*read_wav(source)))))
        for source in sorted((self.recorded / "speech").glob("*.wav")):
            origin = LIBRIVOX if source.stem.startswith("librivox") else TAU2
            words = SPEECH_WORDS[source.stem]
            entry = Entry(f"speech/{source.stem}.wav", "speech", "human", words, *origin)
            self.add(entry, to_8k(*read_wav(source)))


def toml_string(value: str) -> str:
    """A basic TOML string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def manifest(entries: Iterable[Entry]) -> str:
    """The manifest as TOML."""
    parts = [
        "# Every recording: mono, 16-bit, 8 kHz. Written by make_fixtures.py.\n",
        "# speech_ms: [start, end] of speech by energy, gaps under 200 ms closed.\n",
    ]
    for entry in entries:
        spans = ", ".join(f"[{start}, {end}]" for start, end in entry.speech_ms)
        fields = {
            "path": entry.path,
            "group": entry.group,
            "voice": entry.voice,
            "words": entry.words,
            "text": entry.text,
            "origin": entry.origin,
            "licence": entry.licence,
        }
        lines = [f"{key} = {toml_string(value)}" for key, value in fields.items() if value]
        lines += [f"duration_ms = {entry.duration_ms}", f"speech_ms = [{spans}]"]
        parts.append("[[file]]\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def main() -> None:
    """Make everything."""
    parser = argparse.ArgumentParser(description="Makes the recordings in this folder.")
    parser.add_argument("--recorded", type=Path, required=True)
    maker = Maker(parser.parse_args().recorded)
    lines = tomllib.loads((HERE / "lines.toml").read_text())
    for script in lines["scripts"]:
        shutil.rmtree(HERE / script, ignore_errors=True)
        for name in lines["voices"].get(script, USUAL_VOICES):
            own = lines["own_words"].get(script, {}).get(name, {})
            said = [own.get(str(n), text) for n, text in enumerate(lines["scripts"][script], 1)]
            maker.scripted(script, said, Voice(name, "flite", name))
    for number, text in enumerate(lines["held_out"]["lines"]):
        voice = HELD_OUT_VOICES[number % len(HELD_OUT_VOICES)]
        maker.spoken(f"held_out/{number + 1:02}_{voice.name}.wav", "held_out", voice, text)
    maker.human_digits()
    maker.copied()
    (HERE / "manifest.toml").write_text(manifest(maker.entries))


if __name__ == "__main__":
    main()
