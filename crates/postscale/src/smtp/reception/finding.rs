//! Finding who takes mail for an address, at RCPT: the domain, its alias, and whether there is room.

use std::time::Duration;

use postscale_engine::{intake::IntakeRecipient, reports::intake as report_intake};
use postscale_model::{Address, Domain, DomainName, OrganizationId};
use postscale_smtp::{Reply, replies};
use postscale_store::{
    Tx,
    alias::{self, Resolved},
    domain::{self, Receiving},
    inbound_email, usage,
};

use super::{Reception, SCOPE, is_postmaster, unavailable};

/// The window of an organization's pace.
const MINUTE: Duration = Duration::from_secs(60);

impl Reception {
    /// Finds who takes mail for an address.
    pub(super) async fn find(&self, address: &Address) -> Result<IntakeRecipient, Reply> {
        let name: Result<DomainName, _> = address.domain().as_str().parse();
        let name = name.map_err(|_| replies::relay_denied())?;
        let mut tx = self.0.app.store.read().await.map_err(unavailable)?;
        let found = domain::find_receiving(&mut tx, &SCOPE, &name)
            .await
            .map_err(unavailable)?;
        let Some(Receiving {
            domain,
            plan,
            has_rules,
        }) = found
        else {
            return self.find_shield(&mut tx, address).await;
        };
        if !domain.active {
            // Nothing is lost: senders try again for days.
            return Err(replies::domain_paused());
        }
        let now = self.0.app.sources.now();
        let resolved = alias::resolve(&mut tx, &SCOPE, domain.id, address.local_part(), now).await;
        let (alias, has_blocked) = match resolved.map_err(unavailable)? {
            Resolved::Alias { alias, has_blocked } => (Some(*alias), has_blocked),
            Resolved::Unknown if domain.catch_all_enabled => (None, false),
            // Every domain has a postmaster (RFC 5321 §4.5.1).
            Resolved::Unknown | Resolved::Inactive if is_postmaster(address) => (None, false),
            Resolved::Unknown | Resolved::Inactive => return Err(replies::no_such_user()),
        };
        let whose = (domain.organization_id, plan.as_str());
        self.check_room(&mut tx, whose, address).await?;
        Ok(IntakeRecipient {
            address: address.clone(),
            domain,
            has_rules,
            has_blocked,
            alias,
        })
    }

    /// The domain whose report address this is. No other address of that host exists.
    pub(super) async fn find_reported(&self, address: &Address) -> Result<Domain, Reply> {
        let mut tx = self.0.app.store.read().await.map_err(unavailable)?;
        let found = domain::find_by_report_token(&mut tx, &SCOPE, address.local_part()).await;
        drop(tx);
        let found = found.map_err(unavailable)?;
        let Receiving { domain, .. } = found.ok_or_else(replies::no_such_user)?;
        let has_room = report_intake::has_room(&self.0.parts, &domain).await;
        if !has_room.map_err(unavailable)? || !self.0.inflow.to(address) {
            return Err(replies::rate_limited());
        }
        Ok(domain)
    }

    /// Refuses early what comes too fast, and what the plan has no room for.
    pub(super) async fn check_room(
        &self,
        tx: &mut Tx,
        whose: (OrganizationId, &str),
        address: &Address,
    ) -> Result<(), Reply> {
        if !self.has_pace(tx, whose).await? || !self.0.inflow.to(address) {
            return Err(replies::rate_limited());
        }
        let (plans, now) = (&self.0.app.plans, self.0.app.sources.now());
        match usage::has_room(tx, &SCOPE, whose, plans, now).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(replies::over_quota()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Whether the organization has not received too much in the last minute (IN3). Messages that come
    /// in at the same moment do not see each other: the limit is for a pace, not a count.
    async fn has_pace(
        &self,
        tx: &mut Tx,
        (organization, plan): (OrganizationId, &str),
    ) -> Result<bool, Reply> {
        let Some(most) = self.0.app.plans.get(plan).received_per_minute else {
            return Ok(true);
        };
        let since = self.0.app.sources.now().minus(MINUTE);
        let lately = inbound_email::received_since(tx, &SCOPE, organization, (since, most)).await;
        Ok(lately.map_err(unavailable)? < most)
    }
}
