"""Arguments whose words are passed on to people: a summary, a name."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from voiceagent.domain.links import without_links

Relayed = Annotated[str, AfterValidator(without_links)]
"""Words that somebody else is texted or shown: no link in them is one."""
