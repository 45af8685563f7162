-- answers: nothing; fixes what names mean before any other question is asked
-- versions: 14 to 18
-- privileges: none
-- cost: none worth measuring; once per connection
--
-- pg_catalog first, so that nothing in `public` or in a schema of the role's own can stand in for it; then wherever
-- pg_stat_statements was created. Until this has run names are not safe, so here everything is qualified.
-- And without compilation: on a large catalog the planner expects enough rows to compile what runs for a tenth of a second.
SELECT pg_catalog.set_config(
         'search_path',
         pg_catalog.concat_ws(
           ', ',
           'pg_catalog',
           (SELECT extnamespace::pg_catalog.regnamespace::pg_catalog.text
              FROM pg_catalog.pg_extension
             WHERE extname OPERATOR(pg_catalog.=) 'pg_stat_statements'),
           'pg_temp'),
         false),
       pg_catalog.set_config('jit', 'off', false)
