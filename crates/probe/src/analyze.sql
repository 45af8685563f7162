-- answers: nothing
-- changes: the planner's statistics of one table, and of its partitions
-- versions: 14 to 18
-- privileges: the table's or the database's owner, or MAINTAIN on the table from 17 on
-- cost: reads up to 30,000 pages of the table (300 times default_statistics_target); waits 5 s for its lock at most
DO $$
DECLARE
  named    text := format('%I.%I', current_setting('heron.schema'), current_setting('heron.relation'));
  relation oid  := named::regclass;
  allowed  boolean;
BEGIN
  SELECT pg_has_role(c.relowner, 'USAGE') OR pg_has_role(d.datdba, 'USAGE')
    INTO allowed
    FROM pg_class AS c, pg_database AS d
   WHERE c.oid = relation AND d.datname = current_database();
  IF NOT allowed AND current_setting('server_version_num')::int >= 170000 THEN
    allowed := has_table_privilege(relation, 'MAINTAIN');
  END IF;
  -- ANALYZE itself would only warn, and do nothing.
  IF NOT allowed THEN
    RAISE insufficient_privilege USING MESSAGE = format('permission denied to analyze %s', named);
  END IF;
  EXECUTE format('ANALYZE %s', named);
END
$$
