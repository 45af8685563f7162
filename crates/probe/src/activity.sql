-- answers: every session of the instance but Heron's own, what it waits for, and who blocks whom
-- versions: 14 to 18
-- privileges: pg_read_all_stats (in pg_monitor) to see what other roles' sessions do
-- cost: about 1 ms for 100 sessions; the lock table is looked at, which stops it for a moment, only if somebody waits
WITH activity AS MATERIALIZED (
  SELECT * FROM pg_stat_activity),
waited AS MATERIALIZED (
  -- What each waiter waits for. Who wants a row waits for a transaction, and the lock on the row tells which table it is in.
  SELECT l.pid,
         max(l.locktype)  FILTER (WHERE NOT l.granted)                          AS kind,
         max(l.mode)      FILTER (WHERE NOT l.granted)                          AS mode,
         max(l.waitstart) FILTER (WHERE NOT l.granted)                          AS since,
         max(l.relation)  FILTER (WHERE NOT l.granted OR l.locktype = 'tuple')  AS relation,
         max(l.database)  FILTER (WHERE NOT l.granted OR l.locktype = 'tuple')  AS database
    FROM pg_locks AS l
   WHERE EXISTS (SELECT FROM activity AS w WHERE w.wait_event_type = 'Lock')
   GROUP BY l.pid
  HAVING NOT bool_and(l.granted))
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8       AS clock,
       a.pid,
       a.datname::text                                                AS database,
       a.usename::text                                                AS "user",
       coalesce(a.application_name, '')                               AS application,
       host(a.client_addr)                                            AS client,
       s.ssl                                                          AS tls,
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
       -- As bytes: a text function fails on a query of another database whose encoding this one does not share.
       substring(textsend(a.query) FROM 1 FOR 8000)                   AS query_bytes,
       a.query_id::text                                               AS query_id,
       CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}' END AS blocked_by,
       -- Of this database only: the names of others are in their own catalogs.
       w.kind                                                         AS lock_kind,
       w.mode                                                         AS lock_mode,
       (extract(epoch FROM w.since) * 1000000)::int8                  AS lock_since,
       n.nspname::text                                                AS lock_schema,
       c.relname::text                                                AS lock_relation,
       v.phase                                                        AS vacuum_phase,
       (extract(epoch FROM a.backend_start) * 1000000)::int8          AS began,
       -- Of the raw bytes, and only of active statements: it identifies the statement that signal.sql is to end.
       CASE WHEN a.state = 'active' THEN hashtextextended(a.query COLLATE "C", 0) END AS text_hash
  FROM activity AS a
  LEFT JOIN pg_stat_ssl AS s ON s.pid = a.pid
  LEFT JOIN pg_stat_progress_vacuum AS v ON v.pid = a.pid
  LEFT JOIN waited AS w ON w.pid = a.pid
  LEFT JOIN pg_class AS c
         ON c.oid = w.relation
        AND w.database IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
  LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE a.pid <> pg_backend_pid()
   -- Heron has one more connection; another role that calls itself heron is somebody else.
   AND NOT (a.application_name = 'heron' AND a.usename IS NOT DISTINCT FROM session_user)
 ORDER BY a.xact_start NULLS LAST, a.pid
