-- The database acted on ('' if none), and what came of it: null until it is known.
ALTER TABLE audit ADD COLUMN watched TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN outcome TEXT;
