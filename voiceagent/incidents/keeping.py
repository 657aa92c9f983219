"""Where recordings of calls are kept: a folder of this machine, bounded in days and in bytes.

Nothing is written before a call's line has ended, and by then it is known which digits were a
card's, and whether the caller wants to be recorded. A call in which there were any, or whose caller
does not, keeps no voice.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast

from pydantic import JsonValue

from voiceagent.dialogue.house.hearing.privacy import wants_privacy
from voiceagent.dialogue.tape import TalkRow, TalkRowKind, TalkTape
from voiceagent.domain.card_watch import MARK
from voiceagent.domain.redact import Withhold, redact_value
from voiceagent.incidents.recording import SUFFIX, CallPart, KeptSound, read, write
from voiceagent.incidents.shuffle import shuffled

_OTHER: Final = re.compile(r"[^A-Za-z0-9-]")


@dataclass(frozen=True, slots=True)
class IncidentFolder:
    """Of one engine; its workers share it.

    Attributes:
        path: made when the first recording is kept, for its owner's eyes only.
        days: how long a recording is kept.
        most_bytes: how much all of them may take; the oldest go first.
    """

    path: Path
    days: float
    most_bytes: int

    def keep(self, part: CallPart, now: datetime) -> Path:
        """Put away what was recorded on a line that has ended; blocks for about 0.1 s a minute.

        Raises:
            OSError: the disk is full, or the folder is not ours.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        header = part.header
        path = self.path / f"{plain_name(header.call_sid)}.{plain_name(header.call_id)}{SUFFIX}"
        parts = [*(read(path) if path.exists() else []), without_cards(part)]
        if any(refuses(one) for one in parts):
            parts = [without_voice(one) for one in parts]
        draft = path.with_suffix(".draft")
        content = write(parts)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        draft.replace(path)
        self.prune(now)
        return path

    def prune(self, now: datetime) -> None:
        """Delete what is too old, and the oldest of what is too much."""
        oldest_s = (now - timedelta(days=self.days)).timestamp()
        kept = sorted(((p.stat().st_mtime, p) for p in self.path.glob(f"*{SUFFIX}")), reverse=True)
        total = 0
        for at_s, path in kept:
            total += path.stat().st_size
            if at_s < oldest_s or total > self.most_bytes:
                path.unlink(missing_ok=True)

    def find(self, call: str) -> Path | None:
        """The recording of a call, by the carrier's name for it or by ours."""
        name = plain_name(call)
        for path in sorted(self.path.glob(f"*{SUFFIX}")):
            if name and name in path.name.removesuffix(SUFFIX).split("."):
                return path
        return None


def plain_name(name: str) -> str:
    """As a file may be called that must not lead out of its folder."""
    return _OTHER.sub("-", name)


def without_cards(part: CallPart) -> CallPart:
    """The part as it may be kept: without digits of cards, and without the voice that said them."""
    out = part.talk.withheld
    rows = [TalkRow(row.kind, _body(row, out)) for row in part.talk.rows]
    talk = TalkTape(part.talk.start, rows, part.talk.full)
    had_card = bool(out.secrets) or any(MARK in str(row.body) for row in rows)
    clean = CallPart(part.header, part.line, talk)
    return without_voice(clean) if had_card else clean


def refuses(part: CallPart) -> bool:
    """Whether the caller said that they do not want to be recorded, or want it kept private."""
    heard = (row for row in part.talk.rows if row.kind is TalkRowKind.INPUT)
    return any(wants_privacy(str(row.body.get("text", ""))) for row in heard)


def without_voice(part: CallPart) -> CallPart:
    """The part with noise in the place of the caller's voice, as loud at every moment."""
    if part.line is None or part.header.sound is not KeptSound.OWN:
        return part
    header = part.header.model_copy(update={"sound": KeptSound.SHUFFLED})
    return replace(part, header=header, line=shuffled(part.line))


def _body(row: TalkRow, out: Withhold) -> dict[str, JsonValue]:
    body = out.value(dict(row.body))
    return cast("dict[str, JsonValue]", redact_value(body))
