-- answers: the database's size, the instance's client connections, and since when the server counts
-- versions: 14 to 18
-- privileges: pg_read_all_stats (in pg_monitor) to see what other roles' sessions do
-- cost: looks at every file of the database; 30 ms for 8 000 relations
SELECT pg_database_size(d.oid)                                            AS size,
       c.total, c.active, c.idle, c.idle_in_transaction,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8   AS started_at,
       (extract(epoch FROM pg_stat_get_db_stat_reset_time(d.oid)) * 1000000)::int8 AS stats_reset
  FROM pg_database AS d
 CROSS JOIN (
   SELECT count(*)                                                                 AS total,
          count(*) FILTER (WHERE a.state IN ('active', 'fastpath function call'))  AS active,
          count(*) FILTER (WHERE a.state = 'idle')                                 AS idle,
          count(*) FILTER (WHERE a.state LIKE 'idle in transaction%')              AS idle_in_transaction
     FROM pg_stat_activity AS a
    WHERE (a.backend_type = 'client backend'
           OR a.backend_type IS NULL AND a.datid IS NOT NULL AND a.usesysid IS NOT NULL)
      -- The same sessions as in `activity`: not Heron's own.
      AND a.pid <> pg_backend_pid()
      AND NOT (a.application_name = 'heron' AND a.usename IS NOT DISTINCT FROM session_user)) AS c
 WHERE d.datname = current_database()
