-- answers: whether WAL archiving works, when it last did and failed, and which files wait
-- versions: 14 to 18
-- privileges: EXECUTE on pg_ls_archive_statusdir() (in pg_monitor) to count the files that wait
-- cost: 1 ms while archiving is off; else looks at each file in archive_status, 20 ms for 1 000
--
-- Executing a function is checked before the first row is read, so only query_to_xml, which runs a text, can leave it out.
WITH place AS (
  SELECT pg_is_in_recovery()                                   AS in_recovery,
         current_setting('archive_mode')                       AS mode,
         pg_size_bytes(current_setting('wal_segment_size'))    AS segment
),
stat AS (
  SELECT a.*, p.*,
         -- A segment is named by timeline, the upper 32 bits of its position, and its number in these.
         CASE WHEN a.last_archived_wal ~ '^[0-9A-F]{24}' AND NOT p.in_recovery THEN
           ('x' || substr(a.last_archived_wal, 9, 8))::bit(32)::int8 * (4294967296 / p.segment)
           + ('x' || substr(a.last_archived_wal, 17, 8))::bit(32)::int8
         END AS archived_segment
    FROM pg_stat_archiver AS a
   CROSS JOIN place AS p
)
SELECT s.in_recovery,
       s.mode,
       -- Only whether there is one: a command may have a password in it.
       s.mode <> 'off'
         AND (coalesce(current_setting('archive_command', true), '') NOT IN ('', '(disabled)')
              OR coalesce(current_setting('archive_library', true), '') <> '') AS configured,
       s.segment,
       s.archived_count,
       s.last_archived_wal                                          AS last_archived,
       (extract(epoch FROM s.last_archived_time) * 1000000)::int8   AS last_archived_at,
       s.failed_count,
       s.last_failed_wal                                            AS last_failed,
       (extract(epoch FROM s.last_failed_time) * 1000000)::int8     AS last_failed_at,
       (extract(epoch FROM s.stats_reset) * 1000000)::int8          AS stats_reset,
       CASE WHEN s.archived_segment IS NOT NULL THEN
         greatest(div(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), s.segment)::int8 - s.archived_segment - 1, 0)
       END                                                          AS behind,
       CASE WHEN s.mode <> 'off' AND has_function_privilege('pg_catalog.pg_ls_archive_statusdir()', 'EXECUTE') THEN
         substring(query_to_xml($text$
           SELECT jsonb_build_object(
                    'files', count(*),
                    'oldest', (extract(epoch FROM min(f.modification)) * 1000000)::int8,
                    'newest', (extract(epoch FROM max(f.modification)) * 1000000)::int8)
             FROM pg_catalog.pg_ls_archive_statusdir() AS f
            WHERE f.name LIKE '%.ready'
         $text$, false, false, '')::text FROM '\{.*\}')::jsonb
       END                                                          AS waiting
  FROM stat AS s
