-- answers: every foreign key of the user tables, with the types of its columns and of those they refer to
-- versions: 14 to 18
-- privileges: none
-- cost: one pass over pg_constraint; 15 ms for 2 000
SELECT n.nspname::text                    AS schema,
       c.relname::text                    AS "table",
       x.conname::text                    AS name,
       k.columns,
       k.types,
       fn.nspname::text                   AS referenced_schema,
       f.relname::text                    AS referenced,
       k.referenced_columns,
       k.referenced_types,
       x.confdeltype::text                AS on_delete
  FROM pg_constraint AS x
  JOIN pg_class AS c ON c.oid = x.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_class AS f ON f.oid = x.confrelid
  JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
 CROSS JOIN LATERAL (
   SELECT array_agg(a.attname::text ORDER BY o.n)                      AS columns,
          -- A domain holds what its base type holds.
          array_agg(format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL) ORDER BY o.n)    AS types,
          array_agg(fa.attname::text ORDER BY o.n)                     AS referenced_columns,
          array_agg(format_type(coalesce(nullif(ft.typbasetype, 0), ft.oid), NULL) ORDER BY o.n)  AS referenced_types
     FROM unnest(x.conkey, x.confkey) WITH ORDINALITY AS o (attnum, referenced, n)
     JOIN pg_attribute AS a ON a.attrelid = x.conrelid AND a.attnum = o.attnum
     JOIN pg_type AS t ON t.oid = a.atttypid
     JOIN pg_attribute AS fa ON fa.attrelid = x.confrelid AND fa.attnum = o.referenced
     JOIN pg_type AS ft ON ft.oid = fa.atttypid) AS k
 WHERE x.contype = 'f'
   -- A partition's copy says what the original says.
   AND x.conparentid = 0
   AND c.relpersistence <> 't'
   AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
 ORDER BY 1, 2, 3
