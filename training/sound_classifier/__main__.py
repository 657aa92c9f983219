"""Makes ``sound_classifier.npz``: teaches the network what words, hums and noises begin like.

    python -m training.sound_classifier say WORK && … hear WORK && … learn WORK
    python -m training.sound_classifier meet WORK --people FOLDER …    (before learning)

Synthetic voices *say* short things, some of which ask for the floor and some of which do not; hums,
coughs, bells, horns, barks and engines are made from numbers. All of it goes over a telephone line
and is *heard* by the real voice model, because the network will only ever see what that model takes
for voice, aligned where it begins. People are *met* in the same way, where their recordings are at
hand (`people`). Then the network *learns*. Each step leaves its result in the folder WORK and takes
minutes of a core. The same tool versions give the same weights, but for the last bit of the
synthesisers' sound.

`examples.HELD_OUT` voices and all recorded noises are kept away from it, as are people who do not
teach (``speakers.tsv``): the conversation panel (`loadtest/panel`) measures on those.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from training.sound_classifier.examples import examples, made, spoken
from training.sound_classifier.network import Weights, train
from training.sound_classifier.people import taught_by_people
from voiceagent.media.sound_classifier import WEIGHTS, Floats

NETS: Final = 2
"""Networks that are trained apart and asked together: what one has by chance, the other has not."""


def main() -> None:
    """One step of four; the last writes the weights."""
    parser = argparse.ArgumentParser(
        prog="python -m training.sound_classifier", description="Makes sound_classifier.npz."
    )
    parser.add_argument("step", choices=("say", "hear", "meet", "learn"))
    parser.add_argument("work", type=Path, help="folder for what the steps leave to each other")
    parser.add_argument("--people", type=Path, nargs="*", default=[], help="folders of recordings")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--after", type=Path, help="weights that go on learning; default: fresh")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    said, heard, met = (given.work / f"{name}.npz" for name in ("said", "heard", "met"))
    if given.step == "say":
        given.work.mkdir(parents=True, exist_ok=True)
        _keep_sounds(said, spoken(given.seed) + made(given.seed))
    elif given.step == "hear":
        inputs, kinds = examples(_kept_sounds(said), given.seed)
        np.savez(heard, inputs=inputs, kinds=kinds)
    elif given.step == "meet":
        inputs, kinds = examples(taught_by_people(given.people), given.seed)
        np.savez(met, inputs=inputs, kinds=kinds)
    else:
        kept = [np.load(path) for path in (heard, met) if path.exists()]
        inputs, kinds = (np.concatenate([of[key] for of in kept]) for key in ("inputs", "kinds"))
        begun = [None] * NETS if given.after is None else _read(given.after)
        nets = [
            train(inputs, kinds, given.epochs, given.seed + net, begun=begun[net])
            for net in range(NETS)
        ]
        _write(given.out, nets)


def _keep_sounds(path: Path, sounds: Sequence[tuple[int, int, Floats]]) -> None:
    kinds = [kind for kind, _, _ in sounds]
    lessons = [lessons for _, lessons, _ in sounds]
    ends = np.cumsum([sound.size for *_, sound in sounds])
    joined = np.concatenate([sound for *_, sound in sounds])
    np.savez(path, kinds=kinds, lessons=lessons, ends=ends, sound=joined)


def _kept_sounds(path: Path) -> list[tuple[int, int, Floats]]:
    with np.load(path) as data:
        sounds = np.split(data["sound"], data["ends"][:-1])
        return list(zip(data["kinds"].tolist(), data["lessons"].tolist(), sounds, strict=True))


def _read(path: Path) -> list[Weights]:
    """The networks of a file one by one."""
    with np.load(path) as both:
        return [{name: both[name][net].astype(np.float32) for name in both} for net in range(NETS)]


def _write(path: Path, nets: Sequence[Weights]) -> None:
    """The networks side by side, as `classifier.Gist` reads them."""
    half = {name: np.stack([net[name] for net in nets]).astype(np.float16) for name in nets[0]}
    np.savez_compressed(path, allow_pickle=False, **half)


if __name__ == "__main__":
    main()
