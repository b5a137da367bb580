-- Aliases of the instance's shared domain have no domain of their own: the host stands in the row, so
-- that they outlive a change of the setting.
CREATE TABLE aliases_new (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    domain_id TEXT REFERENCES domains (id) ON DELETE CASCADE,
    shield_host TEXT,
    local_part TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('forward', 'webhook', 'store', 'drop')),
    forward_to TEXT NOT NULL,
    -- No reference: the id of a webhook that was deleted stays, and names nobody to tell.
    webhook_id TEXT,
    is_masked BOOLEAN NOT NULL,
    description TEXT NOT NULL,
    emails_received BIGINT NOT NULL,
    active BOOLEAN NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((domain_id IS NULL) <> (shield_host IS NULL))
);
INSERT INTO aliases_new (id, organization_id, domain_id, local_part, action, forward_to, webhook_id, is_masked,
    description, emails_received, active, expires_at, created_at, updated_at)
SELECT id, organization_id, domain_id, local_part, action, forward_to, webhook_id, is_masked,
    description, emails_received, active, expires_at, created_at, updated_at FROM aliases;
-- A table that others refer to takes their rows along when it is dropped, and a transaction cannot put
-- that off: so the only one that refers to it is made anew as well, referring to the new table, and goes
-- first. The rename below turns its reference to the name of old.
CREATE TABLE rules_new (
    id TEXT NOT NULL PRIMARY KEY,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    -- The alias whose mail it is about; null for all mail of the domain.
    alias_id TEXT REFERENCES aliases_new (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    match_mode TEXT NOT NULL CHECK (match_mode IN ('all', 'any')),
    conditions TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('drop', 'reject', 'forward', 'webhook', 'store', 'tag')),
    reject_text TEXT,
    forward_to TEXT NOT NULL,
    webhook_id TEXT,
    tags TEXT NOT NULL,
    priority BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    hits BIGINT NOT NULL,
    last_hit_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
INSERT INTO rules_new (id, domain_id, alias_id, name, match_mode, conditions, action, reject_text, forward_to,
    webhook_id, tags, priority, enabled, hits, last_hit_at, created_at, updated_at)
SELECT id, domain_id, alias_id, name, match_mode, conditions, action, reject_text, forward_to, webhook_id,
    tags, priority, enabled, hits, last_hit_at, created_at, updated_at FROM rules;
DROP TABLE rules;
DROP TABLE aliases;
ALTER TABLE aliases_new RENAME TO aliases;
ALTER TABLE rules_new RENAME TO rules;
CREATE INDEX rules_domain_id_idx ON rules (domain_id, priority, created_at, id);
CREATE INDEX rules_alias_id_idx ON rules (alias_id) WHERE alias_id IS NOT NULL;
CREATE INDEX rules_webhook_id_idx ON rules (webhook_id) WHERE webhook_id IS NOT NULL;
-- Unique inside the domain only: a conflict can reveal nothing of hidden domains.
CREATE UNIQUE INDEX aliases_domain_id_local_part_key ON aliases (domain_id, local_part);
CREATE UNIQUE INDEX aliases_shield_host_local_part_key ON aliases (shield_host, local_part);
CREATE INDEX aliases_organization_id_idx ON aliases (organization_id, created_at, id);
CREATE INDEX aliases_webhook_id_idx ON aliases (webhook_id) WHERE webhook_id IS NOT NULL;

-- Whom an alias corresponds with. Targets of the alias write to reply+<token> at its domain, and the
-- contact gets it from the alias.
CREATE TABLE alias_contacts (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    alias_id TEXT NOT NULL REFERENCES aliases (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    display_name TEXT NOT NULL,
    token TEXT NOT NULL,
    blocked BOOLEAN NOT NULL,
    emails_received BIGINT NOT NULL,
    emails_sent BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX alias_contacts_alias_id_address_key_key ON alias_contacts (alias_id, address_key);
CREATE UNIQUE INDEX alias_contacts_token_key ON alias_contacts (token);
CREATE INDEX alias_contacts_alias_id_last_used_at_idx ON alias_contacts (alias_id, last_used_at, id);

-- Targets of an alias that do not exist any more: nothing is sent on to them. Kept by alias, so that
-- nobody learns from it what happened on a domain they do not see.
CREATE TABLE alias_bounces (
    alias_id TEXT NOT NULL REFERENCES aliases (id) ON DELETE CASCADE,
    address_key TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (alias_id, address_key)
);

-- The alias a message is sent from by way of a reverse address, and the target that wrote it, whom
-- nobody is shown; such mail has no submitter.
ALTER TABLE emails ADD COLUMN alias_id TEXT;
ALTER TABLE emails ADD COLUMN reply_author TEXT;

-- A notification that mail could not be delivered: it has no return path, so that nobody answers it.
ALTER TABLE system_emails ADD COLUMN is_notification BOOLEAN NOT NULL DEFAULT FALSE;
