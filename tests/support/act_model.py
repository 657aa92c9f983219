"""The proposals of acts that are shipped, read once for all tests of a process."""

from __future__ import annotations

from typing import Final

from voiceagent.language.en_us.caller_acts import ActModel

ACT_MODEL: Final = ActModel.load()
