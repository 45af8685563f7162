-- answers: the constraints of the user tables that were added NOT VALID and never validated
-- versions: 14 to 18
-- privileges: none
-- cost: one pass over pg_constraint; 5 ms for 10 000
SELECT n.nspname::text AS schema,
       c.relname::text AS "table",
       x.conname::text AS name,
       CASE WHEN f.oid IS NOT NULL THEN format('%I.%I', fn.nspname, f.relname) END AS "references"
  -- `conenforced` exists from 18 on; before, the name finds this one instead. What is not enforced has nothing to validate.
  FROM (SELECT true AS conenforced) AS before_18
 CROSS JOIN LATERAL (
   SELECT conname, conrelid, confrelid
     FROM pg_constraint
    WHERE NOT convalidated
      AND conenforced
      AND conrelid <> 0
      -- A partition's or a child's copy is validated with the original.
      AND conparentid = 0
      AND conislocal) AS x
  JOIN pg_class AS c ON c.oid = x.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_class AS f ON f.oid = x.confrelid
  LEFT JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
 WHERE c.relpersistence <> 't'
   -- Nothing enforces a foreign table's.
   AND c.relkind <> 'f'
   AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
 ORDER BY 1, 2, 3
