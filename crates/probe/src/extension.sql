-- answers: where the extension $1 was created in this database, in which version, and whether the role may use that schema
-- versions: 14 to 18
-- privileges: none
-- cost: under 1 ms; asked before each statement that names the extension's schema
SELECT n.nspname::text AS schema, e.extversion AS version,
       has_schema_privilege(n.oid, 'USAGE') AS usable
  FROM pg_extension AS e
  JOIN pg_namespace AS n ON n.oid = e.extnamespace
 WHERE e.extname = $1::text
