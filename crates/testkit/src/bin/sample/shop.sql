-- A small shop with the good and the bad habits of real ones. The same rows every time.
SET synchronous_commit = off;
SELECT setseed(0.42);

CREATE TABLE customers (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      text NOT NULL,
    name       text NOT NULL,
    country    char(2) NOT NULL,
    visits     integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
);
-- Every thousandth address occurs twice: see flaws.sql.
INSERT INTO customers (email, name, country, created_at)
SELECT 'customer' || CASE WHEN n % 1000 = 0 THEN n - 1 ELSE n END || '@example.com',
       (ARRAY['Ada', 'Grace', 'Edsger', 'Barbara', 'Zoë', 'Søren'])[1 + (random() * 5)::int] || ' ' || n,
       (ARRAY['DE', 'FR', 'NO', 'NZ', 'US'])[1 + (random() * 4)::int],
       now() - random() * interval '900 days'
FROM generate_series(1, 20000) AS n;
CREATE INDEX customers_created_at ON customers (created_at);

CREATE TABLE products (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku     text NOT NULL UNIQUE,
    title   text NOT NULL,
    price   numeric(10, 2) NOT NULL,
    stock   integer NOT NULL
);
INSERT INTO products (sku, title, price, stock)
SELECT 'SKU-' || lpad(n::text, 6, '0'), 'Product ' || n, round((random() * 200)::numeric, 2) + 1, (random() * 500)::int
FROM generate_series(1, 2000) AS n;

CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers,
    status      text NOT NULL,
    note        text,
    placed_at   timestamptz NOT NULL
);
INSERT INTO orders (customer_id, status, note, placed_at)
SELECT 1 + (random() * 19999)::int,
       CASE WHEN random() < 0.9 THEN 'delivered' WHEN random() < 0.7 THEN 'paid' ELSE 'open' END,
       CASE WHEN random() < 0.2 THEN 'Leave it with the neighbours, ' || md5(n::text) END,
       now() - random() * interval '700 days'
FROM generate_series(1, 200000) AS n;
CREATE INDEX orders_customer_id ON orders (customer_id);
CREATE INDEX orders_placed_at ON orders (placed_at);

CREATE TABLE order_items (
    order_id   bigint NOT NULL REFERENCES orders,
    line       smallint NOT NULL,
    product_id integer NOT NULL REFERENCES products,
    quantity   integer NOT NULL,
    price      numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
INSERT INTO order_items
SELECT o, line, 1 + (random() * 1999)::int, 1 + (random() * 3)::int, round((random() * 200)::numeric, 2) + 1
FROM generate_series(1, 120000) AS o, generate_series(1, 2) AS line;
CREATE INDEX order_items_product_id ON order_items (product_id);

CREATE TABLE payments (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders,
    amount   numeric(10, 2) NOT NULL,
    paid_at  timestamptz NOT NULL
);
INSERT INTO payments (order_id, amount, paid_at)
SELECT n, round((random() * 400)::numeric, 2), now() - random() * interval '700 days'
FROM generate_series(1, 100000) AS n;

CREATE TABLE reviews (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id  integer NOT NULL REFERENCES products,
    customer_id bigint NOT NULL REFERENCES customers,
    stars       smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    body        text NOT NULL,
    written_at  timestamptz NOT NULL
);
INSERT INTO reviews (product_id, customer_id, stars, body, written_at)
SELECT 1 + (random() * 1999)::int, 1 + (random() * 19999)::int, 1 + (random() * 4)::int,
       repeat('Quite good. ', 1 + (random() * 10)::int), now() - random() * interval '700 days'
FROM generate_series(1, 50000) AS n;

CREATE TABLE events (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer,
    kind        text NOT NULL,
    session     text NOT NULL,
    payload     jsonb NOT NULL,
    at          timestamptz NOT NULL
);
INSERT INTO events (customer_id, kind, session, payload, at)
SELECT 1 + (random() * 19999)::int,
       (ARRAY['view', 'search', 'basket', 'buy'])[1 + (random() * 3)::int],
       md5(n::text) || md5((-n)::text),
       jsonb_build_object('page', (random() * 400)::int, 'from', 'mail'),
       now() - random() * interval '60 days'
FROM generate_series(1, 200000) AS n;

CREATE TABLE carts (
    customer_id integer PRIMARY KEY REFERENCES customers,
    items       jsonb NOT NULL,
    changed_at  timestamptz NOT NULL
);
INSERT INTO carts SELECT n, '[]', now() FROM generate_series(1, 20000) AS n;

-- Names that need their quotes.
CREATE SCHEMA "Lager";
CREATE TABLE "Lager"."Größen" ("Artikel Nr" integer PRIMARY KEY, "Größe" text NOT NULL);
INSERT INTO "Lager"."Größen" SELECT n, (ARRAY['S', 'M', 'L', 'XL'])[1 + n % 4] FROM generate_series(1, 5000) AS n;
CREATE TABLE "Audit Log" ("User Id" integer NOT NULL, "What" text NOT NULL, "When" timestamptz NOT NULL);
INSERT INTO "Audit Log" SELECT n % 40, 'signed in', now() - n * interval '1 minute' FROM generate_series(1, 3000) AS n;
