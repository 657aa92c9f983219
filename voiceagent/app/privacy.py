"""What privacy asks of the parts that are no providers. Composition-level."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.errors import OwnerFixable
from voiceagent.store.dsn import Dsn

_READ_BY_DRIVERS: Final = ("PGHOST", "PGHOSTADDR")
"""Where drivers look for a host beside the URL."""


def check_database(settings: Settings) -> None:
    """Where everything callers said is written must be one of the owner's hosts, if it is asked.

    Raises:
        OwnerFixable: ``privacy.database``; ``database.url``.
    """
    local = settings.confined_to
    if local is None or not settings.has_database:
        return
    if not all(host.startswith(("/", "@")) or local.hold(host) for host in _hosts(settings)):
        raise OwnerFixable(
            "privacy.database",
            "PRIVACY=local keeps what callers say on your own hosts, and this database is on"
            " another: leave the setting out, write a private address, or name it in"
            " PRIVATE_HOSTS.",
            where="DATABASE_URL",
        )


def check_dispatch(settings: Settings) -> None:
    """Who wants a visit, where and why is told to the dispatcher.

    Raises:
        OwnerFixable: ``privacy.dispatch``.
    """
    stays_with_owner(settings, "DISPATCH_URL", settings.dispatch_url, "dispatch", "dispatcher")


def check_embedder(settings: Settings) -> None:
    """What callers ask is told to the embedder.

    Raises:
        OwnerFixable: ``privacy.embeddings``.
    """
    stays_with_owner(settings, "EMBEDDINGS_URL", settings.embeddings_url, "embeddings", "embedder")


def check_reranker(settings: Settings) -> None:
    """What callers ask is told to the reranker.

    Raises:
        OwnerFixable: ``privacy.rerank``.
    """
    stays_with_owner(settings, "RERANK_URL", settings.rerank_url, "rerank", "reranker")


def check_moderation(settings: Settings) -> None:
    """What is said to callers is told to the service that moderates it.

    Raises:
        OwnerFixable: ``privacy.moderation``.
    """
    where, url = "MODERATION_URL", settings.moderation_at
    stays_with_owner(settings, where, url, "moderation", "moderation service")


def stays_with_owner(settings: Settings, setting: str, url: str, code: str, whom: str) -> None:
    """Whoever is told what callers say must be on one of the owner's hosts, if that is asked.

    Args:
        settings: which say whether it is asked.
        setting: the environment's name of the address.
        url: the address; an empty one is nobody's.
        code: of the refusal, after ``privacy.``.
        whom: who is there, in a word.

    Raises:
        OwnerFixable: ``privacy.<code>``.
    """
    local = settings.confined_to
    if local is None or not url or local.hold_url(url):
        return
    raise OwnerFixable(
        f"privacy.{code}",
        f"PRIVACY=local keeps what callers say on your own hosts, and this {whom} is on another:"
        " leave the setting out, write a private address, or name it in PRIVATE_HOSTS.",
        where=setting,
    )


def check_rules(business: Business, tools: Collection[str]) -> None:
    """A tool that makes conversations private must be there: a misspelt one would make none so.

    Args:
        business: with the rules.
        tools: names of those that there are.

    Raises:
        OwnerFixable: ``privacy.tool``.
    """
    for name in business.privacy.tools:
        if name not in tools:
            known = ", ".join(sorted(tools))
            problem = f"There is no tool {name}. Known: {known}."
            raise OwnerFixable("privacy.tool", problem, where="privacy.tools")


def _hosts(settings: Settings) -> Iterator[str]:
    """Every host that a driver may dial, socket folders among them; a service file's is unknown."""
    dsn = Dsn.read(settings.database_url.get_secret_value())
    yield from dsn.hosts()
    for name in _READ_BY_DRIVERS:
        given = settings.given(name)
        yield from given.get_secret_value().split(",") if given is not None else ()
    if "service" in dsn.parameters or settings.given("PGSERVICE") is not None:
        yield "the host of a service file"
