ALTER TABLE agent_turns DROP COLUMN budget_acts, DROP COLUMN answer_ms;
