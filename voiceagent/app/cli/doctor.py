"""``doctor``: what each part uses, why, and what is wrong."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from telephony.twilio.account import TwilioAccount
from tools import TOOLS
from voiceagent.app.composition import clock_for, database_part, public_url
from voiceagent.app.outside import OutsideTools, outside_tools
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.errors import VoiceAgentError
from voiceagent.store import PostgresStore
from voiceagent.store.databases import pending
from voiceagent.store.embedded import EmbeddedPostgres


class Health(StrEnum):
    """How a part is."""

    OK = "ok"
    OFFLINE = "offline"
    WRONG = "wrong"


class PartFinding(BaseModel):
    """One part: what it uses, why that, and how it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: str
    uses: str
    why: str
    health: Health
    problem: str = ""


class DoctorReport(BaseModel):
    """All findings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    findings: tuple[PartFinding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong; offline is not wrong."""
        return all(finding.health is not Health.WRONG for finding in self.findings)


async def examine(settings: Settings) -> DoctorReport:
    """Look at every part."""
    return DoctorReport(
        findings=(
            _business(settings),
            _clock(settings),
            await _database(settings),
            _carrier(settings),
            _payments(settings),
            _module("speech to text", "pocketsphinx", "no cloud recogniser is built in yet"),
            _module("text to speech", "espeakng_loader", "no cloud voice is built in yet"),
            PartFinding(
                part="dialogue",
                uses="house policy",
                why="no language model is built in yet",
                health=Health.OFFLINE,
            ),
            _tools(outside_tools(TOOLS)),
        )
    )


def _business(settings: Settings) -> PartFinding:
    return _tried(
        "business file",
        str(settings.business),
        "BUSINESS_FILE or --business",
        lambda: load_business(settings.business),
    )


def _clock(settings: Settings) -> PartFinding:
    uses = settings.start_time or "the machine's clock"
    why = "VOICEAGENT_NOW or --now" if settings.start_time else "no other time is set"
    return _tried("clock", uses, why, lambda: clock_for(settings))


async def _database(settings: Settings) -> PartFinding:
    """Connects for real, with both drivers that calls and migrations use."""
    dsn = settings.database_url.get_secret_value()
    uses, problem = "DATABASE_URL" if dsn else "embedded PostgreSQL", ""
    try:
        own = dsn or await asyncio.to_thread(EmbeddedPostgres(settings.state_dir).start)
        uses = database_part(settings, own)
        missing = await asyncio.to_thread(pending, own)
        async with PostgresStore(own).opened() as store:
            if not missing:
                await store.now()
    except VoiceAgentError as error:
        problem = str(error)
    return PartFinding(
        part="database",
        uses=uses,
        why="DATABASE_URL is set" if dsn else "DATABASE_URL is not set",
        health=Health.WRONG if problem else Health.OK,
        problem=problem,
    )


def _carrier(settings: Settings) -> PartFinding:
    if not settings.has_twilio:
        return PartFinding(
            part="carrier",
            uses="local carrier",
            why="TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not both set",
            health=Health.OFFLINE,
        )

    def check() -> None:
        token = settings.twilio_auth_token.get_secret_value()
        TwilioAccount(settings.twilio_account_sid, token, public_url(settings))

    return _tried("carrier", "Twilio", f"keys are set; reached at {public_url(settings)}", check)


def _payments(settings: Settings) -> PartFinding:
    if not settings.has_stripe:
        return PartFinding(
            part="payments",
            uses="local page (no money moves)",
            why="STRIPE_API_KEY is not set",
            health=Health.OFFLINE,
        )
    missing = not settings.stripe_webhook_secret.get_secret_value()
    return PartFinding(
        part="payments",
        uses="Stripe",
        why="STRIPE_API_KEY is set",
        health=Health.WRONG if missing else Health.OK,
        problem="STRIPE_WEBHOOK_SECRET is missing" if missing else "",
    )


def _tools(outside: OutsideTools) -> PartFinding:
    names = ", ".join(tool.spec.name for tool in outside.tools)
    return PartFinding(
        part="tools",
        uses=f"{len(TOOLS)} of ours" + (f", and {names}" if names else ""),
        why=f"{len(outside.tools)} from outside packages",
        health=Health.WRONG if outside.problems else Health.OK,
        problem="; ".join(outside.problems),
    )


def _module(part: str, module: str, why: str) -> PartFinding:
    found = importlib.util.find_spec(module) is not None
    return PartFinding(
        part=part,
        uses=f"offline ({module})",
        why=why,
        health=Health.OFFLINE if found else Health.WRONG,
        problem="" if found else f"the package {module} is not installed",
    )


def _tried(part: str, uses: str, why: str, check: Callable[[], Business | object]) -> PartFinding:
    try:
        check()
    except VoiceAgentError as error:
        return PartFinding(part=part, uses=uses, why=why, health=Health.WRONG, problem=str(error))
    return PartFinding(part=part, uses=uses, why=why, health=Health.OK)


def print_findings(console: Console, report: DoctorReport) -> None:
    """A table, and the problems in full below it."""
    table = Table(show_edge=False)
    for heading in ("part", "uses", "why", "state"):
        table.add_column(heading)
    colours = {Health.OK: "green", Health.OFFLINE: "cyan", Health.WRONG: "red"}
    for finding in report.findings:
        state = f"[{colours[finding.health]}]{finding.health}[/]"
        table.add_row(finding.part, escape(finding.uses), escape(finding.why), state)
    console.print(table)
    for finding in report.findings:
        if finding.problem:
            console.print(f"[red]{finding.part}:[/] {escape(finding.problem)}", soft_wrap=True)
