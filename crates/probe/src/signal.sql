-- answers: for each session asked about, whether it got the signal (cancel, terminate), or why it did not
-- changes: cancel: the statement ends with an error, and so does its transaction; terminate: the connection is closed and its transaction rolled back
-- versions: 14 to 18
-- privileges: pg_signal_backend or the session's own role; a superuser's session is only for superusers
-- cost: none worth measuring
--
-- A process id is used again: the session is the one in the list only if it began at the same moment ($2). Where a
-- statement is meant ($3, its query_start; 0 for whatever the session runs), it has to be running still. An unchanged
-- query_start proves that. A changed one does not disprove it, because in the extended protocol each message (Parse, Bind,
-- Execute) sets query_start. So a statement with the same text ($5) is also the same one
--   * in the same transaction ($4): Parse or Bind was read, and Execute runs now. If it is a later run of the same text, the
--     effect is the same, because a cancelled statement aborts its transaction;
--   * if what was read began its own transaction, and an Execute runs now: drivers end the transaction after Parse, and
--     Bind begins another one. An Execute has a query_start later than its xact_start; Parse, Bind and a simple query
--     that begin a transaction have the same moment for both. A key read from an Execute or a simple query therefore never
--     matches a later run.
-- The server's own processes and Heron are spared.
SELECT asked.pid::int4 AS pid,
       CASE WHEN a.pid IS NULL THEN 'gone'
            WHEN a.backend_type <> 'client backend' OR a.pid = pg_backend_pid()
              OR a.application_name = 'heron' AND a.usename = session_user THEN 'spared'
            WHEN a.datname IS DISTINCT FROM current_database() THEN 'elsewhere'
            WHEN NOT (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))
              OR r.rolsuper AND current_setting('is_superuser') <> 'on' THEN 'forbidden'
            WHEN CASE $6::text WHEN 'cancel' THEN pg_cancel_backend(a.pid)
                               WHEN 'terminate' THEN pg_terminate_backend(a.pid) END THEN 'done'
            ELSE 'gone' END AS outcome
  FROM ROWS FROM (unnest($1::int8[]), unnest($2::int8[]), unnest($3::int8[]), unnest($4::int8[]), unnest($5::int8[]))
       AS asked (pid, began, statement_began, transaction_began, text_hash)
  LEFT JOIN LATERAL (
    SELECT s.*,
           (extract(epoch FROM s.xact_start)  * 1000000)::int8 AS transaction_began,
           (extract(epoch FROM s.query_start) * 1000000)::int8 AS statement_began
      FROM pg_stat_activity AS s
     WHERE s.pid = asked.pid
       AND (extract(epoch FROM s.backend_start) * 1000000)::int8 = asked.began) AS a
         ON asked.statement_began = 0
         OR a.state = 'active'
        AND (a.statement_began = asked.statement_began
             OR hashtextextended(a.query COLLATE "C", 0) = asked.text_hash
            AND (a.transaction_began = asked.transaction_began
                 OR asked.statement_began = asked.transaction_began
                AND a.transaction_began > asked.transaction_began
                AND a.statement_began > a.transaction_began))
  LEFT JOIN pg_roles AS r ON r.oid = a.usesysid
