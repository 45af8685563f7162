-- answers: how many connections the server, its databases and its roles allow, and how many are in use
-- versions: 14 to 18; reserved_connections from 16 on
-- privileges: none
-- cost: about 1 ms for 100 sessions
WITH client AS MATERIALIZED (
  SELECT a.datid, a.usesysid,
         a.pid = pg_backend_pid()
           OR a.application_name = 'heron' AND a.usename IS NOT DISTINCT FROM session_user AS own
    FROM pg_stat_activity AS a
   WHERE a.backend_type = 'client backend'
      -- Without the privilege the type is hidden; a role in a database is as good as always a client.
      OR a.backend_type IS NULL AND a.datid IS NOT NULL AND a.usesysid IS NOT NULL
),
-- Superusers may exceed a limit and still count against it.
limited AS (
  SELECT 1 AS place, 'database' AS kind, d.datname::text AS name, d.datconnlimit AS at_most,
         (SELECT count(*) FROM client AS c WHERE c.datid = d.oid) AS used
    FROM pg_database AS d
   WHERE d.datconnlimit > 0
     AND d.datallowconn
   UNION ALL
  -- A limit of Heron's own role bounds Heron, not the application.
  SELECT 2, 'role', r.rolname::text, r.rolconnlimit,
         (SELECT count(*) FROM client AS c WHERE c.usesysid = r.oid AND NOT c.own)
    FROM pg_roles AS r
   WHERE r.rolconnlimit > 0
     AND r.rolcanlogin
     AND NOT r.rolsuper
)
SELECT current_setting('max_connections')::int8                             AS max_connections,
       current_setting('superuser_reserved_connections')::int8              AS superuser_reserved,
       coalesce(current_setting('reserved_connections', true)::int8, 0)     AS reserved,
       (SELECT count(*) FROM client)                                        AS used,
       (SELECT count(*) FROM client AS c WHERE c.own)                       AS own,
       coalesce(
         (SELECT jsonb_agg(
                   jsonb_build_object(
                     'scope', jsonb_build_object('kind', l.kind, 'name', l.name),
                     'limit', l.at_most,
                     'used', l.used)
                   ORDER BY l.place, l.name)
            FROM limited AS l),
         '[]')                                                              AS limits
