"""Emulated providers for a demonstration: what they are served with, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from loadtest.simulator.providers.vendors import Served, Vendor, emulated
from pipelines.providers.registry import Registry
from pipelines.providers.spec import ProviderKind
from tests.providers.toys import given
from voiceagent.app import cloud_parts
from voiceagent.app.cli import calls
from voiceagent.app.cloud_parts import CHOSEN, RECOGNISERS


async def test_the_settings_of_the_emulators_choose_the_providers_they_are_for() -> None:
    settings: dict[str, str] = dict(CHOSEN)
    for vendor in Vendor:
        async with emulated(vendor, Served()) as told:
            settings |= told
    for recogniser in RECOGNISERS:
        chosen = Registry().chosen(
            {
                ProviderKind.STT: recogniser,
                ProviderKind.LLM: settings["LLM_PROVIDER"],
                ProviderKind.TTS: settings["TTS_PROVIDER"],
            },
            given(**settings),
        )
        assert chosen.names == {"stt": recogniser, "llm": "openai", "tts": "cartesia"}
        for provider in (chosen.stt, chosen.llm, chosen.tts):
            assert provider is not None
            addresses = [n for n in provider.needs.read if n.endswith("_URL")]
            assert all("127.0.0.1" in settings[name] for name in addresses), "or it goes outside"
            assert addresses


async def test_what_is_served_is_told_in_one_line_until_the_input_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Ended:
        class buffer:  # noqa: N801 - as sys.stdin names it
            read = staticmethod(lambda: b"")

    monkeypatch.setattr("sys.stdin", Ended)
    await cloud_parts.serve(Vendor.OPENAI, "none")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["OPENAI_BASE_URL"].startswith("http://127.0.0.1:")


def test_the_recordings_that_are_heard_come_with_the_package() -> None:
    folder = Path(__file__).parents[3] / "audio_fixtures" / cloud_parts.GROUP
    assert cloud_parts.MANIFEST.is_file()
    assert len(list(folder.glob("*/*.wav"))) >= 9


def test_real_parts_take_no_delays() -> None:
    with pytest.raises(typer.BadParameter, match="--parts cloud"):
        calls.demo(delays=calls.EmulatedDelays.TWILIO)
