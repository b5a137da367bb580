//! Reads rights for the gate, in the transaction it is handed.

use postscale_access::{
    Actor, Caller, Credential, Denial, DomainRef, GuestView, Identity, Means, OfDomain, Rights,
    Standing, Standings, Stored, Unchecked,
};
use postscale_model::{
    Alias, ApiKey, ApiKeyId, Domain, DomainId, Email, InboundEmail, KeyScope, OrganizationId,
    Timestamp, TokenHash, User, UserId, Webhook,
};

use crate::{
    Error, Result, Row, Tx, Value, acting::Acting, alias, api_key, domain, email, guest_link,
    inbound_email, params, session, user, webhook,
};

/// Domain columns, the actor's grant and whether the actor's key names the domain.
/// Parameters: `$1` user, `$2` key or empty, `$3` now.
macro_rules! standing_select {
    () => {
        "SELECT d.*, \
         (SELECT g.level FROM grants g WHERE g.user_id = $1 AND g.domain_id = d.id \
          AND (g.expires_at IS NULL OR g.expires_at > $3)) AS grant_level, \
         EXISTS (SELECT 1 FROM api_key_domains k WHERE k.api_key_id = $2 AND k.domain_id = d.id) AS in_key_scope \
         FROM domains d"
    };
}

impl Rights for Tx {
    type Error = Error;

    async fn identify(&mut self, caller: &Caller) -> Result<Option<Identity>> {
        let now = caller.received_at();
        let identity = match caller.credential() {
            Some(Credential::Session(token)) => session::identify(self, caller, token).await?,
            Some(Credential::ApiKey(secret)) => {
                api_key::identify(self, secret, caller.origin(), now).await?
            }
            None => None,
        };
        self.acts(Acting::new(identity.as_ref(), caller.origin()));
        Ok(identity)
    }

    async fn domain(
        &mut self,
        actor: &Actor,
        reference: &DomainRef,
        now: Timestamp,
    ) -> Result<Option<(Unchecked<Domain>, Standing)>> {
        let found = match reference {
            DomainRef::Id(id) => standing_by_id(self, actor, *id, now).await?,
            DomainRef::Name(name) => {
                let mut parameters = who(actor, now);
                parameters.extend(params![actor.organization(), name]);
                self.query_opt(
                    concat!(
                        standing_select!(),
                        " WHERE d.organization_id = $4 AND d.name = $5"
                    ),
                    &parameters,
                )
                .await?
            }
            DomainRef::Nothing => None,
        };
        found
            .map(|row| Ok((Unchecked::seal(domain::from_row(&row)?), standing(&row)?)))
            .transpose()
    }

    async fn guest(&mut self, token: &TokenHash, now: Timestamp) -> Result<Option<GuestView>> {
        let row = guest_link::find_live(self, token, now).await?;
        row.map(|row| {
            Ok(GuestView {
                maker: guest_link::maker(&row)?,
                domain: Unchecked::seal(domain::from_row(&row)?),
                standing: standing(&row)?,
            })
        })
        .transpose()
    }

    async fn user(&mut self, id: UserId) -> Result<Option<Unchecked<User>>> {
        Ok(user::find(self, id).await?.map(Unchecked::seal))
    }

    fn refused(&mut self, denial: &Denial<'_>, now: Timestamp) {
        self.denials().note(denial, self.acting(), now);
    }

    async fn api_key(&mut self, id: ApiKeyId) -> Result<Option<Unchecked<ApiKey>>> {
        Ok(api_key::find(self, id).await?.map(Unchecked::seal))
    }
}

fn who(actor: &Actor, now: Timestamp) -> Vec<Value> {
    let key = match actor.means() {
        Means::Session { .. } => String::new(),
        Means::Key { key, .. } => key.to_string(),
    };
    Vec::from(params![actor.user(), key, now])
}

fn standing(row: &Row) -> Result<Standing> {
    Ok(Standing {
        organization: row.id("organization_id")?,
        grant: row.opt_word("grant_level")?,
        in_key_scope: row.bool("in_key_scope")?,
    })
}

async fn standing_by_id(
    tx: &mut Tx,
    actor: &Actor,
    id: DomainId,
    now: Timestamp,
) -> Result<Option<Row>> {
    let mut parameters = who(actor, now);
    parameters.push(Value::from(id));
    tx.query_opt(concat!(standing_select!(), " WHERE d.id = $4"), &parameters)
        .await
}

/// A row of one domain with the actor's standing there; nothing when the domain is gone.
async fn of_one_domain<T>(
    tx: &mut Tx,
    actor: &Actor,
    found: Option<T>,
    whose: impl Fn(&T) -> (DomainId, OrganizationId),
    now: Timestamp,
) -> Result<Option<(Unchecked<T>, Standings)>> {
    let Some(found) = found else { return Ok(None) };
    let (domain, organization) = whose(&found);
    if domain == DomainId::SHIELD {
        // The shared domain is nobody's: what is there belongs to its organization as a whole.
        let standings = Standings::Organization(organization);
        return Ok(Some((Unchecked::seal(found), standings)));
    }
    let row = standing_by_id(tx, actor, domain, now).await?;
    row.map(|row| Ok((Unchecked::seal(found), Standings::One(standing(&row)?))))
        .transpose()
}

macro_rules! stored_in_one_domain {
    ($($row:ident in $module:ident,)+) => {$(
        impl Stored<$row> for Tx {
            async fn stored(
                &mut self,
                actor: &Actor,
                id: <$row as OfDomain>::Id,
                now: Timestamp,
            ) -> Result<Option<(Unchecked<$row>, Standings)>> {
                let found = $module::find(self, id).await?;
                let whose = |row: &$row| (row.domain_id, row.organization_id);
                of_one_domain(self, actor, found, whose, now).await
            }
        }
    )+};
}
stored_in_one_domain! {
    Email in email,
    InboundEmail in inbound_email,
    Alias in alias,
}

impl Stored<Webhook> for Tx {
    async fn stored(
        &mut self,
        actor: &Actor,
        id: <Webhook as OfDomain>::Id,
        now: Timestamp,
    ) -> Result<Option<(Unchecked<Webhook>, Standings)>> {
        let Some(found) = webhook::find(self, id).await? else {
            return Ok(None);
        };
        if found.scope == KeyScope::Organization {
            let standings = Standings::Organization(found.organization_id);
            return Ok(Some((Unchecked::seal(found), standings)));
        }
        let mut all = Vec::with_capacity(found.domain_ids.len());
        for domain in &found.domain_ids {
            if let Some(row) = standing_by_id(self, actor, *domain, now).await? {
                all.push(standing(&row)?);
            }
        }
        // Its last domain was deleted: it belongs to nothing any more and nobody sees it.
        Ok((!all.is_empty()).then(|| (Unchecked::seal(found), Standings::All(all))))
    }
}
