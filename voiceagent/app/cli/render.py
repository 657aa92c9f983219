"""How results look on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from voiceagent.app.cli.result import ConversationResult
from voiceagent.domain.history import CallHistory
from voiceagent.domain.records import Speaker, TurnLatency

STAGES = (
    ("endpoint", "bright_black"),
    ("stt", "blue"),
    ("think", "green"),
    ("tools", "yellow"),
    ("tts", "red"),
    ("send", "magenta"),
)
MS_PER_CELL = 40.0


def stages(latency: TurnLatency) -> tuple[float, ...]:
    """The stages of `STAGES`, in milliseconds."""
    return (
        latency.endpoint_ms,
        latency.stt_ms,
        latency.think_ms,
        latency.tools_ms,
        latency.tts_ms,
        latency.send_ms,
    )


def print_transcript(console: Console, history: CallHistory) -> None:
    """Who said what, as heard, with the tool calls between."""
    console.print()
    for turn in history.turns:
        agent = turn.speaker is Speaker.AGENT
        line = Text(f"{turn.speaker.value:>7}  ", style="cyan" if agent else "yellow")
        line.append(turn.heard, style="default")
        if agent and turn.heard != turn.text:
            line.append(" [cut off]", style="red")
        console.print(line)
    console.print()
    for tool in history.tools:
        line = Text(f"tool {tool.name} ", style="green")
        line.append(f"{tool.arguments_json} -> {tool.result_json}", style="dim")
        console.print(line)


def print_result(console: Console, result: ConversationResult) -> None:
    """Outcome, booking and messages."""
    console.print()
    console.print(f"[bold]Outcome:[/] {result.outcome}")
    if (job := result.job) is not None:
        table = Table(title="Job in PostgreSQL", show_header=False, title_justify="left")
        window = f"{job.window_start:%A %b %d, %H:%M}-{job.window_end:%H:%M} {job.timezone}"
        for name, value in (
            ("customer", f"{job.customer_name}, {job.phone}"),
            ("address", job.address),
            ("work", job.description),
            ("window", window),
            ("priority", job.priority),
            ("notes", job.notes),
            ("estimate", f"${job.estimated_cost}"),
            ("deposit", f"${job.deposit_amount} ({'paid' if job.deposit_paid else 'not paid'})"),
            ("checkout", job.checkout_url or "not created yet"),
        ):
            table.add_row(name, value)
        console.print(table)
    for message in result.sms:
        console.print(f"[bold]SMS to {message.to}:[/] {message.body}", highlight=False)


def print_waterfall(console: Console, history: CallHistory) -> None:
    """Each reply's latency, by stages that sum to voice-to-voice, in figures and as a bar."""
    legend = Text("Latency per reply, ms\n turn   v2v ")
    for name, colour in STAGES:
        legend.append(f"{name:>9}", style=colour)
    console.print(legend)
    for turn in history.turns:
        if turn.speaker is not Speaker.AGENT or turn.latency is None:
            continue
        line = Text(f"{turn.index:>5} {turn.latency.v2v_ms:>5.0f} ")
        bar = Text("  ")
        for (_, colour), ms in zip(STAGES, stages(turn.latency), strict=True):
            line.append(f"{ms:>9.0f}", style=colour)
            bar.append("█" * round(ms / MS_PER_CELL), style=colour)
        console.print(line + bar, soft_wrap=True)
