"""What the offline ears make of the corpus: each sentence spoken by the voice, and recognised.

    python -m tests.corpus.hearing danger --every 5 > rows.tsv
    python -m tests.corpus.hearing acts --every 3 > rows.tsv

The rows have the labels of what was said. A careful person looks at each before it joins: a danger
that nobody could find in the text any more is none, and so is a value. The voice is the one that
calls use (TTS_PROVIDER), the ears pocketsphinx in this process, so that nothing is late on a busy
machine; with `--ears both` Whisper beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from pipelines.offline import language
from pipelines.offline.recogniser import Ears
from pipelines.speech_ends import renderer
from tests.corpus.rows import FOLDER
from training.hearing import EarsHere
from voiceagent.app.cli.options import settings_from
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.providers import chosen, site
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.open_question import OpenQuestion

EXPECTED: Final = {
    "answer": Expecting.YES_NO,
    "name_phone": Expecting.NAME_AND_PHONE,
    "name": Expecting.NAME,
    "phone": Expecting.PHONE,
    "address": Expecting.ADDRESS,
    "price": Expecting.YES_NO,
    "time": Expecting.TIME,
    "notes": Expecting.NOTES,
    "readback": Expecting.YES_NO,
    "code": Expecting.CODE,
    "more": Expecting.YES_NO,
    "human": Expecting.YES_NO,
    "want": Expecting.YES_NO,
    "cancel": Expecting.YES_NO,
    "move": Expecting.YES_NO,
}
"""What the recogniser is told to expect at each question of the tables; else anything."""

LONGEST: Final = 120
"""Characters; more is hardly said in one breath."""


def main() -> None:
    """Write the rows of a table as they were heard, one a line, to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=["danger", "acts"])
    parser.add_argument("--every", type=int, default=4, help="One of so many sentences.")
    parser.add_argument("--first", type=int, default=0, help="Where to begin.")
    parser.add_argument("--ears", type=Ears, choices=list(Ears), default=Ears.POCKETSPHINX)
    given = parser.parse_args()
    rows = _rows(given.table)[given.first :: given.every]
    set_up_logs("WARNING", ())
    asyncio.run(_hear(rows, given.ears))


def _rows(table: str) -> list[dict[str, str]]:
    lines = (FOLDER / f"{table}.tsv").read_text("utf-8").splitlines()
    names = lines[0].split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:]]
    return [
        row
        for row in rows
        if row["origin"] != "ears"
        and row.get("language", "en") == "en"
        and row["sentence"].isascii()
        and len(row["sentence"]) <= LONGEST
    ]


async def _hear(rows: Sequence[dict[str, str]], by: Ears) -> None:
    """Speak and hear, as fast as it goes: nobody waits on a line."""
    settings = settings_from()
    business = load_business(settings.business)
    voice = chosen(settings, business).tts
    assert voice is not None, "One model hears and speaks; there is nothing between."
    with tempfile.TemporaryDirectory() as cache:
        spoken = language.build(business, Path(cache))
        ears = EarsHere.of(business, spoken, both=by is Ears.BOTH)
        async with voice.open(site(settings, business, voice)) as speaks:
            render = renderer(speaks)
            for row in rows:
                pieces = [piece.pcm_8k async for piece in render(row["sentence"])]
                sound = np.frombuffer(b"".join(pieces), dtype=np.int16)
                expected = EXPECTED.get(row["asked"], Expecting.ANYTHING)
                heard = ears.hear(sound, OpenQuestion(expected))
                words = heard.verdict.text
                told = {**row, "origin": "ears", "said": row["sentence"], "sentence": words}
                sys.stdout.write("\t".join(told.values()) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
