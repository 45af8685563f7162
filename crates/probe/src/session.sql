-- answers: nothing; fails where statements would not run in a session that is Heron's alone
-- versions: 14 to 18
-- privileges: none
-- cost: 2 ms; once per connection, before anything else
--
-- A connection pooler drops, refuses or replays the settings of the startup packet, and hands the session to other clients
-- between transactions: Heron's limits would not hold, and its settings would stay behind. Only a server that was sent the
-- packet itself reports 'client' as the source of these settings. The role's search path may be in force here, so every
-- name and operator is qualified. The setting that is asked for last does not exist: its name is the error.
SELECT CASE WHEN (SELECT pg_catalog.count(*)
                    FROM pg_catalog.pg_settings AS s
                   WHERE s.name OPERATOR(pg_catalog.=) ANY (
                           '{statement_timeout,lock_timeout,idle_in_transaction_session_timeout,default_transaction_isolation}'::pg_catalog.text[])
                     AND s.source OPERATOR(pg_catalog.=) 'client'::pg_catalog.text) OPERATOR(pg_catalog.=) 4::pg_catalog.int8
            THEN 'own session'::pg_catalog.text
            ELSE pg_catalog.current_setting('heron.reached_through_a_connection_pooler')
       END
