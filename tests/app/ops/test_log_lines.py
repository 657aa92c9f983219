"""A line is text or one JSON object, says its code and call, and how much is said can change."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from loguru import logger

from voiceagent.app.ops.logs import LogLevel, set_up_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    logger.remove()


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_json_line_has_its_code_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", ["hunter22"], as_json=True)
    with logger.contextualize(call="ab12"):
        logger.info("calls.ended: {}", "booked")
    logger.warning('no code, "quoted" hunter22\nand a second line')
    first, second = objects(capsys)
    assert (first["code"], first["level"], first["call"]) == ("calls.ended", "INFO", "ab12")
    assert first["message"] == "calls.ended: booked"
    assert first["time"].endswith("+00:00")
    assert (second["code"], "call" in second) == ("", False)
    assert second["message"] == 'no code, "quoted" ***\nand a second line'


def test_a_traceback_stays_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("INFO", as_json=True)
    try:
        raise ValueError("why")  # noqa: TRY301 - what is tested
    except ValueError:
        logger.exception("calls.call_failed")
    (line,) = objects(capsys)
    assert line["message"] == "calls.call_failed"
    assert "ValueError: why" in line["traceback"]


@pytest.mark.parametrize("as_json", [False, True])
def test_how_much_is_said_changes_and_goes_back(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    logs: LogLevel = set_up_logs("INFO", as_json=as_json)

    def heard(text: str) -> bool:
        logger.debug(text)
        return text in capsys.readouterr().err

    assert not heard("one")
    assert logs.turn() == "DEBUG"
    assert heard("two")
    assert logs.turn() == "INFO"
    assert not heard("three")
    logs.set("ERROR")
    logger.warning("four")
    assert not capsys.readouterr().err
