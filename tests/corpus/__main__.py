"""``./run corpus``: what the rules make of the labelled sentences, by author and kind.

    ./run corpus danger            dangers dismissed or unheard, false alarms
    ./run corpus acts              acts and values: right, asked again, wrong
    ./run corpus knowledge         questions to the business's pages: found, told, invented
    ./run corpus acts --misses     and each sentence of the seen part that was not right

Needs nothing but the clone; ten seconds of one core.
"""

from __future__ import annotations

import argparse

from tests.corpus import knowledge
from tests.corpus.acts import score
from tests.corpus.danger import count
from tests.corpus.report import act_misses, acts_table, danger_misses, danger_table
from tests.corpus.rows import Split, act_rows, danger_rows, split_of
from tests.support.act_model import ACT_MODEL


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(
        prog="./run corpus", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["danger", "acts", "knowledge"])
    parser.add_argument("--misses", action="store_true", help="each sentence that went wrong")
    parser.add_argument(
        "--part", type=Split, default=Split.SEEN, help="of which part; of the unseen one only once"
    )
    chosen = parser.parse_args()
    lines = list(_lines(chosen.what, misses=chosen.misses, part=chosen.part))
    print("\n".join(lines))  # noqa: T201 - the command's result


def _lines(what: str, *, misses: bool, part: Split) -> list[str]:
    if what == "knowledge":
        return knowledge.lines(with_misses=misses)
    splits = split_of()
    if what == "danger":
        rows = danger_rows()
        told = [row for row in rows if splits[row.author] is part]
        return [*danger_table(rows), *(danger_misses(count(told)) if misses else ())]
    scored = score(act_rows(), ACT_MODEL)
    shown = [one for one in scored if splits[one.row.author] is part]
    return [*acts_table(scored), *(act_misses(shown) if misses else ())]


if __name__ == "__main__":
    main()
