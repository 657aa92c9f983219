"""One phone call: line, pipeline and conversation, from the first sound to its end.

How the parts fit, in the order in which things happen:

* `life` starts the call's tasks (`tasks`) in one TaskGroup, waits for the line to close or for one
  of them to die, and ends everything that it has started. `VoiceSession` is what the rest of the
  house knows.
* `line_reactor` takes the line's events one by one: sound goes to the pipeline, voice and keys take
  the floor, the played position closes replies and writes them down as they were *heard*.
* `caller_turns` takes what the pipeline makes of that sound: words so far, and committed turns,
  which go to the conversation. The pipeline calls it directly.
* `mouth` is the conversation's mouth: its words go through the floor to the line.
* `telling` tells whoever watches the call what happens in it.
* `silence` prompts a caller who says nothing. `last_words` is how a broken call takes its leave.
* `shared` is the one record of what these work with, and of what one leaves for another.
"""

from pipelines.session.last_words import APOLOGY
from pipelines.session.life import VoiceSession
from pipelines.session.mouth import TIME_IS_UP
from pipelines.session.shared import Answering, ControlledLine
from pipelines.session.silence import SILENCE_PROMPT_S
from pipelines.session.tasks import PIPELINE_ENDS_S, TEARDOWN_S, SessionTask

__all__ = [
    "APOLOGY",
    "PIPELINE_ENDS_S",
    "SILENCE_PROMPT_S",
    "TEARDOWN_S",
    "TIME_IS_UP",
    "Answering",
    "ControlledLine",
    "SessionTask",
    "VoiceSession",
]
