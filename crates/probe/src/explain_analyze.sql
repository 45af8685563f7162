-- answers: how PostgreSQL ran a statement that somebody typed
-- changes: nothing that a read-only transaction, which is rolled back, does not undo; but the statement runs, with its load
-- versions: 14 to 18
-- privileges: what the statement itself needs, as SELECT on its tables
-- cost: what the statement costs, and the measuring; stopped after the database's explain timeout
EXPLAIN (ANALYZE, {options}) {statement}
