-- Team accounts: what invitations, sign-in, keys, settings and the audit log remember.

ALTER TABLE organizations ADD COLUMN require_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE organizations ADD COLUMN billing_email TEXT;
-- Null until its owner has chosen a plan.
ALTER TABLE organizations ADD COLUMN onboarded_at BIGINT;
UPDATE organizations SET onboarded_at = created_at;

-- totp_secret is sealed; it counts once totp_enabled_at is set. A code's time-step is used once.
ALTER TABLE persons ADD COLUMN totp_enabled_at BIGINT;
ALTER TABLE persons ADD COLUMN totp_last_step BIGINT;

CREATE TABLE recovery_codes (
    person_id TEXT NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    code_hash BYTEA NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (person_id, code_hash)
);

-- What was mailed to prove an address or a person: a link's token or a code. Each is used once.
CREATE TABLE email_challenges (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('password_reset', 'email_change', 'signup')),
    person_id TEXT REFERENCES persons (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    -- What a sign-up will make once the address is proven.
    name TEXT,
    organization_name TEXT,
    password_hash TEXT,
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
-- One open challenge of a kind per address: a newer one replaces it.
CREATE UNIQUE INDEX email_challenges_kind_email_key_key ON email_challenges (kind, email_key);
CREATE INDEX email_challenges_person_id_idx ON email_challenges (person_id);
CREATE INDEX email_challenges_expires_at_idx ON email_challenges (expires_at);

-- What somebody new gave on accepting waits here until the mailed code proves the address: before
-- that there is neither a person nor a user.
ALTER TABLE invitations ADD COLUMN accepted_name TEXT;
ALTER TABLE invitations ADD COLUMN accepted_password_hash TEXT;
-- The membership it became.
ALTER TABLE invitations ADD COLUMN user_id TEXT REFERENCES users (id);
CREATE INDEX invitations_organization_id_created_at_idx ON invitations (organization_id, created_at, id);
CREATE INDEX invitations_invited_by_idx ON invitations (invited_by) WHERE state = 'pending';

-- Domains and levels granted on joining. A domain deleted by then is gone from here too.
CREATE TABLE invitation_domains (
    invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    level TEXT NOT NULL CHECK (level IN ('read', 'read_write')),
    PRIMARY KEY (invitation_id, domain_id)
);
CREATE INDEX invitation_domains_domain_id_idx ON invitation_domains (domain_id);

ALTER TABLE users ADD COLUMN deactivated_at BIGINT;

-- Networks (CIDR, JSON list) a key is good from; empty is everywhere.
ALTER TABLE api_keys ADD COLUMN allowed_networks TEXT NOT NULL DEFAULT '[]';
-- The secret before a rotation, good until its instant.
ALTER TABLE api_keys ADD COLUMN previous_secret_hash BYTEA;
ALTER TABLE api_keys ADD COLUMN previous_secret_until BIGINT;
CREATE UNIQUE INDEX api_keys_previous_secret_hash_key ON api_keys (previous_secret_hash) WHERE previous_secret_hash IS NOT NULL;

-- The audit log outlives what it speaks of, so nothing here is a foreign key. mac chains each
-- entry to the one before it in its organization, under a key that is not in the database.
CREATE TABLE audit_entries (
    organization_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'key', 'cli', 'system', 'anonymous')),
    actor_id TEXT NOT NULL,
    actor_label TEXT NOT NULL,
    via TEXT NOT NULL,
    ip TEXT NOT NULL,
    request_id TEXT NOT NULL,
    action TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_label TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'denied', 'failed')),
    -- How often: denials are collapsed.
    occurrences BIGINT NOT NULL,
    mac BYTEA NOT NULL,
    PRIMARY KEY (organization_id, sequence)
);
CREATE UNIQUE INDEX audit_entries_id_key ON audit_entries (id);
CREATE INDEX audit_entries_organization_id_at_idx ON audit_entries (organization_id, at);
CREATE INDEX audit_entries_actor_id_idx ON audit_entries (organization_id, actor_id);
CREATE INDEX audit_entries_target_id_idx ON audit_entries (organization_id, target_id);

-- The end of each chain, so that cutting entries off shows.
CREATE TABLE audit_heads (
    organization_id TEXT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    entry_mac BYTEA NOT NULL,
    mac BYTEA NOT NULL
);
