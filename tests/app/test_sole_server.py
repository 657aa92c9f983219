"""Two servers do not share a state folder; what is one server, or shares a database, does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from voiceagent.app.settings import Settings
from voiceagent.app.sole_server import sole_server
from voiceagent.errors import OwnerFixable


def settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"VOICEAGENT_STATE": str(folder), **more})


def test_the_second_server_on_a_folder_is_told_who_is_there(tmp_path: Path) -> None:
    ours = settings(tmp_path / "state")
    with sole_server(ours):
        with (
            pytest.raises(OwnerFixable, match=rf"process {os.getpid()}") as caught,
            sole_server(ours),
        ):
            raise AssertionError
        assert caught.value.code == "serve.already"
        with sole_server(settings(tmp_path / "other")):
            pass
    with sole_server(ours):  # the first one has ended
        pass


def test_a_worker_and_a_server_of_a_shared_database_are_let_in(tmp_path: Path) -> None:
    with sole_server(settings(tmp_path)):
        with sole_server(settings(tmp_path, DOOR_FD=3)):
            pass
        with sole_server(settings(tmp_path, DATABASE_URL="postgresql://u@127.0.0.1/x")):
            pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OwnerFixable, match="state folder"),
        sole_server(settings(tmp_path / "file")),
    ):
        raise AssertionError
