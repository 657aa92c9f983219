DROP TRIGGER messages_drop_code ON messages;
DROP TRIGGER outbox_drops_code ON outbox;
DROP FUNCTION code_is_dropped();
DROP FUNCTION without_code(text);
ALTER TABLE tool_audit DROP COLUMN asked_by, DROP COLUMN heard;
DROP TABLE one_time_codes;
DROP INDEX customers_by_phone;
-- One row a number again: everybody's jobs go to whoever was there first.
UPDATE jobs j SET customer_id = first.id
  FROM customers c
  JOIN LATERAL (SELECT o.id FROM customers o WHERE o.phone = c.phone
                 ORDER BY o.created_at, o.id LIMIT 1) AS first ON true
 WHERE j.customer_id = c.id AND c.id <> first.id;
DELETE FROM customers c
 WHERE EXISTS (SELECT FROM customers o
                WHERE o.phone = c.phone AND (o.created_at, o.id) < (c.created_at, c.id));
ALTER TABLE customers ADD CONSTRAINT customers_phone_key UNIQUE (phone);
