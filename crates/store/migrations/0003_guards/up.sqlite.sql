-- The second line behind the product's own checks.

CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- Deleting an organization takes its owners along, the last one too.
CREATE TRIGGER users_last_owner_update BEFORE UPDATE OF role, status ON users
WHEN OLD.role = 'owner' AND OLD.status = 'active'
    AND NOT (NEW.role = 'owner' AND NEW.status = 'active')
    AND NOT EXISTS (
        SELECT 1 FROM users other WHERE other.organization_id = OLD.organization_id
            AND other.id <> OLD.id AND other.role = 'owner' AND other.status = 'active')
BEGIN
    SELECT RAISE(ABORT, 'an organization keeps an active owner');
END;
CREATE TRIGGER users_last_owner_delete BEFORE DELETE ON users
WHEN OLD.role = 'owner' AND OLD.status = 'active'
    AND EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id)
    AND NOT EXISTS (
        SELECT 1 FROM users other WHERE other.organization_id = OLD.organization_id
            AND other.id <> OLD.id AND other.role = 'owner' AND other.status = 'active')
BEGIN
    SELECT RAISE(ABORT, 'an organization keeps an active owner');
END;
