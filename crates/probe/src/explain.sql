-- answers: how PostgreSQL would run a statement that somebody typed; it is planned and not run
-- versions: 14 to 18
-- privileges: what the statement itself needs, as SELECT on its tables
-- cost: what planning the statement costs; stopped after the database's explain timeout
EXPLAIN ({options}) {statement}
