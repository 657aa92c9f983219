"""The ``chat`` command."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from voiceagent.app.cli import scratch
from voiceagent.app.cli.chat import chat as run_chat
from voiceagent.app.cli.chat import chat_as, printer
from voiceagent.app.cli.options import (
    BusinessFile,
    CallerNumber,
    Json,
    Keep,
    Now,
    notices,
    settings_from,
    terminal,
)
from voiceagent.app.cli.render import print_result
from voiceagent.app.ops.logs import set_up_logs
from voiceagent.app.providers import chosen
from voiceagent.domain.business_file import load_business


def chat(
    business: BusinessFile = None,
    now: Now = None,
    json: Json = False,
    keep: Keep = False,
    caller: CallerNumber = "+15551230000",
    customer: Annotated[
        str,
        typer.Option(
            "--customer",
            help="Write as this customer (number or id), in their one thread; --keep to go on.",
        ),
    ] = "",
) -> None:
    """Talk to the agent in writing, with the same tools as on the telephone.

    Interactive on a terminal; otherwise one caller line per line of standard input. Each run starts
    with a fresh database unless --keep or DATABASE_URL says otherwise.
    """
    settings = settings_from(business, now)
    set_up_logs("WARNING", settings.secrets())
    told = load_business(settings.business)  # what is wrong is said before anything starts
    chosen(settings, told)
    console = terminal()
    show = printer(notices() if json else console)
    with scratch.database(settings, keep=keep) as dsn:
        here = settings.with_database(dsn)
        talk = chat_as(here, customer, show) if customer else run_chat(here, caller, show)
        result = asyncio.run(talk)
    if result is None:
        notices().print("Nothing was written.")
    elif json:
        print(result.model_dump_json())  # noqa: T201 - the command's result
    else:
        print_result(console, result)
