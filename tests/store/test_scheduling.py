"""The scheduling machine, on both stores; longer on PostgreSQL by ``./run soak-bookings``."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.scheduling_machine import MemoryScheduling, postgres_scheduling

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def test_no_order_of_acts_gives_two_people_one_window() -> None:
    run_state_machine_as_test(
        MemoryScheduling,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=SLOW
        ),
    )


def test_nor_does_the_database(database: str) -> None:
    run_state_machine_as_test(
        postgres_scheduling(database),
        settings=settings(
            max_examples=4,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=SLOW,
            derandomize=True,
        ),
    )
