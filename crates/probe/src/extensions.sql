-- answers: the extensions of this database, and the versions that stand ready on the server
-- versions: 14 to 18
-- privileges: none
-- cost: 5 ms; reads the control file of every extension that could be created
SELECT e.extname::text    AS name,
       e.extversion       AS installed,
       a.default_version  AS available
  FROM pg_extension AS e
  LEFT JOIN pg_available_extensions() AS a ON a.name = e.extname
 ORDER BY 1
