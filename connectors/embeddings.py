"""Meanings of texts from any server that speaks OpenAI's embeddings interface.

Source: https://platform.openai.com/docs/api-reference/embeddings/create
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.openai_interface import OpenAiInterface
from voiceagent.errors import PeerMisbehaved
from voiceagent.ports.knowledge import Vector

TIMEOUT_S: Final = 5.0
MOST_AT_ONCE: Final = 64
_MOST_BYTES: Final = 16 * 1024 * 1024


class _Vector(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    index: int
    embedding: tuple[float, ...]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    data: tuple[_Vector, ...]


class HttpEmbedder:
    """`ports.knowledge.Embedder` over HTTP.

    Args:
        http: an open session.
        url: before ``/embeddings``, such as ``https://api.openai.com/v1``.
        model: its name there.
        api_key: as a bearer token; none when empty.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, model: str, api_key: str) -> None:
        self._model = model
        self._server = OpenAiInterface(
            http, url, "embeddings", "embeddings", api_key, TIMEOUT_S, _MOST_BYTES
        )

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """See `ports.knowledge.Embedder.embed`."""
        found: list[Vector] = []
        for start in range(0, len(texts), MOST_AT_ONCE):
            found += await self._some(list(texts[start : start + MOST_AT_ONCE]))
        return found

    async def _some(self, texts: list[str]) -> Sequence[Vector]:
        answer = await self._server.ask({"model": self._model, "input": texts})
        try:
            given = sorted(_Answer.model_validate_json(answer).data, key=lambda one: one.index)
        except ValidationError as error:
            raise PeerMisbehaved("embeddings.odd", "It answered no vectors.") from error
        if [one.index for one in given] != list(range(len(texts))):
            raise PeerMisbehaved("embeddings.odd", "It answered for other texts.")
        return [one.embedding for one in given]
