-- The database acted on ('' if none), and what came of it: null until it is known.
ALTER TABLE audit ADD COLUMN watched VARCHAR(190) NOT NULL DEFAULT '', ADD COLUMN outcome TEXT;
