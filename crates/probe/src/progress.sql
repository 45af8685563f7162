-- answers: what long maintenance runs on the server now, and how far it is (every pg_stat_progress_* view)
-- versions: 14 to 18; of indexes vacuumed from 17 on
-- privileges: pg_read_all_stats (in pg_monitor) to see what other roles' sessions do
-- cost: under 1 ms
WITH
-- The columns of indexes exist from 17 on; before, the names find these instead.
vacuum AS (
  SELECT v.*
    FROM (SELECT NULL::int8 AS indexes_total, NULL::int8 AS indexes_processed) AS before_17
   CROSS JOIN LATERAL (
     SELECT pid, datid, datname, relid, phase, heap_blks_total, heap_blks_scanned, heap_blks_vacuumed,
            indexes_total, indexes_processed
       FROM pg_stat_progress_vacuum) AS v
),
running AS (
  SELECT 'VACUUM' AS command, v.pid, v.datid, v.datname, v.relid, NULL::oid AS index_relid, v.phase,
         CASE v.phase
           WHEN 'scanning heap'      THEN ARRAY[v.heap_blks_scanned, v.heap_blks_total]
           WHEN 'vacuuming heap'     THEN ARRAY[v.heap_blks_vacuumed, v.heap_blks_total]
           WHEN 'vacuuming indexes'  THEN ARRAY[v.indexes_processed, v.indexes_total]
           WHEN 'cleaning up indexes' THEN ARRAY[v.indexes_processed, v.indexes_total]
         END AS done_of,
         CASE WHEN v.phase LIKE '%indexes' THEN 'indexes' ELSE 'blocks' END AS unit
    FROM vacuum AS v
   UNION ALL
  SELECT 'ANALYZE', a.pid, a.datid, a.datname, a.relid, NULL, a.phase,
         CASE WHEN a.phase LIKE 'acquiring%' THEN ARRAY[a.sample_blks_scanned, a.sample_blks_total] END, 'blocks'
    FROM pg_stat_progress_analyze AS a
   UNION ALL
  SELECT c.command, c.pid, c.datid, c.datname, c.relid, NULL, c.phase,
         CASE WHEN c.phase = 'seq scanning heap' THEN ARRAY[c.heap_blks_scanned, c.heap_blks_total] END, 'blocks'
    FROM pg_stat_progress_cluster AS c
   UNION ALL
  SELECT i.command, i.pid, i.datid, i.datname, i.relid, i.index_relid, i.phase,
         CASE WHEN i.phase LIKE 'waiting%' THEN ARRAY[i.lockers_done, i.lockers_total]
              WHEN i.phase LIKE '%tuples%' THEN ARRAY[i.tuples_done, i.tuples_total]
              ELSE ARRAY[i.blocks_done, i.blocks_total]
         END,
         CASE WHEN i.phase LIKE 'waiting%' THEN 'sessions'
              WHEN i.phase LIKE '%tuples%' THEN 'rows'
              ELSE 'blocks'
         END
    FROM pg_stat_progress_create_index AS i
   UNION ALL
  SELECT 'BASE BACKUP', b.pid, NULL, NULL, NULL, NULL, b.phase, ARRAY[b.backup_streamed, b.backup_total], 'bytes'
    FROM pg_stat_progress_basebackup AS b
   UNION ALL
  SELECT c.command, c.pid, c.datid, c.datname, c.relid, NULL, lower(c.type), ARRAY[c.bytes_processed, c.bytes_total],
         'bytes'
    FROM pg_stat_progress_copy AS c
)
SELECT r.command,
       r.pid,
       r.datname::text AS database,
       n.nspname::text AS schema,
       t.relname::text AS "table",
       i.relname::text AS index,
       coalesce(t.oid <> r.relid, false) AS toast,
       r.phase,
       (r.done_of[1] * u.size)::int8 AS done,
       -- What has no known end says nought.
       nullif(r.done_of[2] * u.size, 0)::int8 AS total,
       CASE r.unit WHEN 'blocks' THEN 'bytes' ELSE r.unit END AS unit,
       a.usename::text AS "user",
       coalesce(a.backend_type = 'autovacuum worker', false) AS automatic,
       coalesce(a.query LIKE 'autovacuum:%(to prevent wraparound)', false) AS wraparound,
       (extract(epoch FROM coalesce(a.query_start, a.xact_start, a.backend_start)) * 1000000)::int8 AS since
  FROM running AS r
 CROSS JOIN LATERAL (
   SELECT CASE r.unit WHEN 'blocks' THEN current_setting('block_size')::int8 ELSE 1 END AS size) AS u
  LEFT JOIN pg_stat_activity AS a ON a.pid = r.pid
  -- Only this database's relations have names here; a TOAST table is its owner's.
  LEFT JOIN LATERAL (
    SELECT coalesce(m.oid, c.oid) AS oid, coalesce(m.relname, c.relname) AS relname,
           coalesce(m.relnamespace, c.relnamespace) AS relnamespace
      FROM pg_class AS c
      LEFT JOIN pg_class AS m ON c.relkind = 't' AND m.reltoastrelid = c.oid
     WHERE c.oid = r.relid
       AND r.datname = current_database()) AS t ON true
  LEFT JOIN pg_namespace AS n ON n.oid = t.relnamespace
  LEFT JOIN pg_class AS i ON i.oid = r.index_relid AND r.datname = current_database()
 ORDER BY since NULLS LAST, r.pid
