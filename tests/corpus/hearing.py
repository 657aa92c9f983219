"""What the offline ears make of the corpus: each sentence spoken by the voice, and recognised.

    python -m tests.corpus.hearing danger --every 5 > rows.tsv
    python -m tests.corpus.hearing acts --every 3 > rows.tsv

The rows have the labels of what was said. A careful person looks at each of them before it joins the
corpus: a danger that nobody could find in the text any more is unclear, and a value that is not
there is none. Runs as the chosen providers do (STT_PROVIDER, TTS_PROVIDER): about as long as the
sentences take to say.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from pipelines.providers.alone import heard
from pipelines.speech_ends import renderer
from tests.corpus.rows import FOLDER
from voiceagent.app.cli.options import settings_from
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.providers import chosen, site
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import Unavailable

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
    given = parser.parse_args()
    rows = _rows(given.table)[given.first :: given.every]
    set_up_logs("WARNING", ())
    asyncio.run(_hear(rows))


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


async def _hear(rows: Sequence[dict[str, str]]) -> None:
    settings = settings_from()
    business = load_business(settings.business)
    providers = chosen(settings, business)
    voice, ears = providers.tts, providers.stt
    assert voice is not None, "One model hears and speaks; there is nothing between."
    assert ears is not None, "One model hears and speaks; there is nothing between."
    async with (
        voice.open(site(settings, business, voice)) as speaks,
        ears.open(site(settings, business, ears)) as make,
    ):
        render = renderer(speaks)
        for row in rows:
            pieces = [piece.pcm_8k async for piece in render(row["sentence"])]
            expected = EXPECTED.get(row["asked"], Expecting.ANYTHING)
            try:
                words = await heard(make(lambda: expected), b"".join(pieces))  # noqa: B023 - at once
            except Unavailable as error:
                sys.stderr.write(f"left out ({error.code}): {row['sentence']}\n")
                continue
            told = {**row, "origin": "ears", "said": row["sentence"], "sentence": words.text}
            sys.stdout.write("\t".join(told.values()) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
