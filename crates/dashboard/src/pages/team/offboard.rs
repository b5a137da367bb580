//! Taking somebody out of the team, for now or for good, and letting them back in.

use postscale_access::Late;
use postscale_actions::{
    access::{self, Preview, Proposal, Proposed},
    users::{self, ExternalForward, Forwarder, Receipt},
};
use postscale_model::{ApiKey, UserId};
use postscale_web::{FormBody, Problem, Ref};

use super::preview::{Asked, confirm};
use crate::{
    answer::{Answer, shown},
    done::{self, Done},
    pages::unicode,
    segments::IdSegment,
    ui::Section,
    views::team::{Forward, Kept, ReceiptPage},
    visit::Visit,
};

/// What deactivating somebody would end, before it is done.
pub(super) async fn ask_deactivate(visit: Visit, id: Ref<IdSegment, UserId>) -> Answer {
    let preview = previewed(&visit, id.id, Proposal::Deactivate).await?;
    let asked = Asked {
        path: format!("/team/users/{}/deactivate", preview.user.id),
        title: format!("Deactivate {}?", preview.user.name),
        text: "They are signed out and their keys stop working at once. They can be let back in \
               later, without any domain. Domains, aliases and mail stay.",
        label: "Deactivate",
        field: None,
        is_dangerous: true,
    };
    confirm(&visit, preview, asked).await
}

/// What deleting somebody would end, before it is done.
pub(super) async fn ask_delete(visit: Visit, id: Ref<IdSegment, UserId>) -> Answer {
    let preview = previewed(&visit, id.id, Proposal::Delete).await?;
    let asked = Asked {
        path: format!("/team/users/{}/delete", preview.user.id),
        title: format!("Delete {}?", preview.user.name),
        text: "They are signed out and their keys stop working at once. They cannot come back as \
               the same user; the address can be invited again. Domains, aliases and mail stay.",
        label: "Delete",
        field: None,
        is_dangerous: true,
    };
    confirm(&visit, preview, asked).await
}

async fn previewed(
    visit: &Visit,
    user: Option<UserId>,
    change: Proposal,
) -> Result<Preview, Problem> {
    let proposed = Proposed {
        user,
        change: Ok(change),
    };
    Ok(access::preview(&visit.app, &visit.caller, Late::from(proposed)).await?)
}

pub(super) async fn deactivate(
    visit: Visit,
    id: Ref<IdSegment, UserId>,
    _form: FormBody,
) -> Answer {
    let receipt = users::deactivate(&visit.app, &visit.caller, id.id, ().into()).await?;
    told(&visit, receipt, false).await
}

pub(super) async fn delete(visit: Visit, id: Ref<IdSegment, UserId>, _form: FormBody) -> Answer {
    let receipt = users::delete(&visit.app, &visit.caller, id.id).await?;
    told(&visit, receipt, true).await
}

pub(super) async fn reactivate(
    visit: Visit,
    id: Ref<IdSegment, UserId>,
    _form: FormBody,
) -> Answer {
    let user = users::reactivate(&visit.app, &visit.caller, id.id, ().into())
        .await?
        .user;
    let path = format!("/team/users/{}", user.id);
    Ok(done::to(&path, Done::UserReactivated, &visit.settings))
}

/// What was ended, and what is left to look at.
async fn told(visit: &Visit, receipt: Receipt, for_good: bool) -> Answer {
    let shell = visit.reader(Section::Team).await?.shell;
    let names = |keys: Vec<ApiKey>| keys.into_iter().map(|key| key.name).collect();
    let keys = receipt.review.keys.into_iter().map(|made| Kept {
        path: format!("/api-keys/{}", made.thing.id),
        name: made.thing.name,
        maker: made.maker,
    });
    let webhooks = receipt.review.webhooks.into_iter().map(|made| Kept {
        path: format!("/webhooks/{}", made.thing.id),
        name: made.thing.url,
        maker: made.maker,
    });
    let forwards = receipt.review.forwards.into_iter().map(forward).collect();
    let user = receipt.user.user;
    shown(&ReceiptPage {
        shell,
        id: user.id.to_string(),
        for_good,
        name: user.name,
        sessions: receipt.ended_sessions,
        keys: names(receipt.revoked_keys),
        invitations: receipt
            .revoked_invitations
            .into_iter()
            .map(|it| it.email.to_string())
            .collect(),
        webhooks: receipt
            .suspended_webhooks
            .into_iter()
            .map(|it| it.url)
            .collect(),
        kept: keys.chain(webhooks).collect(),
        forwards,
    })
}

/// What sends mail out of the organization, and where to.
fn forward(it: ExternalForward) -> Forward {
    let targets: Vec<String> = it.targets.iter().map(ToString::to_string).collect();
    let (path, name) = match it.by {
        Forwarder::Alias(alias) => (
            format!("/aliases/{}", alias.id),
            format!("{}@{}", alias.local_part, unicode(&alias.domain)),
        ),
        Forwarder::Rule(rule) => (
            format!("/domains/{}/rules/{}", rule.domain_id, rule.id),
            format!("Rule {}", rule.name),
        ),
    };
    Forward {
        path,
        name,
        targets: targets.join(", "),
    }
}
