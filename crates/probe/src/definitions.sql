-- answers: how many rows of its catalogs this database has written, which VACUUM, ANALYZE and all other work leave as it is and DDL does not
-- versions: 14 to 18
-- privileges: none
-- cost: under 1 ms; saves asking again what only DDL changes
--
-- A session tells what it wrote up to ten seconds late, before 15 perhaps only with its next statement.
-- A standby counts nothing of what it replays, and nobody counts with track_counts off: then nothing is known.
SELECT CASE WHEN current_setting('track_counts')::bool AND NOT pg_is_in_recovery()
            THEN sum(pg_stat_get_tuples_inserted(c) + pg_stat_get_tuples_updated(c) + pg_stat_get_tuples_deleted(c))::int8
       END AS written
  FROM unnest('{pg_attrdef, pg_attribute, pg_class, pg_constraint, pg_depend, pg_extension, pg_index, pg_inherits, pg_namespace,
                pg_proc, pg_sequence, pg_type}'::regclass[]) AS c
