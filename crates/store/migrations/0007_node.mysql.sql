-- Which node of a cluster a snapshot was taken of; unknown where it could not be asked.
ALTER TABLE snapshot
    ADD COLUMN system_identifier BIGINT,
    ADD COLUMN timeline BIGINT,
    ADD COLUMN in_recovery BOOLEAN;
