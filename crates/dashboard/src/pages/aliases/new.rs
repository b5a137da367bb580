//! `GET /aliases/new`, `POST /aliases`, `POST /aliases/masked`

use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Rule,
    aliases::{self, NewAlias},
    webhooks,
};
use postscale_model::{AliasAction, Word as _};
use postscale_web::FormBody;

use super::entry;
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    refusal::Refusal,
    ui::Section,
    views::aliases::{AliasEntry, AliasForm, NewAliasPage},
    visit::Visit,
};

pub(super) async fn form(visit: Visit) -> Answer {
    let entry = AliasEntry {
        action: AliasAction::Forward.as_str().to_owned(),
        active: true,
        ..AliasEntry::default()
    };
    rendered(&visit, &entry, Refusal::none()).await
}

async fn rendered(visit: &Visit, entry: &AliasEntry, mut refusal: Refusal) -> Answer {
    let webhooks = webhooks::list(&visit.app, &visit.caller).await?;
    let mut reader = visit.reader(Section::Aliases).await?;
    if !reader.may_write_some() {
        return Err(Rule::NoWritableDomain.into());
    }
    let webhooks = entry::webhooks(&webhooks, None);
    let status = refusal.status;
    let form = AliasForm::create(
        entry,
        entry::errors(&mut refusal),
        reader.writable(),
        webhooks,
    );
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let shell = reader.shell;
    answer::page(status, &NewAliasPage { shell, form })
}

pub(super) async fn create(visit: Visit, form: FormBody) -> Answer {
    let sent = entry::sent(&form);
    let new = NewAlias {
        domain: DomainRef::parse(&sent.domain_id),
        rest: Late::new(entry::new(&sent)),
    };
    match aliases::create(&visit.app, &visit.caller, new.into()).await {
        Ok(created) => {
            let done = if entry::waiting(&created).is_some() {
                Done::AliasWaits
            } else {
                Done::AliasCreated
            };
            Ok(done::to("/aliases", done, &visit.settings))
        }
        Err(error) => rendered(&visit, &sent, Refusal::of(error, entry::blamed)?).await,
    }
}

/// Makes up a masked address that forwards to the reader's own.
pub(super) async fn masked(visit: Visit, form: FormBody) -> Answer {
    let reader = visit.reader(Section::Aliases).await?;
    let sent = AliasEntry {
        domain_id: form.text("masked_domain").unwrap_or_default().to_owned(),
        action: AliasAction::Forward.as_str().to_owned(),
        forward_to: reader.shell.email.clone(),
        is_masked: true,
        active: true,
        ..entry::sent(&form)
    };
    let new = NewAlias {
        domain: DomainRef::parse(&sent.domain_id),
        rest: Late::new(entry::new(&sent)),
    };
    match aliases::create(&visit.app, &visit.caller, new.into()).await {
        Ok(created) => {
            let path = format!("/aliases/{}", created.alias.id);
            Ok(done::to(&path, Done::AliasCreated, &visit.settings))
        }
        Err(error) => rendered(&visit, &sent, Refusal::of(error, entry::blamed)?).await,
    }
}
