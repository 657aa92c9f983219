"""docs/adding-a-tool.md is true: its file and its line make a tool of voice, text and REST.

The page's file is written into a copy of `tools/`, its line into the copy's list, and nothing else
is changed: what the copy then holds is used as the engine uses the real one.
"""

from __future__ import annotations

import inspect
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.pipelines.rig import paper_call
from tests.pipelines.scripted import CALL, ScriptedPolicy
from tests.support.rooms import line
from tests.tools import desk
from voiceagent.app.tool_requests import ToolRequests
from voiceagent.app.web.tools import add_tools
from voiceagent.dialogue.acts import CallTool, Say, Step
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.reports import Scene, report
from voiceagent.dialogue.loop import Conversation
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import Ran, Said, TextEvent, TextSession, converse
from voiceagent.domain.records import Outcome
from voiceagent.store.memory.answered import MemoryAnswerMemory
from voiceagent.toolkit.answers import Result
from voiceagent.toolkit.spec import Tool
from voiceagent.toolkit.toolbox import Toolbox

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-tool.md").read_text("utf-8")
NAME = "opening_hours"
SUNDAY: Mapping[str, object] = {"day": "2025-08-31"}
ANSWER: Mapping[str, object] = {"open": False, "message": "We are closed on Sunday."}
STEPS: dict[str, Step] = {
    "greet": (Say("Hello."),),
    "hear are you open on sunday": (CallTool(NAME, SUNDAY),),
    f"result {NAME} {json.dumps(ANSWER)}": (Say("We are closed on Sunday."),),
}


def code(kind: str) -> list[str]:
    """The page's code: the tool's file and the tests ("python"), the line ("diff")."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Tool, ...]]:
    """The tools of an engine to which the page's tool was added."""
    file, _ = code("python")
    (change,) = code("diff")
    (added,) = [f"{text[1:]}\n" for text in change.splitlines() if text.startswith("+")]
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "tools" / f"{NAME}.py").write_text(file)
    listed = tmp_path / "tools" / "__init__.py"
    head, opening, rest = listed.read_text().partition("NAMES = (\n")
    assert opening
    listed.write_text(head + opening + added + rest)
    before = {name: module for name, module in sys.modules.items() if _is_tools(name)}
    for name in before:
        del sys.modules[name]
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        yield import_module("tools").TOOLS
    finally:
        for name in [name for name in sys.modules if _is_tools(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_tools(module: str) -> bool:
    return module.partition(".")[0] == "tools"


async def test_the_tests_of_the_page_pass(
    tools: tuple[Tool, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "BOX", Toolbox(tools))
    page: dict[str, object] = {}
    exec(compile(code("python")[1], "adding-a-tool.md", "exec"), page)  # noqa: S102 - our own page
    tests = [test for name, test in page.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        assert inspect.iscoroutinefunction(test)
        await test()


async def test_by_voice(tools: tuple[Tool, ...]) -> None:
    async with paper_call(STEPS, "are you open on sunday", tools=tools) as call:
        await call.hear(1)
        call.speak()
        await call.until_said(2)
        await call.hear(2)
        assert (await call.turns())[-1] == (
            "agent",
            "We are closed on Sunday.",
            "We are closed on Sunday.",
        )
        history = await call.store.history.call(CALL.call_sid)
        assert history is not None
        assert [(t.name, json.loads(t.result_json)) for t in history.tools] == [(NAME, ANSWER)]


async def test_in_writing(tools: tuple[Tool, ...]) -> None:
    phone = line()
    ctx, recorder = phone.call(), Recorder()
    shown: list[TextEvent] = []
    session = TextSession(ctx.call.call_id, phone.store, phone.clock, recorder, shown.append)
    policy = ScriptedPolicy(STEPS)
    conversation = Conversation(
        policy,
        Toolbox(tools),
        ctx,
        session,
        recorder,
        phone.clock,
    )
    lines = iter(["are you open on sunday"])

    async def next_line() -> str | None:
        return next(lines, None)

    await converse(conversation, recorder, next_line)
    hello, ran, said = shown
    assert hello == Said("Hello.")
    assert isinstance(ran, Ran)
    assert (ran.outcome.name, ran.outcome.wire) == (NAME, ANSWER)
    assert said == Said("We are closed on Sunday.")
    assert ctx.signals.outcome is Outcome.ANSWERED


async def test_over_rest(tools: tuple[Tool, ...]) -> None:
    phone = line()
    app = web.Application()
    requests = ToolRequests(phone.business, phone.clock, phone.store, phone.control, Toolbox(tools))
    add_tools(app, requests, MemoryAnswerMemory(phone.clock), phone.clock.monotonic)
    async with TestClient(TestServer(app)) as client:
        async with client.post(f"/tools/{NAME}", json=SUNDAY) as answer:
            assert (answer.status, await answer.json()) == (200, ANSWER)
        async with client.post(f"/tools/{NAME}", json={"day": "someday"}) as answer:
            assert answer.status == 422
            error = (await answer.json())["error"]
            assert (error["code"], error["field"]) == ("tool.arguments", "day")
    (asked, refused) = phone.store.kept.audits
    assert (asked.name, json.loads(asked.result_json)) == (NAME, ANSWER)
    assert refused.error_code == "tool.arguments"
    assert {row.call.channel for row in phone.store.kept.calls.values()} == {"rest"}


async def test_the_house_can_tell_its_answer(tools: tuple[Tool, ...]) -> None:
    phone = line()
    outcome = await Toolbox(tools).call(NAME, SUNDAY, phone.call())
    assert isinstance(outcome.result, Result)
    told = report(
        CallTool(NAME, SUNDAY),
        outcome.result,
        Facts(),
        Scene(phone.business, phone.clock.now(), None, None),
    )
    assert (told.lead, told.facts) == ("We are closed on Sunday.", Facts())
