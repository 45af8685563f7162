-- How far PgHero's history was brought over: by the SHA-256 of where it is, which database of it, and which of its tables.
CREATE TABLE import (
    watched_id BIGINT NOT NULL REFERENCES watched (id),
    source VARCHAR(64) NOT NULL,
    `until` BIGINT NOT NULL,
    PRIMARY KEY (watched_id, source)
);
