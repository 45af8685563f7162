-- answers: every column fed by a sequence, the last value handed out and the last one that fits
-- versions: 14 to 18
-- privileges: SELECT or USAGE on a sequence to see its last value; without it the row says so
-- cost: opens each sequence; 30 ms for 2 000
--
-- A column is fed by the sequence it owns (serial, identity) or by the one its default depends on: pg_depend knows both.
WITH fed AS MATERIALIZED (
  SELECT d.refobjid AS relid, d.refobjsubid::int2 AS attnum, s.seqrelid
    FROM pg_sequence AS s
    JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.objsubid = 0
   WHERE d.refclassid = 'pg_class'::regclass
     AND d.refobjsubid > 0
     AND d.deptype IN ('a', 'i')
   UNION
  SELECT ad.adrelid, ad.adnum, s.seqrelid
    FROM pg_sequence AS s
    JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.seqrelid AND d.refobjsubid = 0
    JOIN pg_attrdef AS ad ON ad.oid = d.objid
   WHERE d.classid = 'pg_attrdef'::regclass
),
-- pg_sequence_last_value takes a RowExclusiveLock: these are the modes it would wait for, held or waited for.
locked AS MATERIALIZED (
  SELECT DISTINCT l.relation
    FROM pg_locks AS l
   WHERE l.locktype = 'relation'
     AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
     AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
),
relation AS MATERIALIZED (
  SELECT c.oid, n.nspname, c.relname
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relkind <> 'i'
     AND c.relpersistence <> 't'
     -- A partition's column is its parent's.
     AND NOT c.relispartition
     AND n.nspname <> 'information_schema'
     AND n.nspname !~ '^pg_'
),
sequence AS MATERIALIZED (
  SELECT s.*, n.nspname, c.relname, c.relpersistence
    FROM pg_sequence AS s
    JOIN pg_class AS c ON c.oid = s.seqrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relpersistence <> 't'
)
SELECT c.nspname::text                          AS schema,
       c.relname::text                          AS "table",
       a.attname::text                          AS "column",
       format_type(a.atttypid, a.atttypmod)     AS column_type,
       s.nspname::text                          AS sequence_schema,
       s.relname::text                          AS sequence,
       CASE WHEN may.read AND l.relation IS NULL AND $1::bool THEN pg_sequence_last_value(s.seqrelid) END AS last_value,
       CASE WHEN s.seqincrement > 0 THEN least(s.seqmax, holds.most) ELSE greatest(s.seqmin, holds.least) END AS "limit",
       CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END AS start,
       s.seqincrement                           AS increment,
       -- A sequence that begins anew only beyond the column's end does not save the column.
       s.seqcycle AND s.seqmax <= holds.most AND s.seqmin >= holds.least AS cycle,
       may.read                                 AS readable,
       -- $1: whether sequences may be opened.
       l.relation IS NOT NULL OR NOT $1::bool   AS locked
  FROM fed
  JOIN relation AS c ON c.oid = fed.relid
  JOIN sequence AS s USING (seqrelid)
  JOIN pg_attribute AS a ON a.attrelid = fed.relid AND a.attnum = fed.attnum AND NOT a.attisdropped
  JOIN pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN locked AS l ON l.relation = s.seqrelid
 CROSS JOIN LATERAL (
   -- A domain holds what its base type holds.
   SELECT CASE coalesce(nullif(t.typbasetype, 0), t.oid)
            WHEN 'int2'::regtype THEN 32767
            WHEN 'int4'::regtype THEN 2147483647
            ELSE 9223372036854775807
          END AS most,
          CASE coalesce(nullif(t.typbasetype, 0), t.oid)
            WHEN 'int2'::regtype THEN -32768
            WHEN 'int4'::regtype THEN -2147483648
            ELSE -9223372036854775808
          END AS least) AS holds
 CROSS JOIN LATERAL (
   -- A standby has no contents of an unlogged sequence.
   -- NULL for a sequence that was dropped a moment ago.
   SELECT coalesce(has_sequence_privilege(s.seqrelid, 'SELECT, USAGE'), false)
          AND NOT (s.relpersistence = 'u' AND pg_is_in_recovery()) AS read) AS may
 ORDER BY 1, 2, 3, 5, 6
