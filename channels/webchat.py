"""The chat on the business's web pages. Its visitors have no number; replies are fetched."""

from __future__ import annotations

import hashlib
from typing import Final

from channels.contract import KnownBy, TextChannel, words_of
from voiceagent.domain.business import Flags
from voiceagent.domain.threads import VISITOR


def visitor(key: str) -> str:
    """The person that a browser's key stands for: nobody finds the key by it."""
    return VISITOR + hashlib.sha256(key.encode()).hexdigest()[:32]


def _is_on(flags: Flags) -> bool:
    return flags.webchat


WEBCHAT: Final = TextChannel("webchat", _is_on, words_of, str.strip, KnownBy.KEY)
