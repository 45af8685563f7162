CREATE TABLE account (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE,
    role VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    password VARCHAR(255),
    created_at BIGINT NOT NULL
);

-- One-time sign-in links, by the SHA-256 of their secret.
CREATE TABLE ticket (
    hash CHAR(64) PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);

-- Browser sessions, by the SHA-256 of the cookie's value: reading this table signs nobody in.
CREATE TABLE session (
    id CHAR(64) PRIMARY KEY,
    data LONGTEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE audit (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    at BIGINT NOT NULL,
    account VARCHAR(190) NOT NULL,
    action VARCHAR(190) NOT NULL,
    object TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
