"""Tokens as commands, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, command_line
from voiceagent.domain.api_tokens import token_id_of


@pytest.fixture(scope="module")
def commands() -> Iterator[CommandLine]:
    with command_line() as line:
        yield line


def test_a_token_is_shown_once_and_listed_without_its_text(
    commands: CommandLine, database: str, tmp_path: Path
) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        done = commands.run("token", *words, state=tmp_path, DATABASE_URL=database)
        return done.returncode, done.stdout, done.stderr

    _, made, _ = run("make", "--scope", "quotes", "--name", "crm", "--days", "3")
    token_id = token_id_of(made.strip())
    assert token_id
    _, rotated, _ = run("rotate", token_id)
    assert token_id_of(rotated.strip()) == token_id
    assert rotated != made
    _, listed, _ = run("list")
    assert listed.split()[:3] == [token_id, "crm", "quotes"]
    assert made.strip().partition(f"{token_id}_")[2] not in listed
    assert run("revoke", made.strip())[0] == 0
    code, _, problem = run("revoke", token_id)
    assert (code, "token.unknown" in problem) == (2, True)
    assert run("make")[0] == 2
