"""Who is chosen, and what is said when nobody can be."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from pipelines.providers import registry as registry_module
from pipelines.providers.offline import specs
from pipelines.providers.offline.specs import POCKETSPHINX, WHISPER
from pipelines.providers.registry import GROUP, SHIPPED, Registry
from pipelines.providers.spec import Needs, ProviderKind
from tests.providers.toys import given, page_code, stt
from voiceagent.errors import OwnerFixable

CLOUD = stt("cloud", "CLOUD_API_KEY")
PAIR = stt("pair", "PAIR_ID", "PAIR_API_KEY")
ABSENT = stt("absent", "ABSENT_API_KEY", modules=("no_such_module",))
FREE = stt("free")
REGISTRY = Registry((CLOUD, PAIR, ABSENT, *SHIPPED, FREE))


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever machine the tests run on."""
    monkeypatch.setattr(specs, "processors_here", lambda: 2)


@pytest.mark.parametrize(
    ("wanted", "settings", "name", "why"),
    [
        (
            "",
            {},
            "whisper",
            "STT_PROVIDER is not set, and no other is configured",
        ),
        ("", {"CLOUD_API_KEY": "x"}, "cloud", "CLOUD_API_KEY set"),
        ("", {"PAIR_ID": "x"}, "whisper", None),
        ("", {"PAIR_ID": "x", "PAIR_API_KEY": "y"}, "pair", "PAIR_ID and PAIR_API_KEY set"),
        ("", {"CLOUD_API_KEY": "x", "PAIR_ID": "x", "PAIR_API_KEY": "y"}, "cloud", None),
        ("", {"CLOUD_API_KEY": ""}, "whisper", None),
        ("", {"ABSENT_API_KEY": "x"}, "whisper", None),
        ("pair", {"CLOUD_API_KEY": "x", "PAIR_ID": "x", "PAIR_API_KEY": "y"}, "pair", None),
        ("pocketsphinx", {"CLOUD_API_KEY": "x"}, "pocketsphinx", "STT_PROVIDER is set"),
        ("free", {}, "free", "STT_PROVIDER is set"),
    ],
)
def test_the_named_one_else_the_best_configured_else_offline(
    wanted: str, settings: dict[str, str], name: str, why: str | None
) -> None:
    choice = REGISTRY.choose(ProviderKind.STT, wanted, given(**settings))
    assert choice is not None
    assert choice.provider.name == name
    assert why in (None, choice.why)


@pytest.mark.parametrize(
    ("wanted", "settings", "names"),
    [
        ("", {}, ["whisper"]),
        ("", {"CLOUD_API_KEY": "x"}, ["cloud", "whisper"]),
        (
            "",
            {"CLOUD_API_KEY": "x", "PAIR_ID": "x", "PAIR_API_KEY": "y", "DEEPGRAM_API_KEY": "z"},
            ["cloud", "pair", "deepgram", "whisper"],
        ),
        ("cloud", {"CLOUD_API_KEY": "x"}, ["cloud"]),
        ("free, cloud,free", {"CLOUD_API_KEY": "x"}, ["free", "cloud"]),
    ],
)
def test_the_others_that_are_configured_and_in_the_end_the_offline_one_take_over(
    wanted: str, settings: dict[str, str], names: list[str]
) -> None:
    registry = Registry((CLOUD, PAIR, ABSENT, *SHIPPED, FREE))
    chain = registry.chain(ProviderKind.STT, wanted, given(**settings))
    assert [choice.provider.name for choice in chain] == names
    chosen = registry.chosen({ProviderKind.STT: wanted}, given(**settings))
    assert chosen.stt is not None
    assert [chosen.stt.name, *(one.name for one in chosen.stt_backups)] == names
    assert chosen.names["stt"] == names[0]


def test_of_one_vendor_only_the_first_is_in_a_chain_that_nobody_named() -> None:
    twin = replace(CLOUD, name="twin")
    registry = Registry((CLOUD, twin, *SHIPPED))
    chain = registry.chain(ProviderKind.STT, "", given(CLOUD_API_KEY="x"))
    assert [choice.provider.name for choice in chain] == ["cloud", "whisper"]
    named = registry.chain(ProviderKind.STT, "twin,cloud", given(CLOUD_API_KEY="x"))
    assert [choice.provider.name for choice in named] == ["twin", "cloud"]


def test_of_those_without_keys_the_first_that_is_installed_is_used() -> None:
    gone = replace(WHISPER, needs=Needs(modules=("no_such_module",)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry_module, "SHIPPED", (gone, POCKETSPHINX))
        registry = Registry((gone, POCKETSPHINX))
        (choice,) = registry.chain(ProviderKind.STT, "", given())
    assert choice.provider is POCKETSPHINX
    assert "whisper needs the package no_such_module" in choice.why


def test_on_one_processor_the_cheapest_ears_are_used_unless_others_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(specs, "processors_here", lambda: 1)
    (choice,) = Registry().chain(ProviderKind.STT, "", given())
    assert choice.provider is POCKETSPHINX
    assert "whisper is not used by itself with fewer than 2 processors (1)" in choice.why
    assert choice.why.endswith(POCKETSPHINX.unasked)
    (named,) = Registry().chain(ProviderKind.STT, "whisper", given())
    assert named.provider is WHISPER


def test_an_offline_one_that_is_not_installed_takes_over_from_nobody() -> None:
    gone = replace(POCKETSPHINX, needs=Needs(modules=("no_such_module",)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry_module, "SHIPPED", (gone,))
        chain = Registry((CLOUD, gone)).chain(ProviderKind.STT, "", given(CLOUD_API_KEY="x"))
    assert [choice.provider.name for choice in chain] == ["cloud"]


@pytest.mark.parametrize(
    ("kind", "wanted", "code", "says"),
    [
        (ProviderKind.STT, "cloud", "provider.needs", "CLOUD_API_KEY"),
        (ProviderKind.STT, "absent", "provider.needs", "the package voiceagent[absent]"),
        (
            ProviderKind.STT,
            "espeak-ng",
            "provider.unknown",
            "cloud, pair, absent, deepgram, deepgram-flux, whisper, pocketsphinx, free",
        ),
        (ProviderKind.TTS, "sk-pasted-by-mistake", "provider.unknown", "espeak-ng"),
        (ProviderKind.STT, "pocketsphinx,cloud", "provider.needs", "CLOUD_API_KEY"),
        (ProviderKind.STT, "pocketsphinx,", "provider.unknown", "pocketsphinx"),
        (ProviderKind.LLM, "house,house", "provider.unknown", "house"),
        (ProviderKind.LLM, "gpt", "provider.unknown", "house"),
        (ProviderKind.SPEECH_TO_SPEECH, "any", "provider.unknown", "openai_realtime"),
    ],
)
def test_what_the_owner_can_mend_is_one_sentence(
    kind: ProviderKind, wanted: str, code: str, says: str
) -> None:
    with pytest.raises(OwnerFixable) as refused:
        REGISTRY.choose(kind, wanted, given())
    assert (refused.value.code, refused.value.where) == (code, f"{kind.name}_PROVIDER")
    assert says in refused.value.message
    assert "sk-pasted" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_speech_to_speech_is_used_by_name_only() -> None:
    assert REGISTRY.choose(ProviderKind.SPEECH_TO_SPEECH, "", given()) is None


def test_what_is_shipped_serves_calls_without_keys() -> None:
    chosen = Registry().chosen({}, given())
    assert chosen.names == {"stt": "whisper", "llm": "house", "tts": "pico"}
    assert len({(p.kind, p.name) for p in SHIPPED}) == len(SHIPPED)
    assert all(p.private and p.price is None for p in SHIPPED if not p.needs.settings)


@pytest.mark.parametrize(
    ("voice", "names"),
    [("en-us", ["pico"]), ("de", ["pico"]), ("pt-br", ["espeak-ng"]), ("en-us+f3", ["espeak-ng"])],
)
def test_the_offline_voice_is_the_first_that_has_the_language(voice: str, names: list[str]) -> None:
    registry = Registry(offline_voice=voice)
    chain = registry.chain(ProviderKind.TTS, "", given())
    assert [choice.provider.name for choice in chain] == names
    behind = registry.chain(ProviderKind.TTS, "", given(CARTESIA_API_KEY="x"))
    assert [choice.provider.name for choice in behind] == ["cartesia", *names]
    assert registry.keyless().names["tts"] == names[0]


def test_a_voice_that_was_named_is_not_replaced() -> None:
    with pytest.raises(OwnerFixable, match="pico needs another offline_voice") as refused:
        Registry(offline_voice="pt-br").chain(ProviderKind.TTS, "pico", given())
    assert (refused.value.code, refused.value.where) == ("provider.needs", "TTS_PROVIDER")
    (named,) = Registry().chain(ProviderKind.TTS, "espeak-ng", given())
    assert named.provider.name == "espeak-ng"


def package(folder: Path, name: str, code: str, *entries: str) -> None:
    """An installed package, as the installer leaves it."""
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *entries]) + "\n")


def test_an_installed_package_adds_providers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(
        tmp_path,
        "outside_toy",
        page_code("specs"),
        "a = outside_toy:TOY_STT",
        "b = outside_toy:BOTH",
    )
    (tmp_path / "outside_toy.py").write_text(page_code("specs") + "\nBOTH = (TOY_TTS,)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry.installed()
    mine = [(p.kind, p.name) for p in registry.providers if p.name == "toy"]
    assert mine == [(ProviderKind.STT, "toy"), (ProviderKind.TTS, "toy")]
    assert not [fault for fault in registry.faults if "outside_toy" in fault]
    choice = registry.choose(ProviderKind.TTS, "", given(TOY_API_KEY="hum"))
    assert choice is not None
    assert choice.provider.name == "toy"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import no_such_thing_at_all", "no_such_thing_at_all"),
        ("raise SystemExit(3)", "SystemExit"),
        ("raise RuntimeError('one\\ntwo')", "RuntimeError: one"),
        ("TOY = 'toy'", "is no provider"),
        ("X = 1", "AttributeError"),
        (
            "from pipelines.providers.offline.specs import POCKETSPHINX as TOY",
            "stt pocketsphinx is there already",
        ),
    ],
)
def test_a_broken_package_is_named_in_one_line_and_skipped(
    code: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"broken_{abs(hash(code))}"
    package(tmp_path, name, code, f"bad = {name}:TOY")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry.installed()
    assert registry.providers[: len(SHIPPED)] == SHIPPED
    (fault,) = (fault for fault in registry.faults if name in fault)
    assert says in fault
    assert "\n" not in fault


def test_a_good_entry_beside_a_broken_one_is_kept() -> None:
    points = [
        EntryPoint("a", "no_such_module_here:X", GROUP),
        EntryPoint("b", "tests.providers.test_registry:FREE", GROUP),
    ]
    registry = Registry.installed(points)
    assert len(registry.faults) == 1
    assert [p.name for p in registry.of(ProviderKind.STT)] == [
        "deepgram",
        "deepgram-flux",
        "whisper",
        "pocketsphinx",
        "free",
    ]
