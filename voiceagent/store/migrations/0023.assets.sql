-- What of customers' is looked after, by the ids of the business's other systems.
-- depends: 0022.api_tokens

CREATE TABLE assets (
    id           text PRIMARY KEY,
    customer_id  uuid NOT NULL REFERENCES customers,
    service_type text NOT NULL,
    device_type  text NOT NULL,
    model        text NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT app_now()
);
CREATE INDEX assets_by_customer ON assets (customer_id);
