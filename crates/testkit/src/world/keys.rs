//! API keys of every kind the access table knows.

use postscale_access::{Gate, action};
use postscale_actions::{hash_token, new_api_key_secret};
use postscale_model::{ApiKey, ApiKeyId, Capability, DomainId, Environment, KeyScope, UserId};
use postscale_store::{api_key, params};
use secrecy::ExposeSecret as _;

use super::{Presented, Seat, Seeder};
use crate::NOW;

use Capability::{Full, Read, Send};

impl Seeder<'_> {
    /// Every key of the table's columns.
    pub(super) async fn keys(&mut self, shared: DomainId, closed: DomainId) {
        for (name, creator, capability) in [
            ("key_org_by_owner", "owner", Full),
            ("key_org_by_admin", "admin", Full),
            ("key_org_readcap", "owner", Read),
        ] {
            self.key(name, creator, capability, None).await;
        }
        for (name, creator, capability, domain) in [
            ("key_rw", "member_rw", Full, shared),
            ("key_rw_readcap", "member_rw", Read, shared),
            ("key_rw_sendcap", "member_rw", Send, shared),
            ("key_creator_downgraded", "downgraded", Full, shared),
            ("key_creator_lost_domain", "bereft", Full, shared),
            ("key_other_scope", "owner", Full, closed),
            ("key_revoked", "owner", Full, shared),
            ("key_creator_deactivated", "deactivated", Full, shared),
        ] {
            self.key(name, creator, capability, Some(domain)).await;
        }
        let revoked = &self.seats["key_revoked"].presented;
        let Presented::Key(text) = revoked else {
            panic!("a key");
        };
        let hash = hash_token(text).as_bytes().to_vec();
        let sql = "UPDATE api_keys SET revoked_at = $1 WHERE secret_hash = $2";
        self.run(sql, &params![NOW, hash]).await;
    }

    async fn key(
        &mut self,
        name: &'static str,
        creator: &str,
        capability: Capability,
        domain: Option<DomainId>,
    ) {
        let maker = self.seats[creator].clone();
        let (_, text) = self.insert_key(name, &maker, capability, domain).await;
        let presented = Presented::Key(text);
        let seat = Seat {
            presented,
            session: None,
            ..maker
        };
        self.seats.insert(name, seat);
    }

    /// A key that names one domain, for somebody to look at.
    pub(super) async fn key_of(&mut self, creator: &str, domain: DomainId) -> ApiKeyId {
        let maker = self.seats[creator].clone();
        self.insert_key("looked at", &maker, Full, Some(domain))
            .await
            .0
    }

    async fn insert_key(
        &mut self,
        name: &str,
        maker: &Seat,
        capability: Capability,
        domain: Option<DomainId>,
    ) -> (ApiKeyId, String) {
        let id = self.app.sources.id();
        let secret = new_api_key_secret(&self.app.sources, id, Environment::Live);
        let text = secret.expose_secret().to_owned();
        let key = ApiKey {
            name: name.to_owned(),
            capability,
            prefix: text.chars().take(12).collect(),
            ..row(id, maker.user, maker, domain.is_some())
        };
        let hash = hash_token(&text);
        match domain {
            Some(domain) => {
                let owner = self.owner_of(maker);
                let proof = self.proof(owner, action::KEY_CREATE_SCOPED, domain).await;
                api_key::insert_for_domains(&mut self.tx, &[proof], &key, &hash)
                    .await
                    .expect("a key");
            }
            None => {
                let caller = self.caller("owner", action::KEY_CREATE_ORG.into());
                let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
                let permission = gate.permit(action::KEY_CREATE_ORG).expect("permission");
                api_key::insert_for_organization(&mut self.tx, &permission, &key, &hash)
                    .await
                    .expect("a key");
            }
        }
        (id, text)
    }

    /// Who may make any key in somebody's organization.
    fn owner_of(&self, seat: &Seat) -> &'static str {
        if self.seats["owner"].organization == seat.organization {
            "owner"
        } else {
            "other_org_owner"
        }
    }
}

fn row(id: ApiKeyId, created_by: UserId, maker: &Seat, scoped: bool) -> ApiKey {
    ApiKey {
        id,
        organization_id: maker.organization,
        created_by,
        name: String::new(),
        environment: Environment::Live,
        capability: Full,
        scope: if scoped {
            KeyScope::Domains
        } else {
            KeyScope::Organization
        },
        prefix: String::new(),
        allowed_networks: Vec::new(),
        previous_secret_until: None,
        last_used_at: None,
        expires_at: None,
        created_at: NOW,
        revoked_at: None,
    }
}
