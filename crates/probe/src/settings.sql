-- answers: every setting of the server, who set it, what it can be, and whether a change waits for a restart
-- versions: 14 to 18
-- privileges: pg_read_all_settings (in pg_monitor) to see the few that are hidden
-- cost: 3 ms
WITH stored AS MATERIALIZED (
  -- ALTER ROLE ... SET and ALTER DATABASE ... SET, as far as they reach this session.
  SELECT lower(split_part(c.setting, '=', 1)) AS name, s.setrole <> 0 AS own
    FROM pg_db_role_setting AS s
   CROSS JOIN LATERAL unnest(s.setconfig) AS c (setting)
   WHERE s.setrole IN (0, (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = session_user))
     AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
)
SELECT s.name,
       -- What Heron pinned in its own session has the value it had before as its reset value. Where Heron's role has a value
       -- of its own the server's is out of sight.
       CASE WHEN own.own THEN coalesce(s.boot_val, '') WHEN s.source = 'session' THEN s.reset_val ELSE s.setting END AS setting,
       s.unit, s.boot_val,
       CASE WHEN own.own THEN 'role'
            WHEN s.source <> 'session' THEN s.source
            WHEN own.own IS NOT NULL THEN 'database'
            WHEN s.reset_val = s.boot_val THEN 'default'
            ELSE 'configuration'
       END                                                                AS source,
       s.context, s.min_val, s.max_val,
       coalesce(s.enumvals, '{}')                                         AS enumvals,
       s.pending_restart,
       coalesce(own.own, false)                                           AS own
  FROM pg_settings AS s
  LEFT JOIN (SELECT name, bool_or(own) AS own FROM stored GROUP BY name) AS own ON own.name = lower(s.name)
 -- What Heron's connection came with (its timeouts) says nothing of other connections.
 WHERE s.source <> 'client'
 ORDER BY s.name
