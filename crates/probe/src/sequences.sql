-- answers: every column fed by a sequence, the last value handed out and the last one that fits
-- versions: 14 to 18
-- privileges: SELECT or USAGE on a sequence to see its last value; without it the row says so
-- cost: opens each sequence, and reads those that handed out nothing yet; 60 ms for 2 000
--
-- A column is fed by the sequence it owns (serial, identity) or by the one its default depends on: pg_depend knows both.
WITH RECURSIVE
fed AS MATERIALIZED (
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
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltype, c.reloftype
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'f')
     AND c.relpersistence <> 't'
     -- A partition's column is its parent's.
     AND NOT c.relispartition
     AND n.nspname <> 'information_schema'
     AND n.nspname !~ '^pg_'
),
-- A domain holds what the type under it holds, however many domains lie between; the innermost has the modifier.
domain AS (
  SELECT t.oid, t.typbasetype AS type, t.typtypmod AS modifier
    FROM pg_type AS t
   WHERE t.typtype = 'd'
   UNION ALL
  SELECT d.oid, t.typbasetype, t.typtypmod
    FROM domain AS d
    JOIN pg_type AS t ON t.oid = d.type
   WHERE t.typtype = 'd'
),
base AS MATERIALIZED (
  SELECT d.* FROM domain AS d WHERE d.type NOT IN (SELECT o.oid FROM domain AS o)
),
-- The values are read under the lock taken here: the sequence can be neither dropped nor renamed until the transaction ends.
sequence AS MATERIALIZED (
  -- $1: whether sequences may be opened.
  SELECT s.*, n.nspname, c.relname, may.read, l.relation IS NOT NULL OR NOT $1::bool AS locked,
         CASE WHEN may.read AND l.relation IS NULL AND $1::bool THEN pg_sequence_last_value(s.seqrelid) END AS last_value
    FROM pg_sequence AS s
    JOIN pg_class AS c ON c.oid = s.seqrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN locked AS l ON l.relation = s.seqrelid
   CROSS JOIN LATERAL (
     -- A standby has no contents of an unlogged sequence.
     SELECT has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
            AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery()) AS read) AS may
   WHERE c.relpersistence <> 't'
     AND s.seqrelid IN (SELECT f.seqrelid FROM fed AS f JOIN relation AS r ON r.oid = f.relid)
),
-- The column and those that inherit it, for which ALTER COLUMN TYPE may be refused.
heir AS (
  SELECT DISTINCT f.relid, f.attnum, f.relid AS heir, f.attnum AS heir_attnum
    FROM fed AS f
    JOIN relation AS r ON r.oid = f.relid
    JOIN pg_attribute AS a ON a.attrelid = f.relid AND a.attnum = f.attnum
   WHERE a.atttypid <> 'int8'::regtype
   UNION ALL
  SELECT h.relid, h.attnum, c.attrelid, c.attnum
    FROM heir AS h
    JOIN pg_inherits AS i ON i.inhparent = h.heir
    JOIN pg_attribute AS p ON p.attrelid = h.heir AND p.attnum = h.heir_attnum
    JOIN pg_attribute AS c ON c.attrelid = i.inhrelid AND c.attname = p.attname
),
-- Where a sequence goes on that handed out nothing since it was created or restarted stands in the sequence alone. No
-- function before PostgreSQL 18 reads it; ts_stat runs the query that does.
restarted AS MATERIALIZED (
  SELECT s.seqrelid, w.word::int8 AS next_value
    FROM sequence AS s
   CROSS JOIN LATERAL ts_stat(
           CASE WHEN s.last_value IS NULL AND s.read AND NOT s.locked
                     -- A sequence is not restarted near the end of bigint.
                     AND (s.seqmax < 9223372036854775807 OR s.seqincrement < 0
                          OR s.seqrelid IN (SELECT f.seqrelid FROM fed AS f JOIN heir AS h USING (relid, attnum)))
                     AND has_sequence_privilege(s.seqrelid, 'SELECT')
                     AND has_schema_privilege(s.nspname, 'USAGE')
                THEN format(
                       'SELECT pg_catalog.array_to_tsvector(ARRAY[q.last_value::pg_catalog.text]) FROM %I.%I AS q WHERE NOT q.is_called',
                       s.nspname, s.relname)
           END) AS w
),
fixed AS MATERIALIZED (
  SELECT h.relid, h.attnum, min(o.obstacle) AS obstacle
    FROM heir AS h
    JOIN pg_class AS c ON c.oid = h.heir
    JOIN pg_attribute AS a ON a.attrelid = h.heir AND a.attnum = h.heir_attnum
   CROSS JOIN LATERAL (
     SELECT 'the type its table is made of' AS obstacle
      WHERE c.reloftype <> 0
      UNION ALL
     SELECT 'the table it is inherited from'
      WHERE h.heir = h.relid AND a.attinhcount > 0
      UNION ALL
     SELECT 'the foreign table it stands for'
      WHERE c.relkind = 'f'
      UNION ALL
     SELECT 'the partition key it is part of'
       FROM pg_depend AS d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = h.heir AND d.objsubid = h.heir_attnum
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = h.heir AND d.refobjsubid = 0 AND d.deptype = 'i'
      UNION ALL
     SELECT pg_describe_object(d.classid, d.objid, 0)
       FROM pg_depend AS d
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = h.heir AND d.refobjsubid = h.heir_attnum
        AND d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass,
                          'pg_publication_rel'::regclass)
      UNION ALL
     SELECT format('generated column %I', g.attname)
       FROM pg_depend AS d
       JOIN pg_attrdef AS ad ON ad.oid = d.objid
       JOIN pg_attribute AS g ON g.attrelid = ad.adrelid AND g.attnum = ad.adnum
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = h.heir AND d.refobjsubid = h.heir_attnum
        AND d.classid = 'pg_attrdef'::regclass AND g.attgenerated <> '' AND ad.adnum <> h.heir_attnum
      UNION ALL
     -- Before 15 the generated column itself depends on the other.
     SELECT format('generated column %I', g.attname)
       FROM pg_depend AS d
       JOIN pg_attribute AS g ON g.attrelid = d.objid AND g.attnum = d.objsubid
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = h.heir AND d.refobjsubid = h.heir_attnum
        AND d.classid = 'pg_class'::regclass AND d.objid = h.heir AND g.attgenerated <> ''
      UNION ALL
     -- A table that is rewritten must not have its row type in another.
     SELECT pg_describe_object('pg_class'::regclass, u.oid, d.objsubid)
       FROM pg_type AS t
       JOIN pg_depend AS d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)
       JOIN pg_class AS u ON u.oid = d.objid AND u.relkind IN ('r', 'm', 'p')
      WHERE t.oid = c.reltype AND d.classid = 'pg_class'::regclass AND d.objsubid > 0) AS o
   GROUP BY h.relid, h.attnum
)
SELECT c.nspname::text                          AS schema,
       c.relname::text                          AS "table",
       a.attname::text                          AS "column",
       format_type(a.atttypid, a.atttypmod)     AS column_type,
       s.nspname::text                          AS sequence_schema,
       s.relname::text                          AS sequence,
       s.last_value,
       n.next_value,
       CASE WHEN s.seqincrement > 0 THEN least(s.seqmax, holds.most) ELSE greatest(s.seqmin, holds.least) END AS "limit",
       CASE WHEN s.seqincrement > 0 THEN s.seqmax >= holds.most ELSE s.seqmin <= holds.least END AS column_ends,
       CASE WHEN of.type = 'numeric'::regtype THEN 'numeric'
            WHEN of.type IN ('varchar'::regtype, 'bpchar'::regtype) THEN 'text'
            ELSE 'bigint'
       END                                      AS wider_type,
       x.obstacle                               AS type_change_blocked_by,
       CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END AS start,
       s.seqincrement                           AS increment,
       -- A sequence that begins anew only beyond the column's end does not save the column.
       s.seqcycle AND s.seqmax <= holds.most AND s.seqmin >= holds.least AS cycle,
       s.read                                   AS readable,
       s.locked
  FROM fed
  JOIN relation AS c ON c.oid = fed.relid
  JOIN sequence AS s USING (seqrelid)
  JOIN pg_attribute AS a ON a.attrelid = fed.relid AND a.attnum = fed.attnum AND NOT a.attisdropped
  LEFT JOIN base AS b ON b.oid = a.atttypid
  LEFT JOIN restarted AS n ON n.seqrelid = s.seqrelid
  LEFT JOIN fixed AS x ON x.relid = fed.relid AND x.attnum = fed.attnum
 CROSS JOIN LATERAL (
   SELECT coalesce(b.type, a.atttypid) AS type,
          nullif(CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE b.modifier END, -1) - 4 AS modifier) AS of
 CROSS JOIN LATERAL (
   -- numeric(precision, scale) has both in its modifier; the scale may be negative.
   SELECT CASE WHEN of.type = 'numeric'::regtype
               THEN ((of.modifier >> 16) & 65535) - (((of.modifier & 2047) # 1024) - 1024)
               WHEN of.type IN ('varchar'::regtype, 'bpchar'::regtype)
               THEN of.modifier
          END AS digits) AS has
 CROSS JOIN LATERAL (
   SELECT CASE WHEN of.type = 'int2'::regtype THEN 32767
               WHEN of.type = 'int4'::regtype THEN 2147483647
               WHEN of.type = 'oid'::regtype THEN 4294967295
               -- Up to here each whole number has a value of its own.
               WHEN of.type = 'float4'::regtype THEN 16777216
               WHEN of.type = 'float8'::regtype THEN 9007199254740992
               WHEN has.digits < 19 THEN (10::numeric ^ greatest(has.digits, 0))::int8 - 1
               ELSE 9223372036854775807
          END AS most,
          CASE WHEN of.type = 'int2'::regtype THEN -32768
               WHEN of.type = 'int4'::regtype THEN -2147483648
               WHEN of.type = 'oid'::regtype THEN 0
               WHEN of.type = 'float4'::regtype THEN -16777216
               WHEN of.type = 'float8'::regtype THEN -9007199254740992
               -- Text has the sign for a character.
               WHEN has.digits < 19 AND of.type <> 'numeric'::regtype THEN 1 - (10::numeric ^ (has.digits - 1))::int8
               WHEN has.digits < 19 THEN 1 - (10::numeric ^ greatest(has.digits, 0))::int8
               ELSE -9223372036854775808
          END AS least) AS holds
 -- Of a sequence that was dropped meanwhile nothing can be known.
 WHERE s.read IS NOT NULL
   AND (a.attinhcount = 0
    -- What a table inherits together with its default is reported for the table it inherits from.
    OR NOT EXISTS (
         SELECT FROM pg_inherits AS i
           JOIN pg_attribute AS p ON p.attrelid = i.inhparent AND p.attname = a.attname
           JOIN fed AS f ON f.relid = p.attrelid AND f.attnum = p.attnum AND f.seqrelid = s.seqrelid
          WHERE i.inhrelid = fed.relid))
 ORDER BY 1, 2, 3, 5, 6
