-- answers: the counters of every statement of this database, without its text
-- versions: 14 to 18, with pg_stat_statements 1.9 or later
-- privileges: pg_read_all_stats (in pg_monitor) to see other roles' statements
-- cost: 10 ms for 5 000 statements; with `false` the extension does not read its file of texts
SELECT s.*
  -- `stats_since` exists from extension 1.11 on; before, the name finds this one instead.
  FROM (SELECT NULL::timestamptz AS stats_since) AS before_1_11
 CROSS JOIN LATERAL (
   SELECT queryid::text                                         AS queryid,
          pg_get_userbyid(userid)::text                         AS role,
          toplevel,
          calls,
          total_plan_time + total_exec_time                     AS total_ms,
          rows,
          shared_blks_hit                                       AS shared_hit,
          shared_blks_read                                      AS shared_read,
          temp_blks_written                                     AS temp_written,
          wal_bytes::int8                                       AS wal_bytes,
          (extract(epoch FROM stats_since) * 1000000)::int8     AS stats_since
     FROM {extension}.pg_stat_statements(false)
    WHERE dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      -- Hidden where the role may not see the statement.
      AND queryid IS NOT NULL) AS s
