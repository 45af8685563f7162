-- answers: what this database and its server have done so far: transactions, rows, sessions, WAL, checkpoints, archiving, I/O
-- versions: 14 to 18
-- privileges: none
-- cost: 1 ms
--
-- A statement for every version cannot name a view that some do not have. query_to_xml runs a text, and is only given one
-- where there is such a view; of what it returns, the braces are JSON.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8          AS clock,
       (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::int8 AS started_at,
       jsonb_strip_nulls(jsonb_build_object(
         'database', d.reset, 'wal', w.reset, 'bgwriter', b.reset, 'archiver', a.reset,
         'checkpointer', coalesce(c.counters -> 'reset', to_jsonb(b.reset)),
         'io', i.counters -> 'reset'))                                  AS resets,
       jsonb_strip_nulls(
         to_jsonb(d) || to_jsonb(w) || to_jsonb(b) || to_jsonb(a) || coalesce(c.counters, '{}')
         || coalesce(i.counters, '{}')) - 'reset'                       AS counters
  FROM (SELECT (extract(epoch FROM stats_reset) * 1000000)::int8 AS reset,
               xact_commit AS commits, xact_rollback AS rollbacks,
               blks_hit AS blocks_hit, blks_read AS blocks_read,
               blk_read_time AS block_read_ms, blk_write_time AS block_write_ms,
               tup_returned AS rows_returned, tup_fetched AS rows_fetched,
               tup_inserted AS rows_inserted, tup_updated AS rows_updated, tup_deleted AS rows_deleted,
               temp_files, temp_bytes, deadlocks, conflicts, checksum_failures,
               sessions, session_time AS session_ms, active_time AS active_ms,
               idle_in_transaction_time AS idle_in_transaction_ms,
               sessions_abandoned, sessions_fatal, sessions_killed
          FROM pg_stat_database
         WHERE datname = current_database()) AS d
 CROSS JOIN (SELECT (extract(epoch FROM stats_reset) * 1000000)::int8 AS reset,
                    wal_records, wal_fpi AS wal_page_images, wal_bytes, wal_buffers_full,
                    -- Only a standby replays.
                    CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') END AS wal_replayed
               FROM pg_stat_wal) AS w
  -- From 17 on checkpoints have a view of their own; there the names find these instead.
 CROSS JOIN (SELECT NULL::int8 AS checkpoints_timed, NULL::int8 AS checkpoints_req, NULL::int8 AS buffers_checkpoint,
                    NULL::float8 AS checkpoint_write_time, NULL::float8 AS checkpoint_sync_time) AS from_17
 CROSS JOIN LATERAL (
   SELECT (extract(epoch FROM stats_reset) * 1000000)::int8 AS reset,
          buffers_clean AS cleaned_blocks, maxwritten_clean AS cleaning_stopped, buffers_alloc AS buffers_allocated,
          checkpoints_timed, checkpoints_req AS checkpoints_requested, buffers_checkpoint AS checkpoint_blocks,
          checkpoint_write_time AS checkpoint_write_ms, checkpoint_sync_time AS checkpoint_sync_ms
     FROM pg_stat_bgwriter) AS b
 CROSS JOIN (SELECT (extract(epoch FROM stats_reset) * 1000000)::int8 AS reset,
                    archived_count AS archived, failed_count AS archive_failures
               FROM pg_stat_archiver) AS a
 CROSS JOIN (
   SELECT CASE WHEN to_regclass('pg_catalog.pg_stat_checkpointer') IS NOT NULL THEN
     substring(query_to_xml($text$
       SELECT to_jsonb(c)
         FROM (SELECT (extract(epoch FROM stats_reset) * 1000000)::int8 AS reset,
                      num_timed AS checkpoints_timed, num_requested AS checkpoints_requested,
                      buffers_written AS checkpoint_blocks,
                      write_time AS checkpoint_write_ms, sync_time AS checkpoint_sync_ms
                 FROM pg_stat_checkpointer) AS c
     $text$, false, false, '')::text FROM '\{.*\}')::jsonb END AS counters) AS c
 CROSS JOIN (
   SELECT CASE WHEN to_regclass('pg_catalog.pg_stat_io') IS NOT NULL THEN
     substring(query_to_xml($text$
       WITH io AS MATERIALIZED (
         SELECT i.*
           -- Before 18 bytes are operations of one size; each version finds here what it does not have itself.
           FROM (SELECT NULL::int8 AS op_bytes, NULL::numeric AS read_bytes, NULL::numeric AS write_bytes,
                        NULL::numeric AS extend_bytes) AS other_versions
          CROSS JOIN LATERAL (
            SELECT CASE WHEN backend_type LIKE 'autovacuum%' THEN 'autovacuum'
                        WHEN backend_type IN ('client backend', 'background worker', 'walsender', 'standalone backend')
                        THEN 'client'
                        ELSE 'background'
                   END AS kind,
                   object, context, stats_reset, hits, evictions, fsyncs,
                   coalesce(read_bytes, reads * op_bytes, 0) AS read,
                   coalesce(write_bytes, writes * op_bytes, 0) + coalesce(extend_bytes, extends * op_bytes, 0) AS written,
                   coalesce(read_time, 0) + coalesce(write_time, 0) + coalesce(writeback_time, 0)
                     + coalesce(extend_time, 0) + coalesce(fsync_time, 0) AS ms
              FROM pg_stat_io
             -- The log has a view of its own on every version.
             WHERE object <> 'wal') AS i
       )
       SELECT to_jsonb(s)
         FROM (SELECT (extract(epoch FROM max(stats_reset)) * 1000000)::int8         AS reset,
                      coalesce(sum(read)    FILTER (WHERE kind = 'client'), 0)       AS client_read_bytes,
                      coalesce(sum(written) FILTER (WHERE kind = 'client'), 0)       AS client_write_bytes,
                      coalesce(sum(ms)      FILTER (WHERE kind = 'client'), 0)       AS client_io_ms,
                      coalesce(sum(read)    FILTER (WHERE kind = 'autovacuum'), 0)   AS autovacuum_read_bytes,
                      coalesce(sum(written) FILTER (WHERE kind = 'autovacuum'), 0)   AS autovacuum_write_bytes,
                      coalesce(sum(ms)      FILTER (WHERE kind = 'autovacuum'), 0)   AS autovacuum_io_ms,
                      coalesce(sum(read)    FILTER (WHERE kind = 'background'), 0)   AS background_read_bytes,
                      coalesce(sum(written) FILTER (WHERE kind = 'background'), 0)   AS background_write_bytes,
                      coalesce(sum(ms)      FILTER (WHERE kind = 'background'), 0)   AS background_io_ms,
                      coalesce(sum(read)    FILTER (WHERE context = 'bulkread'), 0)  AS bulk_read_bytes,
                      coalesce(sum(read + written) FILTER (WHERE context = 'vacuum'), 0)       AS vacuum_bytes,
                      coalesce(sum(read + written) FILTER (WHERE object = 'temp relation'), 0) AS temp_table_bytes,
                      coalesce(sum(hits), 0)                                         AS io_hits,
                      coalesce(sum(evictions), 0)                                    AS evictions,
                      coalesce(sum(fsyncs), 0)                                       AS fsyncs
                 FROM io) AS s
     $text$, false, false, '')::text FROM '\{.*\}')::jsonb END AS counters) AS i
