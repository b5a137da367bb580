//! `GET`, `POST /shield`: masked addresses on the instance's shared domain. One of them is shown at
//! `/aliases/{id}`.

use postscale_access::Late;
use postscale_actions::{
    Page,
    aliases::{self, AliasFilter},
};
use postscale_model::Invalid;
use postscale_web::{FormBody, Query};

use super::{entry, list};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::slice,
    refusal::Refusal,
    ui::{Pager, Section},
    views::aliases::{AliasEntry, AliasForm, AliasRow, ShieldPage},
    visit::Visit,
};

/// The first addresses.
const FIRST: Page = Page {
    limit: 50,
    offset: 0,
};

pub(super) async fn show(visit: Visit, query: Query) -> Answer {
    page(&visit, query.page(), None, Refusal::none()).await
}

async fn page(
    visit: &Visit,
    page: Result<Page, Invalid>,
    entered: Option<&AliasEntry>,
    mut refusal: Refusal,
) -> Answer {
    let input = Late::new(page.map(|page| (AliasFilter::default(), page)));
    let (page, listed) = aliases::list_shield(&visit.app, &visit.caller, input).await?;
    let mut reader = visit.reader(Section::Aliases).await?;
    let rows: Vec<AliasRow> = listed.rows.iter().map(list::row).collect();
    let status = refusal.status;
    let blank = AliasEntry {
        forward_to: reader.shell.email.clone(),
        active: true,
        ..AliasEntry::default()
    };
    let entry = entered.unwrap_or(&blank);
    let form = AliasForm::shared(entry, entry::errors(&mut refusal));
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let shown = ShieldPage {
        shell: reader.shell,
        host: visit.app.hosts.shield.clone(),
        pager: Pager::new("/shield", &[], slice(page, rows.len()), Some(listed.total)),
        rows,
        form,
    };
    answer::page(status, &shown)
}

pub(super) async fn create(visit: Visit, form: FormBody) -> Answer {
    let sent = entry::sent(&form);
    let new = Late::new(entry::shield(&sent));
    match aliases::create_shield(&visit.app, &visit.caller, new).await {
        Ok(created) => {
            let path = format!("/aliases/{}", created.alias.id);
            let done = if created.is_held_up() {
                Done::AliasWaits
            } else {
                Done::AliasCreated
            };
            Ok(done::to(&path, done, &visit.settings))
        }
        Err(error) => {
            let refusal = Refusal::of(error, entry::blamed)?;
            page(&visit, Ok(FIRST), Some(&sent), refusal).await
        }
    }
}
