"""Who teaches the sound classifier, what they say, and how it comes over the telephone.

Synthetic voices only. Needs ``flite`` and ``espeak-ng``; nothing at run time does. Sound is mono at
8 kHz, -1 to 1.
"""

from __future__ import annotations

import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio.g711 import mulaw_decode, mulaw_encode
from voiceagent.core.audio.samples import RATE_8K, Pcm

Floats = NDArray[np.float64]

NODS: Final = tuple(
    """mm hm/uh huh/mhm/okay/right/yeah/yep/yes/sure/I see/got it/alright/aha/good/great/thank you/
yeah yeah/thanks""".replace("\n", "").split("/")
)
MORE_NODS: Final = tuple(
    """got it/yes/yep/sure/okay/right/alright/I see/of course/perfect/fine/exactly/sounds good/
oh okay/cool/uh huh/mm hm/yeah/okay okay/yup/very good/mhm/ok great/all right then""".replace(
        "\n", ""
    ).split("/")
)
FILLERS: Final = ("um", "uh", "er", "hmm", "ah", "uhm", "erm", "mm", "oh")
WORDS: Final = tuple(
    """wait/stop/no/hold on/hang on/excuse me/sorry/no no/wait wait/one moment/stop it/not that/
never mind/hello/help/pardon/what/why/who/when/where is it/how much is that/
how long will it take/listen/can I ask something/could you repeat that/please stop/
that's wrong/that's not right/that is too much/I have a question/I don't want that/
I meant tomorrow/I need someone today/actually no/actually I changed my mind/but I can't/
but that is too late/let me think/let me ask my wife/my address is different/
my name is spelled wrong/my number has changed/the other one/the unit is upstairs/
there is water everywhere/there's smoke in here/this is urgent/they told me something else/
do you take cards/do you work on weekends/does that include parts/did you say friday/
don't book it/for how long/from when/go back/give me a minute/is that the total/
is there anything cheaper/it's not working/it's a heat pump/just a second/
just the price please/make it thursday/maybe later/not today/not monday/next week please/
one more thing/or tomorrow/operator/a real person please/representative/repeat that please/
say that again/slow down/speak to a person/start over/tell me the price/thank you but no/
that was five five five/tomorrow morning/too expensive/two hundred is too much/
we already paid/we have a dog/we moved/which day/will it be expensive/who is this/
would that be tonight/you got it wrong/your price is too high/zero/one/two/three/five/nine/
seven eight/cancel that/change it/call me back/come earlier/eleven is too late/
everything is wet/hey/hi there/look/no thanks/no I said oak street/nope/now please/
please wait/quiet/quickly please/sorry no/so what now/that's enough/transfer me/
understand this/very late/was that nine/whoa/question""".replace("\n", "").split("/")
)

COMMANDS: Final = tuple(
    """wait/stop/no/hold on/no no/hang on/excuse me/sorry/hello/stop stop/no wait/stop it/hey/
wait wait/listen/one second/but/stop please/wait a minute/not that""".replace("\n", "").split("/")
)
"""Short words that want the floor; they are practised most."""

_PHRASES: Final = 50
"""Of `WORDS`, so many by each voice."""

_ENDINGS: Final = (".", "!", "?", ",", "")

_LONGEST_S: Final = 1.2
"""Of a sound, more is never looked at."""

_VARIANTS: Final = tuple(
    """m1/m2/m3/m4/m5/m8/f1/f2/f3/f4/adam/Alex/Alicia/Andrea/Andy/Annie/antonio/belinda/benjamin/
boris/caleb/Denis/ed/edward/Gene/Henrique/Hugo/Jacky/john/Lee/marcelo/Marco/Mario/max/
Michael/Mike/pablo/paul/pedro/quincy/rob/robert/sandro/shelby/steph/steph2/travis/victor/zac/
anika/klatt2/klatt4/aunty/grandpa/norbert""".replace("\n", "").split("/")
)

_ACCENTS: Final = (
    "en-us", "en-us", "en-gb", "en-gb-x-rp", "en-us", "en-gb-x-gbclan", "en-029",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SyntheticVoice:
    """A synthesiser's voice; `lessons` is how often each of its sounds is phoned in."""

    engine: str
    name: str
    lessons: int


def voices() -> list[SyntheticVoice]:
    """Everybody who teaches. The few voices made from real speech come again and again."""
    flite = [SyntheticVoice("flite", name, 5) for name in ("rms", "slt", "kal") for _ in range(5)]
    espeak = [
        SyntheticVoice("espeak", f"{_ACCENTS[i % len(_ACCENTS)]}+{name}", 2)
        for i, name in enumerate(_VARIANTS)
    ]
    return flite + espeak


def lines(rng: np.random.Generator) -> list[tuple[int, str]]:
    """What one voice says, with its kind (`classifier.KINDS`)."""
    said = [(1, text) for text in NODS * 2 + MORE_NODS] + [(2, text) for text in FILLERS * 2]
    said += [(0, str(text)) for text in rng.choice(WORDS, _PHRASES, replace=False)]
    return said + [(0, text) for text in COMMANDS * 2]


def say(voice: SyntheticVoice, text: str, rng: np.random.Generator, folder: Path) -> Floats:
    """Let a synthesiser say it, at some pace and pitch and with some melody; silence cut off."""
    out = folder / "out.wav"
    ending = str(rng.choice(_ENDINGS))
    if voice.engine == "flite":
        hum = str(rng.choice(("m hum", "uh hum", "um hum")))
        spoken = {"mm hm": hum, "mhm": "m hum", "mm": "um", "hmm": "hum"}.get(text, text)
        settings = {
            "duration_stretch": rng.uniform(0.7, 1.2),
            "int_f0_target_mean": rng.uniform(80, 150),
        }
        command = ["flite", "-voice", voice.name]
        for name, value in settings.items():
            command += ["--setf", f"{name}={value:.2f}"]
        command += ["-t", spoken + ending, str(out)]
    else:
        hums = {"mm hm": "[[m'mh'm]]", "mhm": "[[mh'm]]", "mm": "[[m'm]]", "hmm": "[[h'm]]"}
        pace, pitch = str(rng.integers(130, 230)), str(rng.integers(20, 80))
        command = ["espeak-ng", "-v", voice.name, "-s", pace, "-p", pitch, "-w", str(out)]
        command.append(hums.get(text, text + ending))
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    with wave.open(str(out)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768.0
        return _beginning(_to_8k(sound, file.getframerate()))


def _to_8k(sound: Floats, rate: int) -> Floats:
    """Resampled by its spectrum."""
    size = round(sound.size * RATE_8K / rate)
    if size == sound.size or not size:
        return sound
    spectrum = np.fft.rfft(sound)[: size // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, size) * (size / sound.size), dtype=np.float64)


def _beginning(sound: Floats) -> Floats:
    """From just before its first sound on."""
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max(initial=1e-9))
    if not loud.size:
        return sound[:0]
    first = max(0, int(loud[0]) - RATE_8K // 100)
    return sound[first : int(loud[-1]) + RATE_8K // 20][: int(_LONGEST_S * RATE_8K)]


def other_speaker(sound: Floats, rng: np.random.Generator) -> Floats:
    """The same by somebody else: larger or smaller, and with another throat."""
    at = np.arange(0, sound.size - 1, rng.uniform(0.85, 1.18))
    resized = np.interp(at, np.arange(sound.size), sound)
    if rng.random() < 0.6:  # noqa: PLR2004
        return _other_throat(resized, rng.uniform(0.86, 1.16))
    return np.asarray(resized, dtype=np.float64)


def _other_throat(sound: Floats, factor: float) -> Floats:
    """Formants moved by a factor, pitch kept: each piece's spectral envelope is stretched.

    The envelope is the low part of the cepstrum; pieces of 32 ms overlap by three quarters.
    """
    size, hop, smooth = 256, 64, 20
    padded = np.concatenate((np.zeros(size), sound, np.zeros(size)))
    window = np.hanning(size + 1)[:-1]
    starts = np.arange(0, padded.size - size, hop)
    spectra = np.fft.rfft(padded[starts[:, np.newaxis] + np.arange(size)] * window, axis=1)
    cepstra = np.fft.irfft(np.log(np.abs(spectra) + 1e-6), axis=1)
    cepstra[:, smooth : 1 - smooth] = 0.0
    envelope = np.fft.rfft(cepstra, axis=1).real
    source = np.minimum(np.arange(size // 2 + 1) / factor, size // 2)
    below = source.astype(int)
    above = np.minimum(below + 1, size // 2)
    moved = envelope[:, below] + (envelope[:, above] - envelope[:, below]) * (source - below)
    gain = np.exp(np.clip(moved - envelope, -4.0, 4.0))
    pieces = np.fft.irfft(spectra * gain, size, axis=1) * window
    out = np.zeros(padded.size)
    for start, piece in zip(starts, pieces, strict=True):
        out[start : start + size] += piece
    return out[size:-size] / 1.5


def over_telephone(sound: Floats, rng: np.random.Generator) -> Pcm:
    """As the line delivers it: a band, a microphone, a level, a room, mu-law; silence around it."""
    spectrum, hz = np.fft.rfft(sound), np.fft.rfftfreq(sound.size, 1 / RATE_8K)
    low, high = rng.uniform(80, 340), rng.uniform(2900, 3800)
    spectrum *= 1 / (1 + (low / np.maximum(hz, 1)) ** 6) / (1 + (hz / high) ** 12)
    colour = rng.uniform(-4, 4) * np.log2(np.maximum(hz, 100) / 1000)
    for _ in range(2):
        centre = np.log2(np.maximum(hz, 50) / rng.uniform(250, 3500))
        colour += rng.uniform(-5, 5) * np.exp(-((centre / 0.5) ** 2))
    limited = np.fft.irfft(spectrum * 10 ** (colour / 20), sound.size)
    limited *= 10 ** (rng.uniform(-26, -3) / 20) / max(1e-9, float(np.abs(limited).max()))
    whole = np.concatenate((np.zeros(RATE_8K // 2), limited, np.zeros(RATE_8K // 2)))
    whole += rng.normal(0, 10 ** (rng.uniform(-75, -42) / 20), whole.size)
    pcm = np.clip(np.round(whole * 32768), -32768, 32767).astype(np.int16)
    return mulaw_decode(mulaw_encode(pcm))
