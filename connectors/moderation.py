"""Moderation by any server that speaks OpenAI's interface for it.

Source: https://platform.openai.com/docs/api-reference/moderations/create
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.openai_interface import OpenAiInterface
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports.gate import Gate

TIMEOUT_S: Final = 3.0
MODEL: Final = "omni-moderation-latest"
KEPT: Final = 512
"""Verdicts: most sentences of the house are said again and again."""

_MOST_BYTES: Final = 256 * 1024


class _Result(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    flagged: bool


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    results: tuple[_Result, ...]


class HttpModeration:
    """`ports.outbound.Moderation` over HTTP.

    Args:
        http: an open session.
        url: before ``/moderations``, such as ``https://api.openai.com/v1``.
        api_key: as a bearer token; none when empty.
        gate: whether it is asked now.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, api_key: str, gate: Gate) -> None:
        self._gate = gate
        self._server = OpenAiInterface(
            http, url, "moderations", "moderation", api_key, TIMEOUT_S, _MOST_BYTES
        )
        self._kept: OrderedDict[str, bool] = OrderedDict()

    async def flagged(self, text: str) -> bool:
        """See `ports.outbound.Moderation.flagged`."""
        if text in self._kept:
            self._kept.move_to_end(text)
            return self._kept[text]
        if not await self._gate.admits():
            raise Unavailable("moderation.resting", "It has failed before.")
        try:
            verdict = await self._asked(text)
        except BaseException:  # who waits no longer cancels: it was too late as well
            await self._gate.failed()
            raise
        await self._gate.succeeded()
        self._kept[text] = verdict
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return verdict

    async def _asked(self, text: str) -> bool:
        answer = await self._server.ask({"model": MODEL, "input": text})
        try:
            results = _Answer.model_validate_json(answer).results
        except ValidationError as error:
            raise PeerMisbehaved("moderation.odd", "It answered no verdict.") from error
        if not results:
            raise PeerMisbehaved("moderation.odd", "It answered no verdict.")
        return any(one.flagged for one in results)
