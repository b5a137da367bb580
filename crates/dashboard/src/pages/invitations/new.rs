//! `GET /team/invitations/new`, `POST /team/invitations`

use std::collections::BTreeMap;

use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Rule,
    invitations::{self, NewInvitation, NewInvitationRest},
};
use postscale_model::{Invalid, Level, Role, Word as _};
use postscale_web::FormBody;

use super::list::PATH;
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::{chosen, unicode},
    refusal::Refusal,
    ui::{AccessChoice, Section, picked},
    views::invitations::{InvitationEntry, InvitationErrors, NewInvitationPage},
    visit::{Reader, Visit},
};

pub(super) async fn form(visit: Visit) -> Answer {
    invitations::check_list(&visit.app, &visit.caller).await?;
    let entry = InvitationEntry {
        role: Role::Member.as_str().to_owned(),
        ..InvitationEntry::default()
    };
    rendered(&visit, &entry, &[], Refusal::none()).await
}

async fn rendered(
    visit: &Visit,
    entry: &InvitationEntry,
    domains: &[String],
    mut refusal: Refusal,
) -> Answer {
    let mut reader = visit.reader(Section::Team).await?;
    let status = refusal.status;
    let errors = InvitationErrors {
        email: refusal.take("email"),
        role: refusal.take("role"),
        domains: refusal.take("domains"),
    };
    let choices = choices(&reader, domains);
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let page = NewInvitationPage::new(reader.shell, entry, errors, choices);
    answer::page(status, &page)
}

/// Every domain the reader sees, with what was chosen for it.
fn choices(reader: &Reader, domains: &[String]) -> Vec<AccessChoice> {
    let chosen: BTreeMap<&str, Level> = domains.iter().filter_map(|one| picked(one)).collect();
    let visible = reader.me.domains.iter();
    visible
        .map(|access| {
            let id = access.domain_id.to_string();
            AccessChoice {
                level: chosen.get(id.as_str()).copied(),
                domain: unicode(&access.domain),
                id,
                terms: None,
            }
        })
        .collect()
}

fn read(entry: &InvitationEntry, domains: &[String]) -> Result<NewInvitation, Invalid> {
    let role: Role = chosen("role", &entry.role)?;
    // The list is not shown for an admin, but a browser sends it all the same.
    let domains = if role == Role::Member { domains } else { &[] };
    let granted = domains.iter().filter_map(|one| picked(one));
    let email = entry.email.parse();
    let email = email.map_err(|_| Invalid::field("email", "must be an e-mail address"));
    Ok(NewInvitation {
        role,
        rest: Late::new(email.map(|email| {
            NewInvitationRest {
                email,
                domains: granted
                    .map(|(domain, level)| (DomainRef::parse(domain), level))
                    .collect(),
            }
        })),
    })
}

pub(super) async fn create(visit: Visit, form: FormBody) -> Answer {
    let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
    let entry = InvitationEntry {
        email: text("email"),
        role: text("role"),
    };
    let domains = form.all("domains");
    let new = Late::new(read(&entry, domains));
    match invitations::create(&visit.app, &visit.caller, new).await {
        Ok(_) => Ok(done::to(PATH, Done::InvitationSent, &visit.settings)),
        Err(error) => {
            let about_the_address = |rule: &Rule| {
                let it = matches!(
                    rule,
                    Rule::AlreadyMember
                        | Rule::InvitedDeactivated
                        | Rule::TooManyInvitations { .. }
                );
                it.then_some("email")
            };
            let refusal = Refusal::of(error, about_the_address)?;
            rendered(&visit, &entry, domains, refusal).await
        }
    }
}
