-- What was done about a late answer (voiceagent/core/budget/ladder.py), in order, and, where a filler came
-- first, how long the caller waited for the answer itself: v2v_ms ends with the first sound of ours,
-- whatever it says.
-- depends: 0006.workers

ALTER TABLE agent_turns
    ADD COLUMN budget_acts text[] NOT NULL DEFAULT '{}',
    ADD COLUMN answer_ms double precision CHECK (answer_ms >= 0);
