DROP TABLE call_usage;
