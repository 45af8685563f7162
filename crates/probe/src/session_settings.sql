-- answers: nothing; gives every setting that could change an answer the value Heron expects, in its own session
-- versions: 14 to 18
-- privileges: none
-- cost: 2 ms; once per connection
--
-- A role or a database may have settings of its own (ALTER ROLE, ALTER DATABASE ... SET). Those that change what a statement
-- means or how a value is written are pinned; all others go back to PostgreSQL's built-in default, among them timeouts that
-- only some versions have (transaction_timeout) and planner settings that would make a statement slow.
-- In a SQL_ASCII database the server would check what it sends against the client's encoding, and fail on a text that does
-- not fit: there it sends the bytes as they are.
SELECT set_config(s.name, coalesce(p.value, s.boot_val), false)
  FROM pg_settings AS s
  LEFT JOIN (
    VALUES ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'), ('bytea_output', 'hex'),
           ('xmlbinary', 'base64'), ('xmloption', 'content'), ('array_nulls', 'on'), ('transform_null_equals', 'off'),
           ('quote_all_identifiers', 'off'), ('row_security', 'on'),
           -- On a large catalog the planner expects enough rows to compile what runs for a tenth of a second.
           ('jit', 'off')
     UNION ALL
    SELECT 'client_encoding', 'SQL_ASCII'
      FROM pg_database AS d
     WHERE d.datname = current_database()
       AND pg_encoding_to_char(d.encoding) = 'SQL_ASCII') AS p (name, value) ON p.name = s.name
 WHERE p.name IS NOT NULL
    OR (s.source IN ('user', 'database user', 'database', 'global') AND s.context = 'user' AND s.boot_val IS NOT NULL)
