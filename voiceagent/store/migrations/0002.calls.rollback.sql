DROP TABLE tool_audit, turn_journal, call_events, agent_turns, calls;
