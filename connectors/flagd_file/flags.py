"""The flags of a file, resolved by OpenFeature's own provider.

Their client is left out: it finds its provider in a registry of the whole process.
"""

from __future__ import annotations

from pathlib import Path

from openfeature.provider import FeatureProvider
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from connectors.flagd_file.document import read
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


def file_flags(path: Path) -> OpenFeatureFlags:
    """The flags of a file as it is now.

    Raises:
        OwnerFixable: see `connectors.flagd_file.document.read`.
    """
    enabled = read(path).enabled()
    found = {key: InMemoryFlag(flag.default_variant, dict(flag.variants)) for key, flag in enabled}
    return OpenFeatureFlags(InMemoryProvider(found))
