"""The one gate through which everything a caller says, types or presses comes into a call.

It stands before the transcript, the journal, the model's context, the dialogue and the screen, for
voice and text alike. Card numbers do not pass it; where only the next turn can tell, what is
written waits for that (`Recorder.hold`), while the conversation goes on. Each input carries its
hold, because the conversation may come to it, and write it down, when later turns hold back others.
"""

from __future__ import annotations

from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.card_marks import without_digits
from voiceagent.domain.card_watch import CardWatch, Heard, Sign
from voiceagent.domain.expecting import Expecting


class CallerGate:
    """The gate of one call.

    Args:
        recorder: holds the call's writes back while it is asked to.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._watch = CardWatch()

    def words(self, text: str, expecting: Expecting) -> Input:
        """A committed turn, as an input to the conversation."""
        self._watch, heard = self._watch.hear(text, expecting)
        return self._settled(InputKind.HEARD, heard)

    def glance(self, text: str, expecting: Expecting) -> str:
        """What may be known of a turn that is still being spoken."""
        return self._watch.glance(text, expecting)

    def shown(self, text: str, expecting: Expecting) -> str:
        """What may be shown of a turn that is not written yet, to whoever watches the call."""
        heard = self._watch.hear(text, expecting)[1]
        if heard.sign is Sign.MAYBE:
            return without_digits(heard.text)
        return self._recorder.shown((), heard.text)

    def key(self, digit: str, expecting: Expecting) -> Input | None:
        """A key, as an input; ``None`` for one that goes on a card number noticed before."""
        self._watch, heard = self._watch.key(digit, expecting)
        return self._settled(InputKind.KEY, heard) if heard.text else None

    def _settled(self, kind: InputKind, heard: Heard) -> Input:
        if not heard.joined or heard.sign is not Sign.MAYBE:
            self._recorder.release(heard.secret)
        if heard.sign is Sign.MAYBE:
            self._recorder.hold()
        return Input(
            kind,
            heard.text,
            sign=heard.sign,
            secret=heard.secret,
            goes_on=heard.joined,
            holds=(self._recorder.current_hold,),
        )
