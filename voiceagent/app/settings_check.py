"""What `serve` refuses, before anything starts; `doctor` says the same of the same settings.

Everything that can be known from the settings alone is judged here and nowhere else: nothing is
dialled or looked up, no database is asked, and nothing is started or written. What comes to light
only when a part is asked for real is `doctor`'s to try (`voiceagent.app.cli.exchanges`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from connectors.pagerduty.pager import KEY_CHARACTERS
from pipelines.providers.spec import Provider, ProviderKind
from telephony.twilio.account import TwilioAccount
from voiceagent.app.agents import check_agents
from voiceagent.app.composition import clock_for
from voiceagent.app.installation import SECRETS_FILE, local_secrets, public_url
from voiceagent.app.privacy import (
    check_database,
    check_dispatch,
    check_embedder,
    check_moderation,
    check_reranker,
)
from voiceagent.app.providers import flags, registry_for, site, wanted
from voiceagent.app.reception import check_listening
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.domain.setting_values import address_fault, key_fault
from voiceagent.errors import OwnerFixable, VoiceAgentError
from voiceagent.store.dsn import Dsn

STRIPE_KEYS: Final = ("sk_", "rk_")
"""What secret keys of Stripe begin with, and restricted ones."""

_ADDRESS: Final = "_URL"
_SECRETS: Final = ("_KEY", "_TOKEN", "_SECRET")
"""Ends of names of providers' settings whose values must be an address, or can be sent as a key."""


@dataclass(frozen=True, slots=True)
class SettingsRefusal:
    """Why the engine does not start with some settings: the part, as `doctor` calls it, and why."""

    part: str
    error: VoiceAgentError


def check_settings(settings: Settings) -> None:
    """Refuse settings that the engine cannot start with.

    Raises:
        VoiceAgentError: the first of `refusals`.
    """
    for refusal in refusals(settings):
        raise refusal.error


def refusals(settings: Settings) -> Iterator[SettingsRefusal]:
    """All that is wrong with the settings, one for each check."""
    business: Business | None = None
    try:
        business = load_business(settings.business)
    except VoiceAgentError as error:
        yield SettingsRefusal("business file", error)
    for part, check in _CHECKS:
        try:
            check(settings)
        except VoiceAgentError as error:
            yield SettingsRefusal(part, error)
    yield from _of_providers(settings, business)


def _state_folder(settings: Settings) -> None:
    """It can be made, or is there; what is kept in it is whole."""
    folder = settings.state_dir.absolute()
    try:
        there = next(one for one in (folder, *folder.parents) if one.exists())
    except OSError as error:  # a file stands where a folder should, or no name is so long
        raise OwnerFixable("settings.state", f"{error.strerror}.", where=str(folder)) from None
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        problem = "The state folder cannot be used."
        raise OwnerFixable("settings.state", problem, where=str(folder))
    if (folder / SECRETS_FILE).exists():
        local_secrets(folder)


def _listener(settings: Settings) -> None:
    if settings.door_fd is None:
        check_listening(settings.host, settings.port)


def _database(settings: Settings) -> None:
    if settings.has_database:
        Dsn.read(settings.database_url.get_secret_value())
    check_database(settings)


def _carrier(settings: Settings) -> None:
    """The address must do for the carrier, the local one too; half an account is none."""
    halves = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
    if any(halves) and not all(halves):
        missing = "TWILIO_AUTH_TOKEN" if halves[0] else "TWILIO_ACCOUNT_SID"
        problem = "An account's SID and its token need each other, and one is not set."
        raise OwnerFixable("settings.twilio", problem, where=missing)
    given = settings.twilio_auth_token.get_secret_value() if settings.has_twilio else "none"
    TwilioAccount(settings.twilio_account_sid or "none", given, public_url(settings))


def _payments(settings: Settings) -> None:
    if not settings.has_stripe:
        return
    if not settings.stripe_webhook_secret.get_secret_value():
        problem = "A Stripe key needs the webhook's signing secret beside it."
        raise OwnerFixable("settings.stripe_webhook", problem, where="STRIPE_WEBHOOK_SECRET")
    if not settings.stripe_api_key.get_secret_value().startswith(STRIPE_KEYS):
        problem = f"That is no secret key: those begin with {' or '.join(STRIPE_KEYS)}."
        raise OwnerFixable("settings.stripe_key", problem, where="STRIPE_API_KEY")


def _pager(settings: Settings) -> None:
    key = settings.pagerduty_routing_key.get_secret_value()
    if key and (len(key) != KEY_CHARACTERS or not key.isalnum()):
        problem = (
            f"An integration key of the Events API v2 has {KEY_CHARACTERS} letters and digits."
        )
        raise OwnerFixable("settings.pagerduty", problem, where="PAGERDUTY_ROUTING_KEY")


def _email(settings: Settings) -> None:
    """Who sends e-mail and a sender need each other, and letters that come need both."""
    by_somebody = settings.smtp_url.get_secret_value() or settings.has_resend
    halves = by_somebody, settings.email_from
    if any(halves) and not all(halves):
        missing = "EMAIL_FROM" if halves[0] else "SMTP_URL"
        problem = "A mail server and a sender of e-mail need each other, and one is not set."
        raise OwnerFixable("settings.email", problem, where=missing)
    notices = settings.resend_webhook_secret.get_secret_value()
    if notices and not settings.has_resend:
        problem = "Resend's notices have no letters in them: its key fetches those."
        raise OwnerFixable("settings.email", problem, where="RESEND_API_KEY")
    if settings.inbound_email_secret.get_secret_value() and not settings.has_email:
        problem = "Letters are taken in, and there is nobody who sends the answers."
        raise OwnerFixable("settings.email", problem, where="EMAIL_FROM")


_CHECKS: Final[tuple[tuple[str, Callable[[Settings], object]], ...]] = (
    ("clock", clock_for),
    ("state folder", _state_folder),
    ("listener", _listener),
    ("database", _database),
    ("carrier", _carrier),
    ("payments", _payments),
    ("pager", _pager),
    ("outside agents", check_agents),
    ("e-mail", _email),
    ("dispatch", check_dispatch),
    ("embeddings", check_embedder),
    ("reranker", check_reranker),
    ("moderation", check_moderation),
    ("flags", flags),
)


def _of_providers(settings: Settings, business: Business | None) -> Iterator[SettingsRefusal]:
    """The providers that are chosen, and the settings that those read."""
    registry = registry_for(settings, business)
    named = wanted(settings)
    chosen: list[Provider] = []
    for kind in ProviderKind:
        try:
            chain = registry.chain(kind, named[kind], settings.given)
        except OwnerFixable as error:
            yield SettingsRefusal(kind.words, error)
        else:
            chosen += [choice.provider for choice in chain]
    for provider in chosen:
        try:
            _check_values(settings, provider, business)
        except OwnerFixable as error:
            yield SettingsRefusal(provider.kind.words, error)


def _check_values(settings: Settings, provider: Provider, business: Business | None) -> None:
    """What a provider reads: by the kind of setting, then by the provider's own rules."""
    for number in provider.needs.numbers:
        given = settings.given(number.name)
        number.read("" if given is None else given.get_secret_value())
    for name in provider.needs.read:
        given = settings.given(name)
        if given is None:
            continue
        value, fault = given.get_secret_value(), None
        if name.endswith(_ADDRESS):
            fault = address_fault(value)
        elif name.endswith(_SECRETS):
            fault = key_fault(value)
        if fault is not None:
            raise OwnerFixable("settings.value", f"{fault}.", where=name)
    if provider.check is not None and business is not None:
        try:
            place = site(settings, business, provider)
        except VoiceAgentError:  # of the flags, which are another check's
            return
        provider.check(place)
