"""A PostgreSQL URL for two drivers that read it differently.

libpq (psycopg, psql, the migrations) knows more parameters than asyncpg, which sends what it does
not know to the server, and that refuses the connection. So a URL is read once, by libpq itself,
and written for each. Nothing here repeats a part of the URL in an error: which part is the
password is exactly what is unknown when a URL is wrong.

Sources: https://www.postgresql.org/docs/current/libpq-connect.html (parameters),
https://magicstack.github.io/asyncpg/current/api/index.html (what ``connect`` reads).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

import asyncpg
import psycopg
from psycopg import conninfo

from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.store.lost import LOST

_ASYNCPG_KNOWS: Final[tuple[str, ...]] = (
    "passfile",
    "sslmode",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "sslcrl",
    "sslpassword",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "target_session_attrs",
    "krbsrvname",
    "gsslib",
    "service",
)
_WHERE: Final[tuple[str, ...]] = ("host", "port", "dbname", "user", "password")
_OURS: Final = ("pgbouncer=",)
"""Parameters of other drivers that hosts put into their URLs and that mean something to us."""

_WRONG_URL: Final = (
    "It cannot be read; write postgresql://user:password@host:5432/database, with %-escapes for "
    "signs like @ / : ? # % in the password, and libpq's parameters only."
)

_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_WRONG_SSL_MODE: Final = f"sslmode in the URL is none of {', '.join(_SSL_MODES)}."


@dataclass(frozen=True, slots=True)
class Dsn:
    """A URL that libpq understands. Its text is never shown."""

    parameters: dict[str, str] = field(repr=False)
    pooled: bool = False
    """``pgbouncer=true``: a pool of connections stands between, so no statement is prepared."""

    @classmethod
    def read(cls, url: str) -> Dsn:
        """Read a URL.

        Raises:
            OwnerFixable: ``database.url``; ``database.tls`` for an `sslmode` that there is not.
        """
        plain, _, query = url.partition("?")
        pairs = [pair for pair in query.split("&") if pair]
        ours = dict(pair.split("=", 1) for pair in pairs if pair.startswith(_OURS))
        kept = "&".join(pair for pair in pairs if not pair.startswith(_OURS))
        try:
            found = conninfo.conninfo_to_dict(f"{plain}?{kept}" if kept else plain)
            parameters = {name: str(value) for name, value in found.items() if value is not None}
            for number in ("port", "connect_timeout"):
                for text in parameters.get(number, "").split(","):
                    int(text or 0)
        except (psycopg.Error, ValueError):
            # Not chained: the drivers' errors quote what they could not read.
            raise OwnerFixable("database.url", _WRONG_URL, where="DATABASE_URL") from None
        if parameters.get("sslmode", "prefer") not in _SSL_MODES:
            raise OwnerFixable("database.tls", _WRONG_SSL_MODE, where="DATABASE_URL")
        return cls(parameters, pooled=ours.get("pgbouncer", "").lower() in {"true", "1", "yes"})

    def on(self, database: str) -> Dsn:
        """The same server's other database."""
        return Dsn(self.parameters | {"dbname": database}, pooled=self.pooled)

    def for_libpq(self) -> str:
        """For psycopg and for the migrations: everything as it was."""
        return self._url(self.parameters)

    def for_asyncpg(self) -> str:
        """For asyncpg: what it knows; the rest is libpq's own business (keepalives, GSS, ...)."""
        known = {name: self.parameters[name] for name in _ASYNCPG_KNOWS if name in self.parameters}
        where = {name: self.parameters[name] for name in _WHERE if name in self.parameters}
        if "host" not in where and "hostaddr" in self.parameters:
            where["host"] = self.parameters["hostaddr"]
        if "host" in where:  # asyncpg reads a colon as the start of a port
            hosts = where["host"].split(",")
            where["host"] = ",".join(f"[{h}]" if h.count(":") > 1 else h for h in hosts)
        return self._url(where | known)

    def server_settings(self) -> dict[str, str]:
        """Settings that the URL gives the server: ``options=-c name=value`` and the time zone."""
        words = self.parameters.get("options", "").replace("-c ", "-c").split()
        pairs = (word.removeprefix("--").removeprefix("-c").partition("=") for word in words)
        return {name.replace("-", "_"): value for name, equals, value in pairs if equals}

    def connect_timeout_s(self, otherwise: float) -> float:
        """How long a connection may take; 0 and nothing mean `otherwise`, not for ever."""
        return float(self.parameters.get("connect_timeout") or 0) or otherwise

    def server(self) -> tuple[str, str]:
        """Which server it is: host (or socket folder) and port."""
        return self.parameters.get("host", ""), self.parameters.get("port", "")

    def hosts(self) -> tuple[str, ...]:
        """Every host that it names, socket folders among them."""
        written = (self.parameters.get(name, "") for name in ("host", "hostaddr"))
        return tuple(host for text in written for host in text.split(",") if host)

    def statement_cache_size(self) -> int:
        """Asyncpg's cache of prepared statements: its own default, none behind a pooler."""
        return 0 if self.pooled else 100

    def for_psql(self) -> tuple[str, dict[str, str]]:
        """A command-line argument without the password, and the environment that holds it."""
        shown = {n: v for n, v in self.parameters.items() if n not in {"password", "sslpassword"}}
        password = self.parameters.get("password")
        return self._url(shown), {"PGPASSWORD": password} if password is not None else {}

    @staticmethod
    def _url(parameters: dict[str, str]) -> str:
        return "postgresql://?" + urlencode(parameters, quote_via=quote, safe="/,")


@contextmanager
def connecting(*, down: str = "database.connect") -> Iterator[None]:
    """Turn what a driver raises while it connects into a sentence without the URL.

    Raises:
        OwnerFixable: ``database.password``, ``database.name``, ``database.tls``,
            ``database.certificate``, ``database.not_let_in``, ``database.url``: trying again is no
            use.
        Unavailable: `down`: nobody answers, or not yet.
    """
    try:
        yield
    except (psycopg.Error, asyncpg.PostgresError, *LOST) as error:
        raise _why(error, down) from None  # not chained: their texts quote the connection string
    except (ValueError, UnicodeError):
        raise OwnerFixable("database.url", _WRONG_URL, where="DATABASE_URL") from None


@dataclass(frozen=True, slots=True)
class _Diagnosis:
    """What a driver says, in small letters -> what an owner has to change."""

    said: re.Pattern[str]
    code: str
    problem: str


_DIAGNOSES: Final = tuple(
    _Diagnosis(re.compile(said), code, problem)
    for said, code, problem in (
        (
            r"authentication failed|no password|password supplied",
            "database.password",
            "The database refuses the user or the password.",
        ),
        (
            r"^(?!.*(?:ssl encryption|ssl on\b)).*no pg_hba\.conf entry.*(?:no encryption|ssl off)",
            "database.tls",
            "The server takes encrypted connections only: write sslmode=require into the URL.",
        ),
        (
            r"no pg_hba\.conf entry",
            "database.not_let_in",
            "Its pg_hba.conf lets nobody in from this machine as this user to this database.",
        ),
        (
            r"invalid sslmode|sslmode.*must be one of|invalid value.*sslmode",
            "database.tls",
            _WRONG_SSL_MODE,
        ),
        (
            r"root certificate|certificate.verify|hostname mismatch|server certificate for",
            "database.certificate",
            "The certificate cannot be proven: set sslrootcert in the URL, or sslmode=require.",
        ),
        (
            r"does not support ssl|rejected ssl|ssl.*not supported",
            "database.tls",
            "The server does not encrypt: let it, or take sslmode out of the URL.",
        ),
        (
            r"channel.binding",
            "database.tls",
            "The server does not do what channel_binding in the URL asks for.",
        ),
        (
            r"\bssl|\btls|certificate",
            "database.tls",
            "Encryption was asked for by sslmode in the URL, and the server does not agree.",
        ),
        (
            r'database ".*" does not exist',
            "database.name",
            "There is no database of that name on the server.",
        ),
    )
)
"""The first that fits."""

_STATES: Final[Mapping[str, str]] = {"28P01": "database.password", "3D000": "database.name"}
"""SQLSTATE -> code, which goes before what is said: that may be in another language."""


def _why(error: Exception, down: str) -> OwnerFixable | Unavailable:
    state = getattr(error, "sqlstate", None) or ""
    said = " ".join(str(error).lower().split())
    code = _STATES.get(state)
    for one in _DIAGNOSES:
        if one.code == code or (code is None and one.said.search(said)):
            return OwnerFixable(one.code, one.problem, where="DATABASE_URL")
    if state.startswith("28"):
        problem = "The database refuses the user or the password."
        return OwnerFixable("database.password", problem, where="DATABASE_URL")
    if isinstance(error, asyncpg.ClientConfigurationError):
        return OwnerFixable("database.url", _WRONG_URL, where="DATABASE_URL")
    return Unavailable(down, "The database cannot be reached.", retry_after_s=2.0)
