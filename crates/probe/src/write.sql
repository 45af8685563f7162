-- answers: nothing; said first on a connection that is about to act
-- changes: only this session: it may write, whatever the role's default is
-- versions: 14 to 18
-- privileges: none
-- cost: none worth measuring
SELECT pg_catalog.set_config('default_transaction_read_only', 'off', false)
