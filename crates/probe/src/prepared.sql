-- answers: which prepared transactions there are, what they lock and which sessions wait for them
-- versions: 14 to 18
-- privileges: none
-- cost: under 1 ms; the lock table is looked at, which stops it for a moment, only if there is a prepared transaction
WITH prepared AS MATERIALIZED (
  SELECT * FROM pg_prepared_xacts),
lock AS MATERIALIZED (
  SELECT l.*
    FROM pg_locks AS l
   WHERE EXISTS (SELECT FROM prepared)),
-- A prepared transaction has no process. Its locks keep the virtual id of the session that prepared it, or one made of its
-- own id after a restart; the lock on its id tells which.
held AS (
  SELECT p.transaction AS holder, l.locktype, l.database, l.relation, l.transactionid
    FROM prepared AS p
    JOIN lock AS own ON own.transactionid = p.transaction AND own.pid IS NULL AND own.granted
    JOIN lock AS l ON l.virtualtransaction = own.virtualtransaction AND l.pid IS NULL AND l.granted
)
SELECT current_setting('max_prepared_transactions')::int8 AS max,
       pg_is_in_recovery()                                AS in_recovery,
       coalesce(
         (SELECT jsonb_agg(
                   jsonb_build_object(
                     'gid', p.gid,
                     'owner', p.owner,
                     'database', p.database,
                     'here', p.database = current_database(),
                     'prepared_at', (extract(epoch FROM p.prepared) * 1000000)::int8,
                     'age', age(p.transaction),
                     'locks', (SELECT count(*) FROM held AS h WHERE h.holder = p.transaction),
                     'tables', coalesce(
                       (SELECT jsonb_agg(t.name ORDER BY t.name)
                          FROM (SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS name
                                  FROM held AS h
                                  JOIN pg_class AS c ON c.oid = h.relation
                                  JOIN pg_namespace AS n ON n.oid = c.relnamespace
                                 WHERE h.holder = p.transaction
                                   AND h.locktype = 'relation'
                                   AND p.database = current_database()
                                   AND c.relkind IN ('r', 'p', 'm')
                                 ORDER BY 1 LIMIT 5) AS t), '[]'),
                     'waiting', (SELECT count(DISTINCT l.pid)
                                   FROM lock AS l
                                  WHERE NOT l.granted
                                    AND EXISTS (
                                      SELECT FROM held AS h
                                       WHERE h.holder = p.transaction
                                         AND h.locktype = l.locktype
                                         AND (h.transactionid = l.transactionid
                                              OR (h.database, h.relation) = (l.database, l.relation)))))
                   ORDER BY p.prepared, p.gid COLLATE "C")
            FROM prepared AS p),
         '[]') AS transactions
