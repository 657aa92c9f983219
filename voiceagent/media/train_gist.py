"""Makes ``gist.npz``: teaches the network what words, hums and noises begin like.

    python -m voiceagent.media.train_gist

Synthetic voices say short things, some of which ask for the floor and some of which do not; hums,
coughs, bells, horns, barks and engines are made from numbers. All of it goes over a telephone line
(band, loudness, room noise, mu-law) and through the real voice model, because the network will only
ever see what that model takes for voice, aligned where it begins. Needs ``flite``, ``sox`` and
``espeak-ng``; nothing at run time does. The same tool versions give the same weights, but for the
last bit of espeak-ng's sound.

`HELD_OUT` voices, all recorded noises and all recordings of people are kept away from it: the
conversation panel (`loadtest/panel`) measures on those.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiceagent.core.audio import RATE_8K, SAMPLES_PER_MS, Pcm, mulaw_decode, mulaw_encode
from voiceagent.core.voice import WINDOW_SAMPLES, VoiceTuning
from voiceagent.media.ear import BEFORE_RUN_MS
from voiceagent.media.gist import INPUTS, KINDS, WEIGHTS, picture
from voiceagent.media.silero import BatchedVad

Floats = NDArray[np.float64]

HELD_OUT: Final = ("awb", "kal16", "m6", "m7", "f5", "linda", "david", "en-gb-scotland")

NODS: Final = (
    "mm hm", "uh huh", "mhm", "okay", "okay", "right", "yeah", "yep", "yes", "sure", "I see",
    "got it", "alright", "aha", "good", "great", "thank you", "uh huh", "mm hm", "yeah yeah",
    "thanks",
)  # fmt: skip
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

COMMANDS: Final = (
    "wait", "stop", "no", "hold on", "no no", "hang on", "excuse me", "sorry", "hello",
    "stop stop",
)  # fmt: skip
"""Short words that want the floor; they are practised most."""

SAMPLE_MS: Final = (128, 192, 192, 256, 256, 320, 384, 448, 480)
HIDDEN: Final = 96
NETS: Final = 3
"""Networks that are trained apart and asked together."""

TOGETHER: Final = 64
"""Sounds heard by the voice model at one time."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A synthesiser's voice; `speed` above 1 is a smaller, higher speaker."""

    engine: str
    name: str
    speed: float = 1.0


def voices() -> list[Voice]:
    """Everybody who teaches."""
    flite = [Voice("flite", n, s) for n in ("rms", "slt", "kal") for s in (0.9, 1.0, 1.0, 1.1)]
    variants = [
        "m1",
        "m2",
        "m3",
        "m4",
        "m5",
        "m8",
        "f1",
        "f2",
        "f3",
        "f4",
        "adam",
        "Alex",
        "Alicia",
        "Andrea",
        "Andy",
        "Annie",
        "antonio",
        "belinda",
        "benjamin",
        "boris",
        "caleb",
        "Denis",
        "ed",
        "edward",
        "Gene",
        "Henrique",
        "Hugo",
        "Jacky",
        "john",
        "Lee",
        "marcelo",
        "Marco",
        "Mario",
        "max",
        "Michael",
        "Mike",
        "pablo",
        "paul",
        "pedro",
        "quincy",
        "rob",
        "robert",
        "sandro",
        "shelby",
        "steph",
        "steph2",
        "travis",
        "victor",
        "zac",
        "anika",
        "klatt2",
        "klatt4",
        "aunty",
        "grandpa",
        "norbert",
    ]
    accents = ("en-us", "en-us", "en-gb", "en-gb-x-rp", "en-us", "en-gb-x-gbclan", "en-029")
    espeak = [
        Voice("espeak", f"{accents[i % len(accents)]}+{name}") for i, name in enumerate(variants)
    ]
    return flite + espeak


def _phonetic(text: str) -> str:
    """How espeak-ng is made to hum."""
    return {"mm hm": "[[m'mh'm]]", "mhm": "[[mh'm]]", "mm": "[[m'm]]", "hmm": "[[h'm]]"}.get(
        text, text
    )


def say(voice: Voice, text: str, rng: np.random.Generator, folder: Path) -> Floats:
    """Let a synthesiser say it; mono at 8 kHz, -1 to 1."""
    raw, out = folder / "raw.wav", folder / "out.wav"
    if voice.engine == "flite":
        spoken = {"mm hm": "m hum", "mhm": "m hum", "mm": "um", "hmm": "hum"}.get(text, text)
        stretch = f"duration_stretch={rng.uniform(0.75, 1.1):.2f}"
        command = ["flite", "-voice", voice.name, "--setf", stretch, "-t", spoken, str(raw)]
    else:
        pace, pitch = str(rng.integers(140, 230)), str(rng.integers(25, 75))
        command = ["espeak-ng", "-v", voice.name, "-s", pace, "-p", pitch, "-w", str(raw)]
        command.append(_phonetic(text))
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    shape = ["sox", "-R", "-D", str(raw), "-r", "8000", str(out), "speed", f"{voice.speed:.2f}"]
    subprocess.run(shape, check=True, capture_output=True)  # noqa: S603
    with wave.open(str(out)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768.0


def hum(rng: np.random.Generator, *, twice: bool) -> Floats:
    """A closed mouth: harmonics under a low formant, one bump or two, gliding."""
    parts = []
    pitch_hz = rng.uniform(85, 260)
    for part in range(2 if twice else 1):
        seconds = rng.uniform(0.12, 0.3) if twice else rng.uniform(0.25, 0.7)
        t = np.arange(int(seconds * RATE_8K)) / RATE_8K
        glide = pitch_hz * (1 + rng.uniform(-0.15, 0.35) * t / seconds + 0.1 * part)
        phase = 2 * np.pi * np.cumsum(glide) / RATE_8K
        roll = rng.uniform(1.2, 2.6)
        tone = sum(np.sin(k * phase + k) * k**-roll for k in range(1, 14))
        parts.append(np.asarray(tone) * np.sin(np.pi * np.minimum(1.0, t / seconds + 0.05)) ** 0.5)
        if twice and part == 0:
            breath = rng.normal(0, 0.06, int(rng.uniform(0.02, 0.1) * RATE_8K))
            parts.append(breath)
    return np.concatenate(parts)


def noises(rng: np.random.Generator) -> Iterator[Floats]:
    """Sounds that nobody says; an endless stream of kinds in turn."""
    while True:
        for kind in (cough, cough, throat, horn, ring, bark, engine, sniff, thump, laugh):
            yield kind(rng)


def _burst(rng: np.random.Generator, seconds: float, low: float, high: float) -> Floats:
    """Noise in a band that comes suddenly and dies away."""
    n = int(seconds * RATE_8K)
    spectrum = np.fft.rfft(rng.normal(0, 1, n))
    hz = np.fft.rfftfreq(n, 1 / RATE_8K)
    spectrum *= np.exp(-(((hz - (low + high) / 2) / (high - low)) ** 2))
    rise = np.minimum(1.0, np.arange(n) / (0.008 * RATE_8K))
    return np.asarray(np.fft.irfft(spectrum, n) * rise * np.exp(-3.0 * np.arange(n) / n))


def _scaled(sound: Floats, peak: float = 1.0) -> Floats:
    return sound * (peak / max(1e-9, float(np.abs(sound).max())))


def cough(rng: np.random.Generator) -> Floats:
    """An explosion of noise through a throat, a little voice in its tail; once to three times."""
    parts = []
    throat_hz = rng.uniform(350, 900)
    for _ in range(rng.integers(1, 4)):
        bang = _scaled(_burst(rng, rng.uniform(0.12, 0.3), throat_hz * 0.5, throat_hz * 3))
        t = np.arange(bang.size) / RATE_8K
        voiced = np.sign(np.sin(2 * np.pi * rng.uniform(110, 280) * t)) * np.exp(-8 * t)
        parts += [bang + rng.uniform(0.0, 0.5) * voiced * rng.uniform(0.3, 1.0)]
        parts += [np.zeros(int(rng.uniform(0.05, 0.25) * RATE_8K))]
    return np.concatenate(parts)


def throat(rng: np.random.Generator) -> Floats:
    """Clearing it: a rough, slow voice."""
    n = int(rng.uniform(0.25, 0.7) * RATE_8K)
    pulses = (np.cumsum(rng.uniform(40, 90) * (1 + 0.3 * rng.normal(0, 1, n))) / RATE_8K) % 1 < 0.08  # noqa: PLR2004
    rough = np.convolve(pulses * rng.normal(0.5, 1, n), _burst(rng, 0.02, 300, 1200), "same")
    return rough * np.sin(np.pi * np.arange(n) / n)


def horn(rng: np.random.Generator) -> Floats:
    """Two notes of a car, all harmonics."""
    t = np.arange(int(rng.uniform(0.3, 1.2) * RATE_8K)) / RATE_8K
    low = rng.uniform(280, 480)
    notes = (low, low * rng.uniform(1.18, 1.3))
    return np.asarray(
        sum(np.sin(2 * np.pi * f * k * t) / k**0.5 for f in notes for k in range(1, 8))
    )


def ring(rng: np.random.Generator) -> Floats:
    """A telephone: two tones, a warble or a melody."""
    t = np.arange(int(rng.uniform(0.4, 1.5) * RATE_8K)) / RATE_8K
    a, b = rng.uniform(400, 1200), rng.uniform(400, 1800)
    warble = np.sin(2 * np.pi * rng.uniform(5, 25) * t) > 0
    if rng.random() < 0.4:  # noqa: PLR2004
        return np.sin(2 * np.pi * a * t) + np.sin(2 * np.pi * b * t)
    return np.where(warble, np.sin(2 * np.pi * a * t), np.sin(2 * np.pi * b * t))


def bark(rng: np.random.Generator) -> Floats:
    """A dog: short, rough, falling."""
    parts = []
    for _ in range(rng.integers(1, 4)):
        n = int(rng.uniform(0.08, 0.25) * RATE_8K)
        x = np.arange(n) / n
        pitch = rng.uniform(250, 900) * (1 + 0.5 * np.sin(np.pi * x))
        tone = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE_8K)) + rng.normal(0, 0.7, n)
        parts += [tone * np.sin(np.pi * x), np.zeros(int(rng.uniform(0.1, 0.4) * RATE_8K))]
    return np.concatenate(parts)


def engine(rng: np.random.Generator) -> Floats:
    """Cylinders firing, with rumble."""
    n = int(rng.uniform(0.8, 2.0) * RATE_8K)
    rate = rng.uniform(25, 120) * (1 + 0.1 * np.sin(np.arange(n) / RATE_8K * 3))
    pulses = np.sin(2 * np.pi * np.cumsum(rate) / RATE_8K) ** 15
    return np.asarray(np.convolve(pulses, _burst(rng, 0.03, 80, 700), "same")) + rng.normal(
        0, 0.1, n
    )


def sniff(rng: np.random.Generator) -> Floats:
    """Air through a nose, or a sneeze."""
    return _burst(rng, rng.uniform(0.15, 0.5), 1200, 3500)


def thump(rng: np.random.Generator) -> Floats:
    """A door, a cup on a table, keys."""
    hits = [_burst(rng, rng.uniform(0.05, 0.2), 80, rng.uniform(400, 3000)) for _ in range(3)]
    gap = np.zeros(int(rng.uniform(0.02, 0.2) * RATE_8K))
    return np.concatenate([piece for hit in hits for piece in (_scaled(hit), gap)])


def laugh(rng: np.random.Generator) -> Floats:
    """Ha ha: breath and a breathy vowel in turn."""
    parts = []
    for _ in range(rng.integers(3, 6)):
        breath = _burst(rng, 0.07, 600, 2500)
        n = int(rng.uniform(0.06, 0.12) * RATE_8K)
        t = np.arange(n) / RATE_8K
        voiced = np.sign(np.sin(2 * np.pi * rng.uniform(180, 420) * t)) * np.sin(np.pi * t / t[-1])
        parts += [_scaled(breath, 0.5), _scaled(voiced, 0.7) + rng.normal(0, 0.2, n)]
    return np.concatenate(parts)


def other_speaker(sound: Floats, rng: np.random.Generator) -> Floats:
    """The same by a larger or smaller speaker, who is quicker or slower with it."""
    at = np.arange(0, sound.size - 1, rng.uniform(0.87, 1.15))
    return np.asarray(np.interp(at, np.arange(sound.size), sound), dtype=np.float64)


def over_telephone(sound: Floats, rng: np.random.Generator) -> Pcm:
    """As the line delivers it: a band, a level, a room, mu-law; half a second around it."""
    n = sound.size
    spectrum, hz = np.fft.rfft(sound), np.fft.rfftfreq(n, 1 / RATE_8K)
    low, high = rng.uniform(100, 340), rng.uniform(2900, 3800)
    spectrum *= 1 / (1 + (low / np.maximum(hz, 1)) ** 6) / (1 + (hz / high) ** 12)
    tilt = 10 ** (rng.uniform(-4, 4) * np.log2(np.maximum(hz, 100) / 1000) / 20)
    limited = _scaled(np.fft.irfft(spectrum * tilt, n), 10 ** (rng.uniform(-22, -3) / 20))
    pad = np.zeros(RATE_8K // 2)
    whole = np.concatenate((pad, limited, pad))
    whole = whole + rng.normal(0, 10 ** (rng.uniform(-75, -40) / 20), whole.size)
    pcm = np.clip(np.round(whole * 32768), -32768, 32767).astype(np.int16)
    return mulaw_decode(mulaw_encode(pcm))


def onsets(vad: BatchedVad, sounds: Sequence[Pcm]) -> list[int | None]:
    """Where an eager gate hears the first voice in each sound; ``None`` where it hears none."""
    rows = range(len(sounds))
    for row in rows:
        vad.reset(row)
    longest = max(sound.size for sound in sounds)
    grid = np.zeros((len(sounds), longest), dtype=np.float32)
    for row, sound in enumerate(sounds):
        grid[row, : sound.size] = sound / np.float32(32768.0)
    steps = range(0, longest - WINDOW_SAMPLES, WINDOW_SAMPLES)
    quiet = [False] * len(sounds)
    heard = np.array(
        [vad.probabilities(rows, grid[:, at : at + WINDOW_SAMPLES], quiet) for at in steps]
    )
    voiced = heard >= VoiceTuning().eager_on
    begins = voiced & (np.roll(voiced, -1, axis=0) | (heard >= VoiceTuning().eager_sure))
    return [
        int(np.argmax(begins[:, row])) * WINDOW_SAMPLES if begins[:, row].any() else None
        for row in rows
    ]


def spoken(seed: int) -> list[tuple[int, Floats]]:
    """Every voice says every nod and filler, and a share of the words."""
    jobs = []
    for number, voice in enumerate(voices()):
        rng = np.random.default_rng([seed, number])
        said = [(1, text) for text in NODS * 2] + [(2, text) for text in FILLERS * 2]
        said += [(0, str(text)) for text in rng.choice(WORDS, 50, replace=False)]
        said += [(0, text) for text in COMMANDS * 4]
        jobs.append((voice, said, rng))

    def work(
        job: tuple[Voice, list[tuple[int, str]], np.random.Generator],
    ) -> list[tuple[int, Floats]]:
        voice, said, rng = job
        with tempfile.TemporaryDirectory() as folder:
            return [(kind, say(voice, text, rng, Path(folder))) for kind, text in said]

    with ThreadPoolExecutor(2) as pool:
        return [item for part in pool.map(work, jobs) for item in part]


def examples(seed: int, rounds: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pictures and their kinds."""
    rng = np.random.default_rng(seed)
    sounds = spoken(seed)
    sounds += [(1, hum(rng, twice=True)) for _ in range(600)]
    sounds += [(2, hum(rng, twice=False)) for _ in range(300)]
    stream = noises(rng)
    sounds += [(3, next(stream)) for _ in range(6000)]
    vad = BatchedVad(TOGETHER)
    inputs, kinds = [], []
    kept = [(k, s) for k, s in sounds if s.size > RATE_8K // 20 and np.abs(s).max() > 0]
    kept = [kept[int(at)] for at in rng.permutation(len(kept) * rounds) % len(kept)]
    for first in range(0, len(kept), TOGETHER):
        batch = kept[first : first + TOGETHER]
        lines = [over_telephone(other_speaker(sound, rng), rng) for _, sound in batch]
        for (kind, _), line, heard in zip(batch, lines, onsets(vad, lines), strict=True):
            if heard is None:
                continue
            for run_ms in rng.choice(SAMPLE_MS, 3):
                begin = heard + int(rng.choice((0, 0, 0, 1))) * WINDOW_SAMPLES
                start = max(0, begin - BEFORE_RUN_MS * SAMPLES_PER_MS)
                inputs.append(picture(line[start : begin + int(run_ms) * SAMPLES_PER_MS]))
                kinds.append(kind)
    return np.array(inputs), np.array(kinds)


def train(
    inputs: NDArray[np.float32], kinds: NDArray[np.int64], epochs: int, seed: int
) -> dict[str, NDArray[np.float32]]:
    """One hidden layer, by Adam; classes weighed alike, a quarter of the inputs dropped."""
    rng = np.random.default_rng(seed)
    weights: dict[str, NDArray[np.float32]] = {
        "first": rng.normal(0, INPUTS**-0.5, (INPUTS, HIDDEN)).astype(np.float32),
        "first_bias": np.zeros(HIDDEN, np.float32),
        "second": rng.normal(0, HIDDEN**-0.5, (HIDDEN, len(KINDS))).astype(np.float32),
        "second_bias": np.zeros(len(KINDS), np.float32),
    }
    mean = {name: np.zeros_like(value) for name, value in weights.items()}
    square = {name: np.zeros_like(value) for name, value in weights.items()}
    share = np.bincount(kinds, minlength=len(KINDS)) / kinds.size
    weigh = (1 / (len(KINDS) * share)).astype(np.float32)[kinds]
    target = np.eye(len(KINDS), dtype=np.float32)[kinds]
    step = 0
    for epoch in range(epochs):
        rate = 2e-3 * (1 - epoch / epochs) + 1e-5
        order = rng.permutation(kinds.size)
        for rows in np.array_split(order, max(1, kinds.size // 128)):
            step += 1
            x = inputs[rows] * (rng.random((rows.size, INPUTS)) > 0.25) / np.float32(0.75)  # noqa: PLR2004
            raw = x @ weights["first"] + weights["first_bias"]
            hidden = np.maximum(0, raw)
            scores = hidden @ weights["second"] + weights["second_bias"]
            odds = np.exp(scores - scores.max(axis=1, keepdims=True))
            odds /= odds.sum(axis=1, keepdims=True)
            error = (odds - target[rows]) * weigh[rows, np.newaxis] / rows.size
            back = (error @ weights["second"].T) * (raw > 0)
            gradients = {
                "first": x.T @ back + 1e-4 * weights["first"],
                "first_bias": back.sum(axis=0),
                "second": hidden.T @ error + 1e-4 * weights["second"],
                "second_bias": error.sum(axis=0),
            }
            for name, gradient in gradients.items():
                mean[name] += 0.1 * (gradient - mean[name])
                square[name] += 0.001 * (gradient**2 - square[name])
                unbiased = square[name] / (1 - 0.999**step)
                change = rate * mean[name] / (1 - 0.9**step) / (np.sqrt(unbiased) + 1e-8)
                weights[name] -= change.astype(np.float32)
    return weights


def joined(nets: Sequence[dict[str, NDArray[np.float32]]]) -> dict[str, NDArray[np.float32]]:
    """Several networks as one, whose scores are the mean of theirs."""
    return {
        "first": np.concatenate([net["first"] for net in nets], axis=1),
        "first_bias": np.concatenate([net["first_bias"] for net in nets]),
        "second": np.concatenate([net["second"] / np.float32(len(nets)) for net in nets]),
        "second_bias": np.mean([net["second_bias"] for net in nets], axis=0, dtype=np.float32),
    }


def main() -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description="Makes gist.npz.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3, help="times each sound is phoned in")
    arguments = parser.parse_args()
    inputs, kinds = examples(arguments.seed, arguments.rounds)
    nets = [train(inputs, kinds, arguments.epochs, arguments.seed + net) for net in range(NETS)]
    half = {name: weight.astype(np.float16) for name, weight in joined(nets).items()}
    np.savez_compressed(
        WEIGHTS,
        first=half["first"],
        first_bias=half["first_bias"],
        second=half["second"],
        second_bias=half["second_bias"],
    )


if __name__ == "__main__":
    main()
