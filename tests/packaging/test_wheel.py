"""The wheel works where there is no clone: installed elsewhere, beside an outside package.

Nothing is fetched: the build runs without isolation (the development lock has the build backend),
and dependencies come from the environment that runs the tests, by a path file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.postgres import state_folder
from voiceagent.store.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[2]
TOY = Path(__file__).parent / "toy"

DATA = (
    "voiceagent/installed/business/coolcare.toml",
    "voiceagent/installed/business/hotel.toml",
    "voiceagent/installed/audio_fixtures/manifest.toml",
    "voiceagent/installed/audio_fixtures/reference/slt/01.wav",
    "voiceagent/media/sound_classifier.npz",
    "voiceagent/store/migrations/0003.bookings.sql",
    "pipelines/offline/callers.grammar",
    "pipelines/offline/front_end.npz",
    "voiceagent/app/web/phone_page/phone.html",
    "voiceagent/app/web/phone_page/main.js",
    "voiceagent/app/web/console_page/wall.js",
    "voiceagent/app/web/shared_page/colours.css",
)

READ_TOOLS = """
import json, pathlib, voiceagent
from importlib.metadata import entry_points
from tools import TOOLS
from voiceagent.app.outside import outside_tools
found = outside_tools(TOOLS)
print(json.dumps({
    "engine": voiceagent.__file__,
    "tools": [tool.spec.name for tool in found.tools],
    "problems": list(found.problems),
    "providers": sorted(entry.name for entry in entry_points(group="voiceagent.providers")),
}))
"""


def ran(
    *command: str | Path, cwd: Path, text: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    keep = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "DATABASE_URL"}}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=keep | env,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def wheel(project: Path, into: Path) -> Path:
    """Build the wheel of a project with the installed backend; where it is."""
    done = ran(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into, cwd=project)
    assert done.returncode == 0, done.stderr
    (built,) = into.glob("*.whl")
    return built


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheels, and a folder that has nothing to do with it."""

    wheel: Path
    bin: Path
    elsewhere: Path
    state: Path

    def voiceagent(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        command = self.bin / "voiceagent"
        state = {"VOICEAGENT_STATE": str(self.state)}
        return ran(command, *arguments, cwd=self.elsewhere, text=text, **state)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("wheel")
    toy = shutil.copytree(TOY, folder / "toy")
    wheels = [wheel(ROOT, folder / "ours"), wheel(toy, folder / "theirs")]
    venv.create(folder / "env", with_pip=True, symlinks=True)
    binaries = folder / "env" / "bin"
    python = binaries / "python"
    offline = ("--no-deps", "--no-index", "--disable-pip-version-check")
    done = ran(python, "-m", "pip", "install", "-q", *offline, *wheels, cwd=folder)
    assert done.returncode == 0, done.stderr
    packages = next((folder / "env" / "lib").glob("python*/site-packages"))
    ours = sysconfig.get_paths()["purelib"]
    (packages / "dependencies.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    with state_folder() as state:
        yield Installed(wheels[0], binaries, elsewhere, state)
        EmbeddedPostgres(state).stop()


def test_the_wheel_has_the_data_and_no_tests(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()
    assert set(DATA) <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "training/"))]
    migrations = {p.name for p in (ROOT / "voiceagent/store/migrations").glob("*.sql")}
    assert migrations == {Path(n).name for n in names if "/migrations/" in n and n.endswith("sql")}


def test_the_command_is_there(installed: Installed) -> None:
    done = installed.voiceagent("--help")
    assert done.returncode == 0, done.stderr
    for command in ("serve", "chat", "doctor", "demo"):
        assert command in done.stdout


def test_an_outside_package_adds_a_tool_and_a_broken_one_is_named(installed: Installed) -> None:
    done = ran(installed.bin / "python", "-c", READ_TOOLS, cwd=installed.elsewhere)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert not Path(found["engine"]).is_relative_to(ROOT)
    assert found["tools"] == ["tide_table"]
    assert found["providers"] == ["broken", "toy"]
    broken, no_tool = found["problems"]
    assert "toy-voiceagent-plugin 0.0.1" in broken
    assert "toy_plugin.nowhere" in broken
    assert "It is no tool" in no_tool


def test_the_doctor_finds_every_part_and_the_outside_tool(installed: Installed) -> None:
    done = installed.voiceagent("doctor", "--json")
    findings = {found["part"]: found for found in json.loads(done.stdout)["findings"]}
    tools = findings.pop("tools")
    assert "tide_table" in tools["uses"]
    assert "toy_plugin.nowhere" in tools["problem"]
    assert (done.returncode, tools["health"]) == (1, "wrong")  # two tools of the toy are broken
    assert not [found for found in findings.values() if found["health"] == "wrong"]
    assert findings["business file"]["uses"].startswith(str(installed.bin.parent))


def test_a_chat_in_a_foreign_folder(installed: Installed) -> None:
    lines = "what are your opening hours\nno thank you bye\n"
    done = installed.voiceagent("chat", "--json", text=lines)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["outcome"] == "answered"
    warned = done.stderr.splitlines()
    tools = [line for line in warned if "tools.outside" in line]
    providers = {line.partition("providers.outside")[2] for line in warned} - {""}
    assert (len(tools), len(providers)) == (2, 2), (
        done.stderr
    )  # the broken entry points, a line each
    assert not list(installed.elsewhere.iterdir())
