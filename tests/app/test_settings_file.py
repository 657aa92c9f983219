"""A `.env` with a line that nobody can read: where it is is said, and never what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.app.settings import Settings
from voiceagent.errors import OwnerFixable

SECRET = "sk-live-7777"


def read(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Settings:
    monkeypatch.chdir(folder)
    (folder / ".env").write_bytes(text.encode())
    return Settings.read()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"OPENAI_API_KEY {SECRET}\n", ".env:1"),
        (f"PORT=80\n\n\nOPENAI_API_KEY: {SECRET}\n", ".env:4"),
        (f'# keys\nOPENAI_API_KEY="{SECRET}\nPORT=80\n', ".env:2"),
        (f"OPENAI_API_KEY='{SECRET}'x\n", ".env:1"),
        (f'A=1\r\nOPENAI_API_KEY="{SECRET}\r\nTTS_PROVIDER="x"\r\n', ".env:2"),
        (f"= {SECRET}\n", ".env:1"),
        (f"A b {SECRET}\nC=1\nD e {SECRET}\n", ".env:1, .env:3"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_not_repeated(
    text: str, where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(OwnerFixable) as caught:
        read(tmp_path, monkeypatch, text)
    assert (caught.value.code, caught.value.where) == ("settings.file", where)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "A=1\nB=2",
        "A='one\\'s'\n",
        "",
        "\n\n",
        "# only\n",
        "export A=1\n",
        "A=1 # said\n",
        "BARE_NAME\n",
        "\ufeffA=1\n",
    ],
)
def test_what_can_be_read_is_read(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read(tmp_path, monkeypatch, text)


def test_a_byte_order_mark_hides_no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = read(tmp_path, monkeypatch, f"\ufeffOPENAI_API_KEY={SECRET}\n")
    found = own.given("OPENAI_API_KEY")
    assert found is not None
    assert found.get_secret_value() == SECRET


@pytest.mark.parametrize("data", [b"\xff\xfeA\x00", b"A=\xe9\n"])
def test_a_file_in_another_encoding_is_one_sentence(
    data: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(data)
    with pytest.raises(OwnerFixable) as caught:
        Settings.read()
    assert caught.value.code == "settings.file"


NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{1,8}", fullmatch=True).map(lambda name: f"Q_{name}")
VALUES = st.from_regex(r"[a-z0-9/:.-]{1,12}", fullmatch=True)


@settings(max_examples=25, deadline=None)
@given(
    before=st.lists(st.tuples(NAMES, VALUES), max_size=4),
    line=st.sampled_from(["KEY value", 'KEY="open', "KEY: x", "KEY='a'b", "=x"]),
    after=st.lists(st.tuples(NAMES, VALUES), max_size=4),
)
def test_no_line_is_lost_in_silence(
    before: list[tuple[str, str]], line: str, after: list[tuple[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    lines = [*(f"{n}={v}" for n, v in before), line, *(f"{n}={v}" for n, v in after)]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(OwnerFixable) as caught:
        read(tmp_path_factory.getbasetemp(), patch, "\n".join(lines) + "\n")
    assert f".env:{len(before) + 1}" in caught.value.where
