-- Aliases of the instance's shared domain have no domain of their own: the host stands in the row, so
-- that they outlive a change of the setting.
ALTER TABLE aliases ALTER COLUMN domain_id DROP NOT NULL;
ALTER TABLE aliases ADD COLUMN shield_host TEXT;
ALTER TABLE aliases ADD CONSTRAINT aliases_domain_check CHECK ((domain_id IS NULL) <> (shield_host IS NULL));
CREATE UNIQUE INDEX aliases_shield_host_local_part_key ON aliases (shield_host, local_part);

-- The id of a webhook that was deleted stays, and names nobody to tell.
ALTER TABLE aliases DROP CONSTRAINT aliases_webhook_id_fkey;
ALTER TABLE rules DROP CONSTRAINT rules_webhook_id_fkey;
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
