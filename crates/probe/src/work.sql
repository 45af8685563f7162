-- answers: what the server did since its statistics began, for its settings to be measured by
-- versions: 14 to 18
-- privileges: pg_read_all_stats (in pg_monitor) to count other roles' connections
-- cost: 5 ms for 8 000 relations; looks at no file
SELECT (extract(epoch FROM now()) * 1000000)::int8                        AS now,
       c.size                                                             AS database_size,
       c.largest_rows,
       (SELECT count(*) FROM pg_stat_activity AS a WHERE a.backend_type = 'client backend') AS connections,
       d.hit                                                              AS blocks_hit,
       d.read                                                             AS blocks_read,
       d.temp                                                             AS temp_bytes,
       d.since                                                            AS counted_since,
       p.timed                                                            AS checkpoints_timed,
       p.requested                                                        AS checkpoints_requested,
       w.wal_bytes::int8                                                  AS wal_bytes,
       (extract(epoch FROM w.stats_reset) * 1000000)::int8                AS wal_since
  FROM (SELECT coalesce(sum(c.relpages::int8), 0)::int8 * current_setting('block_size')::int8 AS size,
               max(nullif(c.reltuples, -1)) FILTER (WHERE c.relkind = 'r')::float8            AS largest_rows
          FROM pg_class AS c) AS c
 CROSS JOIN (
   SELECT coalesce(sum(d.blks_hit), 0)::int8                               AS hit,
          coalesce(sum(d.blks_read), 0)::int8                              AS read,
          coalesce(sum(d.temp_bytes), 0)::int8                             AS temp,
          -- A database without a reset has counted since the statistics of the server began: at initdb, or at the last crash
          -- recovery. The earliest of all makes a rate too low rather than too high.
          (extract(epoch FROM min(coalesce(d.stats_reset, g.began))) * 1000000)::int8 AS since
     FROM pg_stat_database AS d
    CROSS JOIN (SELECT least(b.stats_reset, a.stats_reset, w.stats_reset) AS began
                  FROM pg_stat_bgwriter AS b
                 CROSS JOIN pg_stat_archiver AS a
                 CROSS JOIN pg_stat_wal AS w) AS g) AS d
 CROSS JOIN pg_stat_wal AS w
 -- The counters moved to a view of their own in 17. A name that is not there cannot stand in a statement, but in the text of
 -- one that PostgreSQL puts to itself; the answer is XML with two numbers.
 CROSS JOIN LATERAL (
   SELECT query_to_xml(
            CASE WHEN to_regclass('pg_catalog.pg_stat_checkpointer') IS NULL
                 THEN 'SELECT checkpoints_timed AS timed, checkpoints_req AS requested FROM pg_catalog.pg_stat_bgwriter'
                 ELSE 'SELECT num_timed AS timed, num_requested AS requested FROM pg_catalog.pg_stat_checkpointer'
            END, false, true, '')::text AS answer) AS x
 CROSS JOIN LATERAL (
   SELECT coalesce(substring(x.answer FROM '<timed>(\d+)<')::int8, 0)       AS timed,
          coalesce(substring(x.answer FROM '<requested>(\d+)<')::int8, 0)   AS requested) AS p
