"""R5: with every part of a kind dead, a caller hears a word and gets to a person within 8 s.

In virtual time over loopback sockets. Here each kind dies in two ways; ``./run bench failover
--all-dead`` has all twenty-four, in real time.
"""

from __future__ import annotations

import pytest

from loadtest.bench.server.failover.all_dead import (
    DEAD_CELLS,
    MOST_S,
    DeadCell,
    Dies,
    run_dead,
)
from loadtest.simulator.providers.faults import FaultName
from tests.loadtest.test_failover_cells import STAGE
from tests.support import virtual_time

SAMPLE = [
    cell
    for cell in DEAD_CELLS
    if (cell.fault, cell.behind)
    in {(FaultName.RESET, Dies.AT_ONCE), (FaultName.HALF_OPEN, Dies.SILENTLY)}
]


@pytest.mark.parametrize("cell", SAMPLE, ids=str)
def test_the_caller_gets_to_a_person_in_time(cell: DeadCell) -> None:
    finding = virtual_time.run(run_dead(cell, STAGE))
    assert not finding.missed, finding.line
    assert finding.person_s is not None
    assert finding.person_s <= MOST_S


def test_all_kinds_and_ways_are_there() -> None:
    assert len(DEAD_CELLS) == 24
    assert {cell.kinds for cell in SAMPLE} == {cell.kinds for cell in DEAD_CELLS}
