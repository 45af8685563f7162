-- answers: how far tables and databases are from wraparound, what holds vacuum back, and how autovacuum is set
-- versions: 14 to 18
-- privileges: pg_read_all_stats (in pg_monitor) to see which sessions and standbys hold vacuum back
-- cost: one pass over pg_class; 10 ms for 8 000 relations
WITH
-- Ids run out 2^31 - 1 after the oldest; from 14 on the server stops 3 000 000 before (SetTransactionIdLimit, and
-- SetMultiXactIdLimit likewise).
edge AS (SELECT 2147483647 - 3000000 AS at),
aged AS (
  SELECT c.oid,
         n.nspname::text AS schema,
         c.relname::text AS name,
         greatest(age(c.relfrozenxid), age(t.relfrozenxid)) AS age,
         greatest(mxid_age(c.relminmxid), mxid_age(t.relminmxid)) AS multixact_age,
         c.relisshared AS shared,
         coalesce(age(t.relfrozenxid) > age(c.relfrozenxid), false) AS toast,
         -- Only its session can freeze a temporary table; the schema has the session's number.
         CASE WHEN c.relpersistence = 't' THEN substring(n.nspname FROM '^pg_temp_(\d+)$')::int4 END AS session,
         c.relpersistence = 't' AS temporary,
         c.relowner AS owner
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
   WHERE c.relkind IN ('r', 'm')
),
holder AS (
  SELECT 'transaction' AS kind,
         a.pid::text AS name,
         a.usename::text AS "user",
         a.datname::text AS database,
         nullif(a.application_name, '') AS application,
         a.state,
         greatest(age(a.backend_xid), age(a.backend_xmin)) AS age,
         a.xact_start AS since,
         -- A transaction keeps only its own database's rows, and those of the shared catalogs.
         coalesce(a.datname = current_database(), true) AS here,
         false AS catalog
    FROM pg_stat_activity AS a
   WHERE (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL)
     AND a.pid <> pg_backend_pid()
     AND a.backend_type <> 'walsender'
     AND NOT (a.application_name = 'heron' AND a.usename IS NOT DISTINCT FROM session_user)
     -- A plain VACUUM does not hold up another one.
     AND a.pid NOT IN (SELECT v.pid FROM pg_stat_progress_vacuum AS v)
   UNION ALL
  SELECT 'prepared_transaction', p.gid, p.owner::text, p.database::text, NULL, NULL, age(p.transaction), p.prepared,
         p.database = current_database(), false
    FROM pg_prepared_xacts AS p
   UNION ALL
  SELECT 'replication_slot', s.slot_name::text, r.usename::text, s.database::text, nullif(r.application_name, ''),
         CASE WHEN s.active THEN 'active' ELSE 'inactive' END, age(x.xmin), r.backend_start, true, x.catalog
    FROM pg_replication_slots AS s
   CROSS JOIN LATERAL (VALUES (s.xmin, false), (s.catalog_xmin, true)) AS x (xmin, catalog)
    LEFT JOIN pg_stat_replication AS r ON r.pid = s.active_pid
   WHERE x.xmin IS NOT NULL
     -- A slot that was invalidated keeps nothing.
     AND s.wal_status IS DISTINCT FROM 'lost'
   UNION ALL
  -- hot_standby_feedback without a slot.
  SELECT 'standby', coalesce(nullif(r.application_name, ''), host(r.client_addr), r.pid::text), r.usename::text, NULL,
         nullif(r.application_name, ''), r.state, age(r.backend_xmin), r.backend_start, true, false
    FROM pg_stat_replication AS r
   WHERE r.backend_xmin IS NOT NULL
)
SELECT coalesce(
         (SELECT jsonb_agg(
                   jsonb_build_object(
                     'schema', a.schema,
                     'table', a.name,
                     'age', a.age,
                     'left', e.at - a.age,
                     'multixact_age', a.multixact_age,
                     'multixact_left', e.at - a.multixact_age,
                     'shared', a.shared,
                     'toast', a.toast,
                     'temporary', CASE WHEN a.temporary THEN
                       jsonb_build_object(
                         'owner', pg_get_userbyid(a.owner),
                         -- Before 16 the functions count sessions by a number of their own.
                         'pid', CASE WHEN current_setting('server_version_num')::int4 >= 160000
                                      AND pg_stat_get_backend_dbid(a.session)
                                          = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()) THEN
                                  pg_stat_get_backend_pid(a.session) END)
                     END)
                   ORDER BY a.age DESC, a.oid)
            FROM aged AS a
           WHERE a.oid IN (SELECT o.oid FROM aged AS o ORDER BY o.age DESC, o.oid LIMIT 20)
              OR a.oid IN (SELECT o.oid FROM aged AS o ORDER BY o.multixact_age DESC, o.oid LIMIT 20)),
         '[]') AS tables,
       (SELECT jsonb_agg(
                 jsonb_build_object(
                   'name', d.datname,
                   'here', d.datname = current_database(),
                   'allows_connections', d.datallowconn,
                   'template', d.datistemplate,
                   'owner', pg_get_userbyid(d.datdba),
                   'age', age(d.datfrozenxid),
                   'left', e.at - age(d.datfrozenxid),
                   'multixact_age', mxid_age(d.datminmxid),
                   'multixact_left', e.at - mxid_age(d.datminmxid))
                 ORDER BY age(d.datfrozenxid) DESC, d.datname)
          FROM pg_database AS d
         -- What an interrupted DROP DATABASE left behind; the server does not wait for it.
         WHERE d.datconnlimit <> -2) AS databases,
       coalesce(
         (SELECT jsonb_agg(
                   jsonb_build_object(
                     'kind', h.kind,
                     'name', h.name,
                     'user', h."user",
                     'database', h.database,
                     'application', h.application,
                     'state', h.state,
                     'age', h.age,
                     'since', (extract(epoch FROM h.since) * 1000000)::int8,
                     'here', h.here,
                     'catalog', h.catalog)
                   ORDER BY h.age DESC, h.kind, h.name)
            FROM (SELECT * FROM holder ORDER BY age DESC LIMIT 20) AS h),
         '[]') AS holders,
       jsonb_build_object(
         'autovacuum', current_setting('autovacuum')::bool,
         'track_counts', current_setting('track_counts')::bool,
         'freeze_max_age', current_setting('autovacuum_freeze_max_age')::int8,
         'multixact_freeze_max_age', current_setting('autovacuum_multixact_freeze_max_age')::int8,
         'max_workers', current_setting('autovacuum_max_workers')::int8,
         'vacuum_threshold', current_setting('autovacuum_vacuum_threshold')::float8,
         'vacuum_scale_factor', current_setting('autovacuum_vacuum_scale_factor')::float8,
         -- From 18 on; -1 is none.
         'vacuum_max_threshold', nullif(current_setting('autovacuum_vacuum_max_threshold', true), '-1')::float8,
         'insert_threshold', current_setting('autovacuum_vacuum_insert_threshold')::float8,
         'insert_scale_factor', current_setting('autovacuum_vacuum_insert_scale_factor')::float8,
         'analyze_threshold', current_setting('autovacuum_analyze_threshold')::float8,
         'analyze_scale_factor', current_setting('autovacuum_analyze_scale_factor')::float8) AS settings
  FROM edge AS e
