"""The flags of a file, resolved by OpenFeature's own provider, and read again when it has changed.

Their client is left out: it finds its provider in a registry of the whole process.
"""

from __future__ import annotations

from pathlib import Path

from loguru import logger
from openfeature.provider import FeatureProvider
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from connectors.flagd_file.document import read
from voiceagent.errors import OwnerFixable
from voiceagent.ports.flags import FeatureFlags


class OpenFeatureFlags(FeatureFlags):
    """Flags of any OpenFeature provider.

    Args:
        provider: answers with the default for a flag that it has not.
    """

    def __init__(self, provider: FeatureProvider) -> None:
        self._provider = provider

    def text(self, key: str, default: str) -> str:
        """See `FeatureFlags`."""
        return self._provider.resolve_string_details(key, default).value

    def number(self, key: str, default: float) -> float:
        """See `FeatureFlags`."""
        return self._provider.resolve_float_details(key, default).value


class FileFlags(FeatureFlags):
    """The flags of a file as it is; while it is wrong or away, as it was when it was right.

    It is looked at when a flag is asked for: that is a question to the file system, and is asked
    once a conversation.

    Args:
        path: of the file.

    Raises:
        OwnerFixable: see `connectors.flagd_file.document.read`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = _stamp(path)
        self._flags = _read(path)

    def text(self, key: str, default: str) -> str:
        """See `FeatureFlags`."""
        return self._now().text(key, default)

    def number(self, key: str, default: float) -> float:
        """See `FeatureFlags`."""
        return self._now().number(key, default)

    def _now(self) -> OpenFeatureFlags:
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._flags = _read(self._path)
            except OwnerFixable as error:
                logger.warning("flags.kept: {}; the last ones that were right serve", error.code)
        return self._flags


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes with a file; ``None`` when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> OpenFeatureFlags:
    enabled = read(path).enabled()
    found = {key: InMemoryFlag(flag.default_variant, dict(flag.variants)) for key, flag in enabled}
    return OpenFeatureFlags(InMemoryProvider(found))
