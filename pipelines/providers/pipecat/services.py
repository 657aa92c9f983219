"""Finds a pipecat service's class and makes services of it, or says in a sentence why not."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable
from typing import Any, Final, cast

from pipecat.services.ai_service import AIService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.providers.pipecat.specs import PipecatName
from pipelines.providers.spec import ProviderKind, ProviderSite
from pipelines.transport import SAMPLE_RATE_8K
from voiceagent.errors import OwnerFixable

Arguments = dict[str, Any]
"""Of a constructor that only the vendor knows."""

_BASES: Final[dict[ProviderKind, type[AIService]]] = {
    ProviderKind.STT: STTService,
    ProviderKind.TTS: TTSService,
}


def stt_maker(name: PipecatName, site: ProviderSite) -> Callable[[], STTService]:
    """What makes a fresh recogniser for each call; one is made here, to see that it can be.

    Args:
        name: of the service.
        site: has its options and its key.

    Raises:
        OwnerFixable: ``provider.unknown``, ``provider.needs`` or ``provider.options``.
    """
    return cast("Callable[[], STTService]", _maker(name, site, ProviderKind.STT))


def tts_maker(name: PipecatName, site: ProviderSite) -> Callable[[], TTSService]:
    """What makes a fresh voice for each call; see `stt_maker`."""
    return cast("Callable[[], TTSService]", _maker(name, site, ProviderKind.TTS))


def _maker(name: PipecatName, site: ProviderSite, kind: ProviderKind) -> Callable[[], AIService]:
    service = _class(name, kind)
    arguments = _arguments(name, service, site, kind)

    def make() -> AIService:
        return service(**arguments)

    try:
        make()
    except Exception as error:  # noqa: BLE001 - whatever a vendor's constructor objects with
        why = f": {error}" if isinstance(error, TypeError) else ""
        problem = f"{name.service} cannot be made with these options{why}."
        # Not chained: the error may quote a key.
        raise OwnerFixable("provider.options", problem, where=name.options(kind)) from None
    return make


def _class(name: PipecatName, kind: ProviderKind) -> type[AIService]:
    path = f"pipecat.services.{name.module}"
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name is not None and path.startswith(error.name):
            raise _unknown(name, kind) from None
        raise _needs(name, kind) from None
    except Exception:  # noqa: BLE001 - pipecat raises a plain one for a package that is not there
        raise _needs(name, kind) from None
    found = getattr(module, name.service, None)
    if not inspect.isclass(found):
        raise _unknown(name, kind)
    if not issubclass(found, _BASES[kind]):
        problem = f"{name.service} is no service for {kind.words}."
        raise OwnerFixable("provider.unknown", problem, where=kind.setting)
    return found


def _arguments(
    name: PipecatName, service: type[AIService], site: ProviderSite, kind: ProviderKind
) -> Arguments:
    takes = inspect.signature(service.__init__).parameters
    arguments = _options(name, site, kind)
    # What nobody on the way up names, pipecat's base takes and drops.
    makers = [vars(one)["__init__"] for one in service.__mro__ if "__init__" in vars(one)]
    known = {named for one in makers for named in inspect.signature(one).parameters}
    if unknown := sorted(set(arguments) - known):
        problem = f"{name.service} takes no {' and no '.join(unknown)}."
        raise OwnerFixable("provider.options", problem, where=name.options(kind))
    if isinstance(settings := arguments.get("settings"), dict):
        try:
            arguments["settings"] = service.Settings(**settings)  # type: ignore[attr-defined]
        except (AttributeError, TypeError) as error:
            problem = f"The settings of {name.service} are others: {error}."
            raise OwnerFixable("provider.options", problem, where=name.options(kind)) from None
    if "sample_rate" in takes:
        arguments.setdefault("sample_rate", SAMPLE_RATE_8K)
    if "api_key" in takes and "api_key" not in arguments:
        key = site.optional(name.key, "")
        if key:
            arguments["api_key"] = key
        elif takes["api_key"].default is inspect.Parameter.empty:
            raise OwnerFixable(
                "provider.needs", f"{name.service} needs {name.key}.", where=kind.setting
            )
    return arguments


def _options(name: PipecatName, site: ProviderSite, kind: ProviderKind) -> Arguments:
    try:
        read = json.loads(site.optional(name.options(kind), "") or "{}")
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise OwnerFixable("provider.options", "Write a JSON object.", where=name.options(kind))
    return read


def _unknown(name: PipecatName, kind: ProviderKind) -> OwnerFixable:
    problem = f"pipecat has no {name.module}.{name.service}."
    return OwnerFixable("provider.unknown", problem, where=kind.setting)


def _needs(name: PipecatName, kind: ProviderKind) -> OwnerFixable:
    problem = f"{name.service} needs the package {name.extra}."
    return OwnerFixable("provider.needs", problem, where=kind.setting)
