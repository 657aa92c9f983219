"""Simulated callers by ear: their words spoken, sent down a telephone line, and recognised."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import numpy as np

from loadtest.simulator import g711
from pipelines.providers.spec import ProviderKind
from voiceagent.app.providers import chosen, site
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import OwnerFixable, Unavailable

Hears = Callable[[str, Expecting], Awaitable[str]]
"""What a line comes to, spoken to somebody who expects that sort of answer; empty when nothing."""

_QUIET_S: Final = 0.5
"""Before and after the words: a line is never cut at its first sound."""


_TRIES: Final = 4
"""The sound comes all at once, and a recogniser on a busy machine may say that it is behind."""


@asynccontextmanager
async def ears(settings: Settings, business: Business) -> AsyncIterator[Hears]:
    """The chosen voice says a line, G.711 carries it, the chosen recogniser hears it.

    Raises:
        OwnerFixable: calls are carried by one model, which neither only hears nor only speaks.
        Unavailable: a part does not start.
    """
    from pipelines.providers.alone import recognised  # noqa: PLC0415 - loads pipecat
    from pipelines.speech_ends import renderer  # noqa: PLC0415 - as above

    parts = chosen(settings, business)
    if parts.stt is None or parts.tts is None:
        why = "Calls are carried by one model for hearing and speaking."
        raise OwnerFixable("provider.none", why, where=ProviderKind.SPEECH_TO_SPEECH.setting)
    async with AsyncExitStack() as stack:
        listen = await stack.enter_async_context(
            parts.stt.open(site(settings, business, parts.stt))
        )
        voice = await stack.enter_async_context(parts.tts.open(site(settings, business, parts.tts)))
        speak = renderer(voice)
        quiet = bytes(2 * int(_QUIET_S * g711.RATE_HZ))

        async def hears(line: str, expecting: Expecting) -> str:
            sound = b"".join([piece.pcm_8k async for piece in speak(line)])
            line_8k = g711.decode(g711.encode(np.frombuffer(sound, np.int16)))
            heard = quiet + line_8k.tobytes() + quiet
            for _ in range(_TRIES - 1):
                with suppress(Unavailable):
                    return await recognised(listen(lambda: expecting), heard)
            return await recognised(listen(lambda: expecting), heard)

        yield hears
