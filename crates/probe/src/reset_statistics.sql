-- answers: whether there was anything to reset
-- changes: the counters of this database's statements begin anew: of all, or those of one role ($1) or statement ($2)
-- versions: 14 to 18, with pg_stat_statements 1.9 or later
-- privileges: EXECUTE on pg_stat_statements_reset
-- cost: none worth measuring
SELECT count(*) AS done
  FROM (SELECT CASE WHEN $1::text IS NULL THEN 0
                    -- Null for a role that does not exist: nought would mean every role.
                    ELSE (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = $1) END AS userid,
               d.oid                                                               AS dbid,
               coalesce($2::int8, 0)                                               AS queryid
          FROM pg_database AS d
         WHERE d.datname = current_database()) AS what
 CROSS JOIN LATERAL {extension}.pg_stat_statements_reset(what.userid, what.dbid, what.queryid)
 WHERE what.userid IS NOT NULL
