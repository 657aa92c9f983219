"""The policy of how long words are kept: what it does not name stays, what fails is tried again."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.virtual_time import run
from voiceagent.app.ops import recordings
from voiceagent.app.retention import EVERY_S, Retention
from voiceagent.app.settings import Settings
from voiceagent.errors import Unavailable

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
REAL_NOW = datetime(2027, 3, 1, tzinfo=UTC)
"""Of the machine, which files carry; calls may have another time (`VOICEAGENT_NOW`)."""


@dataclass
class Words:
    """`DropsRows`, which is away at first if it is told so."""

    away: int = 0
    asked: list[datetime] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    facts: list[datetime] = field(default_factory=list)

    async def drop_words(self, before: datetime) -> int:
        self.asked.append(before)
        if len(self.asked) <= self.away:
            raise Unavailable("store.unreachable", "The store is down.")
        return 3

    async def drop(self, before: datetime) -> int:
        self.facts.append(before)
        return 2

    async def drop_looks(self, before: datetime) -> int:
        self.looks.append(before)
        return 1


def retention(folder: Path, words: Words, **policy: int) -> Retention:
    settings = Settings(state_dir=folder, **policy)  # type: ignore[arg-type]
    return Retention(settings, words, words, lambda: NOW, lambda: REAL_NOW)


def recording(folder: Path, name: str, days_old: float) -> Path:
    file = folder / recordings.FOLDER / "2026" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"sound")
    at_s = (REAL_NOW - timedelta(days=days_old)).timestamp()
    os.utime(file, (at_s, at_s))
    return file


async def test_without_a_policy_all_is_kept(tmp_path: Path) -> None:
    old, words = recording(tmp_path, "CA1.wav", 9000), Words()
    await retention(tmp_path, words).once()
    assert old.exists()
    assert words.asked == []


async def test_each_kind_has_its_own_time(tmp_path: Path) -> None:
    old, young = recording(tmp_path, "CA1.wav", 31), recording(tmp_path, "CA2.wav", 30)
    words = Words()
    policy = retention(tmp_path, words, keep_recordings_days=30, keep_transcripts_days=365)
    await policy.once()
    assert (old.exists(), young.exists()) == (False, True)
    assert (words.asked, words.looks) == ([NOW - timedelta(days=365)], [])
    await retention(tmp_path, words, keep_looks_days=400).once()
    assert words.looks == [NOW - timedelta(days=400)]


def test_what_fails_is_tried_again_an_hour_later(tmp_path: Path) -> None:
    words = Words(away=2)

    async def some_hours() -> None:
        policy = retention(tmp_path, words, keep_transcripts_days=1)
        try:
            async with asyncio.timeout(EVERY_S * 2.5):
                await policy.run()
        except TimeoutError:
            return

    run(some_hours())
    assert len(words.asked) == 3


async def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    await retention(tmp_path, Words(), keep_recordings_days=1).once()


def test_recordings_are_found_by_call_and_files_by_text(tmp_path: Path) -> None:
    mine, other = recording(tmp_path, "CAaa.wav", 0), recording(tmp_path, "x-uuid-1.wav", 0)
    folder = tmp_path / recordings.FOLDER
    assert recordings.of_calls(folder, ["CAaa", ""]) == [mine]
    assert set(recordings.of_calls(folder, ["CAaa", "uuid-1"])) == {mine, other}
    assert recordings.of_calls(folder, []) == []
    log = tmp_path / "engine.log"
    log.write_text("x" * (1 << 20) + "5551230000")  # over the edge of a piece
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "heap").write_text("5551230000")
    found = recordings.files_with(tmp_path, ["5551230000"], but=data)
    assert found == [log]
    assert recordings.files_with(log, ["nobody"], but=data) == []


async def test_facts_go_when_their_time_is_over(tmp_path: Path) -> None:
    words = Words()
    await retention(tmp_path, words).once()
    assert words.facts == []
    await retention(tmp_path, words, keep_facts_days=30).once()
    assert words.facts == [NOW - timedelta(days=30)]
