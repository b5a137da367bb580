-- Whether an alias has blocked anybody is asked for every message it may get, and mostly it has not.
CREATE INDEX alias_contacts_blocked_idx ON alias_contacts (alias_id) WHERE blocked;
