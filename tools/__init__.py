"""What the agent can do: one tool a file, and this list of them.

To add a tool, write its file and add its name here (docs/adding-a-tool.md).
"""

from __future__ import annotations

from voiceagent.toolkit.spec import Tool
from voiceagent.toolkit.toolbox import tool_in

NAMES = (
    "get_pricing_quote",
    "check_availability",
    "book_appointment",
    "lookup_customer",
    "send_one_time_code",
    "text_booking_again",
    "reschedule_appointment",
    "cancel_appointment",
    "join_waiting_list",
    "answer_from_knowledge",
    "part_eta_query",
    "create_offer",
    "request_callback",
    "remember",
    "escalate_to_human",
    "join_customer_call",
    "end_call",
)
"""Every tool; a file is named after its tool."""

TOOLS: tuple[Tool, ...] = tuple(tool_in("tools", name) for name in NAMES)
