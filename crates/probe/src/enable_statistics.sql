-- answers: nothing
-- changes: the extension pg_stat_statements is created in this database, in schema public, unless it is there
-- versions: 14 to 18, with pg_stat_statements installed
-- privileges: superuser, or what a provider has in its place (as rds_superuser)
-- cost: none worth measuring; nothing is counted before shared_preload_libraries names the library
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public
