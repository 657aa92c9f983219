"""Streams of these tests find out quickly that their readers have gone."""

from __future__ import annotations

import pytest

from voiceagent.app.web import wall


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "EVERY_S", 0.005)
