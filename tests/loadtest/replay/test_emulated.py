"""Emulated providers for a load test: faults come by the clock, own recordings are known."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from loadtest.replay import worker
from loadtest.replay.callers import CallersError
from loadtest.replay.emulated import Emulators, known_sounds
from loadtest.replay.faults import PlannedFault
from tests.support import virtual_time

FIXTURES = Path("audio_fixtures")


def test_faults_are_let_happen_at_their_times() -> None:
    planned = [
        PlannedFault.read(text) for text in ("tts=reset@5x2", "llm=server_error@2", "stt=reset")
    ]

    async def follow() -> list[list[str]]:
        emulators = Emulators((), planned)
        seen = []
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            settings = await emulators.serve(stack)
            assert {"DEEPGRAM_URL", "OPENAI_BASE_URL", "CARTESIA_URL"} <= set(settings)
            tasks.create_task(emulators.let_happen())
            for _ in range(4):
                await asyncio.sleep(1.5)
                seen.append(sorted(emulators.so_far()))
        assert set(emulators.so_far().values()) == {0}
        return seen

    first, second, third, last = virtual_time.run(follow())
    assert first == ["stt=reset@0x1"]
    assert second == third == ["llm=server_error@2x1", "stt=reset@0x1"]
    assert last == sorted(map(str, planned))


def test_the_recogniser_knows_own_recordings_that_have_words(tmp_path: Path) -> None:
    for name in ("01.wav", "02.wav"):
        shutil.copy(FIXTURES / "hours" / "slt" / name, tmp_path / name)
    (tmp_path / "01.txt").write_text("When are you OPEN")
    (tmp_path / "manifest.toml").write_text("file = []\n")
    ((name, sound, words, spans),) = known_sounds(tmp_path / "manifest.toml", [tmp_path])
    assert name.endswith("/01")
    assert words == ["when", "are", "you", "open"]
    assert 0 < spans[0][0] < spans[0][1] <= len(sound)


def test_the_account_is_that_of_the_settings_or_of_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("VOICEAGENT_STATE", str(tmp_path))
    with pytest.raises(CallersError, match="VOICEAGENT_STATE"):
        worker.account()
    kept = {"account_sid": "AC1", "auth_token": "kept"}
    (tmp_path / "local-secrets.json").write_text(json.dumps(kept))
    assert worker.account() == ("AC1", "kept")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC2")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "set")
    assert worker.account() == ("AC2", "set")
