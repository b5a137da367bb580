-- The key a new one takes over from, once its record is seen.
ALTER TABLE dkim_keys ADD COLUMN replaces TEXT REFERENCES dkim_keys (id) ON DELETE SET NULL;
CREATE INDEX dkim_keys_replaces_idx ON dkim_keys (replaces);
-- A key that is out of use has no private half.
UPDATE dkim_keys SET private_key = x'' WHERE status = 'inactive';

-- Days between rotations that happen by themselves; none without.
ALTER TABLE domains ADD COLUMN dkim_rotation_days BIGINT;

-- The MTA-STS policy of a domain that receives (RFC 8461).
ALTER TABLE domains ADD COLUMN mta_sts_mode TEXT NOT NULL DEFAULT 'none' CHECK (mta_sts_mode IN ('none', 'testing', 'enforce'));
ALTER TABLE domains ADD COLUMN mta_sts_max_age BIGINT NOT NULL DEFAULT 604800;
