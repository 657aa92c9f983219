"""The only reader of the environment.

Every setting has a name of the field's own (``TWILIO_AUTH_TOKEN``, ``DATABASE_URL``) so that keys
from a provider's page can be pasted as they are. A missing key is no error: that part then runs
offline, and `voiceagent doctor` says so.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""Folder of the clone; relative paths of settings start here."""


class Settings(BaseSettings):
    """Settings of one process, from the environment and an optional ``.env`` file."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    business: Path = Field(default=ROOT / "business" / "coolcare.toml", alias="BUSINESS_FILE")
    state_dir: Path = Field(default=ROOT / ".state", alias="VOICEAGENT_STATE")
    host: str = Field(default="127.0.0.1", alias="HOST")
    port: int = Field(default=8080, ge=0, le=65535, alias="PORT")
    public_url: str = Field(default="", alias="PUBLIC_URL")
    database_url: str = Field(default="", alias="DATABASE_URL")
    start_time: str = Field(default="", alias="VOICEAGENT_NOW")

    twilio_account_sid: str = Field(default="", alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(default=SecretStr(""), alias="TWILIO_AUTH_TOKEN")
    twilio_api_url: str = Field(default="https://api.twilio.com", alias="TWILIO_API_URL")

    stripe_api_key: SecretStr = Field(default=SecretStr(""), alias="STRIPE_API_KEY")
    stripe_webhook_secret: SecretStr = Field(default=SecretStr(""), alias="STRIPE_WEBHOOK_SECRET")

    resume_grace_s: float = Field(default=20, ge=0, le=600, alias="RESUME_GRACE_S")
    max_calls: int = Field(default=20, ge=1, le=2000, alias="MAX_CALLS")
    max_call_minutes: float = Field(default=30, gt=0, le=240, alias="MAX_CALL_MINUTES")
    drain_minutes: float = Field(default=15, ge=0, le=240, alias="DRAIN_MINUTES")
    """How long a stopping server lets its calls end by themselves before a person takes them."""
    log_level: str = Field(default="INFO", alias="LOG_LEVEL")

    workers: int = Field(default=1, ge=1, le=64, alias="WORKERS")
    worker: int = Field(default=0, ge=0, le=63, alias="WORKER")
    door_fd: int | None = Field(default=None, ge=0, alias="DOOR_FD")
    """Set by the door for the workers it starts (`voiceagent.workers`)."""

    @property
    def has_twilio(self) -> bool:
        """Whether a carrier account is configured."""
        return bool(self.twilio_account_sid and self.twilio_auth_token.get_secret_value())

    @property
    def has_stripe(self) -> bool:
        """Whether deposits go through Stripe."""
        return bool(self.stripe_api_key.get_secret_value())
