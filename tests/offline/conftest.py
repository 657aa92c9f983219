from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pipelines.offline import language
from voiceagent.domain.business import Business

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def business() -> Business:
    return Business.model_validate(tomllib.loads((ROOT / "business/coolcare.toml").read_text()))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("language")


@pytest.fixture(scope="session")
def spoken(business: Business, cache: Path) -> language.Language:
    return language.build(business, cache)
