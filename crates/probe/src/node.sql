-- answers: which node of which cluster this is, so that counters of two nodes are never compared
-- versions: 14 to 18
-- privileges: none
-- cost: under 1 ms; reads the control file
SELECT s.system_identifier,
       -- A primary writes its timeline into the names of WAL files at once, into the control file with a checkpoint.
       CASE WHEN NOT r.in_recovery THEN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int8
            ELSE (SELECT c.timeline_id FROM pg_control_checkpoint() AS c)
       END::int8 AS timeline,
       r.in_recovery
  FROM pg_control_system() AS s
 CROSS JOIN (SELECT pg_is_in_recovery() AS in_recovery) AS r
