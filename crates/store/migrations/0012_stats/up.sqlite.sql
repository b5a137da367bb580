-- What happens to the mail of domains, written in the transaction that causes it, so that no two of them change the same
-- row. A worker moves it into stats_sums soon afterwards; whoever reads before adds both. Totals are kept by hour (days are
-- made of them on the way), providers and tags by day. No reference: mail may outlive its domain.
CREATE TABLE stats_entries (
    id INTEGER NOT NULL PRIMARY KEY,
    domain_id TEXT NOT NULL,
    series TEXT NOT NULL CHECK (series IN ('hour', 'isp', 'tag')),
    at BIGINT NOT NULL,
    label TEXT NOT NULL,
    sent BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    bounced BIGINT NOT NULL,
    hard_bounced BIGINT NOT NULL,
    deferred BIGINT NOT NULL,
    complained BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    clicked BIGINT NOT NULL,
    received BIGINT NOT NULL
);
CREATE INDEX stats_entries_domain_id_idx ON stats_entries (domain_id);

-- The sums: of an hour, of a day, of a day and a provider, of a day and a tag. The label is the provider or the tag.
CREATE TABLE stats_sums (
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    series TEXT NOT NULL CHECK (series IN ('hour', 'day', 'isp', 'tag')),
    at BIGINT NOT NULL,
    label TEXT NOT NULL,
    sent BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    bounced BIGINT NOT NULL,
    hard_bounced BIGINT NOT NULL,
    deferred BIGINT NOT NULL,
    complained BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    clicked BIGINT NOT NULL,
    received BIGINT NOT NULL,
    PRIMARY KEY (domain_id, series, at, label)
) WITHOUT ROWID;
-- What is too old.
CREATE INDEX stats_sums_series_at_idx ON stats_sums (series, at);

-- Whose servers took part in the first try that reached any, and which try that was.
ALTER TABLE email_recipients ADD COLUMN isp TEXT;
ALTER TABLE email_recipients ADD COLUMN isp_attempt BIGINT;
