-- answers: what a densely packed copy of each table and btree index can be estimated from: rows, pages, and the widths of columns
-- versions: 14 to 18
-- privileges: SELECT on a table to see its columns' widths (pg_stats); without it they are absent
-- cost: 20 ms for 50 tables and 100 indexes, 150 ms for the most it looks at, 500 and 1 000; only what has more than 128 pages, the largest first; takes no locks, looks at no file
WITH
relation AS MATERIALIZED (
  SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.reltuples, c.relpages, c.oid AS of, c.relname AS of_name,
         c.reltuples AS of_rows, c.reltoastrelid AS toast, c.reloptions
    FROM pg_class AS c
   WHERE c.relkind IN ('r', 'm')
     AND c.relpages > 128
     AND c.relpersistence <> 't'
     AND c.relnamespace NOT IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = 'information_schema' OR n.nspname ~ '^pg_')
   ORDER BY c.relpages DESC
   LIMIT 500
),
index AS MATERIALIZED (
  SELECT i.oid, i.relnamespace, i.relname, i.relkind, i.reltuples, i.relpages, t.oid AS of, t.relname AS of_name,
         t.reltuples AS of_rows, t.reltoastrelid AS toast, i.reloptions
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
  SELECT r.*, n.nspname, x.indkey::int2[] AS keys, x.indnatts, x.indnkeyatts, x.indclass::oid[] AS classes,
         x.indcollation::oid[] AS collations, x.indisunique, x.indisprimary, x.indpred IS NOT NULL AS partial,
         -- The column of a predicate that is `column IS NOT NULL` and nothing more.
         (regexp_match(x.indpred::text, '^\{NULLTEST :arg \{VAR :varno 1 :varattno (\d+) [^{}]*\} :nulltesttype 1 [^{}]*\}$'))[1]::int2
           AS present,
         s.columns, s.expressions
    FROM (SELECT * FROM relation UNION ALL SELECT * FROM index) AS r
    JOIN pg_namespace AS n ON n.oid = r.relnamespace
    LEFT JOIN pg_index AS x ON x.indexrelid = r.oid
   CROSS JOIN LATERAL (
     SELECT ARRAY(SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)) AS names) AS k
    -- One by one: the view of all relations' is large, and a join with other names makes it no smaller.
   CROSS JOIN LATERAL (
     SELECT jsonb_object_agg(s.attname, s.stat) FILTER (WHERE s.tablename = r.of_name)  AS columns,
            jsonb_object_agg(s.attname, s.stat) FILTER (WHERE s.tablename <> r.of_name) AS expressions
       FROM (SELECT s.tablename, s.attname,
                    jsonb_build_object('null_frac', s.null_frac, 'width', s.avg_width, 'n_distinct', s.n_distinct,
                                       'common', CASE WHEN NOT x.indisunique
                                                      THEN (SELECT sum(f) FROM unnest(s.most_common_freqs) AS f) END) AS stat
               FROM pg_stats AS s
              WHERE s.schemaname = n.nspname
                AND s.tablename IN (r.of_name, r.relname)
                AND (r.relkind <> 'i' OR s.tablename <> r.of_name OR s.attname = ANY (k.names))
                AND NOT s.inherited) AS s) AS s
)
SELECT r.nspname::text                                       AS schema,
       r.of_name::text                                       AS "table",
       CASE WHEN r.relkind = 'i' THEN r.relname::text END    AS index,
       -- -1 until the first VACUUM or ANALYZE.
       nullif(r.reltuples, -1)::float8                       AS rows,
       nullif(r.of_rows, -1)::float8                         AS table_rows,
       r.relpages::int8                                      AS pages,
       current_setting('block_size')::int8                   AS page_size,
       -- As it was written: PostgreSQL takes 70.4, 7e1 and 0x46 too.
       (SELECT o.option_value FROM pg_options_to_table(r.reloptions) AS o WHERE o.option_name = 'fillfactor')
                                                             AS fillfactor,
       coalesce(pg_stat_get_mod_since_analyze(r.of), 0)      AS changed,
       300 * current_setting('default_statistics_target')::int8 AS sample,
       coalesce(r.indisunique, false)                        AS "unique",
       coalesce(r.indisprimary, false)                       AS "primary",
       coalesce(r.partial, false)                            AS partial,
       -- Equal keys share one entry if "equal" means the same bytes: an operator class says so by its support function 4,
       -- and that of text by the collation.
       coalesce(r.indnkeyatts = r.indnatts
                AND r.classes <@ ARRAY(SELECT oc.oid
                                         FROM pg_opclass AS oc
                                         JOIN pg_amproc AS p
                                           ON p.amprocfamily = oc.opcfamily
                                          AND p.amproclefttype = oc.opcintype
                                          AND p.amprocrighttype = oc.opcintype
                                          AND p.amprocnum = 4
                                          AND p.amproc IN ('pg_catalog.btequalimage'::regproc,
                                                           'pg_catalog.btvarstrequalimage'::regproc))
                AND NOT r.collations && ARRAY(SELECT co.oid FROM pg_collation AS co WHERE NOT co.collisdeterministic)
                AND coalesce((SELECT o.option_value::bool FROM pg_options_to_table(r.reloptions) AS o
                               WHERE o.option_name = 'deduplicate_items'), true), false) AS shares,
       -- Pages of values stored out of line; unknown until VACUUM has counted them.
       CASE WHEN r.toast = 0 THEN 0
            WHEN toast.reltuples < 0 OR toast.relpages = 0 AND pg_stat_get_tuples_inserted(r.toast) > 0 THEN NULL
            ELSE toast.relpages END::int8                    AS toast_pages,
       stored.columns
  FROM packed AS r
  -- Relation by relation: the planner would sort the attributes of all.
 CROSS JOIN LATERAL (
   SELECT jsonb_agg(
            -- What is false or unknown is left out: most of it is.
            jsonb_strip_nulls(jsonb_build_object(
              'length', a.attlen,
              'align', CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END,
              'dropped', nullif(a.attisdropped, false),
              -- A value of at most 126 bytes has a header of one byte and begins anywhere, unless it is stored PLAIN.
              'short', nullif(a.attlen = -1 AND coalesce(ta.attstorage, a.attstorage) <> 'p', false),
              'external', nullif(ta.attlen = -1 AND ta.attstorage IN ('x', 'e'), false),
              -- The bytes of char(n) whose characters are of one byte each.
              'least', CASE WHEN a.atttypid = 'pg_catalog.bpchar'::regtype AND a.atttypmod > 4
                            THEN a.atttypmod - 4 + CASE WHEN a.atttypmod - 4 <= 126 THEN 1 ELSE 4 END END,
              'computed', nullif(r.relkind = 'i' AND ta.attnum IS NULL, false),
              'selected', nullif(r.partial AND ta.attnum <> coalesce(r.present, 0), false),
              'null_frac', CASE WHEN ta.attnum = r.present THEN to_jsonb(0) ELSE s.stat -> 'null_frac' END,
              'width', s.stat -> 'width',
              'n_distinct', s.stat -> 'n_distinct',
              'common', s.stat -> 'common'))
            ORDER BY a.attnum) AS columns
     FROM pg_attribute AS a
     -- An index's columns are its table's, where they are not expressions.
     LEFT JOIN pg_attribute AS ta ON ta.attrelid = r.of AND ta.attnum = nullif(r.keys[a.attnum - 1], 0)
    CROSS JOIN LATERAL (
      SELECT CASE WHEN r.relkind = 'i' AND ta.attnum IS NULL THEN r.expressions ELSE r.columns END
             -> coalesce(ta.attname, a.attname)::text AS stat) AS s
    WHERE a.attrelid = r.oid AND a.attnum > 0) AS stored
  LEFT JOIN pg_class AS toast ON toast.oid = r.toast
 WHERE stored.columns IS NOT NULL
 ORDER BY r.relpages DESC, 1, 2, 3
