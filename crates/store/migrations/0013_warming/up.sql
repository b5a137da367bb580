-- How much a new sender may send, day by day.

-- Whether the domain has limits that a message must be held against; so that one without costs nothing.
ALTER TABLE domains ADD COLUMN is_warming BOOLEAN NOT NULL DEFAULT FALSE;

-- The plan of a domain for a day, and what was accepted in the latest day, hour and minute in which anything was. Whoever
-- accepts a message locks the row first, so that no two of them take the same place.
CREATE TABLE warming_plans (
    domain_id TEXT NOT NULL PRIMARY KEY REFERENCES domains (id) ON DELETE CASCADE,
    phase TEXT NOT NULL CHECK (phase IN ('phase_1', 'phase_2', 'phase_3', 'phase_4', 'warmed')),
    step BIGINT NOT NULL,
    halvings BIGINT NOT NULL,
    day BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    phase_started_at BIGINT NOT NULL,
    paused_at BIGINT,
    day_start BIGINT NOT NULL,
    day_sent BIGINT NOT NULL,
    hour_start BIGINT NOT NULL,
    hour_sent BIGINT NOT NULL,
    minute_start BIGINT NOT NULL,
    minute_sent BIGINT NOT NULL
);
-- What is to be judged.
CREATE INDEX warming_plans_day_idx ON warming_plans (day) WHERE phase <> 'warmed';

-- What a domain was allowed on a day, and what the day led to. What came of its mail stands in the statistics.
CREATE TABLE warming_days (
    domain_id TEXT NOT NULL REFERENCES domains (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    phase TEXT NOT NULL,
    daily_limit BIGINT NOT NULL,
    event TEXT,
    PRIMARY KEY (domain_id, day)
);

-- Whoever could send before there was warming goes on as before.
INSERT INTO warming_plans (domain_id, phase, step, halvings, day, started_at, phase_started_at,
    day_start, day_sent, hour_start, hour_sent, minute_start, minute_sent)
SELECT d.id, 'warmed', 0, 0, d.created_at / 86400000000 * 86400000000, d.created_at, d.created_at, 0, 0, 0, 0, 0, 0
FROM domains d
WHERE (d.domain_type IN ('outbound', 'both') AND (d.spf_verified OR d.dkim_verified))
    OR EXISTS (SELECT 1 FROM emails e WHERE e.domain_id = d.id AND e.environment = 'live' AND e.inbound_email_id IS NULL);
