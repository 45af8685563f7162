-- answers: how many parameters the statement has that was given a name; and plans are generic from here on
-- versions: 14 to 18
-- privileges: none
-- cost: none worth measuring
--
-- The session that explains has the role's own search path, so that a name means what it means to people. Here everything
-- is qualified.
SELECT (SELECT pg_catalog.cardinality(p.parameter_types)::pg_catalog.int8
          FROM pg_catalog.pg_prepared_statements AS p
         WHERE p.name OPERATOR(pg_catalog.=) 'heron')                                 AS parameters,
       pg_catalog.current_setting('server_version_num')::pg_catalog.int8              AS version_num,
       pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true)           AS mode
