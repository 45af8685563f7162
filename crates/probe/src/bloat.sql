-- answers: what a densely packed copy of each table and btree index can be estimated from: rows, pages, and the widths of columns
-- versions: 14 to 18
-- privileges: SELECT on a table to see its columns' widths (pg_stats); without it they are absent
-- cost: 100 ms for 500 tables and 1 000 indexes; only what has more than 128 pages, the largest first; takes no locks, looks at no file
WITH
relation AS MATERIALIZED (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relpages, c.relnatts, c.oid AS of, c.relname AS of_name,
         c.reloptions
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'm')
     AND c.relpages > 128
     AND c.relpersistence <> 't'
     AND n.nspname <> 'information_schema'
     AND n.nspname !~ '^pg_'
   ORDER BY c.relpages DESC
   LIMIT 500
),
index AS MATERIALIZED (
  SELECT i.oid, n.nspname, i.relname, i.relkind, i.reltuples, i.relpages, i.relnatts, t.oid AS of, t.relname AS of_name,
         i.reloptions
    FROM pg_class AS i
    JOIN pg_am AS am ON am.oid = i.relam AND am.amname = 'btree'
    JOIN pg_index AS x ON x.indexrelid = i.oid AND x.indisvalid
    JOIN pg_class AS t ON t.oid = x.indrelid
    JOIN pg_namespace AS n ON n.oid = i.relnamespace
   WHERE i.relkind = 'i'
     AND i.relpages > 128
     AND i.relpersistence <> 't'
     AND n.nspname <> 'information_schema'
     AND n.nspname !~ '^pg_'
   ORDER BY i.relpages DESC
   LIMIT 1000
),
stat AS MATERIALIZED (
  SELECT s.schemaname, s.tablename, s.attname, s.null_frac, s.avg_width, s.n_distinct
    FROM pg_stats AS s
   WHERE NOT s.inherited
     AND (s.schemaname, s.tablename) IN (SELECT nspname, of_name FROM relation
                                          UNION SELECT nspname, of_name FROM index
                                          UNION SELECT nspname, relname FROM index)
),
packed AS MATERIALIZED (
  SELECT r.*, x.indkey::int2[] AS keys, x.indnatts, x.indnkeyatts, x.indclass::oid[] AS classes, x.indisunique, x.indisprimary
    FROM (SELECT * FROM relation UNION ALL SELECT * FROM index) AS r
    LEFT JOIN pg_index AS x ON x.indexrelid = r.oid
),
stored AS MATERIALIZED (
  SELECT r.oid,
         jsonb_agg(
           jsonb_build_object(
             'length', a.attlen,
             'align', CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END,
             'dropped', a.attisdropped,
             'null_frac', s.null_frac,
             'width', s.avg_width,
             'n_distinct', s.n_distinct)
           ORDER BY a.attnum) AS columns
    FROM packed AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0
    -- An index's columns are its table's, where they are not expressions.
    LEFT JOIN pg_attribute AS ta ON ta.attrelid = r.of AND ta.attnum = nullif(r.keys[a.attnum - 1], 0)
    LEFT JOIN stat AS s
      ON s.schemaname = r.nspname
     AND s.tablename = CASE WHEN r.relkind = 'i' AND ta.attnum IS NULL THEN r.relname ELSE r.of_name END
     AND s.attname = coalesce(ta.attname, a.attname)
   GROUP BY r.oid
)
SELECT r.nspname::text                                       AS schema,
       r.of_name::text                                       AS "table",
       CASE WHEN r.relkind = 'i' THEN r.relname::text END    AS index,
       -- -1 until the first VACUUM or ANALYZE.
       nullif(r.reltuples, -1)::float8                       AS rows,
       r.relpages::int8                                      AS pages,
       current_setting('block_size')::int8                   AS page_size,
       (SELECT o.option_value::int8 FROM pg_options_to_table(r.reloptions) AS o WHERE o.option_name = 'fillfactor')
                                                             AS fillfactor,
       coalesce(pg_stat_get_mod_since_analyze(r.of), 0)      AS changed,
       coalesce(r.indisunique, false)                        AS "unique",
       coalesce(r.indisprimary, false)                       AS "primary",
       -- Equal keys share one entry if "equal" means the same bytes: an operator class says so by its support function 4.
       coalesce(r.indnkeyatts = r.indnatts
                AND NOT EXISTS (SELECT FROM unnest(r.classes) AS k (opclass)
                                  JOIN pg_opclass AS oc ON oc.oid = k.opclass
                                 WHERE NOT EXISTS (SELECT FROM pg_amproc AS p
                                                    WHERE p.amprocfamily = oc.opcfamily
                                                      AND p.amproclefttype = oc.opcintype
                                                      AND p.amprocrighttype = oc.opcintype
                                                      AND p.amprocnum = 4))
                AND coalesce((SELECT o.option_value::bool FROM pg_options_to_table(r.reloptions) AS o
                               WHERE o.option_name = 'deduplicate_items'), true), false) AS shares,
       stored.columns
  FROM packed AS r
  JOIN stored USING (oid)
 ORDER BY r.relpages DESC, 1, 2, 3
