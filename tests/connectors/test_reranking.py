"""Reranking over a real socket, with servers that know nothing of the engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.reranking import HttpReranker
from tests.corpus.knowledge import FOLDER, PATTERNS
from tests.support.rooms import line
from tests.tools.desk import Desk
from voiceagent.app.pages import PageKeeper
from voiceagent.errors import PeerMisbehaved, Unavailable
from voiceagent.ports import knowledge
from voiceagent.store.memory.knowledge import MemoryKnowledge

TEXTS = ["about dogs", "about cars", "about trees"]


@dataclass
class RerankServer:
    """Scores a text by a word that it has; `dialect` is what it takes and answers.

    Args:
        dialect: "documents" as Cohere and Jina, "texts" as text-embeddings-inference.
        word: what a text is relevant by.
        says: answered in place of scores.
    """

    dialect: str = "documents"
    word: str = "cars"
    says: object = None
    status: int = 200
    waits_s: float = 0.0
    asked: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def rerank(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        await asyncio.sleep(self.waits_s)
        if self.dialect not in body or self.status != 200:
            return web.json_response({"message": "no such field"}, status=max(self.status, 422))
        score = "relevance_score" if self.dialect == "documents" else "score"
        found = [
            {"index": index, score: 0.95 if self.word in text else 0.05}
            for index, text in enumerate(body[self.dialect])
        ]
        found.sort(key=lambda one: -one[score])
        answer = found if self.dialect == "texts" else {"id": "x", "results": found}
        return web.json_response(answer if self.says is None else self.says)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def server() -> AsyncIterator[tuple[RerankServer, str]]:
    there = RerankServer()
    app = web.Application()
    app.router.add_post("/v1/rerank", there.rerank)
    running = TestServer(app)
    await running.start_server()
    yield there, str(running.make_url("/v1"))
    await running.close()


@pytest.mark.parametrize("dialect", ["documents", "texts"])
async def test_both_dialects_are_spoken(
    dialect: str, server: tuple[RerankServer, str], http: aiohttp.ClientSession
) -> None:
    there, url = server
    there.dialect = dialect
    reranker = HttpReranker(http, url, "rerank-1", "a-key")
    assert await reranker.relevance("cars?", TEXTS) == [0.05, 0.95, 0.05]
    assert await reranker.relevance("cars?", TEXTS) == [0.05, 0.95, 0.05]
    assert there.asked[-1] == {"model": "rerank-1", "query": "cars?", dialect: TEXTS}
    assert len(there.asked) == (2 if dialect == "documents" else 3)
    assert set(there.keys) == {"Bearer a-key"}


@pytest.mark.parametrize(
    "says",
    [
        {},
        [],
        {"results": [{"index": 0, "relevance_score": 1}]},
        {"results": [{"index": n, "relevance_score": 1} for n in (0, 1, 7)]},
        {"results": [{"index": n, "relevance_score": "high"} for n in (0, 1, 2)]},
        {"results": [{"index": n, "relevance_score": "NaN"} for n in (0, 1, 2)]},
    ],
)
async def test_nonsense_is_told_from_scores(
    says: object, server: tuple[RerankServer, str], http: aiohttp.ClientSession
) -> None:
    there, url = server
    there.says = says
    with pytest.raises(PeerMisbehaved):
        await HttpReranker(http, url, "", "").relevance("cars?", TEXTS)


async def test_who_refuses_both_dialects_is_not_there(
    server: tuple[RerankServer, str], http: aiohttp.ClientSession
) -> None:
    there, url = server
    there.status = 500
    reranker = HttpReranker(http, url, "", "")
    with pytest.raises(Unavailable):
        await reranker.relevance("cars?", TEXTS)
    there.status = 200
    assert await reranker.relevance("cars?", TEXTS) == [0.05, 0.95, 0.05]


QUESTION = "Do I need a permit for replacing a furnace"
BY_WORDS = "Repairs and new equipment, Permits"
READ_AGAIN = "Repairs and new equipment, Replacing a system"
ORDERS = [(0.0, 200, READ_AGAIN), (0.0, 500, BY_WORDS), (30.0, 200, BY_WORDS)]


@pytest.mark.parametrize(("waits_s", "status", "told"), ORDERS, ids=["read again", "down", "late"])
async def test_what_was_found_is_read_again_or_told_as_it_was_found(
    waits_s: float,
    status: int,
    told: str,
    server: tuple[RerankServer, str],
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there, url = server
    there.word, there.waits_s, there.status = "usually takes one day", waits_s, status
    monkeypatch.setattr(knowledge, "RERANK_S", 0.05 if waits_s else 5.0)
    at = Desk(line())
    store = at.line.store
    store.knowledge = MemoryKnowledge(store.kept, reranker=HttpReranker(http, url, "", ""))
    await PageKeeper(FOLDER, PATTERNS, store.knowledge).look()
    asked = QUESTION + "?" * (1 + ORDERS.index((waits_s, status, told)))  # answers are kept
    answer = await at.ok("answer_from_knowledge", question=asked)
    assert answer["source"] == told
