-- A role for Heron that can look and cannot touch. Run as a superuser, or as whoever may create roles and grant pg_monitor.

CREATE ROLE {role} LOGIN;
-- Give it a password without writing it into a history or a log: in psql,  \password {role}

-- Other roles' sessions and statements, sizes and settings; no table's contents.
GRANT pg_monitor TO {role};

-- PUBLIC may connect to every database unless somebody revoked that; then, for each database:
--   GRANT CONNECT ON DATABASE app TO {role};

-- Whatever it is asked to do, it cannot write, wait or linger.
ALTER ROLE {role} SET default_transaction_read_only = on;
ALTER ROLE {role} SET statement_timeout = '10s';
ALTER ROLE {role} SET lock_timeout = '1s';
ALTER ROLE {role} SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE {role} CONNECTION LIMIT 8;

-- Query statistics, in each watched database, once the server has shared_preload_libraries = 'pg_stat_statements':
--   CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- Two things PostgreSQL shows only to roles that may read the tables themselves: the column statistics index advice
-- rests on (pg_stats), and the last value of sequences. To have them, per schema, knowing that {role} can then read it:
--   GRANT USAGE ON SCHEMA app TO {role};
--   GRANT SELECT ON ALL TABLES IN SCHEMA app TO {role};
--   GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO {role};
--   ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO {role};
--   ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON SEQUENCES TO {role};
