-- Dispatchers look for what is due instead of being told.
-- depends: 0028.code_guesses

-- A transaction that notifies holds a lock of the whole database until its commit is on disk, so that
-- notifications have an order: bookings committed one by one, whatever else they waited for.
DROP TRIGGER outbox_wake ON outbox;
DROP FUNCTION outbox_wake();
