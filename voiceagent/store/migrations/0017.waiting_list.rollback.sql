DROP TRIGGER jobs_free_windows ON jobs;
DROP FUNCTION jobs_free_windows();
DROP TABLE freed_windows, waiting_list;
