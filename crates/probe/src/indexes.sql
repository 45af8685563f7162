-- answers: every index of the user tables and the invalid ones of their TOAST tables, by structure, with its scans, its block hits and reads, its size and whether anything rests on it
-- versions: 14 to 18
-- privileges: pg_read_all_stats (in pg_monitor) to see which indexes other roles are building
-- cost: 90 ms for 6 000 indexes; size as of the last VACUUM or ANALYZE, so that no file is looked at
WITH RECURSIVE
-- What only a locking function can tell is left out for these tables: the function would wait in line behind the DDL.
locked AS MATERIALIZED (
  SELECT DISTINCT l.relation
    FROM pg_locks AS l
   WHERE l.locktype = 'relation'
     AND l.mode = 'AccessExclusiveLock'
     AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
),
building AS MATERIALIZED (
  SELECT p.pid, p.relid, p.index_relid, p.command
    FROM pg_stat_progress_create_index AS p
   WHERE p.datname = current_database()
),
-- Without pg_read_all_stats the progress of another role has no table. The lock that its session holds on it shows which.
built AS MATERIALIZED (
  SELECT DISTINCT l.relation
    FROM building AS b
    JOIN pg_locks AS l ON l.pid = b.pid
   WHERE b.relid IS NULL
     AND l.locktype = 'relation'
     AND l.mode = 'ShareUpdateExclusiveLock'
     AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
),
relation AS MATERIALIZED (
  SELECT t.oid, n.nspname, t.relname, NULL AS toast_of,
         -- By number: a dropped column keeps its place.
         ARRAY(SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = t.oid AND a.attnum > 0 ORDER BY a.attnum) AS columns
    FROM pg_class AS t
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
   WHERE t.relkind IN ('r', 'm', 'p')
     AND t.relhasindex
     AND t.relpersistence <> 't'
     AND n.nspname <> 'information_schema'
     AND n.nspname !~ '^pg_'
   UNION ALL
  SELECT t.oid, n.nspname, t.relname, format('%I.%I', mn.nspname, m.relname),
         ARRAY(SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = t.oid AND a.attnum > 0 ORDER BY a.attnum)
    FROM pg_index AS x
    JOIN pg_class AS t ON t.oid = x.indrelid AND t.relkind = 't'
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    JOIN pg_class AS m ON m.reltoastrelid = t.oid
    JOIN pg_namespace AS mn ON mn.oid = m.relnamespace
   WHERE NOT x.indisvalid
     AND t.relpersistence <> 't'
     AND mn.nspname <> 'information_schema'
     AND mn.nspname !~ '^pg_'
   GROUP BY t.oid, n.nspname, t.relname, mn.nspname, m.relname
),
-- `indnullsnotdistinct` exists from 15 on; before, the name finds this one instead.
structure AS (
  SELECT x.*
    FROM (SELECT false AS indnullsnotdistinct) AS before_15
   CROSS JOIN LATERAL (
     SELECT indexrelid, indrelid, indnatts, indnkeyatts, indkey, indclass, indcollation, indoption, indexprs, indpred,
            indisunique, indisprimary, indisexclusion, indimmediate, indisclustered, indisvalid, indisreplident, indnullsnotdistinct
       FROM pg_index) AS x
),
resting AS MATERIALIZED (
  SELECT c.conindid, max(c.conname) FILTER (WHERE c.contype IN ('p', 'u', 'x')) AS owner, bool_or(c.contype = 'f') AS referenced
    FROM pg_constraint AS c
   WHERE c.conindid <> 0
   GROUP BY c.conindid
),
-- Of an operator class: what distinguishes one GiST index from another on the same columns.
parameter AS MATERIALIZED (
  SELECT a.attrelid, array_agg(a.attnum) AS attnums, array_agg(a.attoptions::text) AS options
    FROM pg_attribute AS a
   WHERE a.attoptions IS NOT NULL
     AND a.attrelid IN (SELECT c.oid FROM pg_class AS c WHERE c.relkind IN ('i', 'I'))
   GROUP BY a.attrelid
),
-- The operator classes that search for equal values; all of a btree and of a hash do.
equality AS MATERIALIZED (
  SELECT coalesce(array_agg(o.oid), '{}') AS opclasses
    FROM pg_opclass AS o
    JOIN pg_am AS am ON am.oid = o.opcmethod
   WHERE am.amname IN ('gist', 'spgist', 'gin')
     AND EXISTS (SELECT
                   FROM pg_amop AS s
                   JOIN pg_operator AS e ON e.oid = s.amopopr
                  WHERE s.amopfamily = o.opcfamily
                    AND s.amoplefttype = o.opcintype
                    AND s.amoprighttype = o.opcintype
                    AND e.oprname = '=')
),
-- `last_idx_scan` exists from 16 on; before, the name finds this one instead.
used AS MATERIALIZED (
  SELECT s.*
    FROM (SELECT NULL::timestamptz AS last_idx_scan) AS before_16
   CROSS JOIN LATERAL (
     SELECT indexrelid, idx_scan, pg_stat_get_blocks_hit(indexrelid) AS hit, pg_stat_get_blocks_fetched(indexrelid) AS fetched,
            (extract(epoch FROM last_idx_scan) * 1000000)::int8 AS last_scan
       FROM pg_stat_user_indexes) AS s
),
trigrams AS MATERIALIZED (
  SELECT coalesce(array_agg(o.oid), '{}') AS opclasses
    FROM pg_opclass AS o
   WHERE o.opcname IN ('gist_trgm_ops', 'gin_trgm_ops')
),
-- A partitioned index has neither blocks nor scans of its own: they are its partitions'.
share AS (
  SELECT i.inhparent AS root, i.inhrelid AS part
    FROM pg_inherits AS i
   WHERE i.inhparent IN (SELECT p.oid FROM pg_class AS p WHERE p.relkind = 'I')
   UNION ALL
  SELECT share.root, i.inhrelid FROM share JOIN pg_inherits AS i ON i.inhparent = share.part
),
whole AS (
  SELECT share.root, sum(c.relpages) AS pages, sum(s.idx_scan) AS scans, max(s.last_scan) AS last_scan,
         sum(s.hit) AS hit, sum(s.fetched) AS fetched
    FROM share
    JOIN used AS s ON s.indexrelid = share.part
   CROSS JOIN LATERAL (SELECT c.relpages FROM pg_class AS c WHERE c.oid = share.part) AS c
   GROUP BY share.root
),
-- The leading columns in any order: that is what a foreign key needs of an index on the side that refers.
supporting AS (
  SELECT x.indexrelid
    FROM pg_constraint AS c
    JOIN pg_index AS x ON x.indrelid = c.conrelid
   WHERE c.contype = 'f'
     AND c.conkey <@ (x.indkey::int2[])[0:least(cardinality(c.conkey), x.indnkeyatts) - 1]
)
SELECT t.nspname::text                                                    AS schema,
       t.relname::text                                                    AS "table",
       i.relname::text                                                    AS name,
       am.amname::text                                                    AS method,
       ARRAY(SELECT CASE WHEN k.attnum <> 0 THEN quote_ident(t.columns[k.attnum])
                         -- Without an answer if it was dropped meanwhile.
                         WHEN NOT it.locked THEN coalesce(pg_get_indexdef(x.indexrelid, k.n::int4, true), '(expression)')
                         ELSE '(expression)'
                    END
               FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, n)
              WHERE k.n <= x.indnkeyatts)                                 AS keys,
       -- The vectors count from 0, a slice of them from 1.
       (x.indclass::oid[]::int8[])[0:x.indnkeyatts - 1]                   AS opclasses,
       (x.indcollation::oid[]::int8[])[0:x.indnkeyatts - 1]               AS collations,
       (x.indoption::int2[]::int8[])[0:x.indnkeyatts - 1]                 AS options,
       CASE WHEN p.attrelid IS NOT NULL
            THEN ARRAY(SELECT coalesce(p.options[array_position(p.attnums, k.n::int2)], '')
                         FROM generate_series(1, x.indnkeyatts) AS k (n))
            ELSE '{}'
       END                                                                AS parameters,
       CASE WHEN am.amname IN ('btree', 'hash') THEN x.indnkeyatts
            WHEN am.amname IN ('gist', 'spgist', 'gin')
            THEN (SELECT coalesce(min(k.n) - 1, x.indnkeyatts)
                    FROM unnest(x.indclass::oid[]) WITH ORDINALITY AS k (opclass, n)
                   WHERE k.n <= x.indnkeyatts
                     AND NOT k.opclass = ANY ((SELECT e.opclasses FROM equality AS e)::oid[]))
            ELSE 0
       END::int8                                                          AS equality_keys,
       CASE WHEN x.indnatts > x.indnkeyatts
            THEN ARRAY(SELECT t.columns[k.attnum]::text
                         FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, n)
                        WHERE k.n > x.indnkeyatts)
            ELSE '{}'
       END                                                                AS include,
       CASE WHEN x.indpred IS NOT NULL AND NOT it.locked THEN pg_get_expr(x.indpred, x.indrelid, true) END AS predicate,
       x.indisunique                                                      AS "unique",
       x.indisprimary                                                     AS "primary",
       r.conindid IS NOT NULL                                             AS "constraint",
       r.owner::text                                                      AS constraint_name,
       coalesce(r.referenced, false)                                      AS referenced,
       x.indisexclusion                                                   AS exclusion,
       NOT x.indimmediate                                                 AS deferrable,
       x.indnullsnotdistinct                                              AS nulls_not_distinct,
       x.indisclustered                                                   AS clustered,
       x.indisreplident                                                   AS replica_identity,
       coalesce(i.reloptions, '{}')                                       AS storage,
       t.toast_of,
       x.indexrelid IN (SELECT s.indexrelid FROM supporting AS s)         AS foreign_key,
       x.indclass::oid[] && (SELECT t.opclasses FROM trigrams AS t)       AS trigram,
       x.indisvalid                                                       AS valid,
       -- REINDEX CONCURRENTLY keeps a new and an old twin of each index of the table, and names only the one at hand.
       EXISTS (SELECT FROM building AS b
                WHERE b.index_relid = x.indexrelid
                   OR (b.relid = x.indrelid AND b.command = 'REINDEX CONCURRENTLY' AND i.relname ~ '_cc(new|old)\d*$'))
       OR (NOT x.indisvalid AND x.indrelid IN (SELECT b.relation FROM built AS b)) AS building,
       it.locked,
       i.relkind = 'I'                                                    AS partitioned,
       i.relispartition                                                   AS attached,
       coalesce(w.scans, s.idx_scan, 0)::int8                             AS scans,
       coalesce(w.last_scan, s.last_scan)                                 AS last_scan,
       coalesce(w.hit, s.hit, 0)::int8                                    AS hit,
       greatest(coalesce(w.fetched, s.fetched, 0) - coalesce(w.hit, s.hit, 0), 0)::int8 AS read,
       (coalesce(w.pages, i.relpages) * current_setting('block_size')::int8)::int8 AS size,
       CASE WHEN NOT x.indisvalid AND NOT it.locked AND $1::bool THEN pg_get_indexdef(x.indexrelid) END AS definition
  FROM pg_class AS i
  JOIN pg_am AS am ON am.oid = i.relam
  JOIN structure AS x ON x.indexrelid = i.oid
  JOIN relation AS t ON t.oid = x.indrelid AND (t.toast_of IS NULL OR NOT x.indisvalid)
  LEFT JOIN resting AS r ON r.conindid = x.indexrelid
  LEFT JOIN parameter AS p ON p.attrelid = x.indexrelid
  LEFT JOIN used AS s ON s.indexrelid = x.indexrelid
  LEFT JOIN whole AS w ON w.root = x.indexrelid
 CROSS JOIN LATERAL (
   -- $1: whether expressions and predicates may be written out, which opens the table.
   SELECT x.indrelid IN (SELECT l.relation FROM locked AS l)
          OR x.indexrelid IN (SELECT l.relation FROM locked AS l)
          OR NOT $1::bool AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL) AS locked) AS it
 ORDER BY 1, 2, 3
