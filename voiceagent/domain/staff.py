"""The people of a business by the names that callers use: first names, whole names."""

from __future__ import annotations

from voiceagent.domain.business import Business, Technician

_THINGS = frozenset({"the", "a", "an"})
"""What the name of a thing or a team begins with ("the shuttle van")."""


def first_name(name: str) -> str:
    """A person's first name in small letters, "" of a thing or a team, or of one name alone."""
    first, *rest = name.lower().split()
    return first if rest and first not in _THINGS else ""


def short_name(technician: Technician) -> str:
    """How a technician is called in passing: a first name, or the whole name of a thing."""
    return technician.name.split()[0] if first_name(technician.name) else technician.name


def technician_called(business: Business, name: str) -> Technician | None:
    """The technician with that id, whole name or first name, in any letter case."""
    wanted = " ".join(name.lower().split())
    return next(
        (
            one
            for one in business.technicians
            if wanted and wanted in {one.id, one.name.lower(), first_name(one.name)}
        ),
        None,
    )


def staff_names(business: Business) -> tuple[str, ...]:
    """Whole and first names of technicians and leads, in small letters, whole names first."""
    people = [one.name for one in business.technicians]
    people += [lead.name for lead in business.escalation.leads]
    named = [name.lower() for name in people if first_name(name)]
    return (*named, *(first_name(name) for name in named))
