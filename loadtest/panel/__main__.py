"""python -m loadtest.panel --url ws://127.0.0.1:8080/media, or --sounds FOLDER."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtest.panel.report import panel
from loadtest.panel.run import AT_ONCE, calls, play, play_sounds
from loadtest.panel.scoring import score
from loadtest.panel.sounds import LabelledSound, SoundFolderError, by_label, read_sounds


def main() -> int:
    """Measure the conversation panel on an engine that takes calls without a token.

    With --sounds, the sounds of a folder instead: on that engine in real time, or, without --url,
    on the engine's own line in simulated time, a hundred times as fast. With --pauses, the turns of
    a folder: which pauses inside them are taken for their end.
    """
    parser = argparse.ArgumentParser(prog="python -m loadtest.panel", description=main.__doc__)
    parser.add_argument("--url", help="the engine's media socket, ws://...")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="calls at one time")
    parser.add_argument("--only", default="", help="calls (labels) whose name contains this")
    parser.add_argument("--sounds", type=Path, help="folder of short sounds with a manifest.tsv")
    parser.add_argument("--pauses", type=Path, help="folder of turns with a manifest.tsv")
    parser.add_argument("--db", type=float, default=0.0, help="louder than the caller's turns by")
    parser.add_argument("--speakers", type=Path, help="table of speakers: speaker, part")
    parser.add_argument("--part", help="of --speakers: only these")
    parser.add_argument("--weights", type=Path, help="of the sound classifier, simulated only")
    parser.add_argument(
        "--no-second-look", action="store_true", help="nobody reads short sounds, simulated only"
    )
    arguments = parser.parse_args()
    if arguments.sounds is not None:
        return _sounds(arguments)
    if arguments.pauses is not None:
        return _pauses(arguments.pauses)
    if arguments.url is None:
        parser.error("--url, --sounds or --pauses is needed")
    script = [call for call in calls() if arguments.only in call.name]
    logs, skipped = asyncio.run(play(script, arguments.url, at_once=arguments.at_once, tell=_tell))
    outcomes = [outcome for log in logs for outcome in score(log)]
    sys.stdout.write(panel(outcomes, skipped) + "\n")
    return 0


def _tell(name: str) -> None:
    sys.stderr.write(f"played {name}\n")


def _sounds(arguments: argparse.Namespace) -> int:
    try:
        sounds = read_sounds(arguments.sounds, db=arguments.db)
        if arguments.speakers is not None:
            sounds = _by_speakers(sounds, arguments.speakers, arguments.part)
    except (SoundFolderError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sounds = [sound for sound in sounds if arguments.only in sound.label]
    if arguments.url is None:
        # Only here: the real-time panel needs nothing of the engine.
        from loadtest.panel.simulated import (  # noqa: PLC0415
            shipped_reader,
            simulate,
            with_weights,
        )

        read = None if arguments.no_second_look else shipped_reader()
        classifier = with_weights(arguments.weights)
        outcomes = list(simulate(sounds, classifier=classifier, read=read))
        clock = "the engine's own line, simulated time"
    else:
        outcomes, skipped = asyncio.run(
            play_sounds(sounds, arguments.url, at_once=arguments.at_once, tell=_tell)
        )
        clock = f"{arguments.url}, real time; {len(skipped)} not played"
    level = f"{arguments.db:+.0f} dB to the caller's turns"
    sys.stdout.write(f"{len(sounds)} sounds at {level}: {clock}\n\n{by_label(outcomes)}\n")
    return 0


def _pauses(folder: Path) -> int:
    # Only here: the real-time panel needs nothing of the engine.
    from loadtest.panel.pauses import play as turns_played  # noqa: PLC0415
    from loadtest.panel.pauses import read_turns, table  # noqa: PLC0415
    from loadtest.panel.simulated import with_weights  # noqa: PLC0415
    from voiceagent.media.smart_turn import SmartTurn  # noqa: PLC0415

    try:
        turns = read_turns(folder)
    except SoundFolderError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found = list(turns_played(turns, SmartTurn(), with_weights(None)))
    sys.stdout.write(f"{table(found)}\n")
    return 0


def _by_speakers(
    sounds: Sequence[LabelledSound], table: Path, part: str | None
) -> list[LabelledSound]:
    """Those whose speaker is in this part of the table."""
    with table.open(encoding="utf-8", newline="") as file:
        parts = {row["speaker"]: row["part"] for row in csv.DictReader(file, delimiter="\t")}
    return [sound for sound in sounds if part is None or parts.get(sound.speaker) == part]


if __name__ == "__main__":
    sys.exit(main())
