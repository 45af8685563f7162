-- A large catalogue: 2 000 tables with 6 000 indexes in 300 schemas; 200 of the tables are one table and its partitions.
-- A third of the indexes have an expression and a predicate, the tables of the schemas refer to each other, and fifty are large
-- enough to be bloated.
DO $$
DECLARE
    "table" text;
BEGIN
    FOR s IN 1..300 LOOP
        EXECUTE format('CREATE SCHEMA %I', 'Schema ' || s);
        FOR t IN 1..6 LOOP
            "table" := format('%I.%I', 'Schema ' || s, 'table_' || t);
            EXECUTE format('CREATE TABLE %s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b text, c timestamptz, '
                || 'parent bigint REFERENCES %I.table_1)', "table", 'Schema ' || s);
            EXECUTE format('CREATE INDEX ON %s (parent, a)', "table");
            EXECUTE format('CREATE INDEX ON %s (lower(b), c DESC) WHERE a > 0', "table");
            EXECUTE format('INSERT INTO %s (a, b, c) SELECT n, repeat(n::text, 20), now() FROM generate_series(1, %s) AS n',
                "table", CASE WHEN s % 6 = 0 AND t = 1 THEN 10000 ELSE 10 END);
        END LOOP;
        COMMIT;
    END LOOP;
    CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b text, c timestamptz) PARTITION BY RANGE (id);
    CREATE INDEX ON events (a, c);
    CREATE INDEX ON events (lower(b), c DESC) WHERE a > 0;
    FOR p IN 0..198 LOOP
        EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%s) TO (%s)', p, p * 100, p * 100 + 100);
    END LOOP;
    INSERT INTO events (a, b, c) SELECT n, repeat(n::text, 20), now() FROM generate_series(1, 19000) AS n;
END $$;
