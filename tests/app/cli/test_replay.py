"""``./run replay``: alike is 0, otherwise is 1 with the first difference, unknown is 2."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.incidents.test_talk_again import talked
from tests.support.chatting import SAID
from voiceagent.app.cli.main import commands
from voiceagent.dialogue.tape import TalkRow, TalkRowKind, TalkTape
from voiceagent.incidents.recording import CallPart, read, write

RUN = CliRunner()


@pytest.fixture(scope="module")
def part() -> CallPart:
    (made,) = asyncio.run(talked(SAID))
    return made


def written(part: CallPart, folder: Path) -> str:
    path = folder / "call"
    path.write_bytes(write([part]))
    return str(path)


def test_alike(part: CallPart, tmp_path: Path) -> None:
    done = RUN.invoke(commands("replay"), ["replay", written(part, tmp_path)])
    assert done.exit_code == 0, done.output
    assert "All as recorded." in done.output


def test_otherwise(part: CallPart, tmp_path: Path) -> None:
    rows = [
        TalkRow(row.kind, {"text": "Something else."}) if row.kind is TalkRowKind.SAY else row
        for row in part.talk.rows
    ]
    path = written(replace(part, talk=TalkTape(part.talk.start, rows)), tmp_path)
    done = RUN.invoke(commands("replay"), ["replay", path])
    assert done.exit_code == 1
    assert "First of" in done.output
    assert "recorded say Something else." in done.output
    told = json.loads(RUN.invoke(commands("replay"), ["replay", path, "--json"]).output)
    assert told["differences"][0]["recorded"][0] == "say Something else."


def test_exported(part: CallPart, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = RUN.invoke(
        commands("replay"), ["replay", written(part, tmp_path), "--export", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    (exported,) = read(out)
    assert exported.header.exported
    assert part.header.caller not in exported.header.model_dump_json()


@pytest.mark.parametrize("arguments", [["nothing"], ["nothing", "--export"]])
def test_what_cannot_be_done(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEAGENT_STATE", str(tmp_path))
    assert RUN.invoke(commands("replay"), ["replay", *arguments]).exit_code == 2
