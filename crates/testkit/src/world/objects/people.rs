//! Whom somebody lets in: a guest, and somebody who is invited.

use std::time::Duration;

use postscale_access::{Gate, action};
use postscale_actions::hash_token;
use postscale_model::{DomainId, GuestLink, Invitation, InvitationState, Level, Role};
use postscale_store::{guest_link, invitation};

use crate::{NOW, world::Seeder};

impl Seeder<'_> {
    pub(super) async fn guest_link(&mut self, owner: &str, domain: DomainId) -> (String, String) {
        let action = action::DOMAIN_GUEST_LINK_CREATE;
        let proof = self.proof(owner, action, domain).await;
        let token = self.app.sources.hex::<32>();
        let link = GuestLink {
            id: self.app.sources.id(),
            domain_id: domain,
            created_by: self.seats[owner].user,
            note: "DNS administrator".to_owned(),
            expires_at: NOW.plus(Duration::from_secs(14 * 24 * 3600)),
            opened_at: None,
            views: 0,
            created_at: NOW,
        };
        guest_link::insert(&mut self.tx, &proof, &link, &hash_token(&token))
            .await
            .expect("a guest link");
        (link.id.to_string(), token)
    }

    pub(super) async fn invitation(
        &mut self,
        owner: &str,
        domain: DomainId,
        name: &str,
    ) -> (String, String) {
        let proof = self.proof(owner, action::DOMAIN_READ, domain).await;
        let caller = self.caller(owner, action::INVITATION_CREATE_MEMBER.into());
        let mut gate = Gate::open(&mut self.tx, &caller).await.expect("a gate");
        let permission = gate.permit(action::INVITATION_CREATE_MEMBER);
        let permission = permission.expect("permission");
        let token = self.app.sources.hex::<32>();
        let new = Invitation {
            id: self.app.sources.id(),
            organization_id: permission.organization(),
            email: format!("invited@{name}").parse().expect("an address"),
            role: Role::Member,
            state: InvitationState::Pending,
            invited_by: self.seats[owner].user,
            expires_at: NOW.plus(Duration::from_secs(7 * 24 * 3600)),
            created_at: NOW,
        };
        let domains = [(proof, Level::Read)];
        let hash = hash_token(&token);
        invitation::insert(&mut self.tx, &permission, &new, &domains, &hash)
            .await
            .expect("an invitation");
        (new.id.to_string(), token)
    }
}
