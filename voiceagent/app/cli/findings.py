"""What ``doctor`` has found, and how it is shown."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.providers.spec import ProviderKind
from voiceagent.app.cli.exchanges import ExchangeFinding
from voiceagent.app.cli.health import Health


class PartFinding(BaseModel):
    """One part: what it uses, why that, and how it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: str
    uses: str
    why: str
    health: Health
    problem: str = ""


class ProviderFinding(BaseModel):
    """One provider that could be used: whether it is, what it can do, and what it lacks.

    `private` when what callers say stays on the owner's hosts; `price` is empty for what runs here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ProviderKind
    name: str
    used: bool
    private: bool
    capabilities: str
    languages: tuple[str, ...]
    price: str
    missing: tuple[str, ...]


class DoctorReport(BaseModel):
    """All findings. `exchanges` is empty when none were asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    findings: tuple[PartFinding, ...]
    providers: tuple[ProviderFinding, ...]
    exchanges: tuple[ExchangeFinding, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong; offline is not wrong."""
        found = [one.health for one in self.findings] + [one.health for one in self.exchanges]
        return Health.WRONG not in found


def _provider_line(one: ProviderFinding) -> str:
    """One provider in one line: used or not, what it can do, what it lacks."""
    said = [one.capabilities, " ".join(one.languages), one.price]
    said.append("callers' words stay here" if one.private else "callers' words leave your hosts")
    said.append(f"needs {' and '.join(one.missing)}" if one.missing else "")
    mark = "*" if one.used else " "
    return f"{mark} {one.kind.words}: {one.name}: {'; '.join(part for part in said if part)}"


_COLOURS = {
    Health.OK: "green",
    Health.OFFLINE: "cyan",
    Health.UNUSED: "yellow",
    Health.WRONG: "red",
}


def print_exchanges(console: Console, report: DoctorReport) -> None:
    """A line for each exchange: how long it took, and what came of it or what to do."""
    if not report.exchanges:
        return
    console.print("\nExchanges:")
    for one in report.exchanges:
        took = "not tried" if one.took_ms is None else f"{one.took_ms:.0f} ms with its start"
        state = f"[{_COLOURS[one.health]}]{one.health}[/]"
        line = f"{state} {one.part}: {escape(one.name)}: {escape(one.said)} [dim]({took})[/]"
        console.print(line, soft_wrap=True)


def print_findings(console: Console, report: DoctorReport) -> None:
    """A table, and the problems in full below it."""
    table = Table(show_edge=False)
    for heading in ("part", "uses", "why", "state"):
        table.add_column(heading)
    for finding in report.findings:
        state = f"[{_COLOURS[finding.health]}]{finding.health}[/]"
        table.add_row(finding.part, escape(finding.uses), escape(finding.why), state)
    console.print(table)
    console.print("\nProviders (* in use):")
    for one in report.providers:
        console.print(_provider_line(one), markup=False, soft_wrap=True)
    print_exchanges(console, report)
    for finding in report.findings:
        if finding.problem:
            console.print(f"[red]{finding.part}:[/] {escape(finding.problem)}", soft_wrap=True)
