"""What the agent can do: one tool a file, and this list of them.

To add a tool, write its file and add its name here (docs/adding-a-tool.md).
"""

from __future__ import annotations

from tools.answer_from_knowledge import answer_from_knowledge
from tools.book_appointment import book_appointment
from tools.cancel_appointment import cancel_appointment
from tools.check_availability import check_availability
from tools.end_call import end_call
from tools.escalate_to_human import escalate_to_human
from tools.get_pricing_quote import get_pricing_quote
from tools.lookup_customer import lookup_customer
from tools.reschedule_appointment import reschedule_appointment
from voiceagent.toolkit import Tool

TOOLS: tuple[Tool, ...] = (
    get_pricing_quote,
    check_availability,
    book_appointment,
    lookup_customer,
    reschedule_appointment,
    cancel_appointment,
    answer_from_knowledge,
    escalate_to_human,
    end_call,
)
