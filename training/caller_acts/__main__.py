"""Makes ``caller_acts.npz``: teaches the model what a turn does, from the corpus's seen part.

    python -m training.caller_acts learn      fit, calibrate, write the weights that are shipped
    python -m training.caller_acts judge      the house with authors left out, by how sure is sure

Reads `tests/corpus` and nothing else; three minutes of one core to learn. The same corpus gives the same weights
but for the last bits of floating point.
"""  # noqa: E501

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.corpus.acts import Scored, score
from training.caller_acts.examples import examples, left_out
from training.caller_acts.fitting import fit, sharpness
from voiceagent.language.en_us.caller_acts import WEIGHTS, ActModel


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m training.caller_acts",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("what", choices=["learn", "judge"])
    parser.add_argument("--penalty", type=float, default=5e-5)
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="where the weights go")
    chosen = parser.parse_args()
    if chosen.what == "learn":
        learn(chosen.penalty, chosen.to)
    else:
        print("\n".join(judge(chosen.penalty)))  # noqa: T201 - the command's result


def learn(penalty: float, to: Path) -> None:
    """Fit on every seen author; how sharp the shares are is told by authors left out."""
    found = examples()
    held, right = [], []
    for learnt, left in left_out(found):
        model = fit([one.turn for one in learnt], [one.act for one in learnt], penalty=penalty)
        held += [model.logits(one.turn) for one in left]
        right += [one.act for one in left]
    whole = fit([one.turn for one in found], [one.act for one in found], penalty=penalty)
    ActModel(whole.weights, whole.biases, sharpness(held, right)).save(to)


def judge(penalty: float) -> Iterable[str]:
    """What the house makes of authors that the model has not learnt from."""
    sharp = ActModel.load(WEIGHTS).sharpness
    scored: list[Scored] = []
    for learnt, left in left_out(examples()):
        model = fit([one.turn for one in learnt], [one.act for one in learnt], penalty=penalty)
        model = ActModel(model.weights, model.biases, sharp)
        scored += score((one.row for one in left), model)
    for author in ("all", *sorted({one.row.author for one in scored})):
        part = [one for one in scored if author in {"all", one.row.author}]
        counted = Counter(str(one.outcome) for one in part)
        yield f"{author:5}{len(part):6}" + "".join(
            f"  {name} {count / len(part):.1%}" for name, count in sorted(counted.items())
        )


if __name__ == "__main__":
    main()
