DROP TABLE job_changes, jobs, quotes, holds, technicians, customers;
