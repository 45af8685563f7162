-- answers: how often pg_stat_statements evicted entries, and when it was last reset
-- versions: 14 to 18, with pg_stat_statements 1.9 or later
-- privileges: none
-- cost: under 1 ms
SELECT dealloc,
       (extract(epoch FROM stats_reset) * 1000000)::int8 AS stats_reset
  FROM {extension}.pg_stat_statements_info
