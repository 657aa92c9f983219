"""A private conversation reaches none but the owner's hosts: chosen so, and shown on every dial."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loadtest.simulator.providers.openai_chat import EMULATED_KEY, EMULATED_MODEL, OpenAiChat
from loadtest.simulator.providers.scripted_model import scripted_model
from tests.support.act_model import ACT_MODEL
from tests.support.chatting import chat_with, chatted
from tests.support.egress import recorded
from tests.support.rooms import FRIDAY_NIGHT, coolcare
from tools import TOOLS
from voiceagent.app import providers
from voiceagent.app.privacy import check_database, check_rules
from voiceagent.app.settings import Settings
from voiceagent.app.settings_check import refusals
from voiceagent.core.clock import ManualClock
from voiceagent.domain.business import PrivacyRules
from voiceagent.domain.business_file import load_business
from voiceagent.domain.local_hosts import LocalHosts
from voiceagent.errors import OwnerFixable
from voiceagent.toolkit.toolbox import Toolbox

BUSINESS = load_business("business/coolcare.toml")
ELSEWHERE = "model.example.com"
PROXY = "proxy.example.com"
OWN = LocalHosts()

Environment = Mapping[str, str]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No settings but a test's own, no file ``.env``, and names that lead to this machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    real = socket.getaddrinfo

    def look_up(
        host: bytes | str | None,
        port: bytes | str | int | None,
        family: int = 0,
        kind: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> object:
        if host not in {ELSEWHERE, PROXY, ELSEWHERE.encode(), PROXY.encode()}:
            return real(host, port, family, kind, proto, flags)
        sys.audit("socket.getaddrinfo", host, port, family, kind, proto)
        return real("127.0.0.1", port, family, kind, proto, flags)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return monkeypatch


@dataclass(frozen=True, slots=True)
class Served:
    """What came of a conversation: the hosts that were dialled, who answered, how often asked."""

    dialled: frozenset[str]
    answered_by: str
    requests: int

    @property
    def left(self) -> set[str]:
        """The hosts it reached that are not the owner's."""
        return {host for host in self.dialled if not OWN.hold(host)}


async def served(at: str, environment: pytest.MonkeyPatch, written: Environment) -> Served:
    """A whole chat over the settings, with an emulated model on this machine.

    Args:
        at: the host that the model's address names.
        environment: where settings are written.
        written: settings beside the model's.
    """
    chat = OpenAiChat(scripted_model)
    async with chat.running() as url:
        port = urlsplit(url).port
        proxy = {name: f"http://{PROXY}:{port}" for name in written if name.endswith("_PROXY")}
        address = {"OPENAI_API_KEY": EMULATED_KEY, "OPENAI_BASE_URL": f"http://{at}:{port}/v1"}
        for name, value in ({**address, **written} | proxy).items():
            environment.setenv(name, value)
        with recorded() as dialled:
            name = await chatted(Settings.read())
    return Served(frozenset(dialled), name, len(chat.asked))


async def test_a_private_chat_reaches_no_host_but_the_owners(
    environment: pytest.MonkeyPatch,
) -> None:
    found = await served("127.0.0.1", environment, {"PRIVACY": "local"})
    assert found.answered_by == "openai"
    assert found.requests
    assert found.dialled == {"127.0.0.1"}  # so dials are seen


async def test_a_model_elsewhere_is_passed_over_in_private(environment: pytest.MonkeyPatch) -> None:
    found = await served(ELSEWHERE, environment, {"PRIVACY": "local"})
    assert (found.answered_by, found.dialled, found.requests) == ("house", frozenset(), 0)


async def test_the_same_chat_leaves_when_nobody_asked_for_privacy(
    environment: pytest.MonkeyPatch,
) -> None:
    found = await served(ELSEWHERE, environment, {})
    assert found.answered_by == "openai"
    assert found.requests
    assert found.left == {ELSEWHERE}


@pytest.mark.parametrize(("privacy", "left"), [("any", {PROXY}), ("local", set())])
async def test_no_proxy_stands_between_in_private(
    privacy: str, left: set[str], environment: pytest.MonkeyPatch
) -> None:
    found = await served("127.0.0.1", environment, {"PRIVACY": privacy, "HTTP_PROXY": PROXY})
    assert found.left == left


async def test_an_own_host_cannot_send_a_conversation_on(environment: pytest.MonkeyPatch) -> None:
    asked = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(request.path)
        url = f"http://{ELSEWHERE}:{request.url.port}/else{request.path}"
        return web.Response(status=307, headers={"Location": url})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", elsewhere)
    async with TestServer(app) as server:
        environment.setenv("PRIVACY", "local")
        environment.setenv("OPENAI_API_KEY", EMULATED_KEY)
        environment.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.port}/v1")
        with recorded() as dialled:
            assert await chatted(Settings.read()) == "openai"
    assert asked
    assert dialled == {"127.0.0.1"}
    assert not [path for path in asked if path.startswith("/else")]


async def test_a_name_the_owner_vouches_for_is_dialled(environment: pytest.MonkeyPatch) -> None:
    written = {"PRIVACY": "local", "PRIVATE_HOSTS": f"gpu1, {ELSEWHERE}"}
    found = await served(ELSEWHERE, environment, written)
    assert (found.answered_by, found.left) == ("openai", {ELSEWHERE})


@pytest.mark.parametrize(
    ("setting", "name", "says"),
    [
        ("LLM_PROVIDER", "openai", "choose house, or set OPENAI_BASE_URL to hosts of your own"),
        ("STT_PROVIDER", "deepgram", "choose whisper or pocketsphinx."),
        (
            "STT_PROVIDER",
            "pipecat:assemblyai.stt.AssemblyAISTTService",
            "choose whisper or pocketsphinx.",
        ),
        ("TTS_PROVIDER", "cartesia", "choose pico or espeak-ng."),
        ("SPEECH_TO_SPEECH_PROVIDER", "openai_realtime", "leave it out."),
    ],
)
@pytest.mark.parametrize("key", ["", "a-key"])
def test_what_is_elsewhere_and_named_is_refused_in_one_sentence(
    setting: str, name: str, says: str, key: str, environment: pytest.MonkeyPatch
) -> None:
    for one in ("OPENAI_API_KEY", "DEEPGRAM_API_KEY", "CARTESIA_API_KEY"):
        environment.setenv(one, key)
    environment.setenv(setting, name)
    environment.setenv("PRIVACY", "Local")
    with pytest.raises(OwnerFixable) as refused:
        providers.chosen(Settings.read(), BUSINESS)
    assert (refused.value.code, refused.value.where) == ("provider.remote", setting)
    assert says in refused.value.message
    assert refused.value.message.count(".") == 1 + name.count(".")


@pytest.mark.parametrize("flags", ["", "flags.json"])
def test_an_engine_in_another_folder_misses_nothing(
    flags: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path(".env").write_text(f"PRIVACY=local\nPRIVATE_HOSTS=gpu1\nFLAGS_FILE={flags}\n")
    handed_on = Settings.read().for_elsewhere()
    (tmp_path / "other").mkdir()
    environment.chdir(tmp_path / "other")
    for name, value in handed_on.items():
        environment.setenv(name, value)
    found = Settings.read()
    assert found.confined_to == LocalHosts(frozenset({"gpu1"}))
    assert found.flags_file == (tmp_path / flags if flags else None)


@pytest.mark.parametrize(
    "written", [{"PRIVACY": "locale"}, {"PRIVACY": ""}, {"PRIVATE_HOSTS": "http://gpu1:11434"}]
)
def test_a_setting_that_is_mistyped_stops_the_start(
    written: Environment, environment: pytest.MonkeyPatch
) -> None:
    ((name, value),) = written.items()
    environment.setenv(name, value)
    with pytest.raises(OwnerFixable) as refused:
        Settings.read()
    assert (refused.value.code, refused.value.where) == ("settings.value", name)


@pytest.mark.parametrize(
    ("url", "beside", "stays"),
    [
        ("", {}, True),
        ("postgresql:///calls", {}, True),
        ("postgresql:///calls?host=/run/postgresql", {}, True),
        ("postgresql://me:secret@10.0.0.5/calls", {}, True),
        ("postgresql://me:secret@[fd00::5]:5433/calls", {}, True),
        ("postgresql://10.0.0.5,localhost/calls", {}, True),
        ("postgresql://db.example.com/calls", {"PRIVATE_HOSTS": "db.example.com"}, True),
        ("postgresql://db.example.com/calls", {"PRIVACY": "any"}, True),
        ("postgresql://db.example.com/calls", {}, False),
        ("postgresql://10.0.0.5,db.example.com/calls", {}, False),
        ("postgresql://db.example.com/calls?hostaddr=10.0.0.5", {}, False),
        ("postgresql://10.0.0.5/calls?hostaddr=203.0.113.5", {}, False),
        ("postgresql:///calls?host=db.example.com", {}, False),
        ("postgresql:///calls?service=far", {}, False),
        ("postgresql:///calls", {"PGSERVICE": "far"}, False),
        ("postgresql:///calls", {"PGHOST": "db.example.com"}, False),
        ("postgresql:///calls", {"PGHOST": "10.0.0.5"}, True),
        ("postgresql://10.0.0.5/calls", {"PGHOSTADDR": "203.0.113.5"}, False),
    ],
)
def test_what_callers_said_is_written_down_on_the_owners_hosts(
    url: str, beside: Environment, stays: bool, environment: pytest.MonkeyPatch
) -> None:
    for name, value in {"PRIVACY": "local", "DATABASE_URL": url, **beside}.items():
        environment.setenv(name, value)
    settings = Settings.read()
    if stays:
        check_database(settings)
        return
    with pytest.raises(OwnerFixable) as refused:
        check_database(settings)
    assert (refused.value.code, refused.value.where) == ("privacy.database", "DATABASE_URL")
    assert "secret" not in str(refused.value)
    assert "example" not in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("DISPATCH_URL", "privacy.dispatch"),
        ("EMBEDDINGS_URL", "privacy.embeddings"),
        ("RERANK_URL", "privacy.rerank"),
        ("FINANCE_URL", "privacy.agent"),
        ("PARTS_URL", "privacy.agent"),
        ("TECH_ASSIST_URL", "privacy.agent"),
    ],
)
def test_whoever_is_told_what_callers_say_is_on_one_of_the_owners_hosts(
    setting: str, code: str, environment: pytest.MonkeyPatch
) -> None:
    """Known before the start, and told by `doctor`."""

    def refused(privacy: str, url: str) -> list[str]:
        environment.setenv("PRIVACY", privacy)
        environment.setenv(setting, url)
        found = (one.error for one in refusals(Settings.read()))
        return [e.code for e in found if isinstance(e, OwnerFixable) and e.where == setting]

    assert refused("local", "https://agent.example.com/v1") == [code]
    assert refused("local", "http://10.0.0.5:8000") == []
    assert refused("any", "https://agent.example.com") == []


def test_a_tool_that_is_not_there_stops_the_start() -> None:
    """Misspelt, it would make no conversation private."""
    rules = PrivacyRules(tools=("look_up_customer",))
    business = coolcare().model_copy(update={"privacy": rules})
    with pytest.raises(OwnerFixable) as refused:
        check_rules(business, ["lookup_customer"])
    assert (refused.value.code, refused.value.where) == ("privacy.tool", "privacy.tools")
    check_rules(coolcare(), [])


KEPT = (
    "My AC died, how much is a repair?",
    "Please keep this between us.",
    "What are your opening hours?",
    "No, thank you. Bye.",
)


@dataclass(slots=True)
class Seen:
    """What the model was asked, and what was dialled, from some moment on."""

    chat: OpenAiChat
    dialled: set[str]
    asked: int = 0

    def from_here(self) -> None:
        self.asked = len(self.chat.asked)
        self.dialled.clear()


@pytest.mark.parametrize(
    ("rules", "asked_before"),
    [
        (PrivacyRules(), True),  # the caller's wish
        (PrivacyRules(on_request=False, tools=("get_pricing_quote",)), True),
        (PrivacyRules(on_request=False, channels=("voice",)), False),
    ],
    ids=["by wish", "by tool", "by channel"],
)
async def test_a_single_conversation_that_is_private_leaves_no_more_from_then_on(
    rules: PrivacyRules, environment: pytest.MonkeyPatch, *, asked_before: bool
) -> None:
    """The model is elsewhere, and nothing but this conversation is kept from it."""
    chat = OpenAiChat(scripted_model)
    async with chat.running() as url:
        environment.setenv("OPENAI_API_KEY", EMULATED_KEY)
        environment.setenv("OPENAI_BASE_URL", f"http://{ELSEWHERE}:{urlsplit(url).port}/v1")
        settings, usual = Settings.read(), coolcare()
        business = usual.model_copy(update={"privacy": rules})
        uses = providers.Uses(Toolbox(TOOLS), ManualClock(FRIDAY_NIGHT), ACT_MODEL)
        async with providers.dialogue(settings, usual, uses) as answers:
            with recorded() as dialled:
                seen = Seen(chat, dialled)
                first = 0 if rules.channels else 1
                await chat_with(answers.make, KEPT, business, {first: seen.from_here})
                assert bool(seen.asked) == asked_before
                assert len(chat.asked) == seen.asked
                assert not {host for host in dialled if not OWN.hold(host)}
                if rules.tools:
                    told = [one.text for one in chat.asked[-1].messages]
                    assert not any("total_estimate" in text for text in told)
                await chat_with(answers.make, KEPT[2:], usual)
                assert len(chat.asked) > seen.asked, "another conversation is led by it as ever"


async def test_a_private_conversation_is_led_by_a_model_on_a_host_of_the_owners(
    environment: pytest.MonkeyPatch,
) -> None:
    chat = OpenAiChat(scripted_model)
    async with chat.running() as url:
        port = urlsplit(url).port
        environment.setenv("OPENAI_API_KEY", EMULATED_KEY)
        environment.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
        environment.setenv("HTTP_PROXY", f"http://{PROXY}:{port}")
        uses = providers.Uses(Toolbox(TOOLS), ManualClock(FRIDAY_NIGHT), ACT_MODEL)
        async with providers.dialogue(Settings.read(), coolcare(), uses) as answers:
            with recorded() as dialled:
                seen = Seen(chat, dialled)
                await chat_with(answers.make, KEPT, after={2: seen.from_here})
                assert len(chat.asked) > seen.asked
                assert dialled <= {"127.0.0.1"}


async def test_a_critical_conversation_is_led_by_the_strongest_model_that_is_named(
    environment: pytest.MonkeyPatch,
) -> None:
    chat = OpenAiChat(scripted_model, models=(EMULATED_MODEL, "gpt-strong"))
    said = (
        "My AC died.",
        "I'm calling my lawyer about this!",
        "No, no smells at all.",
        "I'm Sarah Miller, 937 555 0142.",  # no card begins like it: the model is asked at once
        "Bye.",
    )
    led: dict[str, set[str]] = {}
    async with chat.running() as url:
        environment.setenv("OPENAI_API_KEY", EMULATED_KEY)
        environment.setenv("OPENAI_BASE_URL", f"{url}/v1")
        for strongest in ("", "gpt-strong"):
            environment.setenv("OPENAI_STRONGEST_MODEL", strongest)
            uses = providers.Uses(Toolbox(TOOLS), ManualClock(FRIDAY_NIGHT), ACT_MODEL)
            async with providers.dialogue(Settings.read(), coolcare(), uses) as answers:
                seen = Seen(chat, set())
                await chat_with(answers.make, said, after={1: seen.from_here})
                led[strongest] = {request.model for request in chat.asked[seen.asked :]}
    assert led == {"": set(), "gpt-strong": {"gpt-strong"}}
