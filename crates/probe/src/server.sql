-- answers: which server, database and role this is, and what the role may see
-- versions: 14 to 18
-- privileges: none
-- cost: 2 ms, most of it for planning; reads the extension directory only while pg_stat_statements is not created
SELECT current_setting('server_version_num')::int4                        AS version_num,
       current_setting('server_version')                                  AS version,
       current_database()::text                                           AS database,
       current_user::text                                                 AS "user",
       pg_is_in_recovery()                                                AS in_recovery,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8   AS started_at,
       current_setting('max_connections')::int8                           AS max_connections,
       current_setting('autovacuum_freeze_max_age')::int8                 AS freeze_max_age,
       (extract(epoch FROM pg_stat_get_db_stat_reset_time(d.oid)) * 1000000)::int8 AS stats_reset,
       -- The statistics of the whole server begin at initdb, and again when a crash recovery discards them. Neither shows in
       -- the start of the server. Each of these is that moment, or a reset of its own after it.
       (SELECT (extract(epoch FROM min(s.stats_reset)) * 1000000)::int8
          FROM (SELECT b.stats_reset FROM pg_stat_bgwriter AS b
                UNION ALL SELECT a.stats_reset FROM pg_stat_archiver AS a
                UNION ALL SELECT w.stats_reset FROM pg_stat_wal AS w
                UNION ALL SELECT u.stats_reset FROM pg_stat_slru AS u) AS s) AS stats_began,
       pg_has_role('pg_read_all_stats', 'USAGE')                          AS reads_all_stats,
       pg_has_role('pg_read_all_settings', 'USAGE')                       AS reads_all_settings,
       EXISTS (SELECT FROM pg_roles AS r WHERE r.rolsuper AND r.rolname IN (current_user, session_user)) AS superuser,
       -- Heron's sessions leave these as they are. Who set one is looked up only where it is off: pg_settings costs 2 ms.
       (SELECT jsonb_agg(jsonb_build_object(
                 'name', t.name,
                 'value', t.value,
                 'source', CASE WHEN t.value IN ('off', 'none')
                                THEN (SELECT s.source FROM pg_settings AS s WHERE s.name = t.name)
                                ELSE '' END,
                 'off_for', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                                      'role', r.rolname,
                                      'in_database', o.setdatabase <> 0) ORDER BY r.rolname, o.setdatabase), '[]')
                               FROM pg_db_role_setting AS o
                              CROSS JOIN unnest(o.setconfig) AS c (line)
                               JOIN pg_roles AS r ON r.oid = o.setrole
                              WHERE o.setdatabase IN (0, d.oid)
                                AND r.rolname <> current_user
                                AND split_part(c.line, '=', 1) = t.name
                                AND lower(split_part(c.line, '=', 2)) IN ('off', 'of', 'false', 'fals', 'fal', 'fa', 'f',
                                                                          'no', 'n', '0', 'none')))
                 ORDER BY t.name)
          FROM (SELECT v.name, current_setting(v.name, true) AS value
                  FROM (VALUES ('track_activities'), ('track_counts'), ('pg_stat_statements.track'),
                               ('compute_query_id')) AS v (name)) AS t
         WHERE t.value IS NOT NULL)                                       AS tracking,
       e.extversion                                                       AS extension_version,
       n.nspname::text                                                    AS extension_schema,
       CASE WHEN e.oid IS NOT NULL THEN true
            ELSE EXISTS (SELECT FROM pg_available_extensions() AS a WHERE a.name = 'pg_stat_statements')
       END                                                                AS extension_available
  FROM pg_database AS d
  LEFT JOIN pg_extension AS e ON e.extname = 'pg_stat_statements'
  LEFT JOIN pg_namespace AS n ON n.oid = e.extnamespace
 WHERE d.datname = current_database()
