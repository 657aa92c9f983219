"""What is told of who answers is who was chosen, not who usually is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.providers.registry import SHIPPED, Registry
from pipelines.providers.spec import LlmCapabilities, LlmProvider, ProviderSite
from tests.support.act_model import ACT_MODEL
from tools import TOOLS
from voiceagent.app import providers
from voiceagent.app.settings import Settings
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.factory import Conversant, HousePolicy, MakeDialogue
from voiceagent.dialogue.port import Dialogue
from voiceagent.domain.business_file import load_business
from voiceagent.toolkit.toolbox import Toolbox

BUSINESS = load_business("business/coolcare.toml")


def nobody(_: Conversant) -> Dialogue:
    raise AssertionError("no conversation is held here")


@asynccontextmanager
async def opened(_: ProviderSite) -> AsyncIterator[MakeDialogue]:
    yield nobody


REGISTRY = Registry(
    (*SHIPPED, LlmProvider(name="toy", capabilities=LlmCapabilities(), open=opened))
)

USES = providers.Uses(Toolbox(TOOLS), SystemClock(), ACT_MODEL)


@dataclass(frozen=True, slots=True)
class Asked:
    """LLM_PROVIDER and who then answers."""

    setting: str
    name: str


@pytest.mark.parametrize("asked", [Asked("", "house"), Asked("toy", "toy")], ids=str)
async def test_who_answers_is_told_by_name(asked: Asked, tmp_path: Path) -> None:
    settings = Settings(llm_provider=asked.setting, state_dir=tmp_path)
    calls = providers.chosen(settings, BUSINESS, REGISTRY).names
    assert calls == {"stt": Registry().keyless().names["stt"], "llm": asked.name, "tts": "pico"}
    async with providers.dialogue(settings, BUSINESS, USES, REGISTRY) as answers:
        assert answers.names == {"llm": asked.name}
        assert (answers.make is nobody) == (asked.name == "toy")


async def test_the_house_is_given_what_proposes_acts(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    async with providers.dialogue(settings, BUSINESS, USES, REGISTRY) as answers:
        assert answers.make == HousePolicy(ACT_MODEL)
