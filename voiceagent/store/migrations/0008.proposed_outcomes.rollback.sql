ALTER TABLE tool_audit DROP COLUMN proposed;
