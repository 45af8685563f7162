-- Tables and indexes whose sizes were captured.
CREATE TABLE relation (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    watched_id BIGINT NOT NULL REFERENCES watched (id),
    schema_name VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    UNIQUE (watched_id, schema_name, name)
);

-- How large a relation was: a row for each size, from the first capture that found it to the last one in a row.
CREATE TABLE relation_size (
    watched_id BIGINT NOT NULL,
    relation_id BIGINT NOT NULL REFERENCES relation (id),
    since BIGINT NOT NULL,
    `until` BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (relation_id, since)
);
CREATE INDEX relation_size_by_watched ON relation_size (watched_id, `until`);
