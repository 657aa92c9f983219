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

KIND: Final = "start"
"""Kind of the row in the journal."""

INDEX: Final = 0
"""Its place; a conversation's own rows come after it."""


@dataclass(frozen=True, slots=True)
class JournalStart:
    """When a conversation began (aware), and `version_of` the business file it was held by."""

    at: datetime
    business: str

    def to_json(self) -> str:
        """The body of the row."""
        return json.dumps({"at": self.at.isoformat(), "business": self.business})

    @classmethod
    def find(cls, rows: Iterable[tuple[int, str, str]]) -> JournalStart | None:
        """The start in a journal as the store gives it; ``None`` when that row was lost."""
        for _, kind, body_json in rows:
            if kind == KIND:
                body = json.loads(body_json)
                return cls(datetime.fromisoformat(body["at"]), str(body["business"]))
        return None
