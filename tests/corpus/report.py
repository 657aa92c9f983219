"""The tables that ``./run corpus`` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.corpus.acts import KINDS, Outcome, Scored, share, wanted_values
from tests.corpus.danger import DangerCount, count
from tests.corpus.rows import DangerRow, Split, split_of


def danger_table(rows: Sequence[DangerRow]) -> Iterable[str]:
    """Lines about danger: all of it, by part, origin, language, author and kind."""
    yield (
        f"{'':22}{'rows':>6}{'dangers':>9}{'dismissed':>11}{'unheard':>9}{'again':>7}{'alarms':>8}"
        f"{'of':>6}{'share':>8}{'denials at once':>18}"
    )
    splits = split_of()
    by: Mapping[str, Callable[[DangerRow], str]] = {
        "part": lambda row: splits[row.author],
        "origin": lambda row: row.origin,
        "language": lambda row: row.language,
        "author": lambda row: f"{row.author} {splits[row.author]}",
        "kind": lambda row: row.kind,
    }
    yield _danger("all", count(rows))
    for name, key in by.items():
        for group in sorted({key(row) for row in rows}):
            yield _danger(f"{name} {group}", count(row for row in rows if key(row) == group))


def danger_misses(found: DangerCount) -> Iterable[str]:
    """A line for each row that went wrong."""
    for what, rows in (
        ("dismissed", found.dismissed),
        ("unheard", found.unheard),
        ("asked again", found.asked_again),
        ("false alarm", found.alarms),
    ):
        for row in rows:
            yield f"{what:12}{row.author} {row.origin:8}{row.label:12} {row.kind:10} {row.sentence}"


def _danger(name: str, found: DangerCount) -> str:
    return (
        f"{name:22}{found.rows:6}{found.dangers:9}{len(found.dismissed):11}{len(found.unheard):9}"
        f"{len(found.asked_again):7}{len(found.alarms):8}{found.harmless:6}"
        f"{found.alarm_share:8.1%}{found.understood:11} of {found.denials}"
    )


def acts_table(scored: Sequence[Scored]) -> Iterable[str]:
    """Lines about acts and values: by part, author, act, and the values by module."""
    splits = split_of()
    yield f"{'':26}{'rows':>6}{'right':>8}{'again':>8}{'wrong':>8}{'topic':>8}{'values':>8}{'of':>6}"  # noqa: E501
    yield _acts("all", scored)
    by: Mapping[str, Callable[[Scored], str]] = {
        "part": lambda one: splits[one.row.author],
        "origin": lambda one: f"{one.row.origin} {splits[one.row.author]}",
        "author": lambda one: f"{one.row.author} {splits[one.row.author]}",
        "act": lambda one: f"{one.row.act} {splits[one.row.author]}",
        "asked": lambda one: f"{one.row.asked} {splits[one.row.author]}",
    }
    for name, key in by.items():
        for group in sorted({key(one) for one in scored}):
            yield _acts(f"{name} {group}", [one for one in scored if key(one) == group])
    for split in Split:
        yield from _modules(split, [one for one in scored if splits[one.row.author] is split])


def act_misses(scored: Sequence[Scored]) -> Iterable[str]:
    """A line for each row that was not right in act, topic or value."""
    for one in scored:
        row, wanted = one.row, wanted_values(one.row)
        if one.outcome is not Outcome.RIGHT:
            yield f"{one.outcome:12}{row.author} {row.asked:10} {row.act:>12} as {one.act:12} {row.sentence}"  # noqa: E501
        elif not one.topic_right:
            yield f"{'topic':12}{row.author} {row.asked:10} {row.topic:>12} as {one.topic:12} {row.sentence}"  # noqa: E501
        for key, value in wanted.items():
            if one.values[key] != value:
                yield f"{'value ' + key:12}{row.author} {row.asked:10} {value!r} as {one.values[key]!r}  {row.sentence}"  # noqa: E501


def _acts(name: str, part: Sequence[Scored]) -> str:
    valued = [one for one in part if one.row.values]
    values = sum(one.values_right for one in valued) / len(valued) if valued else 1.0
    topics = sum(one.topic_right for one in part) / len(part) if part else 1.0
    shares = "".join(f"{share(part, outcome):8.1%}" for outcome in Outcome)
    return f"{name:26}{len(part):6}{shares}{topics:8.1%}{values:8.1%}{len(valued):6}"


def _modules(split: Split, part: Sequence[Scored]) -> Iterable[str]:
    """Each module of values: how many of its values were heard as they are."""
    there, right = Counter[str](), Counter[str]()
    for one in part:
        for key, value in wanted_values(one.row).items():
            there[KINDS[key]] += 1
            right[KINDS[key]] += one.values[key] == value
    for module in sorted(there):
        yield f"module {module} {split}: {right[module]} of {there[module]} ({right[module] / there[module]:.1%})"  # noqa: E501
