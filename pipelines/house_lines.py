"""Which sentences are the same in every call, and worth having ready."""

from __future__ import annotations

from pipelines.reply_source import sentences
from pipelines.session import APOLOGY
from voiceagent.dialogue.house.wording import CANNOT_HEAR, FILLERS, TOO_SLOW
from voiceagent.domain.business import Business
from voiceagent.toolkit.toolbox import Toolbox


def house_lines(business: Business, toolbox: Toolbox) -> tuple[str, ...]:
    """Greeting, disclosure, fillers and apologies, sentence by sentence, without repetitions.

    Among them what a caller is told whom nobody hears: then maybe nobody speaks either.
    """
    texts = (
        business.voice.greeting,
        business.voice.disclosure,
        *FILLERS,
        *(spec.filler for spec in toolbox.specs()),
        TOO_SLOW,
        CANNOT_HEAR,
        APOLOGY,
    )
    return tuple(dict.fromkeys(line for text in texts for line in sentences(text)))
