"""Flags in a file: what they change, and what is said of a file that is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from loguru import logger

from loadtest.simulator.providers.openai_chat import EMULATED_KEY, EMULATED_MODEL, OpenAiChat
from loadtest.simulator.providers.scripted_model import scripted_model
from tests.support.act_model import ACT_MODEL
from tests.support.chatting import chat_with, chatted
from tests.support.rooms import FRIDAY_NIGHT, coolcare
from tools import TOOLS
from voiceagent.app import providers
from voiceagent.app.settings import Settings
from voiceagent.core.clock import ManualClock
from voiceagent.domain.business_file import load_business
from voiceagent.errors import OwnerFixable
from voiceagent.ports.flags import CANARY_MODEL, CANARY_SHARE
from voiceagent.toolkit.toolbox import Toolbox

BUSINESS = load_business("business/coolcare.toml")
TRIED = "gpt-tried"


def flag(default: str, state: str = "ENABLED", **variants: object) -> dict[str, object]:
    return {"state": state, "variants": variants, "defaultVariant": default}


MODEL = flag("tried", off="", tried=TRIED)
ALL = flag("all", none=0, some=0.05, all=1)


@pytest.fixture(autouse=True)
def _no_file_of_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def settings(monkeypatch: pytest.MonkeyPatch, written: str | bytes) -> Settings:
    """Settings with these flags."""
    Path("flags.json").write_bytes(written if isinstance(written, bytes) else written.encode())
    monkeypatch.setenv("FLAGS_FILE", "flags.json")
    return Settings.read()


@pytest.mark.parametrize(
    ("flags", "model", "share"),
    [
        ({}, "set", 0.25),
        ({CANARY_MODEL: MODEL}, TRIED, 0.25),
        ({CANARY_SHARE: ALL}, "set", 1.0),
        ({CANARY_MODEL: flag("off", off="")}, "", 0.25),
        ({CANARY_MODEL: flag("tried", "DISABLED", tried=TRIED), CANARY_SHARE: ALL}, "set", 1.0),
        ({CANARY_SHARE: ALL | {"targeting": {}, "metadata": {"owner": "ops"}}}, "set", 1.0),
    ],
)
def test_an_enabled_flag_says_and_every_other_leaves_the_default(
    flags: Mapping[str, object], model: str, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {"$schema": "https://flagd.dev/schema/v0/flags.json", "flags": flags}
    found = providers.flags(settings(monkeypatch, json.dumps(document)))
    assert found.text(CANARY_MODEL, "set") == model
    assert found.number(CANARY_SHARE, 0.25) == pytest.approx(share)


@pytest.mark.parametrize("written", ["", None])
def test_without_a_file_everything_is_at_its_default(
    written: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if written is not None:
        monkeypatch.setenv("FLAGS_FILE", written)
    found = providers.flags(Settings.read())
    assert (found.text(CANARY_MODEL, "set"), found.number(CANARY_SHARE, 0.25)) == ("set", 0.25)


@pytest.mark.parametrize(
    ("document", "at", "says"),
    [
        ({}, "flags", "It is missing"),
        ([], "", "set of keys"),
        ({"flags": []}, "flags", "set of keys"),
        ({"flags": {"canary": ALL}}, "flags.canary", "flags are canary-model and canary-share"),
        ({"flags": {}, "$evaluators": {}}, "$evaluators", "Nothing reads this"),
        ({"flags": {CANARY_SHARE: {}}}, "flags.canary-share.state", "missing"),
        (
            {"flags": {CANARY_SHARE: flag("most", some=0.05)}},
            "flags.canary-share.defaultVariant",
            "none of the variants",
        ),
        (
            {"flags": {CANARY_SHARE: flag("a", "ON", a=0.1)}},
            "flags.canary-share.state",
            "'ENABLED' or 'DISABLED'",
        ),
        ({"flags": {CANARY_SHARE: flag("a", a=1.5)}}, "flags.canary-share.variants.a", "1"),
        ({"flags": {CANARY_SHARE: flag("a", a=-0.1)}}, "flags.canary-share.variants.a", "0"),
        ({"flags": {CANARY_SHARE: flag("a", a="0.1")}}, "flags.canary-share.variants.a", "number"),
        ({"flags": {CANARY_SHARE: flag("a", a=True)}}, "flags.canary-share.variants.a", "number"),
        (
            {"flags": {CANARY_SHARE: flag("a", a=float("nan"))}},
            "flags.canary-share.variants.a",
            "",
        ),
        (
            {"flags": {CANARY_MODEL: flag("a", a=1)}},
            "flags.canary-model.variants.a",
            "Write a text",
        ),
        (
            {"flags": {CANARY_MODEL: MODEL | {"targeting": {"if": [True, "off"]}}}},
            "flags.canary-model.targeting",
            "Targeting is not built",
        ),
        (
            {"flags": {CANARY_MODEL: MODEL | {"default": "off"}}},
            "flags.canary-model.default",
            "Nothing reads this",
        ),
    ],
)
def test_a_wrong_file_is_one_sentence_with_the_path_to_the_field(
    document: object, at: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said where providers are chosen, which every command does before anything starts."""
    with pytest.raises(OwnerFixable) as refused:
        providers.chosen(settings(monkeypatch, json.dumps(document)), BUSINESS)
    assert refused.value.code == "flags.invalid"
    assert refused.value.where == f"flags.json {at}".rstrip()
    assert says in refused.value.message
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("written", [b"", b"{", b"\xff\xfe", b"flags: {}", b'{"flags": {}} x'])
def test_what_is_no_json_is_one_sentence(written: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OwnerFixable) as refused:
        providers.chosen(settings(monkeypatch, written), BUSINESS)
    assert (refused.value.code, refused.value.where) == ("flags.invalid", "flags.json")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_file_that_cannot_be_read_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGS_FILE", name)
    with pytest.raises(OwnerFixable) as refused:
        providers.chosen(Settings.read(), BUSINESS)
    assert (refused.value.code, refused.value.where) == ("flags.unreadable", name)


@pytest.mark.parametrize(
    ("flags", "asked"),
    [
        ({CANARY_MODEL: MODEL, CANARY_SHARE: ALL}, TRIED),
        ({CANARY_MODEL: MODEL, CANARY_SHARE: flag("none", none=0)}, EMULATED_MODEL),
        ({CANARY_MODEL: flag("off", off=""), CANARY_SHARE: ALL}, EMULATED_MODEL),
    ],
)
async def test_flags_decide_who_tries_which_model_over_the_settings(
    flags: Mapping[str, object], asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = OpenAiChat(scripted_model, models=(EMULATED_MODEL, TRIED, "gpt-set"))
    async with chat.running() as url:
        monkeypatch.setenv("OPENAI_API_KEY", EMULATED_KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        monkeypatch.setenv("OPENAI_CANARY_MODEL", "gpt-set")
        monkeypatch.setenv("OPENAI_CANARY_SHARE", "0.5")
        await chatted(settings(monkeypatch, json.dumps({"flags": flags})))
    assert set(Counter(request.model for request in chat.asked)) == {asked}


def put(text: str | None) -> None:
    """The file is changed, or goes."""
    if text is None:
        Path("flags.json").unlink()
    else:
        Path("flags.json").write_text(text)


async def test_a_change_is_seen_while_the_engine_runs_and_a_broken_file_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged: list[str] = []
    sink = logger.add(lambda m: logged.append(m.record["message"]), level="WARNING")
    chat = OpenAiChat(scripted_model, models=(EMULATED_MODEL, TRIED))
    none = {CANARY_MODEL: MODEL, CANARY_SHARE: flag("none", none=0)}
    written = [
        (json.dumps({"flags": none}), EMULATED_MODEL),
        (json.dumps({"flags": {CANARY_MODEL: MODEL, CANARY_SHARE: ALL}}), TRIED),
        ("{", TRIED),
        ("{ ", TRIED),
        (None, TRIED),
        (json.dumps({"flags": {CANARY_MODEL: flag("off", off="")}}), EMULATED_MODEL),
    ]
    async with chat.running() as url:
        monkeypatch.setenv("OPENAI_API_KEY", EMULATED_KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        chosen = settings(monkeypatch, written[0][0] or "")
        uses = providers.Uses(Toolbox(TOOLS), ManualClock(FRIDAY_NIGHT), ACT_MODEL)
        async with providers.dialogue(chosen, coolcare(), uses) as answers:
            for text, asked in written:
                put(text)
                chat.asked.clear()
                await chat_with(answers.make)
                assert {request.model for request in chat.asked} == {asked}, text
    logger.remove(sink)
    kept = [line.split(";")[0] for line in logged if line.startswith("flags.")]
    assert kept == [
        "flags.kept: flags.invalid",
        "flags.kept: flags.invalid",
        "flags.kept: flags.unreadable",
    ]
