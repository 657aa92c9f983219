"""A helper process that does not get ready: the sentence says what its owner can do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from pipelines.offline.helper import START_S, Helper
from pipelines.offline.priority import NICENESS
from pipelines.providers.offline.specs import NICE, START
from pipelines.providers.spec import ProviderSite
from voiceagent.domain.business_file import load_business
from voiceagent.errors import OwnerFixable, Unavailable


async def why(module: str, *arguments: str, within_s: float) -> Unavailable:
    async def start() -> None:
        async with Helper(module, arguments, start_s=within_s).running():
            pytest.fail("it was ready")

    with pytest.raises(Unavailable) as told:
        await start()
    return told.value


async def test_one_that_is_late_asks_for_time() -> None:
    error = await why("http.server", "0", within_s=0.05)
    assert error.code == "helper.start"
    assert "too busy" in error.message
    assert "SPEECH_START_S=" in error.message


async def test_one_that_ends_points_to_its_words() -> None:
    error = await why("antigravity_is_not_here", within_s=1.0)
    assert error.code == "helper.start"
    assert "ended" in error.message
    assert "log above" in error.message


def at(setting: str | None) -> ProviderSite:
    given = {} if setting is None else {"SPEECH_START_S": SecretStr(setting)}
    return ProviderSite(load_business("business/coolcare.toml"), Path(), given)


@pytest.mark.parametrize("wrong", ["soon", "0", "-3", "inf", "nan"])
def test_a_time_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(OwnerFixable, match="SPEECH_START_S"):
        at(wrong).number(START)


def test_an_owner_gives_more_time() -> None:
    assert at(None).number(START) == START_S
    assert at("900").number(START) == 900.0


def test_how_far_they_stand_back_is_a_setting() -> None:
    assert [NICE.read(text) for text in ("", "0", "19")] == [NICENESS, 0, 19]
    for wrong in ("20", "-1", "low", "1.5", "²"):
        with pytest.raises(OwnerFixable) as caught:
            NICE.read(wrong)
        assert (caught.value.code, caught.value.where) == ("settings.value", "SPEECH_NICENESS")
