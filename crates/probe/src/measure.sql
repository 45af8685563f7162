-- answers: how much of one table or btree index ($1: schema, $2: name) is empty, measured by pgstattuple
-- versions: 14 to 18, with pgstattuple 1.5 or later
-- privileges: pg_stat_scan_tables (in pg_monitor)
-- cost: reads the whole index, or those pages of the table that are not all-visible; sent when a person asks for it, for one relation, and ended by statement_timeout; not of what is locked exclusively or waits to be
WITH relation AS MATERIALIZED (
  SELECT c.oid, c.relkind
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE n.nspname = $1::text
     AND c.relname = $2::text
     AND c.relpersistence <> 't'
     AND (c.relkind IN ('r', 'm')
          OR c.relkind = 'i' AND c.relam = (SELECT am.oid FROM pg_am AS am WHERE am.amname = 'btree')
                             AND EXISTS (SELECT FROM pg_index AS x WHERE x.indexrelid = c.oid AND x.indisvalid))
     -- Measuring takes a lock: relations that DDL has locked or waits to lock are left out.
     AND NOT EXISTS (SELECT FROM pg_locks AS l
                      WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation = c.oid
                        AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
),
measured AS MATERIALIZED (
  SELECT r.oid,
         CASE WHEN r.relkind <> 'i' THEN to_jsonb({extension}.pgstattuple_approx(r.oid)) END        AS heap,
         CASE WHEN r.relkind = 'i' THEN to_jsonb({extension}.pgstatindex(r.oid::regclass)) END      AS index
    FROM relation AS r
)
SELECT pg_relation_size(m.oid)                                    AS size,
       (m.heap ->> 'approx_free_space')::float8::int8             AS free,
       (m.heap ->> 'dead_tuple_len')::float8::int8                AS dead,
       (m.heap ->> 'scanned_percent')::float8                     AS scanned_percent,
       (m.index ->> 'leaf_pages')::int8                           AS leaf_pages,
       (m.index ->> 'empty_pages')::int8                          AS empty_pages,
       (m.index ->> 'deleted_pages')::int8                        AS deleted_pages,
       -- Not a number if there is no leaf.
       nullif(m.index ->> 'avg_leaf_density', 'NaN')::float8      AS leaf_density_percent
  FROM measured AS m
