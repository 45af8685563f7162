-- answers: every foreign key of the user tables, with the types of its columns and of those they refer to
-- versions: 14 to 18
-- privileges: none
-- cost: one pass over pg_constraint; 25 ms for 2 000
WITH RECURSIVE
-- A domain holds what the type under it holds, however many domains lie between.
domain AS (
  SELECT t.oid, t.typbasetype AS type FROM pg_type AS t WHERE t.typtype = 'd'
   UNION ALL
  SELECT d.oid, t.typbasetype FROM domain AS d JOIN pg_type AS t ON t.oid = d.type WHERE t.typtype = 'd'
),
base AS MATERIALIZED (
  SELECT d.* FROM domain AS d WHERE d.type NOT IN (SELECT o.oid FROM domain AS o)
),
key AS MATERIALIZED (
  -- `conenforced` and `conperiod` exist from 18 on; before, the names find these instead.
  SELECT x.*
    FROM (SELECT true AS conenforced, false AS conperiod) AS before_18
   CROSS JOIN LATERAL (
     SELECT oid, conname, conrelid, confrelid, conkey, confkey, confdeltype, conenforced, conperiod
       FROM pg_constraint
      WHERE contype = 'f'
        -- A partition's copy says what the original says.
        AND conparentid = 0) AS x
),
-- Each column with the one it refers to.
pair AS MATERIALIZED (
  SELECT x.oid, c.n, x.conrelid AS relid, c.attnum, c.attname, c.attinhcount, c.referenced,
         coalesce(b.type, c.type) AS type, coalesce(fb.type, c.referenced_type) AS referenced_type
    FROM key AS x
   CROSS JOIN LATERAL (
     SELECT o.n, a.attnum, a.attname, a.attinhcount, a.atttypid AS type, fa.attname AS referenced,
            fa.atttypid AS referenced_type
       FROM unnest(x.conkey, x.confkey) WITH ORDINALITY AS o (attnum, referenced, n)
       JOIN pg_attribute AS a ON a.attrelid = x.conrelid AND a.attnum = o.attnum
       JOIN pg_attribute AS fa ON fa.attrelid = x.confrelid AND fa.attnum = o.referenced
     -- Key by key: a join would read the columns of all tables.
     OFFSET 0) AS c
    LEFT JOIN base AS b ON b.oid = c.type
    LEFT JOIN base AS fb ON fb.oid = c.referenced_type
),
-- The columns that may be too narrow and those that inherit them, for which ALTER COLUMN TYPE may be refused.
heir AS (
  SELECT DISTINCT p.relid, p.attnum, p.relid AS heir, p.attnum AS heir_attnum
    FROM pair AS p
   WHERE p.type <> p.referenced_type
     AND p.type IN ('int2'::regtype, 'int4'::regtype)
   UNION ALL
  SELECT h.relid, h.attnum, c.attrelid, c.attnum
    FROM heir AS h
    JOIN pg_inherits AS i ON i.inhparent = h.heir
    JOIN pg_attribute AS p ON p.attrelid = h.heir AND p.attnum = h.heir_attnum
    JOIN pg_attribute AS c ON c.attrelid = i.inhrelid AND c.attname = p.attname
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
SELECT n.nspname::text                    AS schema,
       c.relname::text                    AS "table",
       x.conname::text                    AS name,
       k.columns,
       k.types,
       fn.nspname::text                   AS referenced_schema,
       f.relname::text                    AS referenced,
       k.referenced_columns,
       k.referenced_types,
       k.type_change_blocked_by,
       x.conenforced                      AS enforced,
       x.conperiod                        AS period,
       x.confdeltype::text                AS on_delete
  FROM key AS x
  JOIN pg_class AS c ON c.oid = x.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_class AS f ON f.oid = x.confrelid
  JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
  JOIN (
   SELECT p.oid,
          array_agg(p.attname::text ORDER BY p.n)                       AS columns,
          array_agg(format_type(p.type, NULL) ORDER BY p.n)             AS types,
          array_agg(p.referenced::text ORDER BY p.n)                    AS referenced_columns,
          array_agg(format_type(p.referenced_type, NULL) ORDER BY p.n)  AS referenced_types,
          array_agg(coalesce(b.obstacle, '') ORDER BY p.n)              AS type_change_blocked_by
     FROM pair AS p
     LEFT JOIN fixed AS b USING (relid, attnum)
    GROUP BY p.oid) AS k ON k.oid = x.oid
 WHERE c.relpersistence <> 't'
   AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
 ORDER BY 1, 2, 3
