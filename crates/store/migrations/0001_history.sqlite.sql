-- The databases Heron watches, by the id of the configuration.
CREATE TABLE watched (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

-- Who captures a database: one process, until it stops renewing.
CREATE TABLE lease (
    watched_id INTEGER PRIMARY KEY REFERENCES watched (id),
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- One moment at which the difference to the moment before was written down. Times are microseconds since 1970 UTC.
CREATE TABLE capture (
    watched_id INTEGER NOT NULL REFERENCES watched (id),
    taken_at BIGINT NOT NULL,
    span_ms DOUBLE PRECISION,
    marks TEXT NOT NULL,
    calls BIGINT NOT NULL,
    total_ms DOUBLE PRECISION NOT NULL,
    size_bytes BIGINT,
    connections BIGINT,
    active BIGINT,
    idle BIGINT,
    idle_in_transaction BIGINT,
    PRIMARY KEY (watched_id, taken_at)
) WITHOUT ROWID;

-- Texts once, by the SHA-256 of the text without its literals.
CREATE TABLE statement_text (
    fingerprint TEXT PRIMARY KEY,
    query TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE statement (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    watched_id INTEGER NOT NULL REFERENCES watched (id),
    queryid TEXT NOT NULL,
    role TEXT NOT NULL,
    toplevel BOOLEAN NOT NULL,
    fingerprint TEXT REFERENCES statement_text (fingerprint),
    UNIQUE (watched_id, queryid, role, toplevel)
);

-- What a statement did between two captures.
CREATE TABLE statement_growth (
    watched_id INTEGER NOT NULL,
    taken_at BIGINT NOT NULL,
    statement_id INTEGER NOT NULL,
    calls BIGINT NOT NULL,
    total_ms DOUBLE PRECISION NOT NULL,
    rows BIGINT NOT NULL,
    shared_hit BIGINT NOT NULL,
    shared_read BIGINT NOT NULL,
    temp_written BIGINT NOT NULL,
    wal_bytes BIGINT NOT NULL,
    PRIMARY KEY (watched_id, taken_at, statement_id)
) WITHOUT ROWID;
CREATE INDEX statement_growth_by_statement ON statement_growth (statement_id, taken_at);

-- The snapshot the next capture will be compared with.
CREATE TABLE snapshot (
    watched_id INTEGER PRIMARY KEY REFERENCES watched (id),
    taken_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    stats_reset BIGINT,
    dealloc BIGINT NOT NULL,
    sees_all BOOLEAN NOT NULL
);
CREATE TABLE snapshot_statement (
    statement_id INTEGER PRIMARY KEY REFERENCES statement (id),
    watched_id INTEGER NOT NULL,
    calls BIGINT NOT NULL,
    total_ms DOUBLE PRECISION NOT NULL,
    rows BIGINT NOT NULL,
    shared_hit BIGINT NOT NULL,
    shared_read BIGINT NOT NULL,
    temp_written BIGINT NOT NULL,
    wal_bytes BIGINT NOT NULL,
    stats_since BIGINT
);
CREATE INDEX snapshot_statement_by_watched ON snapshot_statement (watched_id);
