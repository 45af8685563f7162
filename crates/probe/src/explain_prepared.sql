-- answers: how PostgreSQL would run the statement that was given a name, whatever its parameters; it is not run
-- versions: 14 to 18
-- privileges: what the statement itself needs, as SELECT on its tables
-- cost: what planning the statement costs; stopped after the database's explain timeout
EXPLAIN ({options}) EXECUTE heron({nulls})
