-- Mail to a report address: it waits to be read, or could not be. What was read is in the tables below
-- and its mail is gone. A large message outlives its domain until a worker or retention deletes its blob, so
-- domain_id is no foreign key here.
CREATE TABLE report_mails (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    domain_id TEXT NOT NULL,
    envelope_sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    -- Why it was of no use; null while it waits.
    problem TEXT,
    next_attempt_at BIGINT,
    attempts BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX report_mails_domain_id_received_at_idx ON report_mails (domain_id, received_at, id);
CREATE INDEX report_mails_organization_id_received_at_idx ON report_mails (organization_id, received_at, id);
CREATE INDEX report_mails_due_idx ON report_mails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- See email_bodies.
CREATE TABLE report_mail_bodies (
    report_mail_id TEXT NOT NULL PRIMARY KEY REFERENCES report_mails (id) ON DELETE CASCADE,
    octets BYTEA,
    blob TEXT
);

-- Aggregate reports. What they add up to stands here: a domain's days and totals are read without their records.
CREATE TABLE dmarc_reports (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    org_name TEXT NOT NULL,
    email TEXT NOT NULL,
    extra_contact_info TEXT NOT NULL,
    report_id TEXT NOT NULL,
    begin_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    policy TEXT NOT NULL,
    records BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    total BIGINT NOT NULL,
    pass_dkim BIGINT NOT NULL,
    pass_spf BIGINT NOT NULL,
    aligned BIGINT NOT NULL,
    dmarc_pass BIGINT NOT NULL,
    quarantine BIGINT NOT NULL,
    reject BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
-- Unique inside the domain only: a conflict can reveal nothing of hidden domains.
CREATE UNIQUE INDEX dmarc_reports_domain_id_org_name_report_id_key ON dmarc_reports (domain_id, org_name, report_id);
CREATE INDEX dmarc_reports_domain_id_begin_at_idx ON dmarc_reports (domain_id, begin_at, id);
CREATE INDEX dmarc_reports_organization_id_received_at_idx ON dmarc_reports (organization_id, received_at, id);

-- Messages of one source that fared alike. Domain and begin are those of the report.
CREATE TABLE dmarc_records (
    report_id TEXT NOT NULL REFERENCES dmarc_reports (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    domain_id TEXT NOT NULL,
    begin_at BIGINT NOT NULL,
    source_ip TEXT NOT NULL,
    message_count BIGINT NOT NULL,
    disposition TEXT NOT NULL,
    dkim BOOLEAN NOT NULL,
    spf BOOLEAN NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (report_id, position)
);
CREATE INDEX dmarc_records_domain_id_begin_at_idx ON dmarc_records (domain_id, begin_at, report_id, position);

-- Who was ever reported to send in a domain's name. Outlives the reports, so that nobody is new twice.
CREATE TABLE dmarc_sources (
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    source_ip TEXT NOT NULL,
    -- The report that named it first.
    first_report_id TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    reported_at BIGINT NOT NULL,
    -- A name the address has and that has the address.
    host_name TEXT,
    -- When its name is to be looked up; null when it is not.
    next_lookup_at BIGINT,
    PRIMARY KEY (domain_id, source_ip)
);
CREATE INDEX dmarc_sources_due_idx ON dmarc_sources (next_lookup_at) WHERE next_lookup_at IS NOT NULL;
CREATE INDEX dmarc_sources_reported_at_idx ON dmarc_sources (reported_at);

-- Reports about TLS (RFC 8460).
CREATE TABLE tls_reports (
    id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT NOT NULL,
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    org_name TEXT NOT NULL,
    contact TEXT NOT NULL,
    report_id TEXT NOT NULL,
    begin_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    policies TEXT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tls_reports_domain_id_org_name_report_id_key ON tls_reports (domain_id, org_name, report_id);
CREATE INDEX tls_reports_domain_id_begin_at_idx ON tls_reports (domain_id, begin_at, id);
CREATE INDEX tls_reports_organization_id_received_at_idx ON tls_reports (organization_id, received_at, id);
