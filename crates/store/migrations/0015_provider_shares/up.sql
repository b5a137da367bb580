-- How much of a new sender's mail one mailbox provider may get on a day.

-- Whether any has a share; so that a domain without costs nothing.
ALTER TABLE domains ADD COLUMN has_provider_shares BOOLEAN NOT NULL DEFAULT FALSE;

-- Percent of the day's limit, and how many places were taken on the latest day on which any was. A share that was lifted
-- leaves its row, so that a day's places are not given twice. Whoever takes some locks the row of the plan first.
CREATE TABLE warming_shares (
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    isp TEXT NOT NULL,
    percent BIGINT CHECK (percent BETWEEN 1 AND 100),
    day_start BIGINT NOT NULL,
    day_sent BIGINT NOT NULL,
    PRIMARY KEY (domain_id, isp)
);

-- Whether a recipient has a place with its provider or waits for one; null when nobody asked.
ALTER TABLE email_recipients ADD COLUMN provider_place TEXT CHECK (provider_place IN ('awaited', 'taken'));
-- Those who wait are few; who looks for them must not read the whole queue.
CREATE INDEX email_recipients_awaited_idx ON email_recipients (email_id) WHERE provider_place = 'awaited';
