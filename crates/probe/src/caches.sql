-- answers: block hits and reads of the user tables and their indexes since the statistics began
-- versions: 14 to 18
-- privileges: none
-- cost: one pass over pg_class; 10 ms for 8 000 relations
SELECT coalesce(sum(hit) FILTER (WHERE relkind <> 'i'), 0)::int8            AS table_hit,
       coalesce(sum(fetched - hit) FILTER (WHERE relkind <> 'i'), 0)::int8  AS table_read,
       coalesce(sum(hit) FILTER (WHERE relkind = 'i'), 0)::int8             AS index_hit,
       coalesce(sum(fetched - hit) FILTER (WHERE relkind = 'i'), 0)::int8   AS index_read
  FROM (SELECT c.relkind,
               pg_stat_get_blocks_fetched(c.oid) AS fetched,
               pg_stat_get_blocks_hit(c.oid)     AS hit
          FROM pg_class AS c
          JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'm', 'i')
           AND n.nspname <> 'information_schema'
           AND n.nspname !~ '^pg_') AS relation
