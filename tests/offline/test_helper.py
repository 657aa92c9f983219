"""A helper process that does not get ready: the sentence says what its owner can do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipelines.offline import helper as offline_helper
from pipelines.offline.helper import HUNG_S, SILENT_S, START_S, Helper, Pulse, Stream
from pipelines.offline.messages import HelperMessage
from pipelines.offline.priority import NICENESS
from pipelines.providers.offline.specs import NICE, START
from pipelines.providers.spec import ProviderSite
from tests.support import virtual_time
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


class Waited:
    """A stream that is waited for, beside a helper that says something at some moments."""

    def __init__(self, says_s: list[float]) -> None:
        self.pulse = Pulse()
        self.silences = 0
        self.stream = Stream(1, self.pulse, self._silent)
        self._says_s = says_s

    def _silent(self) -> None:
        self.silences += 1

    async def _speak(self) -> None:
        loop, begun_s = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        for at_s in self._says_s:
            await asyncio.sleep(begun_s + at_s - loop.time())
            self.pulse.beats(loop.time())

    async def until_told(self, answer_s: float | None) -> tuple[str, float]:
        """What came of waiting for an answer, and when."""
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        if answer_s is not None:
            loop.call_later(answer_s, self.stream.deliver, HelperMessage(1, 1))
        told = "answer"
        async with asyncio.TaskGroup() as tasks:
            speaking = tasks.create_task(self._speak())
            try:
                await self.stream.get()
            except Unavailable as error:
                told = error.code
            speaking.cancel()
        return told, round(loop.time() - begun_s, 3)


@pytest.mark.parametrize(
    ("says_s", "answer_s", "told", "after_s"),
    [
        ([], None, "helper.silent", SILENT_S),
        ([1.0, 2.5], None, "helper.silent", 2.5 + SILENT_S),
        ([2.0, 4.0, 6.0, 8.0], 9.0, "answer", 9.0),  # slow, and at work
        ([], 0.5, "answer", 0.5),
    ],
)
def test_who_waits_for_one_that_hangs_is_told_and_for_one_that_is_slow_is_not(
    says_s: list[float], answer_s: float | None, told: str, after_s: float
) -> None:
    waited = Waited(says_s)
    assert virtual_time.run(waited.until_told(answer_s)) == (told, after_s)
    assert waited.silences == (told == "helper.silent")


def test_it_hangs_when_it_has_owed_an_answer_for_long_and_said_nothing() -> None:
    pulse = Pulse()
    assert not pulse.hangs(1000.0)  # nobody asked
    pulse.asked(1000.0)
    pulse.asked(1008.0)
    assert not pulse.hangs(1000.0 + HUNG_S - 0.1)
    assert pulse.hangs(1000.0 + HUNG_S)
    pulse.beats(1011.0)
    assert not pulse.hangs(2000.0)


async def test_one_that_hangs_is_ended_and_another_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offline_helper, "SILENT_S", 0.1)
    monkeypatch.setattr(offline_helper, "HUNG_S", 0.15)
    async with Helper("tests.offline.mute", start_s=30.0).running() as helper:
        first, stream = helper.pid, helper.open()
        helper.send(1, stream.number)
        assert (await stream.get()).stream == stream.number
        for code in ("helper.silent", "helper.silent"):
            with pytest.raises(Unavailable) as told:
                await stream.get()
            assert told.value.code == code
        with pytest.raises(Unavailable, match="ended"):
            await stream.get()
        async with asyncio.timeout(30.0):
            while helper.pid in (None, first):  # noqa: ASYNC110 - another process decides
                await asyncio.sleep(0.02)
        assert helper.restarts == 1
