-- Access that people look at again, and links for those who only publish a domain's records.

-- When somebody last decided to keep it. A grant given anew is not reviewed.
ALTER TABLE grants ADD COLUMN reviewed_at BIGINT;
ALTER TABLE grants ADD COLUMN reviewed_by TEXT REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE api_keys ADD COLUMN reviewed_at BIGINT;
ALTER TABLE api_keys ADD COLUMN reviewed_by TEXT REFERENCES users (id) ON DELETE SET NULL;
ALTER TABLE webhooks ADD COLUMN reviewed_at BIGINT;
ALTER TABLE webhooks ADD COLUMN reviewed_by TEXT REFERENCES users (id) ON DELETE SET NULL;

-- Each shows one domain's records to whoever holds its token, while its maker may write the domain.
CREATE TABLE guest_links (
    id TEXT NOT NULL PRIMARY KEY,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    created_by TEXT NOT NULL REFERENCES users (id),
    token_hash BYTEA NOT NULL,
    note TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    -- When somebody last asked DNS by it.
    checked_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX guest_links_token_hash_key ON guest_links (token_hash);
CREATE INDEX guest_links_domain_id_idx ON guest_links (domain_id, created_at, id);
