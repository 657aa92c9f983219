"""Where a report cannot be written, that is said before there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtest.report.page import PAGE, RECORD, check_folder


def test_there_is_nothing_to_put_it_into(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no folder"):
        check_folder(tmp_path / "a" / "b")


@pytest.mark.parametrize("name", [RECORD, PAGE])
def test_a_folder_stands_where_a_file_is_to_be(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(ValueError, match="cannot be written over"):
        check_folder(tmp_path)


def test_a_file_stands_where_the_folder_is_to_be(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    for path in (tmp_path / "x", tmp_path / "x" / "y"):
        with pytest.raises(ValueError, match="x"):
            check_folder(path)


def test_a_system_that_takes_no_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing can be written"):
        check_folder(Path("/proc/voiceagent"))
    assert not list(tmp_path.iterdir())


def test_what_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    check_folder(tmp_path / "new")
    check_folder(tmp_path / "new")
    assert not list((tmp_path / "new").iterdir())
