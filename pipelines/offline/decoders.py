"""pocketsphinx, the part of the ears that knows the business: decoders of its language.

Sound is decoded as it comes, so that little is left to do when a turn ends. Any number of turns may
be open; each has a decoder of its own from a pool, as making one takes half a second.
"""

from __future__ import annotations

from typing import Final

import pocketsphinx

from pipelines.offline import language
from pipelines.offline.front_end import Floats, FrontEnd
from voiceagent.domain.expecting import Expecting

POOL: Final = 4
"""Decoders made before the first call; more are made when more callers speak at once."""

FRAMES_AT_ONCE: Final = 4
"""The decoder takes any number of frames at a time and quietly spoils the result above seven."""

ALONE: Final[dict[str, object]] = {
    "lm": None,
    "lw": 8.0,
    "fwdflatlw": 10.0,
    "topn": 8,
    "wip": 0.05,
    "silprob": 0.05,
    "beam": 1e-70,
    "wbeam": 1e-50,
    "pbeam": 1e-70,
    "lpbeam": 1e-55,
    "lponlybeam": 1e-45,
    "maxhmmpf": 100_000,
    "fwdflat": True,
    "bestpath": True,
    "loglevel": "FATAL",
}
"""Settings of a decoder that is listened to alone: as good as it can be."""

BESIDE: Final[dict[str, object]] = {
    "lm": None,
    "lw": 9.0,
    "bestpathlw": 11.0,
    "wip": 0.05,
    "silprob": 0.05,
    "fwdflat": False,
    "bestpath": True,
    "loglevel": "FATAL",
}
"""The same beside Whisper: a third of the work, and nothing left to do when a turn ends."""


class Decoders:
    """Idle decoders of one language.

    Args:
        spoken: the language.
        alone: whether nothing else listens.
        ready: how many are made at once.
    """

    def __init__(self, spoken: language.Language, *, alone: bool = True, ready: int = POOL) -> None:
        self._config = (ALONE if alone else BESIDE) | {
            "hmm": pocketsphinx.get_model_path("en-us/en-us"),
            "dict": str(spoken.dictionary),
            "lmctl": str(spoken.control),
            "lmname": Expecting.ANYTHING.value,
        }
        self._idle = [self._make() for _ in range(ready)]

    def take(self) -> pocketsphinx.Decoder:
        """An idle decoder, or a new one."""
        return self._idle.pop() if self._idle else self._make()

    def give_back(self, decoder: pocketsphinx.Decoder) -> None:
        """It is idle again."""
        self._idle.append(decoder)

    def _make(self) -> pocketsphinx.Decoder:
        decoder = pocketsphinx.Decoder(pocketsphinx.Config(**self._config))
        # The acoustic model's own settings win over ours at creation, and would normalise a second
        # time what the front end has normalised.
        decoder.config["cmn"] = "none"
        decoder.reinit_feat(decoder.config)
        return decoder


class DecodedTurn:
    """One caller turn being decoded."""

    def __init__(
        self, decoder: pocketsphinx.Decoder, front_end: FrontEnd, caller: int, expecting: str
    ) -> None:
        self.decoder = decoder
        self.front_end = front_end
        self.caller = caller
        decoder.activate_search(expecting)
        decoder.start_utt()

    def feed(self, pcm_8k: bytes) -> None:
        """Decode more sound."""
        self._decode(self.front_end.feed(pcm_8k))

    def text(self) -> str:
        """The words so far."""
        found = self.decoder.hyp()
        return language.plain(found.hypstr) if found is not None else ""

    def finish(self) -> str:
        """All words."""
        self._decode(self.front_end.finish())
        self.decoder.end_utt()
        return self.text()

    def _decode(self, cepstra: Floats) -> None:
        for start in range(0, len(cepstra), FRAMES_AT_ONCE):
            self.decoder.process_cep(cepstra[start : start + FRAMES_AT_ONCE].tobytes())
