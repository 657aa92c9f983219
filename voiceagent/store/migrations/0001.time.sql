-- The engine's time: the database's clock, moved by the connection's `voiceagent.clock_offset`.
--
-- Every business time (holds, bookings, turns) comes from app_now(), so a demonstration may play
-- on a Friday night while one clock still rules all workers. Leases and retries of machines use
-- clock_timestamp() itself: they measure real waiting.

CREATE FUNCTION app_now() RETURNS timestamptz
LANGUAGE sql VOLATILE
RETURN clock_timestamp()
     + coalesce(nullif(current_setting('voiceagent.clock_offset', true), ''), '0')::interval;
