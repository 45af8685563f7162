
-- What people with the role operator can do through Heron, each confirmed and written down. Leave out what they shall not.

-- Cancel statements and end sessions of other roles; never a superuser's.
GRANT pg_signal_backend TO {role};

-- Reset query statistics, in each watched database that has pg_stat_statements:
--   GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO {role};

-- Analyze tables, from PostgreSQL 17 on: one table, or all of them, which also allows VACUUM, REINDEX and LOCK TABLE.
-- Before 17 only the owner of a table, or of the database, may.
--   GRANT MAINTAIN ON app.orders TO {role};
--   GRANT pg_maintain TO {role};

-- pg_stat_statements can be created by superusers only, or by whom a provider lets. Rather than to make {role} one, run
-- in each watched database:
--   CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
