-- answers: for each session asked about, whether it was ended, or why it was not
-- changes: the connection is closed and its transaction rolled back
-- versions: 14 to 18
-- privileges: pg_signal_backend or the session's own role; a superuser's session is only for superusers
-- cost: none worth measuring
--
-- A process id is used again. The session is the one that somebody looked at only if it began at the same moment ($2), and is
-- ended only if it runs the statement that began then ($3; nought: whatever it does). The server's own processes and Heron
-- are spared.
SELECT asked.pid::int4 AS pid,
       CASE WHEN a.pid IS NULL THEN 'gone'
            WHEN a.backend_type <> 'client backend' OR a.pid = pg_backend_pid()
              OR a.application_name = 'heron' AND a.usename = current_user THEN 'spared'
            WHEN a.datname IS DISTINCT FROM current_database() THEN 'elsewhere'
            WHEN NOT (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))
              OR r.rolsuper AND current_setting('is_superuser') <> 'on' THEN 'forbidden'
            WHEN pg_terminate_backend(a.pid) THEN 'done'
            ELSE 'gone' END AS outcome
  FROM ROWS FROM (unnest($1::int8[]), unnest($2::int8[]), unnest($3::int8[])) AS asked (pid, began, statement_began)
  LEFT JOIN pg_stat_activity AS a
         ON a.pid = asked.pid
        AND (extract(epoch FROM a.backend_start) * 1000000)::int8 = asked.began
        AND (asked.statement_began = 0
             OR a.state = 'active' AND (extract(epoch FROM a.query_start) * 1000000)::int8 = asked.statement_began)
  LEFT JOIN pg_roles AS r ON r.oid = a.usesysid
