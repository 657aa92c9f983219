"""Listens for phrases in the agent's speech with pocketsphinx's general US English model.

Limits: the model was trained on clean 16 kHz speech of American speakers and hears 8 kHz telephone
audio of a synthetic voice here, so it misses phrases and hears phrases that were not said: expect
one in ten to be missed with a clear voice, more with others. Use two to five words with several
syllables, all in the CMU dictionary (digits as words); one short word alone is useless. A phrase is
reported late. Keep a time-out on every step that uses it, and do not measure latency in a call that
does: recognition takes 5 to 10 % of a core per phrase, on a thread of this very process. Loaded
only when a script listens for something, and before the call rings: the model takes a second of a
core to load, during which nothing else in this process runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import numpy as np

from loadtest.simulator import g711, wav

_MODEL_HZ: Final = 16000
_BATCH_8K: Final = 1600
_THRESHOLD: Final = 1e-30
_TELEPHONE_CEPSTRUM: Final = "44.6,27.7,-41,37.3,-34,-5.6,-2.3,-41,-10,-30.9,-1.2,-9.2,-11.3"
"""Cepstral mean of μ-law telephone speech: the model's own start value is far off, and a phrase in
the first seconds would be missed until it had adapted."""


class PhraseError(ValueError):
    """A phrase with a word that the model's dictionary lacks."""


class _PhraseSearch:
    """One phrase, searched for in a running stream."""

    def __init__(self, phrase: str) -> None:
        from pocketsphinx import Decoder, get_model_path  # noqa: PLC0415 - only when used

        self.phrase = phrase
        model = get_model_path()
        words = phrase.lower()
        self._decoder = Decoder(
            hmm=f"{model}/en-us/en-us",
            dict=f"{model}/en-us/cmudict-en-us.dict",
            lm=None,
            keyphrase=words,
            kws_threshold=_THRESHOLD,
            samprate=_MODEL_HZ,
            cmninit=_TELEPHONE_CEPSTRUM,
            loglevel="FATAL",
        )
        unknown = [word for word in words.split() if self._decoder.lookup_word(word) is None]
        if unknown:
            raise PhraseError(f"not in the model's dictionary: {', '.join(unknown)}")
        self._decoder.start_utt()

    def feed(self, pcm_16k: bytes) -> bool:
        """Whether the phrase has been heard by the end of this audio."""
        self._decoder.process_raw(pcm_16k, no_search=False, full_utt=False)
        if self._decoder.hyp() is None:
            return False
        self._decoder.end_utt()
        self._decoder.start_utt()
        return True


class Spotter:
    """Feeds heard audio to one search per phrase, off the event loop.

    Args:
        phrases: what to listen for.
        heard: called on the event loop with a phrase each time it is spotted.
    """

    def __init__(self, phrases: tuple[str, ...], heard: Callable[[str], None]) -> None:
        self._phrases = phrases
        self._heard = heard
        self._audio: asyncio.Queue[bytes] = asyncio.Queue()
        self._searches: list[_PhraseSearch] = []
        self._backlog_8k = 0

    @property
    def backlog_8k(self) -> int:
        """Samples taken but not searched yet."""
        return self._backlog_8k

    def listen(self, audio: bytes) -> None:
        """Takes the next μ-law audio heard."""
        self._backlog_8k += len(audio)
        self._audio.put_nowait(audio)

    async def load(self) -> None:
        """Gets ready to listen.

        Raises:
            PhraseError: see there.
        """
        self._searches = await asyncio.to_thread(
            lambda: [_PhraseSearch(phrase) for phrase in self._phrases]
        )

    async def run(self) -> None:
        """Listens until cancelled. It must have been loaded."""
        batch = bytearray()
        while True:
            batch += await self._audio.get()
            while len(batch) >= _BATCH_8K:  # alike, however the sound came in
                pcm = await asyncio.to_thread(_to_16k, bytes(batch[:_BATCH_8K]))
                del batch[:_BATCH_8K]
                for search in self._searches:
                    if await asyncio.to_thread(search.feed, pcm):
                        self._heard(search.phrase)
                self._backlog_8k -= _BATCH_8K


@asynccontextmanager
async def spotting(
    phrases: tuple[str, ...],
    heard: Callable[[str], None],
    failed: Callable[[Exception], None],
) -> AsyncIterator[Spotter | None]:
    """A spotter for a block, or ``None`` where there is nothing to listen for.

    Args:
        phrases: see `Spotter`.
        heard: see `Spotter`.
        failed: told when the listening broke.

    Raises:
        PhraseError: see there.
    """
    if not phrases:
        yield None
        return

    def done(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            failed(error)

    spotter = Spotter(phrases, heard)
    await spotter.load()
    task = asyncio.create_task(spotter.run())
    task.add_done_callback(done)
    try:
        yield spotter
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _to_16k(mulaw: bytes) -> bytes:
    wide = wav.resample(g711.decode(mulaw).astype(np.float64), g711.RATE_HZ, _MODEL_HZ)
    return np.clip(np.rint(wide), -32768, 32767).astype("<i2").tobytes()
