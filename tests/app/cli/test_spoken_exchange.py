"""One spoken answer of the emulated Realtime, and what an owner reads when there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from loadtest.simulator.providers.chat import ChatAnswer
from loadtest.simulator.providers.faults import (
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
)
from loadtest.simulator.providers.openai_chat import EMULATED_KEY
from loadtest.simulator.providers.openai_realtime import RealtimeEmulator
from loadtest.simulator.providers.serving import listening
from loadtest.simulator.providers.vendors import hum
from tests.app.cli.test_exchanges import BUSINESS, Own, found, own
from tests.support import virtual_time
from voiceagent.app.cli.exchanges import ExchangeFinding, exchanges
from voiceagent.app.cli.health import Health

__all__ = ["own"]

M, N = FaultMoment, FaultName
PART = "speech to speech"


@asynccontextmanager
async def realtime(*faults: ProviderFault, words: str = "Yes, ready.") -> AsyncIterator[str]:
    emulator = RealtimeEmulator(
        lambda _: ChatAnswer((words,)), hum, lambda _: (), faults=FaultScript(list(faults))
    )
    async with listening(emulator.app()) as url:
        yield f"{url}/v1/realtime"


def met(
    own: Own, *faults: ProviderFault, words: str = "Yes, ready.", **more: str
) -> ExchangeFinding:
    async def meet() -> ExchangeFinding:
        async with realtime(*faults, words=words) as url:
            given = {
                "SPEECH_TO_SPEECH_PROVIDER": "openai_realtime",
                "OPENAI_API_KEY": EMULATED_KEY,
                "OPENAI_REALTIME_URL": url,
            }
            return await found(own(**(given | more)), PART)

    return virtual_time.run(meet())


@pytest.mark.parametrize(
    ("fault", "at", "says"),
    [
        (N.UNAUTHORIZED, M.CONNECT, "OPENAI_API_KEY in .env: copy it again"),
        (N.RATE_LIMITED, M.CONNECT, "Wait a minute"),
        (N.SERVER_ERROR, M.CONNECT, "in a few minutes"),
        (N.REFUSE, M.CONNECT, "way to the network"),
        (N.RESET, M.CONNECT, "way to the network"),
        (N.SLOW_FIRST_BYTE, M.CONNECT, "way to the network"),
        (N.HALF_OPEN, M.CONNECT, "way to the network"),
        (N.RATE_LIMITED, M.FIRST_BYTE, "Wait a minute"),
        (N.SERVER_ERROR, M.FIRST_BYTE, "in a few minutes"),
        (N.EMPTY_SUCCESS, M.FIRST_BYTE, "without any sound"),
        (N.SLOW_FIRST_BYTE, M.FIRST_BYTE, "No answer within 10 s"),
        (N.STALL_MID_STREAM, M.FIRST_BYTE, "No answer within 10 s"),
        (N.RESET, M.FIRST_BYTE, "was lost"),
        (N.RESET, M.MID_STREAM, "was lost"),
        (N.HALF_OPEN, M.MID_STREAM, "No answer within 10 s"),
        (N.SERVER_ERROR, M.MID_STREAM, "in a few minutes"),
    ],
)
def test_realtime_that_fails_is_told_with_what_to_do(
    fault: FaultName, at: FaultMoment, says: str, own: Own
) -> None:
    said = met(own, ProviderFault(fault, at, times=None, wait_s=30.0))
    assert said.health is Health.WRONG
    assert says in said.said, said.said
    assert EMULATED_KEY not in said.model_dump_json()


@pytest.mark.parametrize(
    ("more", "setting"),
    [
        ({"OPENAI_API_KEY": "sk-another"}, "OPENAI_API_KEY"),
        ({"OPENAI_REALTIME_MODEL": "gpt-nothing"}, "OPENAI_REALTIME_MODEL"),
        ({"OPENAI_REALTIME_VOICE": "nobody"}, "OPENAI_REALTIME_VOICE"),
    ],
)
def test_what_realtime_does_not_take_is_told_by_its_setting(
    more: dict[str, str], setting: str, own: Own
) -> None:
    said = met(own, **more)
    assert said.health is Health.WRONG
    assert f"{setting} in .env" in said.said, said.said


def test_realtime_that_works_is_timed_by_its_first_sentence(own: Own) -> None:
    said = met(own)
    assert said.health is Health.OK, said
    assert "first sentence after" in said.said
    assert "s of speech" in said.said
    assert said.took_ms is not None


def test_the_parts_beside_it_are_tried_too(own: Own) -> None:
    settings = own(SPEECH_TO_SPEECH_PROVIDER="openai_realtime", OPENAI_API_KEY="x")
    tried = [one.part for one in exchanges(settings, BUSINESS, everything=False)]
    assert tried == ["database", "dialogue", PART]
