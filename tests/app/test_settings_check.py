"""For any one setting that is junk, `doctor` says so exactly when `serve` does not start."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import os
import socket
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
import typer
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.providers import registry
from pipelines.providers.registry import SHIPPED
from tests.support import egress
from voiceagent.app import composition, installation, outside, settings_check
from voiceagent.app.cli import system
from voiceagent.app.settings import Settings
from voiceagent.app.settings_check import refusals
from voiceagent.core.clock import SystemClock
from voiceagent.domain.business_file import load_business
from voiceagent.domain.setting_values import is_address, plain_host
from voiceagent.errors import VoiceAgentError
from voiceagent.store.embedded import EmbeddedPostgres
from voiceagent.store.memory import MemoryStore

KEYS = {"OPENAI_API_KEY": "sk-x", "DEEPGRAM_API_KEY": "x", "CARTESIA_API_KEY": "x"}
BASE = KEYS | {
    "PUBLIC_URL": "https://voice.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "t" * 32,
    "STRIPE_API_KEY": "sk_test_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "SPEECH_TO_SPEECH_PROVIDER": "openai_realtime",
}
"""Every provider is chosen, so that every setting is read."""

INSIDE = {"DOOR_FD", "WORKER", "VOICEAGENT_NOW_AT"}
"""Set by the door for its workers, and by nobody else."""

NAMES = sorted(
    {(field.alias or name) for name, field in Settings.model_fields.items()}
    | {name for provider in SHIPPED for name in provider.needs.read}
)
JUNK = (
    *("abc", "999.1.1.1", "-1", "0", "99", "1e99", "99999999", "nan", "a b", "true", "{", "0x10"),
    *("/dev/null/x", "x" * 300, "\u201cabc\u201d", "\ufeffabc", "abc\n", "127.0.0.1:1"),
    *("http://", "http://x y", "ftp://x", "https://x?y=z", "http://voice.example.com"),
    *("deepgram,nope", "pocketsphinx", "flux-general-en", "10.0.0.0/99"),
    *("postgresql://x:y@z:w/", "postgresql://h/d?sslmode=banana"),
)


read_once = functools.cache(load_business)
"""Reading it takes longer than all that is tested here."""


class Started(Exception):
    """Nothing of the settings kept it from starting."""


def starts(work: Coroutine[object, object, object]) -> object:
    """In place of a running server: what the composition makes of the settings alone."""
    work.close()

    async def composed() -> None:
        own = Settings.read()
        async with contextlib.AsyncExitStack() as stack:
            account, _, _ = await composition._carrier(own, stack)
            composition._payments(
                own, read_once(own.business), account, MemoryStore(SystemClock()).jobs
            )
        installation.access_for(own)

    asyncio.run(composed())
    raise Started


@contextlib.contextmanager
def environment(folder: Path, given: dict[str, str]) -> Iterator[None]:
    """These settings and no others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in (*NAMES, *os.environ):
            if name in NAMES or name.endswith(("_API_KEY", "_OPTIONS")):
                patch.delenv(name, raising=False)
        for name, value in ({"VOICEAGENT_STATE": str(folder)} | given).items():
            patch.setenv(name, value)
        patch.setattr(uvloop, "run", starts)
        patch.setattr(settings_check, "load_business", read_once)
        for module in (registry, outside):
            patch.setattr(module, "entry_points", lambda **_: ())
        yield


def refuses(command: Callable[[], None]) -> bool:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            command()
    except Started:
        return False
    except VoiceAgentError:
        return True
    except typer.Exit as left:
        return left.exit_code != 0
    raise AssertionError("it came to no end")


def both(folder: Path, given: dict[str, str]) -> tuple[bool, bool]:
    with environment(folder, given):
        return (
            refuses(system.serve),
            refuses(lambda: system.doctor(offline=True, json=True)),
        )


def is_host_name(name: str, value: str) -> bool:
    """A name may be this machine's: only a look-up would tell, which is no matter of settings."""
    if name != "HOST":
        return False
    with contextlib.suppress(ValueError):
        return bool(plain_host(value)) and not is_address(value)
    return False


def test_with_what_is_right_both_are_content(tmp_path: Path) -> None:
    assert both(tmp_path, {}) == (False, False)
    assert both(tmp_path, BASE) == (False, False)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from([name for name in NAMES if name not in INSIDE]), junk=st.sampled_from(JUNK)
)
def test_doctor_refuses_what_serve_refuses(
    name: str, junk: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if is_host_name(name, junk):
        return
    served, said = both(tmp_path_factory.getbasetemp(), BASE | {name: junk})
    assert served == said


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"OPENAI_CANARY_SHARE": "abc"}, "dialogue"),
        ({"SPEECH_NICENESS": "99"}, "speech to text"),
        ({"SPEECH_START_S": "soon"}, "text to speech"),
        ({"DEEPGRAM_MODEL": "flux-general-en"}, "speech to text"),
        ({"DEEPGRAM_LANGUAGE": "in Spanish"}, "speech to text"),
        ({"DEEPGRAM_URL": "api.deepgram.com"}, "speech to text"),
        ({"CARTESIA_API_KEY": "\u201cx\u201d"}, "text to speech"),
        ({"OPENAI_BASE_URL": "wss://x/v1"}, "dialogue"),
        ({"OPENAI_REALTIME_URL": "x"}, "speech to speech"),
        ({"STT_PROVIDER": "pipecat:nothing.stt.Nothing"}, "speech to text"),
        ({"STT_PROVIDER": "deepgram,nope"}, "speech to text"),
        ({"STRIPE_API_KEY": "pk_live_x"}, "payments"),
        ({"TWILIO_AUTH_TOKEN": ""}, "carrier"),
        ({"TWILIO_ACCOUNT_SID": ""}, "carrier"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "payments"),
        ({"SMTP_URL": "smtps://u:p@mail.example.com"}, "e-mail"),
        ({"EMAIL_FROM": "office@example.com"}, "e-mail"),
        ({"RESEND_API_KEY": "re_1"}, "e-mail"),
        ({"RESEND_WEBHOOK_SECRET": "whsec_QUJD"}, "e-mail"),
        ({"INBOUND_EMAIL_SECRET": "a-long-password"}, "e-mail"),
        ({"PUBLIC_URL": "http://voice.example.com"}, "carrier"),
        ({"DATABASE_URL": "postgresql://h/d?sslmode=banana"}, "database"),
        ({"VOICEAGENT_STATE": "/dev/null/x"}, "state folder"),
        ({"VOICEAGENT_NOW": "tonight"}, "clock"),
        ({"BUSINESS_FILE": "/nowhere"}, "business file"),
        ({"FLAGS_FILE": "/nowhere"}, "flags"),
        ({"HOST": "8.8.8.8"}, "listener"),
    ],
    ids=str,
)
def test_each_check_names_its_part(given: dict[str, str], part: str, tmp_path: Path) -> None:
    with environment(tmp_path, BASE | given):
        assert part in {one.part for one in refusals(Settings.read())}


def test_secrets_that_are_damaged_are_said_before_the_start(tmp_path: Path) -> None:
    (tmp_path / installation.SECRETS_FILE).write_text("{")
    assert both(tmp_path, {}) == (True, True)


def test_a_port_that_a_server_has_is_no_fault_of_the_settings(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        given = {"PORT": str(taken.getsockname()[1])}
        assert both(tmp_path, given) == (True, False)


@settings(max_examples=20, deadline=None)
@given(junk=st.sampled_from(JUNK), name=st.sampled_from(["STT_PROVIDER", "DATABASE_URL", "HOST"]))
def test_offline_dials_nothing_looks_nothing_up_and_asks_no_database(
    junk: str, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def no_database(_: EmbeddedPostgres) -> str:
        raise AssertionError("the database was started")

    given = BASE | {"DATABASE_URL": "postgresql://u:p@db.example.com/x", name: junk}
    folder = tmp_path_factory.mktemp("offline")
    with (
        environment(folder, given),
        pytest.MonkeyPatch.context() as patch,
        egress.recorded() as dialled,
    ):
        patch.setattr(EmbeddedPostgres, "start", no_database)
        refuses(lambda: system.doctor(offline=True, json=True))
    assert not dialled
    assert not list(folder.iterdir())
