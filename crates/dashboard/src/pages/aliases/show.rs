//! `GET`, `POST /aliases/{id}`, `POST /aliases/{id}/delete`

use postscale_access::Late;
use postscale_actions::{aliases, webhooks};
use postscale_model::AliasId;
use postscale_web::{FormBody, Ref};

use super::{entry, list};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::unicode,
    refusal::Refusal,
    segments::IdSegment,
    ui::Section,
    views::{
        aliases::{AliasEntry, AliasForm, AliasPage},
        words::action_label,
    },
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, AliasId>) -> Answer {
    page(&visit, id.id, None, Refusal::none()).await
}

/// The page of an alias, with what was entered into its form and why it was refused.
async fn page(
    visit: &Visit,
    id: Option<AliasId>,
    entered: Option<AliasEntry>,
    mut refusal: Refusal,
) -> Answer {
    let view = aliases::get(&visit.app, &visit.caller, id).await?;
    let webhooks = webhooks::list(&visit.app, &visit.caller).await?;
    let mut reader = visit.reader(Section::Aliases).await?;
    let it = view.alias;
    let alias = &it.alias;
    let status = refusal.status;
    let domain = unicode(&alias.domain);
    let form = view.may_write.then(|| {
        let webhooks = entry::webhooks(&webhooks, Some(alias.domain_id));
        let entry = entered.unwrap_or_else(|| entry::of(&it));
        AliasForm::change(&entry, entry::errors(&mut refusal), Some(&domain), webhooks)
    });
    let told = refusal.rest().or(reader.shell.notice.take());
    reader.shell.notice = told.or_else(|| entry::waiting(&it));
    let page = AliasPage {
        id: alias.id.to_string(),
        address: list::address(alias),
        domain: (format!("/domains/{}", alias.domain_id), domain),
        reach: reader.reach(alias.domain_id),
        shell: reader.shell,
        status: list::status(&it),
        received: alias.emails_received,
        created_at: alias.created_at.into(),
        action: action_label(alias.action),
        targets: alias.forward_to.iter().map(ToString::to_string).collect(),
        description: alias.description.clone(),
        form,
    };
    answer::page(status, &page)
}

pub(super) async fn update(visit: Visit, id: Ref<IdSegment, AliasId>, form: FormBody) -> Answer {
    let sent = entry::sent(&form);
    let change = Late::new(entry::change(&sent));
    match aliases::update(&visit.app, &visit.caller, id.id, change).await {
        Ok(changed) => {
            let path = format!("/aliases/{}", changed.alias.id);
            let done = if entry::waiting(&changed).is_some() {
                Done::AliasWaits
            } else {
                Done::AliasSaved
            };
            Ok(done::to(&path, done, &visit.settings))
        }
        Err(error) => {
            let refusal = Refusal::of(error, entry::blamed)?;
            page(&visit, id.id, Some(sent), refusal).await
        }
    }
}

pub(super) async fn delete(visit: Visit, id: Ref<IdSegment, AliasId>, _form: FormBody) -> Answer {
    aliases::delete(&visit.app, &visit.caller, id.id).await?;
    Ok(done::to("/aliases", Done::AliasDeleted, &visit.settings))
}
