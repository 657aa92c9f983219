"""The ``transcribe`` and ``say`` commands: the chosen recogniser and voice by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from pydantic import BaseModel

from loadtest.simulator.g711 import RATE_HZ, Samples
from loadtest.simulator.wav import WavError, read, write_mono
from pipelines.providers.spec import ProviderKind
from voiceagent.app.cli.options import BusinessFile, Json, settings_from, terminal
from voiceagent.app.cli.typed_text import plain_text
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.providers import chosen, site
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import OwnerFixable

NO_PART = "Calls are carried by one model for hearing and speaking, which has no such part."
LONGEST_S: Final = 60.0
"""No utterance lasts longer."""


class TranscriptRow(BaseModel):
    """What was recognised in one file.

    `text` is empty when nobody said anything to us. `confidence` is how likely it is right, 0..1;
    ``None`` of a recogniser that does not tell. `ms`: from the end of the sound to the words.
    """

    file: str
    text: str
    confidence: float | None
    ms: int


def transcribe(
    files: Annotated[
        list[Path],
        typer.Argument(help="Recordings, each one utterance.", exists=True, dir_okay=False),
    ],
    asked: Annotated[
        Expecting, typer.Option(help="What the caller was asked for.")
    ] = Expecting.ANYTHING,
    business: BusinessFile = None,
    json: Json = False,
) -> None:
    """Recognise recordings with the recogniser that calls use (STT_PROVIDER)."""
    settings = settings_from(business)
    set_up_logs("WARNING", settings.secrets())
    try:
        recordings = [(file, _utterance(file)) for file in files]
    except (WavError, OSError) as error:
        raise typer.BadParameter(str(error)) from error
    spoken = load_business(settings.business)
    show = _show_json if json else _show
    asyncio.run(_transcribe(settings, spoken, recordings, asked, show))


def _utterance(path: Path) -> Samples:
    samples = read(path)
    if len(samples) > LONGEST_S * RATE_HZ:
        raise WavError(f"{path}: no utterance is longer than {LONGEST_S:.0f} s.")
    return samples


def _show_json(one: TranscriptRow) -> None:
    print(one.model_dump_json(), flush=True)  # noqa: T201 - the command's result


def _show(one: TranscriptRow) -> None:
    sure = "" if one.confidence is None else f" ({one.confidence:.0%})"
    terminal().print(f"{one.file}: {one.text}{sure}", markup=False, soft_wrap=True)


async def _transcribe(
    settings: Settings,
    business: Business,
    recordings: Sequence[tuple[Path, Samples]],
    asked: Expecting,
    show: Callable[[TranscriptRow], None],
) -> None:
    """Recognise one after another, each as a caller never heard before."""
    from pipelines.providers.alone import heard  # noqa: PLC0415 - loads pipecat

    provider = chosen(settings, business).stt
    if provider is None:
        raise OwnerFixable("provider.none", NO_PART, where=ProviderKind.SPEECH_TO_SPEECH.setting)
    async with provider.open(site(settings, business, provider)) as make:
        for file, samples in recordings:
            words = await heard(make(lambda: asked), samples.tobytes())
            ms = round(words.after_s * 1000)
            sure = None if words.confidence is None else round(words.confidence, 3)
            show(TranscriptRow(file=str(file), text=words.text, confidence=sure, ms=ms))


def say(
    text: Annotated[str, typer.Argument(help="Text in written form, e.g. 'The visit is $248.'")],
    output: Annotated[Path, typer.Option("--output", "-o", help="WAV file to write (8 kHz mono).")],
    business: BusinessFile = None,
) -> None:
    """Speak a text with the voice that calls use (TTS_PROVIDER), as a caller would hear it."""
    settings = settings_from(business)
    set_up_logs("WARNING", settings.secrets())
    if not output.parent.is_dir() or output.is_dir():
        raise typer.BadParameter(f"{output} cannot be written: no such folder, or a folder itself.")
    spoken = plain_text(text)
    if not any(character.isalnum() for character in spoken):
        raise typer.BadParameter("There is nothing in it to say.")
    pcm = asyncio.run(_say(settings, load_business(settings.business), spoken))
    if not pcm:
        raise typer.BadParameter("Nothing of it can be spoken.")
    write_mono(output, np.frombuffer(pcm, dtype=np.int16))
    terminal().print(f"{output}: {len(pcm) / 16000:.1f} s")


async def _say(settings: Settings, business: Business, text: str) -> bytes:
    from pipelines.reply_source import sentences  # noqa: PLC0415 - as above
    from pipelines.speech_ends import renderer  # noqa: PLC0415 - loads pipecat

    provider = chosen(settings, business).tts
    if provider is None:
        raise OwnerFixable("provider.none", NO_PART, where=ProviderKind.SPEECH_TO_SPEECH.setting)
    async with provider.open(site(settings, business, provider)) as voice:
        render = renderer(voice)
        pieces = [piece for part in sentences(text) async for piece in render(part)]
    return b"".join(piece.pcm_8k for piece in pieces)
