-- What Heron should find. Each stands for something that happens to real databases.

-- The same index twice, and one that another one makes superfluous.
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX order_items_order_id ON order_items (order_id);

-- An index that nobody uses and that is not small.
CREATE INDEX events_session ON events (session);

-- Foreign keys without an index: payments.order_id, reviews.product_id, reviews.customer_id. The last one also has
-- another type than what it points at. And a table without a primary key: "Audit Log".

-- A constraint that was never checked against the rows that were there.
ALTER TABLE payments ADD CONSTRAINT payments_amount_positive CHECK (amount > 0) NOT VALID;

-- Numbers that run out: a smallint at 95 %, an integer at 93 %.
CREATE TABLE tickets (id smallserial PRIMARY KEY, subject text NOT NULL);
SELECT setval('tickets_id_seq', 31000);
INSERT INTO tickets (subject) VALUES ('Where is my parcel?');
CREATE TABLE clicks (id serial PRIMARY KEY, product_id integer NOT NULL);
SELECT setval('clicks_id_seq', 2000000000);
INSERT INTO clicks (product_id) SELECT n FROM generate_series(1, 100) AS n;

-- Dead rows that stay, because autovacuum may not touch them.
ALTER TABLE carts SET (autovacuum_enabled = off);
UPDATE carts SET changed_at = now();
UPDATE carts SET items = '[1]' WHERE customer_id % 2 = 0;
