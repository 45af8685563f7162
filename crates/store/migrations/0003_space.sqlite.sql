-- Tables and indexes whose sizes were captured.
CREATE TABLE relation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    watched_id INTEGER NOT NULL REFERENCES watched (id),
    schema_name TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (watched_id, schema_name, name)
);

-- How large a relation was: a row for each size, from the first capture that found it to the last one in a row.
CREATE TABLE relation_size (
    watched_id INTEGER NOT NULL,
    relation_id INTEGER NOT NULL REFERENCES relation (id),
    since BIGINT NOT NULL,
    until BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (relation_id, since)
) WITHOUT ROWID;
CREATE INDEX relation_size_by_watched ON relation_size (watched_id, until);
