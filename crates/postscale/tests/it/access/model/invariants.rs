//! The invariants of the access rules, asked of the rows themselves.

use postscale_store::params;

use super::run::Run;

/// Each with a statement that finds what breaks it, in the organizations `$1` and `$2`.
const INVARIANTS: [(&str, &str); 13] = [
    (
        "INV-1: an active owner",
        "SELECT id FROM organizations o WHERE id IN ($1, $2) AND NOT EXISTS (SELECT 1 FROM users u \
         WHERE u.organization_id = o.id AND u.role = 'owner' AND u.status = 'active')",
    ),
    (
        "INV-2: no empty key scope",
        "SELECT id FROM api_keys k WHERE organization_id IN ($1, $2) AND scope = 'domains' \
         AND revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM api_key_domains d WHERE d.api_key_id = k.id)",
    ),
    (
        "INV-3: a key is of its creator's organization",
        "SELECT k.id FROM api_keys k JOIN users u ON u.id = k.created_by \
         WHERE k.organization_id IN ($1, $2) AND u.organization_id <> k.organization_id",
    ),
    (
        "INV-4: a key of the whole organization names no domain",
        "SELECT k.id FROM api_keys k JOIN api_key_domains x ON x.api_key_id = k.id \
         WHERE k.organization_id IN ($1, $2) AND k.scope = 'organization'",
    ),
    (
        "INV-5: keys across organizations",
        "SELECT k.id FROM api_keys k JOIN api_key_domains x ON x.api_key_id = k.id \
         JOIN domains d ON d.id = x.domain_id WHERE k.organization_id IN ($1, $2) \
         AND d.organization_id <> k.organization_id",
    ),
    (
        "INV-5: webhooks across organizations",
        "SELECT w.id FROM webhooks w JOIN webhook_domains x ON x.webhook_id = w.id \
         JOIN domains d ON d.id = x.domain_id WHERE w.organization_id IN ($1, $2) \
         AND d.organization_id <> w.organization_id",
    ),
    (
        "INV-5: aliases across organizations",
        "SELECT a.id FROM aliases a JOIN domains d ON d.id = a.domain_id \
         WHERE a.organization_id IN ($1, $2) AND d.organization_id <> a.organization_id",
    ),
    (
        "INV-6: no live key of somebody off-boarded",
        "SELECT k.id FROM api_keys k JOIN users u ON u.id = k.created_by \
         WHERE k.organization_id IN ($1, $2) AND k.revoked_at IS NULL AND u.status <> 'active'",
    ),
    (
        "INV-7: no member holds a key of the whole organization",
        "SELECT k.id FROM api_keys k JOIN users u ON u.id = k.created_by \
         WHERE k.organization_id IN ($1, $2) AND k.revoked_at IS NULL AND k.scope = 'organization' \
         AND u.role = 'member'",
    ),
    (
        "INV-8: grants of active members only",
        "SELECT u.id FROM grants g JOIN users u ON u.id = g.user_id \
         WHERE u.organization_id IN ($1, $2) AND (u.role <> 'member' OR u.status <> 'active')",
    ),
    (
        "INV-9: grants on domains of one's own organization",
        "SELECT u.id FROM grants g JOIN users u ON u.id = g.user_id LEFT JOIN domains d ON d.id = g.domain_id \
         WHERE u.organization_id IN ($1, $2) AND (d.id IS NULL OR d.organization_id <> u.organization_id)",
    ),
    (
        "INV-10: no pending invitation without authority",
        "SELECT i.id FROM invitations i JOIN users u ON u.id = i.invited_by \
         WHERE i.organization_id IN ($1, $2) AND i.state = 'pending' \
         AND (u.status <> 'active' OR u.role = 'member' OR u.organization_id <> i.organization_id)",
    ),
    (
        "INV-11: no invitation to owner",
        "SELECT id FROM invitations WHERE organization_id IN ($1, $2) AND role = 'owner'",
    ),
];

impl Run {
    /// Looks for rows that break an invariant.
    pub async fn check_invariants(&self) {
        let mut tx = self.app.app.store.read().await.unwrap();
        let [ours, theirs] = &self.model.organizations[..] else {
            panic!("two organizations");
        };
        for (what, sql) in INVARIANTS {
            let broken = tx.query(sql, &params![ours, theirs]).await.unwrap();
            if let Some(row) = broken.first() {
                self.disagree(&format!(
                    "{what} does not hold of {}",
                    row.text("id").unwrap()
                ));
            }
        }
    }
}
