DROP INDEX call_usage_by_time;
