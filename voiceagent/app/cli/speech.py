"""The ``transcribe`` and ``say`` commands: the offline speech parts by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from pydantic import BaseModel

from loadtest.simulator.g711 import Samples
from loadtest.simulator.wav import WavError, read, write_mono
from pipelines.offline.recogniser import RecogniserClient
from pipelines.offline.speaker import SpeakerClient
from voiceagent.app.cli.options import BusinessFile, Json, settings_from, terminal
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.language.en_us.speak import spoken_text

PIECE_BYTES = 960
"""60 ms at 8 kHz: the pieces in which a call's sound arrives."""


class TranscriptRow(BaseModel):
    """What was recognised in one file."""

    file: str
    text: str


def transcribe(
    files: Annotated[
        list[Path],
        typer.Argument(help="Recordings, each one utterance.", exists=True, dir_okay=False),
    ],
    business: BusinessFile = None,
    json: Json = False,
) -> None:
    """Recognise recordings with the offline recogniser and its language model for the business."""
    settings = settings_from(business)
    set_up_logs("WARNING", settings.secrets())
    try:
        recordings = [read(file) for file in files]
    except WavError as error:
        raise typer.BadParameter(str(error)) from error
    spoken = load_business(settings.business)
    texts = asyncio.run(_transcribe(settings, spoken, recordings))
    found = [
        TranscriptRow(file=str(file), text=text) for file, text in zip(files, texts, strict=True)
    ]
    for one in found:
        if json:
            print(one.model_dump_json())  # noqa: T201 - the command's result
        else:
            terminal().print(f"{one.file}: {one.text}", markup=False, soft_wrap=True)


async def _transcribe(
    settings: Settings, business: Business, recordings: Sequence[Samples]
) -> list[str]:
    found = []
    async with RecogniserClient(business, settings.state_dir / "speech").running() as recogniser:
        for samples in recordings:
            pcm = np.asarray(samples, dtype=np.int16).tobytes()
            ear = recogniser.caller()
            utterance = ear.start()
            for start in range(0, len(pcm), PIECE_BYTES):
                utterance.feed(pcm[start : start + PIECE_BYTES])
            found.append((await utterance.finish()).text)
            ear.close()
    return found


def say(
    text: Annotated[str, typer.Argument(help="Text in written form, e.g. 'The visit is $248.'")],
    output: Annotated[Path, typer.Option("--output", "-o", help="WAV file to write (8 kHz mono).")],
    business: BusinessFile = None,
) -> None:
    """Speak a text with the offline speaker, as a caller would hear it."""
    settings = settings_from(business)
    set_up_logs("WARNING", settings.secrets())
    if not output.parent.is_dir() or output.is_dir():
        raise typer.BadParameter(f"{output} cannot be written: no such folder, or a folder itself.")
    pcm = asyncio.run(_say(load_business(settings.business), text))
    write_mono(output, np.frombuffer(pcm, dtype=np.int16))
    terminal().print(f"{output}: {len(pcm) / 16000:.1f} s")


async def _say(business: Business, text: str) -> bytes:
    async with SpeakerClient().running() as speaker:
        voice = business.voice
        pieces = [
            chunk.pcm_8k
            async for chunk in speaker.synthesize(
                spoken_text(text),
                voice=voice.offline_voice,
                words_per_minute=voice.words_per_minute,
            )
        ]
    return b"".join(pieces)
