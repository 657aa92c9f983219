"""The callers of the golden calls, as scripts of recordings for the carrier emulator."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from loadtest.simulator.script import After, CallerScript, PlayWav, Press, ScriptStep, Silence
from tests.golden.replay import ROOT, Golden

MANIFEST = ROOT / "audio_fixtures" / "golden" / "manifest.toml"

PATIENCE_MS = 800
"""A caller speaks when the agent has been silent for so long. A busy machine pauses too."""

KEY_MS = 300
"""From one key to the next."""

PICK_UP_S = 25.0
"""The agent lets a silent caller wait for 7 s before it asks again."""


@cache
def cast() -> dict[str, str]:
    """Who speaks which call."""
    found: dict[str, str] = tomllib.loads(MANIFEST.read_text("utf-8"))["cast"]
    return found


def script(call: str, golden: Golden) -> CallerScript:
    """The caller of a golden call. Silences can only be at its end."""
    steps: list[ScriptStep] = []
    pressing = False
    for said in golden.caller_lines:
        key = re.fullmatch(r"\[key (.)\]", said)
        if said == "[silence]":
            break
        if key is not None:
            when = After(KEY_MS) if pressing else Silence(PATIENCE_MS)
            steps.append(Press(key[1], when, PICK_UP_S))
        else:
            steps.append(PlayWav(_recording(cast()[call], said), Silence(PATIENCE_MS), PICK_UP_S))
        pressing = key is not None
    assert set(golden.caller_lines[len(steps) :]) <= {"[silence]"}, call
    return CallerScript(steps, end_wait_s=PICK_UP_S, manifest=MANIFEST)


def _recording(voice: str, line: str) -> Path:
    found = _recordings().get((voice, _bare(line)))
    assert found is not None, f"nobody recorded {line!r} in voice {voice}; see make_golden.py"
    return found


@cache
def _recordings() -> dict[tuple[str, str], Path]:
    files: list[dict[str, str]] = tomllib.loads(MANIFEST.read_text("utf-8"))["file"]
    return {(one["voice"], _bare(one["text"])): MANIFEST.parent / one["path"] for one in files}


def _bare(line: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", line.lower())
