-- answers: which server, database and role this is, and what the role may see
-- versions: 14 to 18
-- privileges: none
-- cost: under 1 ms; reads the extension directory only while pg_stat_statements is not created
SELECT current_setting('server_version_num')::int4                        AS version_num,
       current_setting('server_version')                                  AS version,
       current_database()::text                                           AS database,
       current_user::text                                                 AS "user",
       pg_is_in_recovery()                                                AS in_recovery,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8   AS started_at,
       current_setting('max_connections')::int8                           AS max_connections,
       current_setting('autovacuum_freeze_max_age')::int8                 AS freeze_max_age,
       (extract(epoch FROM pg_stat_get_db_stat_reset_time(d.oid)) * 1000000)::int8 AS stats_reset,
       pg_has_role('pg_read_all_stats', 'USAGE')                          AS reads_all_stats,
       e.extversion                                                       AS extension_version,
       n.nspname::text                                                    AS extension_schema,
       CASE WHEN e.oid IS NOT NULL THEN true
            ELSE EXISTS (SELECT FROM pg_available_extensions() AS a WHERE a.name = 'pg_stat_statements')
       END                                                                AS extension_available
  FROM pg_database AS d
  LEFT JOIN pg_extension AS e ON e.extname = 'pg_stat_statements'
  LEFT JOIN pg_namespace AS n ON n.oid = e.extnamespace
 WHERE d.datname = current_database()
