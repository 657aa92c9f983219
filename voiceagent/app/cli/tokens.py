"""The ``token`` commands: who may ask this engine for what (docs/rest.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import typer

from voiceagent.app.cli.failures import command
from voiceagent.app.cli.options import notices, settings_from, terminal
from voiceagent.app.composition import database_for
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.domain.api_tokens import (
    LONGEST_NAME,
    PER_MINUTE,
    ApiScope,
    ApiToken,
    NewToken,
    new_token,
    token_id_of,
)
from voiceagent.errors import OwnerFixable
from voiceagent.ports.api_tokens import ApiTokens
from voiceagent.store import PostgresStore

T = TypeVar("T")

token = typer.Typer(help="API tokens of other systems.", no_args_is_help=True)

_Id = Annotated[str, typer.Argument(metavar="ID", help="As `token list` shows it.")]


@token.command("make")
@command
def token_make(
    scope: Annotated[
        list[ApiScope],
        typer.Option("--scope", help="What it may be used for; more than one may be."),
    ],
    name: Annotated[str, typer.Option(help="Which system has it.")] = "",
    days: Annotated[
        int | None, typer.Option(help="How long it is good; else until it is revoked.", min=1)
    ] = None,
    per_minute: Annotated[
        int, typer.Option(help="Requests a minute, of each worker.", min=1, max=1_000_000)
    ] = PER_MINUTE,
) -> None:
    """Make a token and print it: it is shown this once, and kept nowhere."""
    made, lasts = new_token(), None if days is None else timedelta(days=days)
    name = name[:LONGEST_NAME] or f"token {made.token_id}"
    _with_tokens(lambda kept: kept.add(made, name, scope, per_minute=per_minute, lasts=lasts))
    _show(made)


@token.command("rotate")
@command
def token_rotate(
    token_id: _Id,
    grace_hours: Annotated[
        float, typer.Option(help="How long the old text is good beside it.", min=0, max=24 * 30)
    ] = 24.0,
) -> None:
    """Give a token a new text and print it, once; its scopes stay."""
    made = new_token(_plain(token_id))
    grace = timedelta(hours=grace_hours)
    if not _with_tokens(lambda kept: kept.rotate(made, grace=grace)):
        raise _unknown(token_id)
    _show(made)


@token.command("revoke")
@command
def token_revoke(token_id: _Id) -> None:
    """Take a token back, at once and for good."""
    if not _with_tokens(lambda kept: kept.revoke(_plain(token_id))):
        raise _unknown(token_id)
    terminal().print("It opens nothing any more.")


@token.command("list")
@command
def token_list() -> None:
    """Every token there ever was: whose, for what, and until when."""
    for one in _with_tokens(lambda kept: kept.all()):
        terminal().print(_line(one), markup=False, soft_wrap=True)


def _line(one: ApiToken) -> str:
    scopes = " ".join(sorted(one.scopes))
    until = "until revoked" if one.expires_at is None else f"until {one.expires_at:%Y-%m-%d %H:%M}"
    if one.revoked_at is not None:
        until = f"revoked {one.revoked_at:%Y-%m-%d %H:%M}"
    made = f"made {one.made_at:%Y-%m-%d}"
    return f"{one.token_id}  {one.name}  {scopes}  {one.per_minute}/min  {made}, {until}"


def _show(made: NewToken) -> None:
    notices().print(f"Token {made.token_id}. Its text is not shown again:", markup=False)
    print(made.text)  # noqa: T201 - the command's result


def _plain(token_id: str) -> str:
    """An id, also of who gives the whole text."""
    return token_id_of(token_id) or token_id


def _unknown(token_id: str) -> OwnerFixable:
    problem = "There is no good token of that id."
    return OwnerFixable("token.unknown", problem, where=_plain(token_id))


def _with_tokens(work: Callable[[ApiTokens], Awaitable[T]]) -> T:
    settings = settings_from()
    set_up_logs("WARNING", settings.secrets())
    dsn = database_for(settings)

    async def done() -> T:
        async with PostgresStore(dsn).opened() as store:
            return await work(store.api_tokens)

    return asyncio.run(done())
