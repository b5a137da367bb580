-- Instants are BIGINT microseconds since 1970; ids are lower-case UUIDs; lists and maps are JSON text.
-- Unique keys and indexes are named table_columns_key so that both engines report them alike.

CREATE TABLE organizations (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    plan TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One row once somebody set the instance up: two racing set-ups make one owner.
CREATE TABLE instance_setup (
    singleton BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    completed_at BIGINT NOT NULL
);

CREATE TABLE persons (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT,
    totp_secret BYTEA,
    email_verified_at BIGINT,
    failed_logins BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX persons_email_key_key ON persons (email_key);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    person_id TEXT NOT NULL REFERENCES persons (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'deactivated', 'deleted')),
    last_active_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- A deleted user is a tombstone: the person may be invited again under a new id.
CREATE UNIQUE INDEX users_organization_id_person_id_key ON users (organization_id, person_id) WHERE status <> 'deleted';
CREATE INDEX users_person_id_idx ON users (person_id);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
    user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
    ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sessions_token_hash_key ON sessions (token_hash);
CREATE INDEX sessions_person_id_idx ON sessions (person_id);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'expired', 'revoked', 'superseded')),
    token_hash BYTEA NOT NULL,
    code_hash BYTEA,
    code_expires_at BIGINT,
    code_tries BIGINT NOT NULL,
    invited_by TEXT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitations_token_hash_key ON invitations (token_hash);
CREATE UNIQUE INDEX invitations_organization_id_email_key_key ON invitations (organization_id, email_key) WHERE state = 'pending';

CREATE TABLE domains (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    domain_type TEXT NOT NULL CHECK (domain_type IN ('inbound', 'outbound', 'both', 'alias')),
    active BOOLEAN NOT NULL,
    catch_all_enabled BOOLEAN NOT NULL,
    open_tracking BOOLEAN NOT NULL,
    click_tracking BOOLEAN NOT NULL,
    ownership_token TEXT NOT NULL,
    dmarc_token TEXT NOT NULL,
    verified BOOLEAN NOT NULL,
    ownership_verified BOOLEAN NOT NULL,
    mx_verified BOOLEAN NOT NULL,
    spf_verified BOOLEAN NOT NULL,
    dkim_verified BOOLEAN NOT NULL,
    dmarc_verified BOOLEAN NOT NULL,
    return_path_verified BOOLEAN NOT NULL,
    last_dns_check BIGINT,
    verified_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX domains_organization_id_name_key ON domains (organization_id, name);
-- A name may be registered in several organizations, its ownership proven in only one.
CREATE UNIQUE INDEX domains_name_key ON domains (name) WHERE ownership_verified;
CREATE INDEX domains_name_idx ON domains (name);
CREATE UNIQUE INDEX domains_dmarc_token_key ON domains (dmarc_token);

CREATE TABLE domain_checks (
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    selector TEXT NOT NULL,
    status TEXT NOT NULL,
    found TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (domain_id, purpose, selector)
);

CREATE TABLE dkim_keys (
    id TEXT NOT NULL PRIMARY KEY,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    selector TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'retiring', 'inactive')),
    public_key TEXT NOT NULL,
    private_key BYTEA NOT NULL,
    verified_at BIGINT,
    retire_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX dkim_keys_domain_id_selector_key ON dkim_keys (domain_id, selector);

CREATE TABLE grants (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    level TEXT NOT NULL CHECK (level IN ('read', 'read_write')),
    granted_by TEXT REFERENCES users (id) ON DELETE SET NULL,
    note TEXT NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, domain_id)
);
CREATE INDEX grants_domain_id_idx ON grants (domain_id);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    created_by TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    environment TEXT NOT NULL CHECK (environment IN ('live', 'test')),
    capability TEXT NOT NULL CHECK (capability IN ('full', 'read', 'send')),
    scope TEXT NOT NULL CHECK (scope IN ('organization', 'domains')),
    prefix TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX api_keys_secret_hash_key ON api_keys (secret_hash);
CREATE INDEX api_keys_organization_id_idx ON api_keys (organization_id, created_at);
CREATE INDEX api_keys_created_by_idx ON api_keys (created_by);

CREATE TABLE api_key_domains (
    api_key_id TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    PRIMARY KEY (api_key_id, domain_id)
);
CREATE INDEX api_key_domains_domain_id_idx ON api_key_domains (domain_id);

-- History outlives its domain until retention takes it, so domain_id is no foreign key here.
CREATE TABLE emails (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    domain_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    header_from TEXT NOT NULL,
    header_to TEXT NOT NULL,
    header_cc TEXT NOT NULL,
    header_bcc TEXT NOT NULL,
    subject TEXT NOT NULL,
    status TEXT NOT NULL,
    environment TEXT NOT NULL,
    tags TEXT NOT NULL,
    metadata TEXT NOT NULL,
    -- The received message an alias forwards with this one, which no listing shows.
    inbound_email_id TEXT,
    -- Who sent it; null for mail an alias forwards.
    submitted_user_id TEXT,
    submitted_key_id TEXT,
    size_bytes BIGINT NOT NULL,
    smtputf8 BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    scheduled_at BIGINT,
    sent_at BIGINT,
    delivered_at BIGINT
);
CREATE INDEX emails_organization_id_created_at_idx ON emails (organization_id, created_at, id);
CREATE INDEX emails_domain_id_created_at_idx ON emails (domain_id, created_at, id);
CREATE INDEX emails_inbound_email_id_idx ON emails (inbound_email_id) WHERE inbound_email_id IS NOT NULL;

-- The message as composed; it is signed on its way out. Here when small, else in the blob store. Apart from emails,
-- because changing the state of a message must not rewrite its octets.
CREATE TABLE email_bodies (
    email_id TEXT NOT NULL PRIMARY KEY REFERENCES emails (id) ON DELETE CASCADE,
    octets BYTEA,
    blob TEXT
);

-- The outbound queue: a row per recipient. A row is due when it is queued or deferred (or was
-- claimed by a worker that died) and next_attempt_at has come.
CREATE TABLE email_recipients (
    id TEXT NOT NULL PRIMARY KEY,
    email_id TEXT NOT NULL REFERENCES emails (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    -- The destination: what connections and fairness are keyed by.
    destination TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('to', 'cc', 'bcc')),
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- Null once the recipient is settled: the partial index holds open work only.
    next_attempt_at BIGINT,
    reply_code BIGINT,
    reply_enhanced TEXT,
    reply_text TEXT,
    -- The Return-Path of forwarded mail; null for the usual signed one.
    return_path TEXT,
    delivered_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX email_recipients_email_id_idx ON email_recipients (email_id);
CREATE INDEX email_recipients_due_idx ON email_recipients (next_attempt_at, destination, id) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE email_events (
    id TEXT NOT NULL PRIMARY KEY,
    email_id TEXT NOT NULL REFERENCES emails (id) ON DELETE CASCADE,
    domain_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    recipient TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    mx_host TEXT,
    reply_code BIGINT,
    reply_enhanced TEXT,
    reply_text TEXT,
    bounce_type TEXT,
    at BIGINT NOT NULL
);
CREATE INDEX email_events_email_id_idx ON email_events (email_id, at, id);

CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    created_by TEXT NOT NULL REFERENCES users (id),
    scope TEXT NOT NULL CHECK (scope IN ('organization', 'domains')),
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    recipient_match TEXT,
    description TEXT NOT NULL,
    secret BYTEA NOT NULL,
    previous_secret BYTEA,
    previous_secret_until BIGINT,
    suspended_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX webhooks_organization_id_idx ON webhooks (organization_id, created_at);

CREATE TABLE webhook_domains (
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    PRIMARY KEY (webhook_id, domain_id)
);
CREATE INDEX webhook_domains_domain_id_idx ON webhook_domains (domain_id);

CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    domain_id TEXT NOT NULL,
    event TEXT NOT NULL,
    email_id TEXT NOT NULL,
    -- Null for email.received, whose body is rendered from the stored message at each attempt.
    body TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'retrying', 'failed')),
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhook_deliveries_organization_id_created_at_idx ON webhook_deliveries (organization_id, created_at, id);
CREATE INDEX webhook_deliveries_webhook_id_idx ON webhook_deliveries (webhook_id, created_at, id);
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    id TEXT NOT NULL PRIMARY KEY,
    delivery_id TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    attempt BIGINT NOT NULL,
    status_code BIGINT,
    error TEXT,
    duration_ms BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX webhook_attempts_delivery_id_idx ON webhook_attempts (delivery_id, attempt);

CREATE TABLE aliases (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    local_part TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('forward', 'webhook', 'store', 'drop')),
    forward_to TEXT NOT NULL,
    webhook_id TEXT REFERENCES webhooks (id) ON DELETE SET NULL,
    is_masked BOOLEAN NOT NULL,
    description TEXT NOT NULL,
    emails_received BIGINT NOT NULL,
    active BOOLEAN NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- Unique inside the domain only: a conflict can reveal nothing of hidden domains.
CREATE UNIQUE INDEX aliases_domain_id_local_part_key ON aliases (domain_id, local_part);
CREATE INDEX aliases_organization_id_idx ON aliases (organization_id, created_at, id);

-- Addresses outside the organization that agreed to be forwarded to.
CREATE TABLE forward_targets (
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    address_key TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    confirmed_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, address_key)
);
CREATE UNIQUE INDEX forward_targets_token_hash_key ON forward_targets (token_hash);

CREATE TABLE inbound_emails (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    domain_id TEXT NOT NULL,
    alias_id TEXT,
    message_id TEXT NOT NULL,
    envelope_sender TEXT NOT NULL,
    envelope_recipient TEXT NOT NULL,
    from_address TEXT NOT NULL,
    to_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('received', 'processing', 'delivered', 'failed')),
    action TEXT NOT NULL,
    spf TEXT NOT NULL,
    dkim TEXT NOT NULL,
    dmarc TEXT NOT NULL,
    has_attachments BOOLEAN NOT NULL,
    size_bytes BIGINT NOT NULL,
    -- Due while it has to be forwarded and announced; null afterwards.
    next_attempt_at BIGINT,
    attempts BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    processed_at BIGINT
);
CREATE INDEX inbound_emails_organization_id_received_at_idx ON inbound_emails (organization_id, received_at, id);
CREATE INDEX inbound_emails_domain_id_received_at_idx ON inbound_emails (domain_id, received_at, id);
CREATE INDEX inbound_emails_due_idx ON inbound_emails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- The message as received, with our trace on top. See email_bodies.
CREATE TABLE inbound_bodies (
    inbound_email_id TEXT NOT NULL PRIMARY KEY REFERENCES inbound_emails (id) ON DELETE CASCADE,
    octets BYTEA,
    blob TEXT
);

CREATE TABLE inbound_attachments (
    id TEXT NOT NULL PRIMARY KEY,
    inbound_email_id TEXT NOT NULL REFERENCES inbound_emails (id) ON DELETE CASCADE,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    part BIGINT NOT NULL
);
CREATE INDEX inbound_attachments_inbound_email_id_idx ON inbound_attachments (inbound_email_id, part);

-- Whatever the system promises to do later and is no row of a queue above.
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    -- At most one open job per kind and key.
    job_key TEXT NOT NULL,
    payload TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_kind_job_key_key ON jobs (kind, job_key);
CREATE INDEX jobs_due_at_idx ON jobs (due_at);

-- Mail of the system itself: invitations, confirmations, alerts. No organization can read it.
CREATE TABLE system_emails (
    id TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    body BYTEA NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX system_emails_due_idx ON system_emails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
