-- answers: nothing; gives a statement with parameters a name, by which it can be explained without their values
-- versions: 14 to 18
-- privileges: what the statement itself needs, as SELECT on its tables
-- cost: what parsing the statement costs; the session ends right after it
PREPARE heron AS {statement}
