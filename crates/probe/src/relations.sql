-- answers: the tables and views of the given names ($1), with what the planner knows of their columns, how often they were scanned, and whose search path finds which
-- versions: 14 to 18
-- privileges: SELECT on a table to see its columns' statistics, and no row-level security that holds for the role; without them they are absent
-- cost: 20 us a table; takes no locks on them
WITH RECURSIVE
named AS MATERIALIZED (
  SELECT c.oid, c.relname, n.nspname, c.relkind, c.reltuples,
         c.relpersistence = 't'                             AS temporary,
         c.relkind = 'r' AND c.relhassubclass               AS has_children,
         count(*) OVER (PARTITION BY c.relname) > 1         AS has_namesakes
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
   WHERE c.relname = ANY ($1::text[]::name[])
     AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
     AND n.nspname <> 'information_schema'
     AND (n.nspname !~ '^pg_' OR c.relpersistence = 't')
),
-- All at once: the view behind it looks up one schema and one table no faster than a hundred.
stat AS MATERIALIZED (
  SELECT s.schemaname, s.tablename, s.attname, s.inherited, s.null_frac, s.n_distinct, s.avg_width,
         -- Only of a type with an order is there a correlation with the order of the rows; none of ranges, and of no values.
         s.correlation IS NOT NULL AS ordered
    FROM pg_stats AS s
   WHERE s.tablename = ANY ($1::text[]::name[])
),
col AS (
  SELECT d.oid,
         jsonb_agg(
           jsonb_build_object(
             'name', s.attname, 'null_frac', s.null_frac, 'n_distinct', s.n_distinct, 'width', s.avg_width,
             -- A virtual column (PostgreSQL 18) cannot be indexed.
             'ordered', (s.ordered OR s.null_frac = 1 OR t.typtype IN ('r', 'm')) AND a.attgenerated <> 'v',
             'type_name', format_type(coalesce(nullif(t.typbasetype, 0), t.oid), NULL))
           ORDER BY s.attname) AS columns
    FROM named AS d
    JOIN stat AS s ON s.schemaname = d.nspname AND s.tablename = d.relname AND s.inherited = (d.relkind = 'p')
    JOIN pg_attribute AS a ON a.attrelid = d.oid AND a.attname = s.attname
    JOIN pg_type AS t ON t.oid = a.atttypid
   GROUP BY d.oid
),
-- The rows of a partitioned table are those of its partitions.
tree AS (
  SELECT d.oid AS root, d.oid FROM named AS d WHERE d.relkind = 'p'
   UNION ALL
  SELECT t.root, i.inhrelid FROM tree AS t JOIN pg_inherits AS i ON i.inhparent = t.oid
),
part AS (
  SELECT t.root AS oid, sum(c.reltuples) FILTER (WHERE c.relkind = 'r' AND c.reltuples >= 0) AS rows
    FROM tree AS t
    JOIN pg_class AS c ON c.oid = t.oid
   GROUP BY t.root
),
-- The search path that ALTER ROLE gave a role, in this database or in all; that of the database only where no role has one.
setting AS (
  SELECT DISTINCT ON (s.setrole)
         s.setrole, coalesce(r.rolname::text, '') AS role,
         string_to_array(replace(substr(c.setting, length('search_path=') + 1), '"', ''), ', ') AS schemas
    FROM pg_db_role_setting AS s
    LEFT JOIN pg_roles AS r ON r.oid = s.setrole
   CROSS JOIN unnest(s.setconfig) AS c(setting)
   WHERE starts_with(c.setting, 'search_path=')
     AND s.setdatabase IN (0, (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database()))
   ORDER BY s.setrole, s.setdatabase DESC
),
meant AS (
  SELECT DISTINCT ON (p.role, d.relname) p.role, d.oid
    FROM setting AS p
   CROSS JOIN unnest(p.schemas) WITH ORDINALITY AS s(name, place)
    JOIN named AS d ON d.nspname::text = CASE s.name WHEN '$user' THEN p.role ELSE s.name END
   WHERE d.has_namesakes
     AND (p.setrole <> 0 OR NOT EXISTS (SELECT FROM setting AS other WHERE other.setrole <> 0))
   ORDER BY p.role, d.relname, s.place
),
meaning AS (
  SELECT m.oid, array_agg(m.role ORDER BY m.role) AS roles FROM meant AS m GROUP BY m.oid
),
-- Scans of a table and of its indexes, unless nothing of it was counted at all.
scan AS (
  SELECT d.oid, pg_stat_get_numscans(d.oid) + coalesce(sum(pg_stat_get_numscans(i.indexrelid)), 0) AS scans
    FROM named AS d
    LEFT JOIN pg_index AS i ON i.indrelid = d.oid
   WHERE d.relkind IN ('r', 'm')
   GROUP BY d.oid
)
SELECT d.nspname::text                        AS schema,
       d.relname::text                        AS name,
       CASE d.relkind
         WHEN 'p' THEN 'partitioned' WHEN 'm' THEN 'materialized_view' WHEN 'v' THEN 'view'
         WHEN 'f' THEN 'foreign_table' ELSE 'table' END AS kind,
       d.temporary,
       d.has_children,
       -- -1 until the first VACUUM or ANALYZE.
       CASE WHEN d.relkind = 'p' THEN p.rows ELSE nullif(d.reltuples, -1) END::float8 AS rows,
       NOT coalesce(has_any_column_privilege(d.oid, 'SELECT'), false) AS unreadable,
       row_security_active(d.oid)             AS row_security,
       coalesce(c.columns, '[]')              AS columns,
       CASE WHEN s.scans > 0 OR pg_stat_get_tuples_inserted(d.oid) > 0 THEN s.scans::int8 END AS scans,
       (extract(epoch FROM pg_stat_get_db_stat_reset_time(b.oid)) * 1000000)::int8 AS scans_since,
       coalesce(m.roles, '{}')                AS meant_by
  FROM named AS d
  JOIN pg_database AS b ON b.datname = current_database()
  LEFT JOIN col AS c ON c.oid = d.oid
  LEFT JOIN part AS p ON p.oid = d.oid
  LEFT JOIN scan AS s ON s.oid = d.oid
  LEFT JOIN meaning AS m ON m.oid = d.oid
 ORDER BY 1, 2
