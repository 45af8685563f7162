-- answers: each other session of this database, and whether it was ended, or why it was not
-- changes: every client connection to this database but Heron's is closed and its transaction rolled back
-- versions: 14 to 18
-- privileges: pg_signal_backend or the session's own role; a superuser's session is only for superusers
-- cost: none worth measuring; but all clients connect again at once
SELECT a.pid,
       CASE WHEN NOT (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))
              OR r.rolsuper AND current_setting('is_superuser') <> 'on' THEN 'forbidden'
            WHEN pg_terminate_backend(a.pid) THEN 'done'
            ELSE 'gone' END AS outcome
  FROM pg_stat_activity AS a
  LEFT JOIN pg_roles AS r ON r.oid = a.usesysid
 WHERE a.datname = current_database()
   -- Autovacuum, walsenders and other processes of the server's own are spared, and Heron.
   AND a.backend_type = 'client backend'
   AND a.pid <> pg_backend_pid()
   AND NOT (a.application_name = 'heron' AND a.usename = session_user)
