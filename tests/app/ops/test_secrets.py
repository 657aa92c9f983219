"""No secret is ever printed: not by a sentence, a log line, a traceback, or a repr."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import asyncpg
import psycopg
import pytest
import typer
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from loguru import logger

from voiceagent.app.cli import dialogue, system
from voiceagent.app.cli.failures import command, sentence
from voiceagent.app.cli.options import settings_from
from voiceagent.app.ops.logs import Veil, set_up_logs
from voiceagent.app.settings import Settings
from voiceagent.errors import OwnerFixable, VoiceAgentError
from voiceagent.store import PostgresStore
from voiceagent.store.databases import migrate, pending
from voiceagent.store.dsn import Dsn, connecting

PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=8, max_size=24)
"""Long enough not to turn up by chance; every sign that means something in a URL is among them."""

KEYS = st.text(
    st.sampled_from("".join(map(chr, range(33, 127))).translate({34: "", 39: "", 96: ""})),
    min_size=12,
)
"""What a key may be: it goes into a header."""

SECRETS = (
    "TWILIO_AUTH_TOKEN",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "PAGERDUTY_ROUTING_KEY",
    "CONSOLE_PASSWORD",
    "METRICS_TOKEN",
    "API_TOKEN",
)
URLS = ("DATABASE_URL", "PUBLIC_URL", "TWILIO_API_URL")
SHAPES = (
    "postgresql://user:{}@127.0.0.1:9/name",
    "postgres://user:{}@127.0.0.1:9/name?sslmode=require&channel_binding=require",
    "postgresql://127.0.0.1:9/name?user=u&password={}",
    "postgresql://user:{}@127.0.0.1:port/name",
    "postgresql://user:{}@127.0.0.1:9/name?unknown=1",
    "postgresql://user:{}@/name?host=/nowhere",
    "http://user:{}@host",
    "https://{}@host",
    "mysql://user:{}@host/name",
    "{}",
    "//{}",
)


@contextmanager
def told() -> Iterator[io.StringIO]:
    """Everything printed, logged, or left to the interpreter's last resort."""
    before = sys.excepthook
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        try:
            yield output
        except (SystemExit, typer.Exit):
            pass
        except BaseException as error:  # noqa: BLE001 - what the interpreter would print
            sys.excepthook(type(error), error, error.__traceback__)
    sys.excepthook = before


@contextmanager
def environment(**values: str) -> Iterator[None]:
    kept = {k: v for k, v in os.environ.items() if k not in {*SECRETS, *URLS}}
    with patch.dict(os.environ, kept | values, clear=True):
        yield


COMMANDS: dict[str, Callable[[], None]] = {
    "chat": dialogue.chat,
    "doctor": system.doctor,
    "doctor --json": lambda: system.doctor(json=True),
    "db migrate": system.db_migrate,
    "db shell": system.db_shell,
    "serve": lambda: system.serve(port=0),
    "the store": lambda: asyncio.run(open_store()),
    "migrate": lambda: look_at(migrate),
    "pending": lambda: look_at(pending),
}


def look_at(database: Callable[[str], object]) -> None:
    database(settings_from().database_url.get_secret_value())


async def open_store() -> None:
    async with PostgresStore(settings_from().database_url.get_secret_value()).opened():
        raise AssertionError


@pytest.mark.parametrize("name", list(COMMANDS))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(password=PASSWORDS, escaped=st.booleans(), shape=st.sampled_from(SHAPES[:6]))
@example(password="pa/ss@wo:rd?#%", escaped=False, shape=SHAPES[0])
def test_a_wrong_database_url_is_never_printed(
    name: str, password: str, escaped: bool, shape: str, tmp_path: Path
) -> None:
    url = shape.format(quote(password, safe="") if escaped else password)
    with environment(DATABASE_URL=url, VOICEAGENT_STATE=str(tmp_path)), told() as output:
        command(COMMANDS[name])()
    said = output.getvalue()
    assert said
    assert password not in said
    assert quote(password, safe="") not in said
    assert repr(password)[1:-1] not in said
    assert "Traceback" not in said


@settings(deadline=None)
@given(
    password=PASSWORDS,
    url=st.sampled_from(URLS),
    shape=st.sampled_from(SHAPES),
    number=st.booleans(),
)
def test_wrong_settings_are_told_without_their_values(
    password: str, url: str, shape: str, number: bool
) -> None:
    assume(password not in " ".join(("CONSOLE_PASSWORD", *URLS)))  # a name is no secret
    values = {url: shape.format(password), "CONSOLE_PASSWORD": password[:11]}
    values |= {"MAX_CALLS": password, "LOG_LEVEL": password, "PORT": password} if number else {}
    with environment(**values), told() as output:
        command(system.db_migrate)()
    said = output.getvalue()
    assert "settings.value" in said
    assert "CONSOLE_PASSWORD" in said
    assert password not in said
    assert "Traceback" not in said


@given(data=st.data(), name=st.sampled_from(SECRETS))
def test_settings_hide_their_secrets(data: st.DataObject, name: str) -> None:
    password = data.draw(PASSWORDS if name == "CONSOLE_PASSWORD" else KEYS)
    assume(len(password) >= 12)
    url = f"postgresql://user:{quote(password, safe='')}@host/name"
    with environment(DATABASE_URL="postgresql://user:-@host/name"):
        shown = repr(Settings.read())
    assume(password not in shown)  # a password like the name of a setting is not hidden by it
    with environment(**{name: password, "DATABASE_URL": url}):
        own = Settings.read()
    for text in (repr(own), str(own), f"{own}", str(own.model_dump()), own.model_dump_json()):
        assert password not in text
        assert quote(password, safe="") not in text
    assert {password, quote(password, safe=""), url} <= set(own.secrets())


@given(password=PASSWORDS, shape=st.sampled_from(SHAPES[:3]))
def test_what_a_library_quotes_is_blanked_in_logs_and_tracebacks(password: str, shape: str) -> None:
    password = password.ljust(12, "7")
    url = shape.format(quote(password, safe=""))
    own = Settings.read({"database_url": url, "console_password": password})

    def careless() -> None:
        raise RuntimeError(f"could not use {url} with {password!r} or {password}")

    with told() as output:
        set_up_logs("INFO", own.secrets())
        logger.info("connecting to {}", url)
        try:
            careless()
        except RuntimeError:
            logger.exception("failed for {}", password)
        careless()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    said = output.getvalue()
    assert said.count("could not use") >= 2
    for form in (password, quote(password, safe=""), repr(password)[1:-1]):
        assert form not in said


@given(user=st.from_regex(r"[a-z]{1,8}", fullmatch=True), password=PASSWORDS)
def test_the_veil_covers_any_url_even_of_unknown_passwords(user: str, password: str) -> None:
    escaped = quote(password, safe="")
    text = Veil().over(f"see postgresql://{user}:{escaped}@host/name and go")
    assert text == f"see postgresql://{user}:***@host/name and go"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (asyncpg.InvalidPasswordError("password authentication failed"), "database.password"),
        (asyncpg.InvalidAuthorizationSpecificationError("no pg_hba.conf"), "database.password"),
        (asyncpg.InvalidCatalogNameError('database "x" does not exist'), "database.name"),
        (psycopg.OperationalError('FATAL:  database "x" does not exist'), "database.name"),
        (psycopg.OperationalError("server does not support SSL, but required"), "database.tls"),
        (psycopg.OperationalError("connection refused"), "database.connect"),
        (ConnectionRefusedError(111, "refused"), "database.connect"),
        (TimeoutError(), "database.connect"),
        (ValueError("invalid literal: 'hunter2'"), "database.url"),
    ],
)
def test_why_a_connection_failed_is_said_by_code(error: Exception, code: str) -> None:
    with pytest.raises(VoiceAgentError) as caught, connecting():
        raise error
    assert caught.value.code == code
    assert caught.value.__suppress_context__
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


USUAL = (
    "sslmode=disable",
    "sslmode=prefer",
    "channel_binding=prefer",
    "connect_timeout=3",
    "connect_timeout=0",
    "keepalives=1",
    "keepalives_idle=30",
    "keepalives_interval=10",
    "keepalives_count=3",
    "tcp_user_timeout=1000",
    "gssencmode=disable",
    "application_name=mine",
    "target_session_attrs=any",
    "target_session_attrs=read-write",
    "client_encoding=utf8",
    "fallback_application_name=x",
    "load_balance_hosts=disable",
    "options=-c%20search_path%3Dpublic",
    "pgbouncer=true",
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(chosen=st.lists(st.sampled_from(USUAL), unique_by=lambda p: p.partition("=")[0]))
@example(chosen=["channel_binding=prefer", "connect_timeout=3", "keepalives=1", "pgbouncer=true"])
def test_the_usual_parameters_work_for_both_drivers(database: str, chosen: list[str]) -> None:
    url = "&".join([database, *chosen])

    async def use() -> bool:
        async with PostgresStore(url).opened() as store:
            return (await store.now()).tzinfo is not None

    assert pending(url) == ()
    assert asyncio.run(use())


def test_every_usual_parameter_alone(database: str) -> None:
    for one in USUAL:
        assert pending(f"{database}&{one}") == (), one


def test_what_psql_is_given_holds_no_password() -> None:
    dsn = Dsn.read("postgresql://u:hunter2@h:5433/d?sslmode=require")
    argument, env = dsn.for_psql()
    assert "hunter2" not in argument
    assert env == {"PGPASSWORD": "hunter2"}
    assert "hunter2" not in repr(dsn)
    assert Dsn.read(argument).parameters.items() <= dsn.parameters.items()


@given(password=PASSWORDS)
def test_a_password_means_the_same_to_both_drivers(password: str) -> None:
    url = f"postgresql://u:{quote(password, safe='')}@h1:1,h2:2/d?keepalives=1"
    dsn = Dsn.read(url)
    assert dsn.parameters["password"] == password
    assert Dsn.read(dsn.for_asyncpg()).parameters["password"] == password
    assert Dsn.read(dsn.for_libpq()).parameters == dsn.parameters
    assert Dsn.read(dsn.for_asyncpg()).server() == ("h1,h2", "1,2")


def test_the_first_cause_that_people_can_act_on_is_told() -> None:
    wanted = OwnerFixable("a.b", "Mend it.", where="X")
    group = BaseExceptionGroup("g", [ExceptionGroup("h", [RuntimeError("bug"), wanted])])
    assert sentence(group) == "a.b: X: Mend it."
    assert sentence(RuntimeError("bug")) is None
    assert sentence(OSError(28, "No space left on device", "/x")) == (
        "system.disk_full: The disk is full: /x."
    )
