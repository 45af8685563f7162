-- answers: the tables of the given names ($1) in any user schema, with what the planner knows of their columns
-- versions: 14 to 18
-- privileges: SELECT on a table to see its columns' statistics; without it they are absent
-- cost: 1 ms a table; takes no locks on them
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       -- -1 until the first VACUUM or ANALYZE.
       nullif(c.reltuples, -1)::float8 AS rows,
       coalesce(
         (SELECT jsonb_agg(
                   jsonb_build_object('name', s.attname, 'null_frac', s.null_frac, 'n_distinct', s.n_distinct)
                   ORDER BY s.attname)
            FROM pg_stats AS s
           WHERE s.schemaname = n.nspname
             AND s.tablename = c.relname
             AND NOT s.inherited),
         '[]') AS columns
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relname = ANY ($1::text[]::name[])
   AND c.relkind IN ('r', 'm')
   AND c.relpersistence <> 't'
   AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
 ORDER BY 1, 2
