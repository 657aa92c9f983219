"""``doctor``: what each part uses, why, and what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from pipelines.providers.registry import Registry
from pipelines.providers.spec import ProviderKind, SpeechToSpeechProvider
from tools import TOOLS
from voiceagent.app.agents import agent_addresses
from voiceagent.app.cli.exchanges import ExchangeFinding, exchanges, tried
from voiceagent.app.cli.findings import DoctorReport, PartFinding, ProviderFinding
from voiceagent.app.cli.health import Health
from voiceagent.app.composition import clock_for, database_part
from voiceagent.app.installation import public_url
from voiceagent.app.outside import OutsideTools, outside_tools
from voiceagent.app.page_files import PageFiles, page_patterns
from voiceagent.app.providers import registry_for, wanted
from voiceagent.app.reception import check_listening
from voiceagent.app.recording_file import recording_folder
from voiceagent.app.settings import Settings
from voiceagent.app.settings_check import refusals
from voiceagent.domain.agent_events import AgentName
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import check_prices_in_force, load_business
from voiceagent.domain.calendar import local
from voiceagent.domain.public_apis import TWILIO_API
from voiceagent.errors import VoiceAgentError
from voiceagent.store import PostgresStore
from voiceagent.store.databases import pending
from voiceagent.store.embedded import EmbeddedPostgres


async def examine(settings: Settings, *, offline: bool = False) -> DoctorReport:
    """Look at every part.

    Args:
        settings: those of the engine; what it would refuse of them is wrong.
        offline: judge the settings alone; the database is not asked.
    """
    registry = registry_for(settings, _told(settings)).naming(wanted(settings))
    refused = _refused(settings)
    asked = not offline and not {"database", "state folder"} & refused.keys()
    return _with_refusals(
        refused,
        (
            _business(settings),
            *await _pages(settings),
            _clock(settings),
            _listener(settings, look_up=not offline),
            await _database(settings) if asked else _database_unasked(settings),
            *await _shared(settings, asked=asked),
            _carrier(settings),
            _payments(settings),
            _pager(settings),
            _email(settings),
            *_agents(settings),
            *_dispatch(settings),
            *(_provider(settings, registry, kind) for kind in ProviderKind),
            *_flags(settings),
            *_recordings(settings),
            *(_outside(fault) for fault in registry.faults),
            _tools(outside_tools(TOOLS)),
            *_unused(settings, registry),
        ),
        tuple(_known(settings, registry)),
    )


def _refused(settings: Settings) -> dict[str, str]:
    """Part -> why `serve` does not start."""
    found: dict[str, list[str]] = {}
    for one in refusals(settings):
        found.setdefault(one.part, []).append(str(one.error))
    return {part: "; ".join(problems) for part, problems in found.items()}


def _with_refusals(
    refused: dict[str, str],
    findings: tuple[PartFinding, ...],
    providers: tuple[ProviderFinding, ...],
) -> DoctorReport:
    """What `serve` refuses is wrong with its part, whatever else was found of it."""
    known = {finding.part for finding in findings}
    found = [
        finding.model_copy(update={"health": Health.WRONG, "problem": refused[finding.part]})
        if finding.part in refused
        else finding
        for finding in findings
    ]
    found += [
        PartFinding(part=part, uses="nothing", why="", health=Health.WRONG, problem=problem)
        for part, problem in refused.items()
        if part not in known
    ]
    return DoctorReport(findings=tuple(found), providers=providers)


async def with_exchanges(
    settings: Settings,
    report: DoctorReport,
    *,
    everything: bool,
    tell: Callable[[str], None],
) -> DoctorReport:
    """The report with one real exchange for each part, of those that are not wrong already.

    Args:
        settings: those of the report.
        report: what `examine` found; what it found wrong is not tried.
        everything: also what runs here and needs no key.
        tell: hears of each exchange before it begins.
    """
    wrong = {finding.part for finding in report.findings if finding.health is Health.WRONG}
    found: list[ExchangeFinding] = []
    try:
        business = load_business(settings.business)
        wanted = list(exchanges(settings, business, everything=everything))
    except VoiceAgentError:
        return report  # it stands among the findings
    for one in wanted:
        if one.part not in wrong:
            tell(f"Trying {one.part}: {one.name} ...")
            found.append(await tried(one, settings))
    return report.model_copy(update={"exchanges": tuple(found)})


def _ok(part: str, uses: str, why: str) -> PartFinding:
    return PartFinding(part=part, uses=uses, why=why, health=Health.OK)


def _offline(part: str, uses: str, why: str) -> PartFinding:
    return PartFinding(part=part, uses=uses, why=why, health=Health.OFFLINE)


def _told(settings: Settings) -> Business | None:
    """The business, ``None`` when its file is wrong, which is a finding of its own."""
    with suppress(VoiceAgentError):
        return load_business(settings.business)
    return None


def _business(settings: Settings) -> PartFinding:
    """The file that is used, and whether anything can be sold by it today."""
    found = _ok("business file", str(settings.business), "BUSINESS_FILE or --business")
    business = _told(settings)
    if business is None:
        return found  # what is wrong with it is told with all that `serve` refuses
    try:
        now = clock_for(settings).now()
    except VoiceAgentError:
        return found  # a clock that cannot be set is a finding of its own
    try:
        check_prices_in_force(settings.business, business, local(business, now).date())
    except VoiceAgentError as error:
        return found.model_copy(update={"health": Health.WRONG, "problem": str(error)})
    return found


async def _pages(settings: Settings) -> tuple[PartFinding, ...]:
    """The business's pages, those that cannot be read by name."""
    business = _told(settings)
    patterns = {} if business is None else page_patterns(business)
    if not patterns:
        return ()
    found = await PageFiles(settings.business.parent, patterns).read({})
    finding = _ok("pages", f"{len(found.there)} files", "pages of the business file")
    if not found.refused:
        return (finding,)
    problem = " ".join(f"{one.where}: {one.message}" for one in found.refused)
    return (finding.model_copy(update={"health": Health.WRONG, "problem": problem}),)


def _clock(settings: Settings) -> PartFinding:
    uses = settings.start_time or "the machine's clock"
    why = "VOICEAGENT_NOW or --now" if settings.start_time else "no other time is set"
    return _ok("clock", uses, why)


def _listener(settings: Settings, *, look_up: bool) -> PartFinding:
    found = _ok("listener", f"{settings.host}:{settings.port}", "HOST and PORT")
    try:
        check_listening(settings.host, settings.port, look_up=look_up)
    except VoiceAgentError as error:
        return found.model_copy(update={"health": Health.WRONG, "problem": str(error)})
    return found


def _database_unasked(settings: Settings) -> PartFinding:
    uses = "DATABASE_URL" if settings.has_database else "embedded PostgreSQL"
    return PartFinding(part="database", uses=uses, why="not asked", health=Health.UNUSED)


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


async def _shared(settings: Settings, *, asked: bool) -> tuple[PartFinding, ...]:
    """What workers share beside the database, where they do."""
    url, health, problem = settings.redis_url.get_secret_value(), Health.UNUSED, ""
    if not url:
        return ()
    if asked:
        from redis.asyncio import Redis  # noqa: PLC0415 - only who has one pays for it
        from redis.exceptions import RedisError  # noqa: PLC0415

        health = Health.OK
        try:
            async with Redis.from_url(url, socket_connect_timeout=2.0, socket_timeout=2.0) as redis:
                await redis.time()
        except (RedisError, OSError, ValueError) as error:
            health, problem = Health.WRONG, f"It does not answer ({type(error).__name__})."
    return (
        PartFinding(
            part="shared breakers",
            uses="Redis",
            why="REDIS_URL is set",
            health=health,
            problem=problem,
        ),
    )


def _carrier(settings: Settings) -> PartFinding:
    if not settings.has_twilio:
        return _offline(
            "carrier", "local carrier", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not both set"
        )

    why = f"keys are set; reached at {public_url(settings)}"
    host = urlsplit(public_url(settings)).hostname or ""
    if settings.twilio_api_url == TWILIO_API and (host == "localhost" or host.startswith("127.")):
        problem = "Twilio cannot reach this machine there: set PUBLIC_URL to an https address."
        return PartFinding(
            part="carrier", uses="Twilio", why=why, health=Health.WRONG, problem=problem
        )
    return _ok("carrier", "Twilio", why)


def _payments(settings: Settings) -> PartFinding:
    if not settings.has_stripe:
        return _offline("payments", "local page (no money moves)", "STRIPE_API_KEY is not set")
    return _ok("payments", "Stripe", "STRIPE_API_KEY is set")


def _pager(settings: Settings) -> PartFinding:
    if not settings.pagerduty_routing_key.get_secret_value():
        return _offline("pager", "a text to the lead on call", "PAGERDUTY_ROUTING_KEY is not set")
    return _ok("pager", "PagerDuty", "PAGERDUTY_ROUTING_KEY is set")


def _agents(settings: Settings) -> Iterator[PartFinding]:
    """Each outside agent: where it is, or that the business file answers in its place."""
    there = {address.name: address.url for address in agent_addresses(settings)}
    for name in AgentName:
        part, setting = f"{name.replace('_', '-')} agent", f"{name.upper()}_URL"
        if name in there:
            yield _ok(part, there[name], f"{setting} is set")
        else:
            yield _offline(part, BUILT_IN[name], f"{setting} is not set")


BUILT_IN: Final[Mapping[AgentName, str]] = {
    AgentName.FINANCE: "prices and offers of the business file",
    AgentName.PARTS: "parts of the business file",
    AgentName.TECH_ASSIST: "technicians of the business file",
    AgentName.AREA_CEO: "nobody",
    AgentName.ESCALATION_LEAD: "leads of the business file, by phone and text",
}
"""What stands for an agent that is not configured."""


def _email(settings: Settings) -> PartFinding:
    if not settings.has_email:
        return _offline(
            "e-mail",
            "none (a text that does not arrive is read out by telephone)",
            "EMAIL_FROM and one of RESEND_API_KEY and SMTP_URL are not both set",
        )
    way, by = ("Resend", "RESEND_API_KEY") if settings.has_resend else ("SMTP", "SMTP_URL")
    taken = "letters are answered" if settings.takes_email else "no letters are taken in"
    return _ok("e-mail", way, f"{by} and EMAIL_FROM are set; {taken}")


def _dispatch(settings: Settings) -> Iterator[PartFinding]:
    """Who has the last word on visits, if it is not our own calendar."""
    if settings.dispatch_url:
        yield _ok("dispatch", "outside dispatcher", "DISPATCH_URL is set")


def _recordings(settings: Settings) -> Iterator[PartFinding]:
    """Where the sound of calls is kept, if it is."""
    if settings.call_recording == "off":
        return
    folder = recording_folder(settings)
    found = _ok("recordings", str(folder.path), "CALL_RECORDING is on")
    try:
        folder.check()
    except OSError as error:
        problem = f"{folder.path} cannot be written ({error.strerror}): calls are not recorded."
        found = found.model_copy(update={"health": Health.WRONG, "problem": problem})
    yield found


def _flags(settings: Settings) -> Iterator[PartFinding]:
    if settings.flags_file is not None:
        yield _ok("flags", str(settings.flags_file), "FLAGS_FILE is set")


def _tools(outside: OutsideTools) -> PartFinding:
    names = ", ".join(tool.spec.name for tool in outside.tools)
    return PartFinding(
        part="tools",
        uses=f"{len(TOOLS)} of ours" + (f", and {names}" if names else ""),
        why=f"{len(outside.tools)} from outside packages",
        health=Health.WRONG if outside.problems else Health.OK,
        problem="; ".join(outside.problems),
    )


def _provider(settings: Settings, registry: Registry, kind: ProviderKind) -> PartFinding:
    """What a kind uses."""
    replaced = _replaced(settings, registry) and kind in (ProviderKind.STT, ProviderKind.TTS)
    try:
        chain = registry.chain(kind, wanted(settings)[kind], settings.given)
    except VoiceAgentError:  # told among what is refused
        why = f"{kind.setting} is set" if wanted(settings)[kind] else f"{kind.setting} is not set"
        return PartFinding(part=kind.words, uses="nothing", why=why, health=Health.WRONG)
    if not chain or replaced:
        why = f"{ProviderKind.SPEECH_TO_SPEECH.setting} is {'set' if replaced else 'not set'}"
        return PartFinding(part=kind.words, uses="nothing", why=why, health=Health.UNUSED)
    return PartFinding(
        part=kind.words,
        uses=", then ".join(choice.provider.name for choice in chain),
        why=chain[0].why,
        health=Health.OFFLINE if chain[0].provider.private else Health.OK,
    )


def _replaced(settings: Settings, registry: Registry) -> bool:
    """Whether one model is wanted in place of recogniser and voice, and not beside them."""
    wants = settings.speech_to_speech_provider
    known = (p for p in registry.of(ProviderKind.SPEECH_TO_SPEECH) if p.name == wants)
    return bool(wants) and isinstance(next(known, None), SpeechToSpeechProvider | None)


def _known(settings: Settings, registry: Registry) -> Iterator[ProviderFinding]:
    used = set()
    for kind in ProviderKind:
        with suppress(VoiceAgentError):
            chain = registry.chain(kind, wanted(settings)[kind], settings.given)
            used |= {(kind, choice.provider.name) for choice in chain}
    if _replaced(settings, registry):
        used = {
            (kind, name) for kind, name in used if kind not in (ProviderKind.STT, ProviderKind.TTS)
        }
    for provider in registry.providers:
        yield ProviderFinding(
            kind=provider.kind,
            name=provider.name,
            used=(provider.kind, provider.name) in used,
            private=provider.stays_local(settings.given, settings.local_hosts),
            capabilities=str(provider.capabilities),
            languages=provider.languages,
            price="" if provider.price is None else str(provider.price),
            missing=registry.lacks(provider, settings.given),
        )


def _outside(fault: str) -> PartFinding:
    """Not wrong of ours: calls are served by the others."""
    return PartFinding(part="outside package", uses="nothing", why=fault, health=Health.UNUSED)


def _unused(settings: Settings, registry: Registry) -> Iterator[PartFinding]:
    """What was set and nothing reads: a key whose part is not built, a name that is misspelt."""
    read = [name for provider in registry.providers for name in provider.needs.read]
    for name in settings.unread(read):
        why = f"{name} is set, and nothing here reads it"
        yield PartFinding(part="setting", uses="nothing", why=why, health=Health.UNUSED)
