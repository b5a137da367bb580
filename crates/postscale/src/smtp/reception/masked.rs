//! What masked addresses add to the reception: aliases of the instance's shared domain, reverse
//! addresses, and correspondents that are blocked.

use postscale_engine::{
    blocked,
    intake::{Elsewhere, IntakeRecipient},
    reply::{self, Replied, ReplyReceived},
};
use postscale_mail::authenticate::Authentication;
use postscale_model::{Address, Domain};
use postscale_smtp::{Reply, replies, server::MailObject};
use postscale_store::{
    Error, Tx,
    alias::{self, Resolved},
    contact::{self, Reverse},
};

use super::{Reception, Recipients, SCOPE, unavailable};

impl Reception {
    /// Finds the alias of the shared domain that takes mail for an address. It is looked for by its
    /// host as it was when the alias was made.
    pub(super) async fn find_shield(
        &self,
        tx: &mut Tx,
        address: &Address,
    ) -> Result<IntakeRecipient, Reply> {
        let now = self.0.app.sources.now();
        let found = alias::resolve_shield(tx, &SCOPE, address, now).await;
        let Some(found) = found.map_err(unavailable)? else {
            let is_ours = address.domain().as_str() == self.0.app.hosts.shield;
            return Err(if is_ours {
                replies::no_such_user()
            } else {
                replies::relay_denied()
            });
        };
        let Resolved::Alias { alias, has_blocked } = found.resolved else {
            return Err(replies::no_such_user());
        };
        let whose = (alias.organization_id, found.plan.as_str());
        self.check_room(tx, whose, address).await?;
        let name = alias.domain.parse().map_err(|_| replies::no_such_user())?;
        Ok(IntakeRecipient {
            address: address.clone(),
            domain: Domain::shield(alias.organization_id, name, now),
            has_rules: false,
            has_blocked,
            alias: Some(*alias),
        })
    }

    /// Adds the recipient that a reverse address stands for. Who may write to it is known only with
    /// the message.
    pub(super) async fn add_reverse(
        &self,
        to: &mut Recipients,
        address: &Address,
        token: String,
    ) -> Result<(), Reply> {
        let mut tx = self.0.app.store.read().await.map_err(unavailable)?;
        let found = contact::find_reverse(&mut tx, &SCOPE, address.domain(), &[token]).await;
        let found = found.map_err(unavailable)?.pop();
        let Some(reverse) = found else {
            drop(tx);
            // What has the form of a reverse address is nothing else, whatever the domain takes; of
            // a domain that is not ours it is as foreign as the rest.
            return Err(match self.find(address).await {
                Ok(_) => replies::no_such_user(),
                Err(reply) => reply,
            });
        };
        if !reverse.is_active {
            return Err(replies::domain_paused());
        }
        if !reverse.alias.is_live(self.0.app.sources.now()) {
            return Err(replies::mailbox_disabled());
        }
        let whose = (reverse.alias.organization_id, reverse.plan.as_str());
        self.check_room(&mut tx, whose, address).await?;
        let is_new = |known: &Reverse| known.contact.id != reverse.contact.id;
        if to.reverses.iter().all(is_new) {
            to.reverses.push(reverse);
        }
        Ok(())
    }

    /// Leaves out the aliases that have blocked who writes, and sends on what is for reverse addresses.
    /// Gives the reply when the message is refused as a whole.
    pub(super) async fn settle_masked(
        &self,
        to: &mut Recipients,
        object: &MailObject,
        authentication: &Authentication,
    ) -> Result<Option<Reply>, Error> {
        let parts = &self.0.parts;
        let envelope_sender = &object.envelope.reverse_path;
        let who = (envelope_sender, &*object.body);
        let all = std::mem::take(&mut to.kept);
        to.kept = blocked::without_blocked(parts, all, who).await?;
        if to.is_for_nobody() {
            return Ok(Some(replies::mailbox_disabled()));
        }
        if to.reverses.is_empty() {
            return Ok(None);
        }
        let received = ReplyReceived {
            envelope_sender,
            reverses: &to.reverses,
            message: &object.body,
            authentication,
        };
        Ok(match reply::receive(parts, &received).await? {
            Replied::Taken => None,
            Replied::NotPermitted => Some(replies::reverse_not_permitted()),
            Replied::Unproven => Some(replies::sender_unproven()),
            Replied::Automatic => Some(replies::no_automatic_mail()),
            Replied::NoRoom => Some(replies::over_quota()),
        })
    }
}

impl Recipients {
    fn is_for_nobody(&self) -> bool {
        self.kept.is_empty() && self.elsewhere() == Elsewhere::Nobody
    }
}
