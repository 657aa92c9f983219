-- What a call may be remembered for as far as its tools can tell (voiceagent/domain/outcomes.py), so
-- that a call which ends with its worker gets the outcome that it would have got otherwise.
-- depends: 0007.turn_budget

ALTER TABLE tool_audit ADD COLUMN proposed text[] NOT NULL DEFAULT '{}';
