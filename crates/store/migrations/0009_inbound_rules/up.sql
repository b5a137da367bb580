-- What happens to received mail that fits conditions, before its alias or the catch-all has a say.
CREATE TABLE rules (
    id TEXT NOT NULL PRIMARY KEY,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    -- The alias whose mail it is about; null for all mail of the domain.
    alias_id TEXT REFERENCES aliases (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    match_mode TEXT NOT NULL CHECK (match_mode IN ('all', 'any')),
    conditions TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('drop', 'reject', 'forward', 'webhook', 'store', 'tag')),
    reject_text TEXT,
    forward_to TEXT NOT NULL,
    webhook_id TEXT REFERENCES webhooks (id) ON DELETE SET NULL,
    tags TEXT NOT NULL,
    priority BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    hits BIGINT NOT NULL,
    last_hit_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX rules_domain_id_idx ON rules (domain_id, priority, created_at, id);
CREATE INDEX rules_alias_id_idx ON rules (alias_id) WHERE alias_id IS NOT NULL;
CREATE INDEX rules_webhook_id_idx ON rules (webhook_id) WHERE webhook_id IS NOT NULL;

-- The rule that decided about a message. What it said stands beside its id: it may change or be gone.
ALTER TABLE inbound_emails ADD COLUMN rule_id TEXT;
ALTER TABLE inbound_emails ADD COLUMN rule_forward_to TEXT NOT NULL DEFAULT '[]';
ALTER TABLE inbound_emails ADD COLUMN rule_webhook_id TEXT;
ALTER TABLE inbound_emails ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
