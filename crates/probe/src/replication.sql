-- answers: whether this is a standby and how far behind, and what each replication slot retains
-- versions: 14 to 18
-- privileges: pg_read_all_stats (in pg_monitor) on a standby, to see the WAL receiver
-- cost: under 1 ms
WITH here AS (
  SELECT pg_is_in_recovery()        AS in_recovery,
         pg_last_wal_receive_lsn()  AS received,
         pg_last_wal_replay_lsn()   AS replayed,
         EXISTS (SELECT FROM pg_stat_get_wal_receiver() AS r WHERE r.pid IS NOT NULL) AS streaming
)
SELECT h.in_recovery,
       h.in_recovery AND h.streaming AS streaming,
       -- The age of the last replayed transaction is a lag only while something waits to be replayed: on a quiet
       -- primary it grows without anything being late. And who receives nothing cannot know how late it is.
       CASE WHEN NOT h.in_recovery OR NOT h.streaming THEN NULL
            WHEN h.received <= h.replayed THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000
       END::float8 AS lag,
       pg_wal_lsn_diff(h.received, '0/0')::int8 AS received,
       pg_wal_lsn_diff(h.replayed, '0/0')::int8 AS replayed,
       CASE WHEN h.in_recovery THEN greatest(coalesce(pg_wal_lsn_diff(h.received, h.replayed), 0), 0) ELSE 0 END::int8
         AS behind,
       coalesce(
         (SELECT jsonb_agg(
                   jsonb_build_object(
                     'name', s.slot_name,
                     'kind', s.slot_type,
                     'database', s.database,
                     'active', s.active,
                     'temporary', s.temporary,
                     'synced', s.synced,
                     'wal_status', s.wal_status,
                     'retained', s.retained)
                   ORDER BY s.slot_name)
            -- `synced` exists from 17 on; before, the name finds this one instead.
            FROM (SELECT false AS synced) AS before_17
           CROSS JOIN LATERAL (
             SELECT slot_name, slot_type, database, active, temporary, synced, wal_status,
                    pg_wal_lsn_diff(
                      CASE WHEN h.in_recovery THEN h.replayed ELSE pg_current_wal_lsn() END, restart_lsn)::int8 AS retained
               FROM pg_replication_slots) AS s),
         '[]') AS slots
  FROM here AS h
