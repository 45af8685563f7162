-- answers: nothing; says which table ($1: schema, $2: name) the next action is about
-- changes: two settings of Heron's own session
-- versions: 14 to 18
-- privileges: none
-- cost: none worth measuring
SELECT set_config('heron.schema', $1::text, false), set_config('heron.relation', $2::text, false)
