-- What to do about a record beside what was found of it.
ALTER TABLE domain_checks ADD COLUMN advice TEXT NOT NULL DEFAULT '[]';
-- DNS look-ups receivers make for the SPF policy.
ALTER TABLE domain_checks ADD COLUMN spf_lookups BIGINT;
