"""What the offline ears must hold, measured over all recordings by one command.

    ./run bench ears --people shared/audio/human
    ./run bench ears --people … --ears pocketsphinx --keep heard.jsonl --errors
    ./run bench ears --only scripts --half tune

Every recording is played into the ears in 60 ms pieces as a call would, without waiting in between,
each as a caller never heard before. People's recordings are not in the repository: name a folder
with a ``manifest.tsv`` (`training.people`). Times are processor time of one core. With ``--keep``
what was heard is kept, and a run that was broken off goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from pathlib import Path

from pipelines.offline import language
from pipelines.offline.recogniser import Ears
from training.ears_table import table
from training.hearing import EarsHere
from training.people import Half
from training.trials import Trial, trials
from training.trials_heard import TrialHeard, hear_all
from voiceagent.domain.business import Business


def main() -> None:
    """Measure and print; status 1 when something does not hold."""
    parser = argparse.ArgumentParser(prog="./run bench ears", description=__doc__)
    parser.add_argument("--business", type=Path, default=Path("business/coolcare.toml"))
    parser.add_argument("--ears", type=Ears, choices=list(Ears), default=Ears.BOTH)
    parser.add_argument("--people", type=Path, help="people, in a folder with a manifest.tsv")
    parser.add_argument("--only", type=Trial, choices=list(Trial), action="append", default=[])
    parser.add_argument("--half", type=Half, choices=list(Half))
    parser.add_argument("--keep", type=Path, help="file that what was heard is kept in")
    parser.add_argument("--errors", action="store_true", help="show every turn with an error")
    options = parser.parse_args()
    business = Business.model_validate(tomllib.loads(options.business.read_text()))
    played = [
        one
        for one in trials(options.people)
        if (not options.only or one.trial in options.only) and options.half in (None, one.half)
    ]
    with tempfile.TemporaryDirectory() as cache:
        spoken = language.build(business, Path(cache))
        ears = EarsHere.of(business, spoken, both=options.ears is Ears.BOTH)
        heard = list(hear_all(played, ears, options.keep))
    for one in heard if options.errors else ():
        if not _right(one):
            sys.stdout.write(_told(one))
    sys.exit(0 if table(heard, sys.stdout.write) else 1)


def _right(one: TrialHeard) -> bool:
    return not one.errors if one.of.words else not one.fact


def _told(one: TrialHeard) -> str:
    verdict = one.heard.verdict
    sure = "" if verdict.confidence is None else f"{verdict.confidence:.2f} "
    return f"{one.of.key} after {one.of.asked}: {one.of.words} | {one.text} ({sure}{verdict.by})\n"


if __name__ == "__main__":
    main()
