"""Makes ``front_end.npz``: teaches the front end what wide-band speech would have sounded like.

    python -m training.front_end

Synthetic voices read sentences of the callers' grammar at 16 kHz. The recogniser's own feature
extraction on that sound is the target; the same sound over a telephone line (random band limits,
loudness, noise, speaker size, mu-law) is the input. Needs ``flite``, ``sox`` and ``espeak-ng``;
nothing at run time does. The same tool versions give the same weights.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import subprocess
import tempfile
import tomllib
import wave
from pathlib import Path
from typing import Final

import numpy as np
import pocketsphinx

from pipelines.offline.front_end import (
    BANDS,
    CEPSTRA,
    CONTEXT,
    WEIGHTS,
    Centring,
    Floats,
    mel_frames,
    stack,
)  # fmt: skip
from pipelines.offline.grammar import Draws
from pipelines.offline.language import grammar_of, plain
from voiceagent.domain.business import Business

HIDDEN: Final = 256
SECOND: Final = 128
ROOM_RMS: Final = 12.0
# engine, voice, speed: a higher speed is a smaller speaker.
SPEAKERS: Final = tuple(
    ("flite", voice, speed)
    for voice in ("rms", "slt", "awb", "kal16")
    for speed in (0.88, 0.94, 1.0, 1.0, 1.06, 1.13)
) + tuple(
    ("espeak-ng", f"{accent}+{variant}", 1.0)
    for accent, variant in (("en-us", "m1"), ("en-us", "f1"), ("en-gb", "m2"), ("en-us", "f4"))
)


def _read(path: Path) -> Floats:
    with wave.open(str(path)) as recording:
        return np.frombuffer(recording.readframes(recording.getnframes()), "<i2").astype(np.float32)


def speak(job: tuple[int, str, Path]) -> Floats:
    """One sentence at 16 kHz by the speaker whose turn it is."""
    number, text, folder = job
    engine, voice, speed = SPEAKERS[number % len(SPEAKERS)]
    raw, shaped = folder / f"{number}.raw.wav", folder / f"{number}.wav"
    stretch = str([0.9, 1.0, 1.1, 1.25][number // len(SPEAKERS) % 4])
    if engine == "flite":
        command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}"]
        command += ["-t", text, str(raw)]
    else:
        command = ["espeak-ng", "-v", voice, "-s", "150", "-w", str(raw), text]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    tempo = str(round(1 / speed, 3))
    sox = ["sox", "-R", "-D", str(raw), "-r", "16000", str(shaped), "gain", "-n", "-6"]
    sox += ["speed", str(speed), "tempo", "-s", tempo] if speed != 1.0 else []
    sox += ["pad", "0.2", "0.3"]
    subprocess.run(sox, check=True, capture_output=True)  # noqa: S603
    return _read(shaped)


class Targets:
    """The recogniser's own cepstra of wide-band sound, mean removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rng = np.random.default_rng(16)
        dictionary = folder / "one.dict"
        dictionary.write_text("yes Y EH S\n")
        config = pocketsphinx.Config(
            hmm=pocketsphinx.get_model_path("en-us/en-us"), dict=str(dictionary), lm=None,
            mfclogdir=str(folder), loglevel="FATAL",
        )  # fmt: skip
        self._decoder = pocketsphinx.Decoder(config)
        self._decoder.add_jsgf_string("any", "#JSGF V1.0; grammar any; public <any> = yes;")
        self._decoder.activate_search("any")

    def __call__(self, sound_16k: Floats) -> Floats:
        """Cepstra of a sound, (frames, CEPSTRA)."""
        self._decoder.start_utt()
        # Digital silence occurs in no recording that the acoustic model was trained on.
        room = self._rng.normal(0, ROOM_RMS, len(sound_16k))
        pcm = np.clip(sound_16k + room, -32768, 32767).astype("<i2").tobytes()
        self._decoder.process_raw(pcm, no_search=True, full_utt=True)
        self._decoder.end_utt()
        (path,) = self._folder.glob("*.mfc")
        data = np.frombuffer(path.read_bytes()[4:], ">f4")
        path.unlink()
        cepstra = data.reshape(-1, CEPSTRA).astype(np.float32)
        # The recogniser's own mean leaves out frames without energy, and so does this one.
        return np.asarray(cepstra - cepstra[cepstra[:, 0] >= 0].mean(axis=0), dtype=np.float32)


def telephone(sound_16k: Floats, rng: np.random.Generator, noises: list[Floats]) -> Floats:
    """The sound at 8 kHz over a random line."""
    at = np.arange(301) - 150
    low, high = rng.uniform(100, 310), rng.uniform(3350, 3650)
    taps = 2 * high / 16000 * np.sinc(2 * high / 16000 * at)
    taps -= 2 * low / 16000 * np.sinc(2 * low / 16000 * at)
    sound = np.convolve(sound_16k, taps * np.blackman(301), "same")[::2]
    sound = sound * (10 ** (rng.uniform(-16, -5) / 20) / max(np.abs(sound).max() / 32768, 1e-9))
    quiet = 10 ** (rng.uniform(-76, -54) / 20) * 32768
    sound = sound + rng.normal(0, quiet, len(sound))
    if rng.random() < 0.12 and noises:  # noqa: PLR2004
        noise = noises[int(rng.integers(len(noises)))]
        start = int(rng.integers(len(noise)))
        part = np.resize(np.roll(noise, -start), len(sound))
        sound = sound + part * (10 ** (rng.uniform(-48, -32) / 20))
    mu = 255.0
    level = np.clip(sound / 32768, -1, 1)
    code = np.round(np.sign(level) * np.log1p(mu * np.abs(level)) / np.log1p(mu) * 127) / 127
    heard = np.sign(code) * np.expm1(np.abs(code) * np.log1p(mu)) / mu * 32768
    return np.asarray(np.round(heard), dtype=np.float32)


def collect(sounds: list[Floats], noises: list[Floats], folder: Path) -> tuple[Floats, ...]:
    """Inputs and targets of all sentences, each over two lines, and the mean spectrum."""
    rng = np.random.default_rng(20261120)
    target_of = Targets(folder)
    pairs = []
    for sound in sounds:
        target = target_of(sound)
        for _ in range(2):
            spectra = mel_frames(telephone(sound, rng, noises), 0.0)
            count = min(len(spectra), len(target))
            pairs.append((spectra[:count], target[:count]))
    loud = np.concatenate(
        [spectra[spectra.mean(axis=1) > spectra.mean(axis=1).max() - 3.45] for spectra, _ in pairs]
    )
    centre = loud.mean(axis=0)
    inputs, targets = [], []
    for spectra, target in pairs:
        centring = Centring(centre)
        if rng.random() < 0.5:  # noqa: PLR2004
            own = Centring(centre)
            own.feed(spectra)
            own.finish()
            centring = own.carry()
        centred = np.concatenate((centring.feed(spectra), centring.finish()))
        padded = np.pad(centred, ((CONTEXT, CONTEXT), (0, 0)), "edge")
        inputs.append(stack(padded))
        targets.append(target)
    return np.concatenate(inputs), np.concatenate(targets), centre


def train(inputs: Floats, targets: Floats, epochs: int) -> list[Floats]:
    """Adam on squared error, each cepstrum weighed by its spread."""
    rng = np.random.default_rng(7)
    spread = targets.std(axis=0)
    shapes = [(inputs.shape[1], HIDDEN), (HIDDEN, SECOND), (SECOND, CEPSTRA)]
    weights: list[Floats] = []
    for rows, columns in shapes:
        weights.append(rng.normal(0, np.sqrt(2 / rows), (rows, columns)).astype(np.float32))
        weights.append(np.zeros(columns, np.float32))
    weights[0] *= 0.4
    moments = [np.zeros_like(w) for w in weights]
    powers = [np.zeros_like(w) for w in weights]
    size, step = 512, 0
    total = epochs * (len(inputs) // size)
    for epoch in range(epochs):
        order = rng.permutation(len(inputs))
        loss = 0.0
        for start in range(0, len(order) - size + 1, size):
            step += 1
            batch = order[start : start + size]
            x, y = inputs[batch], targets[batch] / spread
            first = np.maximum(x @ weights[0] + weights[1], 0)
            second = np.maximum(first @ weights[2] + weights[3], 0)
            error = second @ weights[4] + weights[5] - y
            loss += float((error**2).mean())
            slope = 2 * error / error.size * CEPSTRA
            back = (slope @ weights[4].T) * (second > 0)
            deep = (back @ weights[2].T) * (first > 0)
            grads = [
                x.T @ deep,
                deep.sum(0),
                first.T @ back,
                back.sum(0),
                second.T @ slope,
                slope.sum(0),
            ]
            rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / total))
            for i, grad in enumerate(grads):
                moments[i] = 0.9 * moments[i] + 0.1 * grad
                powers[i] = 0.999 * powers[i] + 0.001 * grad**2
                unbiased = moments[i] / (1 - 0.9**step)
                scale = np.sqrt(powers[i] / (1 - 0.999**step)) + 1e-8
                weights[i] -= (rate * unbiased / scale).astype(np.float32)
        print(f"epoch {epoch + 1}: error {loss * size / len(order):.4f}")  # noqa: T201
    weights[4] *= spread
    weights[5] *= spread
    return weights


def main() -> None:
    """Make the weights."""
    parser = argparse.ArgumentParser(
        prog="python -m training.front_end", description="Makes front_end.npz."
    )
    parser.add_argument("--business", type=Path, default=Path("business/coolcare.toml"))
    parser.add_argument("--noises", type=Path, default=Path("audio_fixtures/noise"))
    parser.add_argument("--sentences", type=int, default=900)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    business = Business.model_validate(tomllib.loads(options.business.read_text()))
    grammar, draws = grammar_of(business), Draws(0xF00D)
    texts: list[str] = []
    while len(texts) < options.sentences:
        words = grammar.sentence(draws)
        filled = []
        for word in words:
            members = grammar.classes.get(word.strip("{}"), ()) if word.startswith("{") else (word,)
            filled.append(members[int(draws.next() * len(members))])
        if len(filled) > 1:
            texts.append(plain(" ".join(filled)))
    noises = [_read(path) for path in sorted(options.noises.glob("*.wav"))]
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(2) as pool:
        folder = Path(name)
        sounds = list(pool.map(speak, [(i, text, folder) for i, text in enumerate(texts)]))
        inputs, targets, centre = collect(sounds, noises, folder)
    print(f"{len(inputs)} frames of {BANDS} bands")  # noqa: T201
    w = train(inputs, targets, options.epochs)
    halves = [weight.astype(np.float16) for weight in w]
    np.savez_compressed(
        options.out, centre=centre, hidden=halves[0], hidden_bias=halves[1], second=halves[2],
        second_bias=halves[3], out=halves[4], out_bias=halves[5],
    )  # fmt: skip


if __name__ == "__main__":
    main()
