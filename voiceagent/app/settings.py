"""The only reader of the environment.

Every setting has a name of the field's own (``TWILIO_AUTH_TOKEN``, ``DATABASE_URL``) so that keys
from a provider's page can be pasted as they are. A missing key is no error: that part then runs
offline, and `voiceagent doctor` says so. What is wrong is one sentence that names the setting and
never repeats its value: values of settings are keys, or stand where a key was pasted by mistake.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import unquote

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import (
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from voiceagent.domain.field_faults import field_fault
from voiceagent.domain.local_hosts import LocalHosts, Privacy
from voiceagent.domain.mail_server import MailServer, is_email
from voiceagent.domain.public_apis import OPENAI_API, RESEND_API, STRIPE_API, TWILIO_API
from voiceagent.domain.setting_values import (
    Network,
    networks,
    plain_address,
    plain_host,
    plain_key,
    roles_of,
)
from voiceagent.errors import OwnerFixable

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_CLONE: Final = _PACKAGE.parent

IS_CLONE: Final = (_CLONE / "pyproject.toml").is_file()
"""Whether this is a clone; otherwise it was installed as a package."""

SHARED: Final = _CLONE if IS_CLONE else _PACKAGE / "installed"
"""Folder of what comes with the engine and is not code: `business`, `audio_fixtures`."""

RUN_IN: Final = _CLONE if IS_CLONE else None
"""Where ``python -m voiceagent`` must start to find a clone; anywhere when it is installed."""

PASSWORD_CHARACTERS: Final = 12
"""A console password and an API token have at least so many: they are asked for on the open net."""

_NONE: Final = SecretStr("")

_KEY: Final = re.compile(r"(?:_KEY|_TOKEN|_SECRET|_PASSWORD)$")
"""Names whose values are secrets, whoever reads them."""

_SECRET_CHARACTERS: Final = 8
"""Shorter values of such names are no keys ("true"), and would be hidden in every other word."""

_NEXT_SETTING: Final = re.compile(r"\n[ \t]*(?:export[ \t]+)?[A-Z][A-Z0-9_]+=")
"""In what was read as one setting: a quotation mark that was not closed took in the next."""


def _state_dir() -> Path:
    """In the clone; of an installed package where the XDG base directory specification says."""
    if IS_CLONE:
        return _CLONE / ".state"
    base = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state"
    return folder / "voiceagent"


class Settings(BaseSettings):
    """Settings of one process, from the environment and an optional ``.env`` file."""

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    business: Path = Field(default=SHARED / "business" / "coolcare.toml", alias="BUSINESS_FILE")
    state_dir: Path = Field(default_factory=_state_dir, alias="VOICEAGENT_STATE")
    host: str = Field(default="127.0.0.1", alias="HOST")
    port: int = Field(default=8080, ge=0, le=65535, alias="PORT")
    public_url: str = Field(default="", alias="PUBLIC_URL")
    database_url: SecretStr = Field(default=_NONE, alias="DATABASE_URL")
    redis_url: SecretStr = Field(default=_NONE, alias="REDIS_URL")
    start_time: str = Field(default="", alias="VOICEAGENT_NOW")

    twilio_account_sid: str = Field(default="", alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(default=_NONE, alias="TWILIO_AUTH_TOKEN")
    twilio_api_url: str = Field(default=TWILIO_API, alias="TWILIO_API_URL")
    whatsapp_template: str = Field(
        default="", alias="WHATSAPP_TEMPLATE", pattern=r"^(HX[0-9a-fA-F]{32})?$"
    )
    """ContentSid of what is sent by WhatsApp to who has not written for a day; else by SMS."""

    rcs_service: str = Field(
        default="", alias="RCS_MESSAGING_SERVICE", pattern=r"^(MG[0-9a-fA-F]{32})?$"
    )
    """Messaging service with an RCS sender and a number, which sends SMS where there is no RCS."""

    stripe_api_key: SecretStr = Field(default=_NONE, alias="STRIPE_API_KEY")
    stripe_webhook_secret: SecretStr = Field(default=_NONE, alias="STRIPE_WEBHOOK_SECRET")
    stripe_api_url: str = Field(default=STRIPE_API, alias="STRIPE_API_URL")

    smtp_url: SecretStr = Field(default=_NONE, alias="SMTP_URL")
    """Server that takes e-mail to customers: `smtps://user:password@mail.example.com`."""
    email_from: str = Field(default="", alias="EMAIL_FROM")
    """Sender of that e-mail, and where people answer it."""
    resend_api_key: SecretStr = Field(default=_NONE, alias="RESEND_API_KEY")
    """E-mail leaves by Resend with it; by `SMTP_URL` otherwise."""
    resend_api_url: str = Field(default=RESEND_API, alias="RESEND_API_URL")
    resend_webhook_secret: SecretStr = Field(default=_NONE, alias="RESEND_WEBHOOK_SECRET")
    """Signs Resend's notices of letters that have come: `whsec_…`."""
    inbound_email_secret: SecretStr = Field(default=_NONE, alias="INBOUND_EMAIL_SECRET")
    """Password with which others hand in letters, such as SendGrid's Inbound Parse."""

    embeddings_url: str = Field(default="", alias="EMBEDDINGS_URL")
    """Server that tells what texts mean, as OpenAI's does: `https://api.openai.com/v1`; the
    business's pages are found by their words alone without one."""
    embeddings_model: str = Field(default="text-embedding-3-small", alias="EMBEDDINGS_MODEL")
    embeddings_api_key: SecretStr = Field(default=_NONE, alias="EMBEDDINGS_API_KEY")

    rerank_url: str = Field(default="", alias="RERANK_URL")
    """Server that reads what was found on the pages again, as Cohere's, Jina's and those of open
    models do: `https://api.jina.ai/v1`; words and meanings decide without one."""
    rerank_model: str = Field(default="", alias="RERANK_MODEL")
    rerank_api_key: SecretStr = Field(default=_NONE, alias="RERANK_API_KEY")

    moderation_url: str = Field(default="", alias="MODERATION_URL")
    """Server that moderates what is said and written, as OpenAI's does; theirs when empty and
    `OPENAI_API_KEY` is one of theirs (`OPENAI_BASE_URL` is not set); ``off``: nobody."""

    pagerduty_routing_key: SecretStr = Field(default=_NONE, alias="PAGERDUTY_ROUTING_KEY")
    """Pages go to PagerDuty with it; without, as a text to the lead who is on call."""
    finance_url: str = Field(default="", alias="FINANCE_URL")
    finance_token: SecretStr = Field(default=_NONE, alias="FINANCE_TOKEN")
    parts_url: str = Field(default="", alias="PARTS_URL")
    parts_token: SecretStr = Field(default=_NONE, alias="PARTS_TOKEN")
    tech_assist_url: str = Field(default="", alias="TECH_ASSIST_URL")
    tech_assist_token: SecretStr = Field(default=_NONE, alias="TECH_ASSIST_TOKEN")
    area_ceo_url: str = Field(default="", alias="AREA_CEO_URL")
    area_ceo_token: SecretStr = Field(default=_NONE, alias="AREA_CEO_TOKEN")
    escalation_lead_url: str = Field(default="", alias="ESCALATION_LEAD_URL")
    escalation_lead_token: SecretStr = Field(default=_NONE, alias="ESCALATION_LEAD_TOKEN")
    """Outside agents of the business; the business file answers for those that are not set."""

    dispatch_url: str = Field(default="", alias="DISPATCH_URL")
    """Where an outside dispatcher takes visits on; our own calendar is the last word when empty."""
    dispatch_token: SecretStr = Field(default=_NONE, alias="DISPATCH_TOKEN")

    stt_provider: str = Field(default="", alias="STT_PROVIDER")
    llm_provider: str = Field(default="", alias="LLM_PROVIDER")
    tts_provider: str = Field(default="", alias="TTS_PROVIDER")
    """Names of providers; the best one that is configured when empty. Of what hears and what speaks
    several may be named, with commas: the next takes over where one fails."""
    speech_to_speech_provider: str = Field(default="", alias="SPEECH_TO_SPEECH_PROVIDER")
    """One model that hears and speaks, in place of those; none when empty."""
    privacy: Privacy = Field(default=Privacy.ANY, alias="PRIVACY")
    """Where what callers say may go."""
    private_hosts: str = Field(default="", alias="PRIVATE_HOSTS")
    """Names that are the owner's own hosts beside private addresses, with commas between."""
    flags_file: Path | None = Field(default=None, alias="FLAGS_FILE")
    """Flags in flagd's JSON; they go before settings that mean the same."""

    console_password: SecretStr = Field(default=_NONE, alias="CONSOLE_PASSWORD")
    """Opens the console from elsewhere, as the owner; made once and kept in the state folder when
    not set."""
    console_operator_password: SecretStr = Field(default=_NONE, alias="CONSOLE_OPERATOR_PASSWORD")
    console_viewer_password: SecretStr = Field(default=_NONE, alias="CONSOLE_VIEWER_PASSWORD")
    """For those who shall do less (`domain.looks.Role`); nobody, while they are empty."""
    trusted_proxies: str = Field(default="", alias="TRUSTED_PROXIES")
    """Addresses of proxies whose `X-Forwarded-For` is believed, with commas between."""
    console_user_header: str = Field(default="", alias="CONSOLE_USER_HEADER")
    """Header in which a trusted proxy says whom it has signed in; none when empty."""
    console_roles: str = Field(default="", alias="CONSOLE_ROLES")
    """Their roles: `ann@example.com=owner, *=viewer`."""
    metrics_token: SecretStr = Field(default=_NONE, alias="METRICS_TOKEN")
    """Opens ``/metrics``, ``/stats`` and the details of ``/health`` from elsewhere."""
    api_token: SecretStr = Field(default=_NONE, alias="API_TOKEN")
    """Opens ``POST /tools/{name}``; nobody may use it while there is none."""

    resume_grace_s: float = Field(default=20, ge=0, le=600, alias="RESUME_GRACE_S")
    incident_recording: Literal["off", "on"] = Field(default="off", alias="INCIDENT_RECORDING")
    """Whether calls are kept whole, the caller's voice included, for `replay`."""
    incident_recording_days: float = Field(default=7, gt=0, le=365, alias="INCIDENT_RECORDING_DAYS")
    incident_recording_mb: int = Field(
        default=500, ge=1, le=1_000_000, alias="INCIDENT_RECORDING_MB"
    )
    """How long recordings are kept, and how much they may take together."""
    call_recording: Literal["off", "on"] = Field(default="off", alias="CALL_RECORDING")
    """Whether what is said in calls is kept as sound, both sides, from the disclosure on."""
    max_calls: int = Field(default=20, ge=1, le=2000, alias="MAX_CALLS")
    max_call_minutes: float = Field(default=30, gt=0, le=240, alias="MAX_CALL_MINUTES")
    drain_minutes: float = Field(default=15, ge=0, le=240, alias="DRAIN_MINUTES")
    """How long a stopping server lets its calls end by themselves before a person takes them."""
    hand_off: Literal["warm", "cold"] = Field(default="warm", alias="HAND_OFF")
    """How callers get to a person: leads are rung and briefed while they wait, or they are put
    through and hear it ring."""
    keep_transcripts_days: int | None = Field(default=None, ge=1, alias="KEEP_TRANSCRIPTS_DAYS")
    keep_recordings_days: int | None = Field(default=None, ge=1, alias="KEEP_RECORDINGS_DAYS")
    keep_looks_days: int | None = Field(default=None, ge=1, alias="KEEP_LOOKS_DAYS")
    keep_facts_days: int | None = Field(default=None, ge=1, alias="KEEP_FACTS_DAYS")
    """How long what was said, and who looked at it, is kept; for ever when not set."""
    log_level: Literal["TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO", alias="LOG_LEVEL"
    )

    otlp_endpoint: str = Field(default="", alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    """Where traces of calls go, over OTLP/HTTP; nowhere when empty."""
    otlp_headers: SecretStr = Field(default=_NONE, alias="OTEL_EXPORTER_OTLP_HEADERS")
    daily_budget_dollars: float = Field(default=0, ge=0, alias="DAILY_BUDGET_DOLLARS")
    """What providers may cost a day before an alert says so; 0 is no budget."""
    log_format: Literal["text", "json"] = Field(default="text", alias="LOG_FORMAT")

    workers: int = Field(default=1, ge=1, le=64, alias="WORKERS")
    worker: int = Field(default=0, ge=0, le=63, alias="WORKER")
    door_fd: int | None = Field(default=None, ge=0, alias="DOOR_FD")
    """Set by the door for the workers it starts (`voiceagent.app.workers`)."""

    start_time_at: str = Field(default="", alias="VOICEAGENT_NOW_AT")
    """The real moment at which it was `start_time`; set by the door as well."""

    _environment: dict[str, SecretStr] = PrivateAttr(default_factory=dict)
    _env_file: dict[str, SecretStr] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002 - pydantic's signature
        """Keep what is written beside our own settings: a provider asks for its keys by name."""
        file = self.model_config.get("env_file")
        written = dotenv_values(file) if isinstance(file, str) and Path(file).is_file() else {}
        self._env_file = {n.upper(): SecretStr(v) for n, v in written.items() if v}
        self._environment = {n.upper(): SecretStr(v) for n, v in os.environ.items() if v}

    @property
    def moderation_at(self) -> str:
        """Where texts are moderated; "" for nowhere, as where all stays with the owner."""
        if self.moderation_url:
            return "" if self.moderation_url == "off" else self.moderation_url
        theirs = self.given("OPENAI_API_KEY") and not self.given("OPENAI_BASE_URL")
        return OPENAI_API if theirs and self.confined_to is None else ""

    @classmethod
    def read(cls, given: dict[str, object] | None = None) -> Self:
        """Settings of the environment, with those that were given on the command line on top.

        Args:
            given: values by field name.

        Raises:
            OwnerFixable: ``settings.value`` with the names of the settings that are wrong;
                ``settings.file`` when ``.env`` or a line of it cannot be read.
        """
        try:
            _check_lines(cls.model_config.get("env_file"))
            return cls(**(given or {}))  # type: ignore[arg-type]
        except ValidationError as error:
            found = [(_name(entry["loc"]), field_fault(entry)) for entry in error.errors()]
        except SettingsError:
            found = [(".env", "It cannot be understood")]
        except (OSError, UnicodeDecodeError) as error:
            raise OwnerFixable("settings.file", "It cannot be read.", where=".env") from error
        # Not chained: pydantic's error holds the values.
        told = [f"{name}: {text}." for name, text in found]
        if len(told) > 1:
            raise OwnerFixable("settings.value", " ".join(told))
        ((name, text),) = found
        raise OwnerFixable("settings.value", f"{text}.", where=name)

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("privacy", "log_format", "incident_recording", "call_recording", mode="before")
    @classmethod
    def _any_case_too(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator(
        "flags_file",
        "keep_transcripts_days",
        "keep_recordings_days",
        "keep_looks_days",
        "keep_facts_days",
        mode="before",
    )
    @classmethod
    def _none_when_empty(cls, value: object) -> object:
        return value or None

    @field_validator("private_hosts")
    @classmethod
    def _host_names(cls, value: str) -> str:
        LocalHosts.written(value)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        networks(value)
        return value

    @field_validator("console_operator_password", "console_viewer_password")
    @classmethod
    def _of_one_role(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        names = ("console_password", "console_operator_password")
        if value.get_secret_value() and value in [info.data.get(name) for name in names]:
            raise ValueError("It is another role's password too")
        return value

    @field_validator("console_user_header")
    @classmethod
    def _header_name(cls, value: str, info: ValidationInfo) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9-]{1,64}", value):
            raise ValueError("Write the name of a header, like X-Forwarded-User")
        if value and not info.data.get("trusted_proxies"):
            raise ValueError("It needs TRUSTED_PROXIES: nobody else is believed")
        return value

    @field_validator("console_roles")
    @classmethod
    def _roles(cls, value: str) -> str:
        roles_of(value)
        return value

    @field_validator("host")
    @classmethod
    def _plain_host(cls, value: str) -> str:
        return plain_host(value)

    @field_validator("twilio_account_sid")
    @classmethod
    def _plain_number(cls, value: str) -> str:
        return plain_key(value)

    @field_validator(
        *("twilio_auth_token", "stripe_api_key", "stripe_webhook_secret", "metrics_token"),
        *("api_token", "finance_token", "parts_token", "tech_assist_token", "area_ceo_token"),
        *("escalation_lead_token", "dispatch_token", "resend_api_key", "resend_webhook_secret"),
        *("inbound_email_secret", "embeddings_api_key", "rerank_api_key"),
    )
    @classmethod
    def _plain_key(cls, value: SecretStr) -> SecretStr:
        plain_key(value.get_secret_value())
        return value

    @field_validator(
        *("public_url", "twilio_api_url", "stripe_api_url", "otlp_endpoint", "finance_url"),
        *("parts_url", "tech_assist_url", "area_ceo_url", "escalation_lead_url", "dispatch_url"),
        *("resend_api_url", "embeddings_url", "rerank_url"),
    )
    @classmethod
    def _plain_address(cls, value: str) -> str:
        return plain_address(value)

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: SecretStr) -> SecretStr:
        MailServer.read(value.get_secret_value())
        return value

    @field_validator("email_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and not is_email(value):
            raise ValueError("Write an address like office@example.com")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("Write a URL like postgresql://user:password@host:5432/database")
        if "\x00" in url:
            raise ValueError("It holds a character that no URL has")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("Write a URL like redis://:password@host:6379/0")
        return value

    @field_validator(
        *("console_password", "console_operator_password", "console_viewer_password"),
        *("api_token", "inbound_email_secret"),
    )
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < PASSWORD_CHARACTERS:
            raise ValueError(f"It has at least {PASSWORD_CHARACTERS} characters")
        return value

    @property
    def has_twilio(self) -> bool:
        """Whether a carrier account is configured."""
        return bool(self.twilio_account_sid and self.twilio_auth_token.get_secret_value())

    @property
    def has_stripe(self) -> bool:
        """Whether deposits go through Stripe."""
        return bool(self.stripe_api_key.get_secret_value())

    @property
    def has_email(self) -> bool:
        """Whether e-mail can be sent: who sends it and a sender are both set."""
        by_somebody = self.smtp_url.get_secret_value() or self.has_resend
        return bool(by_somebody and self.email_from)

    @property
    def has_resend(self) -> bool:
        """Whether e-mail goes by Resend."""
        return bool(self.resend_api_key.get_secret_value())

    @property
    def takes_email(self) -> bool:
        """Whether letters can be handed in: somebody may, and answers can be sent."""
        secrets = (self.resend_webhook_secret, self.inbound_email_secret)
        return self.has_email and any(one.get_secret_value() for one in secrets)

    @property
    def local_hosts(self) -> LocalHosts:
        """The hosts that are the owner's own."""
        return LocalHosts.written(self.private_hosts)

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The proxies that are trusted."""
        return networks(self.trusted_proxies)

    @property
    def confined_to(self) -> LocalHosts | None:
        """The only hosts that what callers say may reach; None when any may."""
        return self.local_hosts if self.privacy is Privacy.LOCAL else None

    def for_elsewhere(self) -> dict[str, str]:
        """What a process in another folder must not miss, whose ``.env`` is another or none."""
        flags = "" if self.flags_file is None else str(self.flags_file.resolve())
        return {
            "PRIVACY": self.privacy.value,
            "PRIVATE_HOSTS": self.private_hosts,
            "FLAGS_FILE": flags,
        }

    @property
    def has_database(self) -> bool:
        """Whether the database is the owner's and not the embedded one."""
        return bool(self.database_url.get_secret_value())

    def with_database(self, dsn: str) -> Self:
        """The same settings on another database."""
        return self.model_copy(update={"database_url": SecretStr(dsn)})

    def given(self, name: str) -> SecretStr | None:
        """What the environment or ``.env`` has under a name that is a provider's."""
        return self._environment.get(name) or self._env_file.get(name)

    def place_of(self, name: str) -> str:
        """Where a setting is written, or is to be: the environment goes before ``.env``."""
        return "the environment" if name in self._environment else ".env"

    def unread(self, read: Iterable[str]) -> tuple[str, ...]:
        """Names that were set and that nothing reads: of ``.env`` all, else only keys of APIs.

        Args:
            read: what providers read.
        """
        ours = {(field.alias or name).upper() for name, field in type(self).model_fields.items()}
        keys = (name for name in self._environment if name.endswith("_API_KEY"))
        ours |= {name for name in self._env_file if name.startswith("VOICEAGENT_")}
        return tuple(sorted({*self._env_file, *keys} - ours - set(read)))

    def secrets(self) -> tuple[str, ...]:
        """Every text that no log, traceback or page may show, longest first."""
        values = [
            value.get_secret_value()
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), SecretStr)
        ]
        values += [
            text
            for name, value in (self._env_file | self._environment).items()
            if _KEY.search(name) and len(text := value.get_secret_value()) >= _SECRET_CHARACTERS
        ]
        found = {text for value in values if value for text in (value, *_passwords(value))}
        return tuple(sorted(found, key=len, reverse=True))


def _name(loc: tuple[int | str, ...]) -> str:
    """The setting's name in the environment, whichever name pydantic used."""
    first = str(loc[0]) if loc else ""
    field = Settings.model_fields.get(first)
    return (field.alias or first) if field is not None else first


def _passwords(text: str) -> tuple[str, ...]:
    """What may be a password in a URL, as written and as meant."""
    _, scheme, rest = text.partition("://")
    if not scheme:
        return ()
    _, colon, password = rest.rpartition("@")[0].partition(":")
    queries = [
        pair.partition("=")[2]
        for pair in rest.partition("?")[2].split("&")
        if "password" in pair.partition("=")[0]
    ]
    written = [one for one in ((password if colon else ""), *queries) if one]
    return tuple(form for one in written for form in (one, unquote(one)))


def _check_lines(file: object) -> None:
    """Refuse a file with lines that nobody can read: what they set would be lost in silence.

    Raises:
        OwnerFixable: ``settings.file`` with their numbers.
        OSError, UnicodeDecodeError: none of it can be read.
    """
    if not isinstance(file, str) or not Path(file).is_file():
        return
    lines = []
    with Path(file).open(encoding="utf-8") as stream:
        for one in parse_stream(stream):
            whole = one.original.string
            written = whole.lstrip()
            if one.error or _NEXT_SETTING.search(written):
                blank = whole[: len(whole) - len(written)]
                lines.append(one.original.line + blank.count("\n"))
    if lines:
        problem = "Write NAME=value there, and close every quotation mark; as it is, what it sets"
        where = ", ".join(f"{file}:{line}" for line in lines)
        raise OwnerFixable("settings.file", f"{problem} is lost.", where=where)
