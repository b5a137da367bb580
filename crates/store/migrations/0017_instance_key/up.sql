-- Which master key this database is kept with: a fingerprint of it, in one row. A node with another key could not open what
-- is sealed here, and would chain the audit logs by a key nobody else has.
CREATE TABLE instance_keys (
    one BIGINT NOT NULL PRIMARY KEY CONSTRAINT instance_keys_one_check CHECK (one = 1),
    fingerprint TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);
