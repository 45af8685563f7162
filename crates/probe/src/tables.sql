-- answers: every user table with what PostgreSQL counts of it: scans, rows written, dead rows, maintenance, block hits and reads
-- versions: 14 to 18
-- privileges: none
-- cost: 50 ms for 2 000 tables with 6 000 indexes; takes no locks on them, looks at no file
WITH
-- `last_seq_scan` and `last_idx_scan` exist from 16 on; before, the names find these instead.
stat AS MATERIALIZED (
  SELECT s.*
    FROM (SELECT NULL::timestamptz AS last_seq_scan, NULL::timestamptz AS last_idx_scan) AS before_16
   CROSS JOIN LATERAL (
     SELECT relid, seq_scan, seq_tup_read, idx_scan, idx_tup_fetch,
            n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd, n_live_tup, n_dead_tup,
            n_mod_since_analyze, n_ins_since_vacuum,
            vacuum_count, autovacuum_count, analyze_count, autoanalyze_count,
            (extract(epoch FROM last_seq_scan) * 1000000)::int8    AS last_seq_scan,
            (extract(epoch FROM last_idx_scan) * 1000000)::int8    AS last_idx_scan,
            (extract(epoch FROM last_vacuum) * 1000000)::int8      AS last_vacuum,
            (extract(epoch FROM last_autovacuum) * 1000000)::int8  AS last_autovacuum,
            (extract(epoch FROM last_analyze) * 1000000)::int8     AS last_analyze,
            (extract(epoch FROM last_autoanalyze) * 1000000)::int8 AS last_autoanalyze
       FROM pg_stat_user_tables) AS s
),
-- What the view of blocks would say; it looks at each table's indexes by itself.
index AS MATERIALIZED (
  SELECT x.indrelid, bool_or(x.indisprimary) AS "primary",
         sum(pg_stat_get_blocks_fetched(x.indexrelid)) AS fetched, sum(pg_stat_get_blocks_hit(x.indexrelid)) AS hit
    FROM pg_index AS x
   GROUP BY x.indrelid
)
SELECT n.nspname::text                        AS schema,
       c.relname::text                        AS name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned' ELSE 'materialized_view' END AS kind,
       rn.nspname::text                       AS root_schema,
       r.relname::text                        AS root,
       -- -1 until the first VACUUM or ANALYZE.
       nullif(c.reltuples, -1)::float8        AS rows,
       -- A partitioned table's -1 says no more than that it was analyzed.
       greatest(c.relpages, 0) * current_setting('block_size')::int8 AS size,
       c.relhasindex                          AS indexed,
       coalesce(i."primary", false)           AS primary_key,
       c.relreplident::text                   AS replica_identity,
       c.oid IN (SELECT d.objid FROM pg_depend AS d
                  WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_class'::regclass
                    AND d.deptype = 'e')      AS extension,
       coalesce(c.reloptions, '{}')           AS options,
       coalesce((SELECT o.option_value::bool FROM pg_options_to_table(c.reloptions) AS o
                  WHERE o.option_name = 'autovacuum_enabled'), true) AS autovacuum,
       CASE WHEN c.relkind <> 'p' THEN greatest(age(c.relfrozenxid), age(t.relfrozenxid)) END::int8 AS freeze_age,
       coalesce(s.seq_scan, 0)                AS seq_scan,
       coalesce(s.seq_tup_read, 0)            AS seq_tup_read,
       s.last_seq_scan,
       s.idx_scan,
       s.idx_tup_fetch,
       s.last_idx_scan,
       coalesce(s.n_tup_ins, 0)               AS n_tup_ins,
       coalesce(s.n_tup_upd, 0)               AS n_tup_upd,
       coalesce(s.n_tup_del, 0)               AS n_tup_del,
       coalesce(s.n_tup_hot_upd, 0)           AS n_tup_hot_upd,
       coalesce(s.n_live_tup, 0)              AS n_live_tup,
       coalesce(s.n_dead_tup, 0)              AS n_dead_tup,
       coalesce(s.n_mod_since_analyze, 0)     AS n_mod_since_analyze,
       coalesce(s.n_ins_since_vacuum, 0)      AS n_ins_since_vacuum,
       s.last_vacuum,
       s.last_autovacuum,
       s.last_analyze,
       s.last_autoanalyze,
       coalesce(s.vacuum_count, 0)            AS vacuum_count,
       coalesce(s.autovacuum_count, 0)        AS autovacuum_count,
       coalesce(s.analyze_count, 0)           AS analyze_count,
       coalesce(s.autoanalyze_count, 0)       AS autoanalyze_count,
       coalesce(b.hit, 0)                     AS heap_blks_hit,
       coalesce(b.fetched - b.hit, 0)         AS heap_blks_read,
       coalesce(i.hit, 0)::int8               AS idx_blks_hit,
       coalesce(i.fetched - i.hit, 0)::int8   AS idx_blks_read
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN stat AS s ON s.relid = c.oid
  LEFT JOIN index AS i ON i.indrelid = c.oid
  LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid AND t.relkind = 't'
  LEFT JOIN pg_class AS r ON r.oid = CASE WHEN c.relispartition THEN pg_partition_root(c.oid) END AND r.relkind = 'p'
  LEFT JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
 CROSS JOIN LATERAL (SELECT pg_stat_get_blocks_hit(c.oid) AS hit, pg_stat_get_blocks_fetched(c.oid) AS fetched) AS b
 WHERE c.relkind IN ('r', 'm', 'p')
   AND c.relpersistence <> 't'
   AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^pg_'
 ORDER BY 1, 2
