"""The recognising process: ``python -m pipelines.offline.recogniser_process REQUEST NICENESS``.

Sound comes over standard input as it is spoken and is decoded at once, so that little is left to do
when a turn ends. Any number of turns may be open; each has a decoder of its own from a pool, as
making one takes half a second. The process ends when its input does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Final

import pocketsphinx

from pipelines.offline import language
from pipelines.offline.front_end import Centring, Floats, FrontEnd, Network
from pipelines.offline.messages import READY, HelperMessage, read_message, write_message
from pipelines.offline.priority import stand_back
from pipelines.offline.recogniser import RecogniserAnswer, RecogniserRequest
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting

POOL: Final = 4
"""Decoders made before the first call; more are made when more callers speak at once."""

FRAMES_AT_ONCE: Final = 4
"""The decoder takes any number of frames at a time and quietly spoils the result above seven."""

CALLERS_KEPT: Final = 2000
"""Lines remembered at most; the oldest is forgotten first."""


class Decoders:
    """Idle decoders of one language."""

    def __init__(self, spoken: language.Language) -> None:
        self._config = {
            "hmm": pocketsphinx.get_model_path("en-us/en-us"),
            "dict": str(spoken.dictionary),
            "lmctl": str(spoken.control),
            "lmname": Expecting.ANYTHING.value,
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
        self._idle = [self._make() for _ in range(POOL)]

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


class Recogniser:
    """Serves messages.

    Args:
        decoders: of the business's language.
        network: turns telephone sound into what the acoustic model expects.
        out: where answers go.
    """

    def __init__(self, decoders: Decoders, network: Network, out: BinaryIO) -> None:
        self._decoders = decoders
        self._network = network
        self._out = out
        self._turns: dict[int, DecodedTurn] = {}
        self._callers: dict[int, Centring] = {}

    def serve(self, message: HelperMessage) -> None:
        """Do what one message asks; messages for a turn that is unknown are ignored."""
        if message.kind == RecogniserRequest.START:
            caller, expecting = message.payload[:4], message.payload[4:].decode()
            self._start(message.stream, int.from_bytes(caller, "little"), expecting)
            return
        if message.kind == RecogniserRequest.FORGET:
            self._callers.pop(message.stream, None)
            return
        turn = self._turns.get(message.stream)
        if turn is None:
            return
        match message.kind:
            case RecogniserRequest.SOUND:
                turn.feed(message.payload)
            case RecogniserRequest.PARTIAL:
                self._tell(RecogniserAnswer.PARTIAL, message.stream, turn.text())
            case RecogniserRequest.FINISH:
                self._tell(RecogniserAnswer.FINAL, message.stream, self._end(message.stream, turn))
            case RecogniserRequest.ABANDON:
                self._end(message.stream, turn)
            case _:
                pass

    def _start(self, stream: int, caller: int, expecting: str) -> None:
        centring = self._callers.get(caller) or Centring(self._network.centre)
        front_end = FrontEnd(self._network, centring)
        self._turns[stream] = DecodedTurn(self._decoders.take(), front_end, caller, expecting)

    def _end(self, stream: int, turn: DecodedTurn) -> str:
        del self._turns[stream]
        text = turn.finish()
        while len(self._callers) >= CALLERS_KEPT:
            del self._callers[next(iter(self._callers))]
        self._callers[turn.caller] = turn.front_end.centring.carry()
        self._decoders.give_back(turn.decoder)
        return text

    def _tell(self, kind: RecogniserAnswer, stream: int, text: str) -> None:
        write_message(self._out, HelperMessage(kind, stream, text.encode()))


def main() -> None:
    """Recognise until standard input ends."""
    stand_back(int(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us; calls may go on
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's print must not break messages
    request = json.loads(Path(sys.argv[1]).read_text())
    business = Business.model_validate(request["business"])
    spoken = language.build(business, Path(request["cache"]))
    recogniser = Recogniser(Decoders(spoken), Network.load(), out)
    write_message(out, READY)
    while (message := read_message(sys.stdin.buffer)) is not None:
        recogniser.serve(message)


if __name__ == "__main__":
    main()
