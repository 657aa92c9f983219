"""The outside agents of an engine, put together from its settings. Composition-level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import aiohttp
from pydantic import SecretStr

from connectors.agents.http import AgentAddress, AgentHttp
from connectors.agents.ports import HttpFinance, HttpParts, HttpTechAssist
from voiceagent.app.gates import Gates
from voiceagent.app.privacy import stays_with_owner
from voiceagent.app.settings import Settings
from voiceagent.domain.agent_events import AgentName
from voiceagent.domain.business import Business
from voiceagent.errors import OwnerFixable
from voiceagent.ports.outside import OutsideAgents


def _given(settings: Settings) -> Mapping[AgentName, tuple[str, SecretStr]]:
    """Address and token of each agent, as they are set."""
    return {
        AgentName.FINANCE: (settings.finance_url, settings.finance_token),
        AgentName.PARTS: (settings.parts_url, settings.parts_token),
        AgentName.TECH_ASSIST: (settings.tech_assist_url, settings.tech_assist_token),
        AgentName.AREA_CEO: (settings.area_ceo_url, settings.area_ceo_token),
        AgentName.ESCALATION_LEAD: (settings.escalation_lead_url, settings.escalation_lead_token),
    }


def agent_addresses(settings: Settings) -> tuple[AgentAddress, ...]:
    """Where the agents are that are configured, in the order of their names."""
    return tuple(
        AgentAddress(name, url.rstrip("/"), token.get_secret_value())
        for name, (url, token) in sorted(_given(settings).items())
        if url
    )


def connected(
    settings: Settings, http: aiohttp.ClientSession, gates: Gates
) -> tuple[AgentHttp, ...]:
    """The agents that are configured."""
    addresses = agent_addresses(settings)
    return tuple(AgentHttp(one, http, gates(one.name)) for one in addresses)


def outside_agents(business: Business, agents: Sequence[AgentHttp]) -> OutsideAgents:
    """Whom tools ask and tell: those that are configured, and the business file for the others."""
    by_name = {agent.name: agent for agent in agents}
    found = replace(OutsideAgents.of_file(business), told=frozenset(by_name))
    if (finance := by_name.get(AgentName.FINANCE)) is not None:
        found = replace(found, finance=HttpFinance(finance))
    if (parts := by_name.get(AgentName.PARTS)) is not None:
        found = replace(found, parts=HttpParts(parts))
    if (tech_assist := by_name.get(AgentName.TECH_ASSIST)) is not None:
        found = replace(found, tech_assist=HttpTechAssist(tech_assist))
    return found


def check_agents(settings: Settings) -> None:
    """A token needs its address, and with ``PRIVACY=local`` agents are on the owner's hosts.

    Raises:
        OwnerFixable: ``settings.agent``; ``privacy.agent``.
    """
    for name, (url, token) in _given(settings).items():
        if token.get_secret_value() and not url:
            problem = "A token needs the agent's address beside it."
            raise OwnerFixable("settings.agent", problem, where=f"{name.upper()}_URL")
    for address in agent_addresses(settings):
        setting = f"{address.name.upper()}_URL"
        stays_with_owner(settings, setting, address.url, "agent", "agent")
