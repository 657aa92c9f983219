"""Providers that tests add: the page's code, and records that open nothing."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

from pydantic import SecretStr

from pipelines.providers.spec import (
    Given,
    MakeStt,
    Needs,
    ProviderSite,
    SttCapabilities,
    SttProvider,
)

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-provider.md"


def page_code(name: str) -> str:
    """A file of the provider of docs/adding-a-provider.md, as written there."""
    (code,) = re.findall(
        rf"```python\n# pipelines/providers/toy/{name}.py\n(.*?)```", PAGE.read_text(), re.DOTALL
    )
    return str(code)


def page_module() -> ModuleType:
    """Its records, imported; its services are there to be imported when it is opened."""
    sys.modules["pipelines.providers.toy"] = ModuleType("pipelines.providers.toy")
    _page_file("services")
    return _page_file("specs")


def _page_file(name: str) -> ModuleType:
    module = ModuleType(f"pipelines.providers.toy.{name}")
    sys.modules[module.__name__] = module
    exec(compile(page_code(name), str(PAGE), "exec"), module.__dict__)  # noqa: S102 - our own page
    return module


def given(**settings: str) -> Given:
    """Settings by name."""
    found: Mapping[str, SecretStr] = {name: SecretStr(text) for name, text in settings.items()}
    return found.get


@asynccontextmanager
async def never_opened(_: ProviderSite) -> AsyncIterator[MakeStt]:
    raise AssertionError("a provider that is not used was opened")
    yield


def stt(name: str, *settings: str, modules: tuple[str, ...] = ()) -> SttProvider:
    """A recogniser that must not be opened."""
    return SttProvider(
        name=name,
        needs=Needs(settings, modules, f"voiceagent[{name}]" if modules else ""),
        capabilities=SttCapabilities(),
        open=never_opened,
    )
