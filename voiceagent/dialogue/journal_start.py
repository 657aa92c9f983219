"""The first row of a conversation's journal: when it began, and by which business file.

"Tonight" is meant from the day it is said on. A conversation that goes on after midnight, or a
text thread of three days, is restored as of its start; so the start is part of the journal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from voiceagent.dialogue.case_file import CaseFile

KIND: Final = "start"
"""Kind of the row in the journal."""

INDEX: Final = 0
"""Its place; a conversation's own rows come after it."""


@dataclass(frozen=True, slots=True)
class JournalStart:
    """When a conversation began (aware), and `version_of` the business file it was held by."""

    at: datetime
    business: str
    matter: CaseFile | None = None
    """What was open in an earlier conversation, which this one goes on with."""

    def to_json(self) -> str:
        """The body of the row."""
        body = {"at": self.at.isoformat(), "business": self.business}
        return json.dumps(body | ({"matter": self.matter.to_json()} if self.matter else {}))

    @classmethod
    def find(cls, rows: Iterable[tuple[int, str, str]]) -> JournalStart | None:
        """The start in a journal as the store gives it; ``None`` when that row was lost."""
        for _, kind, body_json in rows:
            if kind == KIND:
                body = json.loads(body_json)
                matter = CaseFile.from_json(body["matter"]) if "matter" in body else None
                return cls(datetime.fromisoformat(body["at"]), str(body["business"]), matter)
        return None
