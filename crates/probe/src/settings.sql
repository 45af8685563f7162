-- answers: every setting of the server, who set it, what it can be, and whether a change waits for a restart
-- versions: 14 to 18
-- privileges: pg_read_all_settings (in pg_monitor) to see the few that are hidden
-- cost: 2 ms
SELECT name,
       -- What Heron set for its own session (jit) is what the server says without it.
       CASE WHEN source = 'session' THEN reset_val ELSE setting END       AS setting,
       unit, boot_val,
       CASE WHEN source <> 'session' THEN source
            WHEN reset_val = boot_val THEN 'default'
            ELSE 'configuration'
       END                                                                AS source,
       context, min_val, max_val,
       coalesce(enumvals, '{}')                                           AS enumvals,
       pending_restart
  FROM pg_settings
 -- What Heron's connection came with (its timeouts) says nothing of anybody else's.
 WHERE source <> 'client'
 ORDER BY name
