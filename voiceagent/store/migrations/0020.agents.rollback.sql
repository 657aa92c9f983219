ALTER TABLE hand_offs DROP COLUMN guest_sid, DROP COLUMN guest_leg, DROP COLUMN guest;
ALTER TABLE quotes DROP COLUMN digest, DROP COLUMN expires_at, DROP COLUMN offer;
DROP TABLE price_syncs, price_tables, customer_facts, offers, call_backs;
