-- A large catalogue: 2 000 tables with 6 000 indexes in 20 schemas.
DO $$
BEGIN
    FOR s IN 1..20 LOOP
        EXECUTE format('CREATE SCHEMA %I', 'Schema ' || s);
        FOR t IN 1..100 LOOP
            EXECUTE format('CREATE TABLE %I.%I (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b text, c timestamptz)', 'Schema ' || s, 'table_' || t);
            EXECUTE format('CREATE INDEX ON %I.%I (a, b)', 'Schema ' || s, 'table_' || t);
            EXECUTE format('CREATE INDEX ON %I.%I (lower(b), c DESC) WHERE a > 0', 'Schema ' || s, 'table_' || t);
        END LOOP;
        COMMIT;
    END LOOP;
END $$;
