"""How well texts answer a question, from any server that reranks over HTTP.

Cohere, Jina and most servers of open models take ``documents`` and answer ``results`` with a
``relevance_score``; text-embeddings-inference takes ``texts`` and answers a list with a ``score``.
Which of them is spoken is found out by the first question.

Source: https://docs.cohere.com/reference/rerank, https://api.jina.ai/redoc,
https://huggingface.github.io/text-embeddings-inference
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import aiohttp
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from connectors.openai_interface import OpenAiInterface
from voiceagent.errors import PeerMisbehaved, Unavailable

TIMEOUT_S: Final = 5.0
_MOST_BYTES: Final = 1024 * 1024
_ROUTE: Final = "rerank"


class _Score(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    index: int = Field(ge=0)
    score: float = Field(validation_alias=AliasChoices("relevance_score", "score"))


class _Results(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    results: tuple[_Score, ...]


_ANSWER: Final[TypeAdapter[_Results | tuple[_Score, ...]]] = TypeAdapter(
    _Results | tuple[_Score, ...]
)


class HttpReranker:
    """`ports.knowledge.Reranker` over HTTP.

    Args:
        http: an open session.
        url: before ``/rerank``, such as ``https://api.jina.ai/v1``.
        model: its name there; left out when empty.
        api_key: as a bearer token; none when empty.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str, model: str, api_key: str) -> None:
        self._model = model
        self._server = OpenAiInterface(http, url, _ROUTE, _ROUTE, api_key, TIMEOUT_S, _MOST_BYTES)
        self._field = "documents"

    async def relevance(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """See `ports.knowledge.Reranker.relevance`."""
        try:
            answer = await self._ask(question, texts)
        except Unavailable as error:
            if error.code != "rerank.refused" or self._field != "documents":
                raise
            self._field = "texts"
            try:
                answer = await self._ask(question, texts)
            except Unavailable:
                self._field = "documents"
                raise
        try:
            found = _ANSWER.validate_json(answer)
        except ValidationError as error:
            raise PeerMisbehaved("rerank.odd", "It answered no scores.") from error
        scores = found.results if isinstance(found, _Results) else found
        by_index = {one.index: one.score for one in scores}
        wanted = range(len(texts))
        if by_index.keys() != set(wanted) or not all(map(math.isfinite, by_index.values())):
            raise PeerMisbehaved("rerank.odd", "It answered for other texts.")
        return [by_index[index] for index in wanted]

    async def _ask(self, question: str, texts: Sequence[str]) -> bytes:
        model: Mapping[str, object] = {"model": self._model} if self._model else {}
        return await self._server.ask({**model, "query": question, self._field: list(texts)})
