-- answers: every session of the instance but Heron's own, and who blocks whom
-- versions: 14 to 18
-- privileges: pg_read_all_stats (in pg_monitor) to see what other roles' sessions do
-- cost: about 1 ms for 100 sessions; pg_blocking_pids stops the lock table for a moment, so it is asked only about waiters
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8       AS clock,
       a.pid,
       a.datname::text                                                AS database,
       a.usename::text                                                AS "user",
       coalesce(a.application_name, '')                               AS application,
       host(a.client_addr)                                            AS client,
       -- Without the privilege the type is hidden too; a role in a database is as good as always a client.
       coalesce(a.backend_type,
                CASE WHEN a.datid IS NOT NULL AND a.usesysid IS NOT NULL THEN 'client backend' ELSE 'unknown' END)
                                                                      AS backend_type,
       a.state,
       a.wait_event_type,
       a.wait_event,
       (extract(epoch FROM a.xact_start)   * 1000000)::int8           AS xact_start,
       (extract(epoch FROM a.query_start)  * 1000000)::int8           AS query_start,
       (extract(epoch FROM a.state_change) * 1000000)::int8           AS state_change,
       left(a.query, 2000)                                            AS query,
       a.query_id::text                                               AS query_id,
       CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}' END AS blocked_by
  FROM pg_stat_activity AS a
 WHERE a.pid <> pg_backend_pid()
   -- Heron has one more connection; another role that calls itself heron is somebody else.
   AND NOT (a.application_name = 'heron' AND a.usename IS NOT DISTINCT FROM current_user)
 ORDER BY a.xact_start NULLS LAST, a.pid
