-- answers: the texts of the given statements ($1: queryids), cut to 10,000 characters
-- versions: 14 to 18, with pg_stat_statements 1.9 or later
-- privileges: pg_read_all_stats (in pg_monitor) to see other roles' statements
-- cost: the extension reads its whole file of texts, so this is asked only for texts not seen before
SELECT DISTINCT ON (s.queryid)
       s.queryid::text       AS queryid,
       -- As bytes: PostgreSQL's text functions count characters in the database's encoding, which a text need not keep to.
       substring(textsend(s.query) FROM 1 FOR 40000) AS query
  FROM {extension}.pg_stat_statements(true) AS s
 WHERE s.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
   AND s.queryid = ANY ($1::int8[])
   AND s.query IS NOT NULL
 ORDER BY s.queryid, s.toplevel DESC
