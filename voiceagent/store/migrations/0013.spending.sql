-- What a day has cost so far is asked once a minute, however many calls there have been.
-- depends: 0012.retention

CREATE INDEX call_usage_by_time ON call_usage (at);
