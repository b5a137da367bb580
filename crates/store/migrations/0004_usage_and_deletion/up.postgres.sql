-- Usage by calendar month, and organizations that are gone.

-- Messages accepted in a month. Lane 0 counts for organizations under a hard cap, which must be
-- counted one after the other; all others spread over the rest, so that nobody waits for a counter.
CREATE TABLE usage_counters (
    organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    period_start BIGINT NOT NULL,
    lane BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    received BIGINT NOT NULL,
    PRIMARY KEY (organization_id, period_start, lane)
);

-- A deleted organization is a tombstone: its log goes on to be verifiable and its id is never another's.
ALTER TABLE organizations ADD COLUMN deleted_at BIGINT;

-- It needs no owner any more.
CREATE OR REPLACE FUNCTION users_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role = 'owner' AND OLD.status = 'active'
        AND (TG_OP = 'DELETE' OR NOT (NEW.role = 'owner' AND NEW.status = 'active'))
        AND EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id AND deleted_at IS NULL)
        AND NOT EXISTS (
            SELECT 1 FROM users other WHERE other.organization_id = OLD.organization_id
                AND other.id <> OLD.id AND other.role = 'owner' AND other.status = 'active')
    THEN
        RAISE EXCEPTION 'an organization keeps an active owner';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
