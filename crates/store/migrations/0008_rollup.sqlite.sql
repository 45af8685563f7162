-- What a statement did in an hour, or a day: a span of microseconds from since on, of captures after its beginning up to
-- its end.
CREATE TABLE statement_rollup (
    watched_id INTEGER NOT NULL,
    span BIGINT NOT NULL,
    since BIGINT NOT NULL,
    statement_id INTEGER NOT NULL,
    calls BIGINT NOT NULL,
    total_ms DOUBLE PRECISION NOT NULL,
    rows BIGINT NOT NULL,
    shared_hit BIGINT NOT NULL,
    shared_read BIGINT NOT NULL,
    temp_written BIGINT NOT NULL,
    wal_bytes BIGINT NOT NULL,
    PRIMARY KEY (watched_id, span, since, statement_id)
) WITHOUT ROWID;

-- Up to when hours and days are summed up.
CREATE TABLE rolled_up (
    watched_id INTEGER PRIMARY KEY REFERENCES watched (id),
    until BIGINT NOT NULL
);
