"""The import rules of the rooms: who may know whom. One table, checked against every module."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

DOMAIN = ("voiceagent.errors", "voiceagent.domain")
CORE = (*DOMAIN, "voiceagent.core")
LANGUAGE = (*DOMAIN, "voiceagent.language")
PORTS = (*CORE, "voiceagent.ports")
TOOLKIT = (*PORTS, "voiceagent.toolkit")
DIALOGUE = (*TOOLKIT, "voiceagent.language", "voiceagent.dialogue")
ENGINE = ("voiceagent", "pipelines", "tools", "telephony", "channels", "connectors")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "voiceagent.errors": (),
    "voiceagent.domain": DOMAIN,
    "voiceagent.core": CORE,
    "voiceagent.language": LANGUAGE,
    "voiceagent.ports": PORTS,
    "voiceagent.toolkit": TOOLKIT,
    "voiceagent.dialogue": DIALOGUE,
    "voiceagent.dialogue.house": (
        *CORE,
        "voiceagent.language",
        "voiceagent.dialogue.acts",
        "voiceagent.dialogue.case_file",
        "voiceagent.dialogue.port",
        "voiceagent.dialogue.completeness",
        "voiceagent.dialogue.house",
        "voiceagent.toolkit.answers",
    ),
    "voiceagent.dialogue.model": (
        *TOOLKIT,
        "voiceagent.language",
        "voiceagent.dialogue.acts",
        "voiceagent.dialogue.case_file",
        "voiceagent.dialogue.port",
        "voiceagent.dialogue.house",
        "voiceagent.dialogue.model",
    ),
    "voiceagent.media": (*CORE, "voiceagent.media"),
    "voiceagent.incidents": (
        *DIALOGUE,
        "voiceagent.media",
        "voiceagent.store",
        "tools",
        "voiceagent.incidents",
    ),
    "voiceagent.store": (*PORTS, "voiceagent.store"),
    "tools": (*TOOLKIT, "tools"),
    "telephony": (*PORTS, "telephony"),
    "telephony.contract": CORE,
    "channels": (*DIALOGUE, "channels"),
    "connectors": (*PORTS, "connectors"),
    "pipelines": (*DIALOGUE, "voiceagent.media", "pipelines"),
    "pipelines.offline": (*CORE, "voiceagent.language", "voiceagent.media", "pipelines.offline"),
    "voiceagent.app": (*ENGINE, "loadtest"),
    "voiceagent.app.settings": DOMAIN,
    "voiceagent.app.web": (*PORTS, "voiceagent.toolkit.answers", "voiceagent.app.web"),
    "voiceagent.app.ops": (*PORTS, "voiceagent.app.ops"),
    "voiceagent": ("voiceagent.app.cli",),
    "loadtest": (),
    "loadtest.simulator": ("loadtest.simulator",),
    "loadtest.bench": ("loadtest.simulator", "loadtest.bench"),
    "loadtest.bench.server": ("loadtest.simulator", "loadtest.bench", *ENGINE),
    "loadtest.panel": (
        *CORE,
        "voiceagent.media",
        "pipelines.offline",
        "loadtest.simulator",
        "loadtest.panel",
    ),
    "loadtest.persona": ("loadtest.persona",),
    "loadtest.replay": ("loadtest.simulator", "loadtest.replay"),
    "loadtest.report": ("loadtest.replay", "loadtest.report"),
    "training": ("training", *ENGINE),
    "deploy": ("deploy",),
}
"""Room -> what of ours it may import; the longest name that fits a module is its room."""

LAZY: dict[str, str] = {"loadtest.bench": "voiceagent.app.cli"}
"""Room that the engine does not need to serve calls -> who alone of the engine may import it, and
only inside a function, so that nothing of it is loaded until its command is given."""

ONLY_FOR: dict[str, tuple[str, ...]] = {
    "voiceagent.app": ("voiceagent.__main__", "loadtest.bench.server"),
    "loadtest.panel": (),
    "training": (),
    "deploy": (),
}
"""Rooms at the end of the line -> who else may import them: the entrance, and the bench's server,
which is composed of the same parts. Otherwise only tests do."""

OURS = (*ENGINE, "loadtest", "training", "deploy")

CLOCKLESS_EXCEPTIONS = (
    "voiceagent/core/clock.py",
    "voiceagent/app/settings.py",
    "voiceagent/app/composition.py",
    "voiceagent/app/calls/",
    "voiceagent/app/acceptor.py",
    "voiceagent/app/server.py",
    "voiceagent/app/workers.py",
    "voiceagent/app/cli/",
    "voiceagent/media/scheduler.py",
)
"""Where time may be read and tasks started: clock, settings, composition, the media wheel."""


def modules() -> list[Path]:
    return sorted(p for top in OURS for p in (ROOT / top).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def room_of(name: str) -> str:
    rooms = [room for room in MAY_IMPORT if under(name, room)]
    assert rooms, f"{name} is in no room: add it to the table or move it"
    return max(rooms, key=len)


def imports(path: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            base = node.module or ""
            found += [(node.lineno, base)]
            found += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    name = name_of(path)
    allowed = MAY_IMPORT[room_of(name)]
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {target}"
        for line, target in imports(path)
        if under(target, target.split(".")[0])
        and target.split(".")[0] in OURS
        and "." in target
        and not any(under(target, a) or under(a, target) for a in allowed)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_pipelines_knows_pipecat(path: Path) -> None:
    name = name_of(path)
    if under(name, "pipelines") and not under(name, "pipelines.offline"):
        return
    if under(name, "loadtest.bench.baselines"):  # what the engine is compared with is a pipecat bot
        return
    if under(name, "loadtest.bench.server"):  # stub services, for the engine's own pipeline
        return
    assert not [t for _, t in imports(path) if under(t, "pipecat")]


FORBIDDEN_CALLS = {
    ("time", "time"),
    ("time", "monotonic"),
    ("time", "perf_counter"),
    ("time", "sleep"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("os", "getenv"),
    ("asyncio", "create_task"),
    ("asyncio", "ensure_future"),
}


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_time_and_tasks_come_in_from_outside(path: Path) -> None:
    relative = str(path.relative_to(ROOT))
    if relative.startswith((*CLOCKLESS_EXCEPTIONS, "loadtest/")):
        return
    wrong = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            pair = (node.value.id, node.attr)
            if pair in FORBIDDEN_CALLS or pair == ("os", "environ") or pair[0] == "random":
                wrong.append(f"{relative}:{node.lineno} uses {pair[0]}.{pair[1]}")
    assert not wrong, "\n".join(wrong)


def engine_modules() -> list[Path]:
    return [path for path in modules() if name_of(path).split(".")[0] in ENGINE]


TASK_STARTERS = {"create_task", "ensure_future"}
OUTSIDE_A_GROUP = {"asyncio", "loop"}
"""Whose tasks nobody waits for; a TaskGroup's and pipecat's own manager's end with their owner."""


def tasks_outside_a_group(tree: ast.AST) -> list[int]:
    """Lines that start a task which may outlive, or die unnoticed by, whoever started it."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=("create_task" | "ensure_future"), value=ast.Call()):
                found.append(node.lineno)
            case ast.Attribute(
                attr=("create_task" | "ensure_future"),
                value=(ast.Name(id=owner) | ast.Attribute(attr=owner)),
            ) if owner.lstrip("_") in OUTSIDE_A_GROUP:
                found.append(node.lineno)
            case ast.ImportFrom(module="asyncio"):
                found += [node.lineno for alias in node.names if alias.name in TASK_STARTERS]
    return found


@pytest.mark.parametrize("path", engine_modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_tasks_are_started_in_a_group(path: Path) -> None:
    assert not tasks_outside_a_group(ast.parse(path.read_text()))


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("asyncio.ensure_future(work())", [1]),
        ("asyncio.create_task(work())", [1]),
        ("loop.create_task(work())", [1]),
        ("self._loop.create_task(work())", [1]),
        ("asyncio.get_running_loop().create_task(work())", [1]),
        ("spawn = asyncio.ensure_future", [1]),
        ("from asyncio import create_task", [1]),
        ("tasks.create_task(work())", []),
        ("self._tasks.create_task(work())", []),
        ("self.task_manager.create_task(work(), 'late')", []),
    ],
)
def test_a_task_outside_a_group_is_seen(source: str, lines: list[int]) -> None:
    assert tasks_outside_a_group(ast.parse(source)) == lines


def module_level(path: Path) -> set[str]:
    """What is imported when the module is; what only the type checker reads is not."""
    found: set[str] = set()

    def visit(nodes: list[ast.stmt]) -> None:
        for node in nodes:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    continue
                case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                    visit(node.orelse)
                case ast.Import():
                    found.update(alias.name for alias in node.names)
                case ast.ImportFrom(module=str(base)):
                    found.update({base, *(f"{base}.{alias.name}" for alias in node.names)})
                case _:
                    for block in ("body", "orelse", "finalbody", "handlers"):
                        visit(getattr(node, block, []))

    visit(ast.parse(path.read_text()).body)
    return found


@pytest.mark.parametrize("path", engine_modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_engine_reaches_the_bench_from_its_command_line_and_late(path: Path) -> None:
    name = name_of(path)
    for room, who in LAZY.items():
        late = [line for line, target in imports(path) if under(target, room)]
        assert not late or under(name, who), f"{name}:{late} imports {room}; only {who} may"
        assert not [target for target in module_level(path) if under(target, room)], name


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_nobody_imports_a_room_at_the_end_of_the_line(path: Path) -> None:
    name = name_of(path)
    for room, guests in ONLY_FOR.items():
        if not any(under(name, guest) for guest in (room, *guests)):
            assert not [line for line, target in imports(path) if under(target, room)], name


def test_the_table_can_fail() -> None:
    """A check that cannot fail is no check: a telephony module importing a tool is refused."""
    allowed = MAY_IMPORT["telephony"]
    assert not any(under("tools.book_appointment", a) for a in allowed)
    assert any(under("voiceagent.core.wire", a) for a in allowed)


def test_module_level_sees_what_is_imported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import a\n"
        "if TYPE_CHECKING:\n    import b\n"
        "try:\n    from c import d\nexcept ImportError:\n    import e\n"
        "def f():\n    import g\n"
        "class H:\n    import i\n"
    )
    assert module_level(path) == {"a", "c", "c.d", "e", "i"}


def public_classes() -> dict[str, set[str]]:
    """Name of each public class -> modules that define one."""
    found: dict[str, set[str]] = {}
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, set()).add(name_of(path))
    return found


def test_a_public_class_name_means_one_thing() -> None:
    """Who reads `Playout` in one room does not find another `Playout` in the next."""
    shared = {name: sorted(at) for name, at in public_classes().items() if len(at) > 1}
    assert not shared
