DROP INDEX calls_by_time;
DROP TABLE looks;
