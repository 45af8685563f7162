-- answers: whether this is a standby and how far behind, who receives its WAL, and what each replication slot retains
-- versions: 14 to 18; of slots: conflicts from 16 on, since when inactive and why invalid from 17 on
-- privileges: pg_read_all_stats (in pg_monitor) to see standbys, and on a standby the WAL receiver
-- cost: under 1 ms
WITH here AS (
  SELECT pg_is_in_recovery()        AS in_recovery,
         pg_last_wal_receive_lsn()  AS received,
         pg_last_wal_replay_lsn()   AS replayed
),
place AS (
  SELECT h.*,
         CASE WHEN h.in_recovery THEN greatest(h.received, h.replayed) ELSE pg_current_wal_lsn() END AS position,
         EXISTS (SELECT FROM pg_stat_get_wal_receiver() AS r WHERE r.pid IS NOT NULL) AS streaming,
         CASE WHEN h.in_recovery THEN
           (SELECT s.setting::float8 FROM pg_settings AS s WHERE s.name = 'recovery_min_apply_delay')
         END AS apply_delay
    FROM here AS h
),
-- What does not exist yet in the server's version is found here instead.
slot AS (
  SELECT s.*
    FROM (SELECT false AS synced, NULL::bool AS conflicting, NULL::text AS invalidation_reason,
                 NULL::timestamptz AS inactive_since) AS before_17
   CROSS JOIN LATERAL (
     SELECT slot_name, slot_type, plugin, database, active, active_pid, temporary, wal_status, safe_wal_size,
            restart_lsn, confirmed_flush_lsn, synced, inactive_since, xmin, catalog_xmin,
            coalesce(invalidation_reason, CASE WHEN conflicting THEN 'conflict with recovery' END) AS invalidation_reason
       FROM pg_replication_slots) AS s
)
SELECT p.in_recovery,
       p.in_recovery AND p.streaming AS streaming,
       -- The age of the last replayed transaction is a lag only while something waits to be replayed: on a quiet
       -- primary it grows without anything being late. And who receives nothing cannot know how late it is.
       CASE WHEN NOT p.in_recovery OR NOT p.streaming THEN NULL
            WHEN p.received <= p.replayed THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000
       END::float8 AS lag,
       pg_wal_lsn_diff(p.received, '0/0')::int8 AS received,
       pg_wal_lsn_diff(p.replayed, '0/0')::int8 AS replayed,
       CASE WHEN p.in_recovery THEN greatest(coalesce(pg_wal_lsn_diff(p.received, p.replayed), 0), 0) ELSE 0 END::int8
         AS behind,
       (CASE WHEN p.in_recovery THEN p.replayed ELSE p.position END)::text AS position,
       CASE WHEN p.in_recovery THEN pg_is_wal_replay_paused() ELSE false END AS paused,
       CASE WHEN p.in_recovery THEN p.apply_delay ELSE 0 END AS apply_delay,
       -- While replay waits for the delay, what is due has been replayed; the age of the last replayed transaction does not tell.
       CASE WHEN p.in_recovery AND p.apply_delay > 0 THEN
         (SELECT coalesce(a.wait_event = 'RecoveryApplyDelay', false)
            FROM pg_stat_activity AS a
           WHERE a.backend_type = 'startup')
       END AS delaying,
       CASE WHEN p.in_recovery THEN (extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000000)::int8 END AS replayed_at,
       (SELECT jsonb_build_object(
                 'status', r.status,
                 'host', r.sender_host,
                 'port', r.sender_port,
                 'slot', r.slot_name,
                 'timeline', r.received_tli,
                 'heard_at', (extract(epoch FROM r.last_msg_receipt_time) * 1000000)::int8)
          FROM pg_stat_wal_receiver AS r
         WHERE p.in_recovery) AS receiver,
       coalesce(
         (SELECT to_jsonb(c) - 'datid' - 'datname'
            FROM pg_stat_database_conflicts AS c
           WHERE p.in_recovery AND c.datname = current_database()),
         '{}') AS conflicts,
       coalesce(
         (SELECT jsonb_agg(
                   jsonb_build_object(
                     'pid', r.pid,
                     'name', coalesce(nullif(r.application_name, ''), host(r.client_addr), r.pid::text),
                     'user', r.usename,
                     'client', host(r.client_addr),
                     'slot', s.slot_name,
                     'logical', coalesce(s.slot_type = 'logical', false),
                     'state', r.state,
                     'sync_state', r.sync_state,
                     'since', (extract(epoch FROM r.backend_start) * 1000000)::int8,
                     'sent', r.sent_lsn,
                     'replayed', r.replay_lsn,
                     'sent_behind', pg_wal_lsn_diff(greatest(p.position, r.sent_lsn), r.sent_lsn)::int8,
                     'write_behind', pg_wal_lsn_diff(greatest(p.position, r.write_lsn), r.write_lsn)::int8,
                     'flush_behind', pg_wal_lsn_diff(greatest(p.position, r.flush_lsn), r.flush_lsn)::int8,
                     'replay_behind', pg_wal_lsn_diff(greatest(p.position, r.replay_lsn), r.replay_lsn)::int8,
                     -- Who has everything is not late; PostgreSQL keeps the last lag it measured for a while.
                     'write_lag', CASE WHEN r.write_lsn >= p.position THEN 0 ELSE extract(epoch FROM r.write_lag) * 1000 END,
                     'flush_lag', CASE WHEN r.flush_lsn >= p.position THEN 0 ELSE extract(epoch FROM r.flush_lag) * 1000 END,
                     'replay_lag', CASE WHEN r.replay_lsn >= p.position THEN 0 ELSE extract(epoch FROM r.replay_lag) * 1000 END)
                   ORDER BY r.application_name, r.pid)
            FROM pg_stat_replication AS r
            LEFT JOIN slot AS s ON s.active_pid = r.pid),
         '[]') AS standbys,
       coalesce(
         (SELECT jsonb_agg(
                   jsonb_build_object(
                     'name', s.slot_name,
                     'kind', s.slot_type,
                     'plugin', s.plugin,
                     'database', s.database,
                     'active', s.active,
                     'temporary', s.temporary,
                     'synced', s.synced,
                     'wal_status', s.wal_status,
                     -- The server keeps nothing for a slot it has invalidated, whatever its columns still say.
                     'retained', CASE WHEN s.wal_status IS DISTINCT FROM 'lost' THEN
                                   pg_wal_lsn_diff(greatest(p.position, s.restart_lsn), s.restart_lsn)::int8 END,
                     'xmin_age', CASE WHEN s.wal_status IS DISTINCT FROM 'lost' THEN
                                   greatest(age(s.xmin), age(s.catalog_xmin)) END,
                     'safe', s.safe_wal_size,
                     'unconfirmed', pg_wal_lsn_diff(greatest(p.position, s.confirmed_flush_lsn), s.confirmed_flush_lsn)::int8,
                     'confirmed', s.confirmed_flush_lsn,
                     'inactive_since', (extract(epoch FROM s.inactive_since) * 1000000)::int8,
                     'invalidation_reason', s.invalidation_reason)
                   ORDER BY s.slot_name)
            FROM slot AS s),
         '[]') AS slots,
       current_setting('wal_level') AS wal_level,
       current_setting('max_wal_senders')::int8 AS max_wal_senders,
       current_setting('max_replication_slots')::int8 AS max_slots
  FROM place AS p
