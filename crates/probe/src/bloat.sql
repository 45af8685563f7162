-- answers: what a densely packed copy of each table and btree index can be estimated from: rows, pages, and the widths of columns
-- versions: 14 to 18
-- privileges: SELECT on a table to see its columns' widths (pg_stats); without it they are absent
-- cost: 20 ms for 50 tables and 100 indexes, 150 ms for the most it looks at, 500 and 1 000; only what has more than 128 pages, the largest first; takes no locks, looks at no file
WITH
relation AS MATERIALIZED (
  SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.reltuples, c.relpages, c.relnatts, c.oid AS of, c.relname AS of_name,
         c.reloptions
    FROM pg_class AS c
   WHERE c.relkind IN ('r', 'm')
     AND c.relpages > 128
     AND c.relpersistence <> 't'
     AND c.relnamespace NOT IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = 'information_schema' OR n.nspname ~ '^pg_')
   ORDER BY c.relpages DESC
   LIMIT 500
),
index AS MATERIALIZED (
  SELECT i.oid, i.relnamespace, i.relname, i.relkind, i.reltuples, i.relpages, i.relnatts, t.oid AS of, t.relname AS of_name,
         i.reloptions
    FROM (SELECT i.*, x.indrelid
            FROM pg_class AS i
            JOIN pg_index AS x ON x.indexrelid = i.oid AND x.indisvalid
           WHERE i.relkind = 'i'
             AND i.relam = (SELECT am.oid FROM pg_am AS am WHERE am.amname = 'btree')
             AND i.relpages > 128
             AND i.relpersistence <> 't'
             AND i.relnamespace NOT IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = 'information_schema' OR n.nspname ~ '^pg_')
           ORDER BY i.relpages DESC
           LIMIT 1000) AS i
    JOIN pg_class AS t ON t.oid = i.indrelid
),
packed AS MATERIALIZED (
  SELECT r.*, n.nspname, x.indkey::int2[] AS keys, x.indnatts, x.indnkeyatts, x.indclass::oid[] AS classes, x.indisunique,
         x.indisprimary, s.columns, s.expressions
    FROM (SELECT * FROM relation UNION ALL SELECT * FROM index) AS r
    JOIN pg_namespace AS n ON n.oid = r.relnamespace
    LEFT JOIN pg_index AS x ON x.indexrelid = r.oid
    -- One by one: the view of all relations' is large, and a join with other names makes it no smaller.
   CROSS JOIN LATERAL (
     SELECT jsonb_object_agg(s.attname, s.stat) FILTER (WHERE s.tablename = r.of_name)  AS columns,
            jsonb_object_agg(s.attname, s.stat) FILTER (WHERE s.tablename <> r.of_name) AS expressions
       FROM (SELECT s.tablename, s.attname,
                    jsonb_build_object('null_frac', s.null_frac, 'width', s.avg_width, 'n_distinct', s.n_distinct) AS stat
               FROM pg_stats AS s
              WHERE s.schemaname = n.nspname
                AND s.tablename IN (r.of_name, r.relname)
                AND NOT s.inherited) AS s) AS s
),
stored AS MATERIALIZED (
  SELECT r.oid,
         jsonb_agg(
           jsonb_build_object(
             'length', a.attlen,
             'align', CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END,
             'dropped', a.attisdropped,
             'null_frac', s.stat -> 'null_frac',
             'width', s.stat -> 'width',
             'n_distinct', s.stat -> 'n_distinct')
           ORDER BY a.attnum) AS columns
    FROM packed AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0
    -- An index's columns are its table's, where they are not expressions.
    LEFT JOIN pg_attribute AS ta ON ta.attrelid = r.of AND ta.attnum = nullif(r.keys[a.attnum - 1], 0)
   CROSS JOIN LATERAL (
     SELECT CASE WHEN r.relkind = 'i' AND ta.attnum IS NULL THEN r.expressions ELSE r.columns END
            -> coalesce(ta.attname, a.attname)::text AS stat) AS s
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
                AND r.classes <@ ARRAY(SELECT oc.oid
                                         FROM pg_opclass AS oc
                                         JOIN pg_amproc AS p
                                           ON p.amprocfamily = oc.opcfamily
                                          AND p.amproclefttype = oc.opcintype
                                          AND p.amprocrighttype = oc.opcintype
                                          AND p.amprocnum = 4)
                AND coalesce((SELECT o.option_value::bool FROM pg_options_to_table(r.reloptions) AS o
                               WHERE o.option_name = 'deduplicate_items'), true), false) AS shares,
       stored.columns
  FROM packed AS r
  JOIN stored USING (oid)
 ORDER BY r.relpages DESC, 1, 2, 3
