-- The second line behind the product's own checks.

CREATE FUNCTION audit_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_append_only();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_append_only();

-- Deleting an organization takes its owners along, the last one too.
CREATE FUNCTION users_keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.role = 'owner' AND OLD.status = 'active'
        AND (TG_OP = 'DELETE' OR NOT (NEW.role = 'owner' AND NEW.status = 'active'))
        AND EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id)
        AND NOT EXISTS (
            SELECT 1 FROM users other WHERE other.organization_id = OLD.organization_id
                AND other.id <> OLD.id AND other.role = 'owner' AND other.status = 'active')
    THEN
        RAISE EXCEPTION 'an organization keeps an active owner';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER users_last_owner BEFORE UPDATE OF role, status OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION users_keep_an_owner();
