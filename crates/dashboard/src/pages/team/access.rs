//! `POST /team/users/{id}/access`

use std::collections::HashMap;

use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Rule,
    users::{self, AccessChange, MemberGrant, WantedGrant},
};
use postscale_model::{Level, UserId};
use postscale_web::{FormBody, Ref};

use super::user::rendered;
use crate::{
    answer::Answer,
    done::{self, Done},
    refusal::Refusal,
    segments::IdSegment,
    ui::picked,
    visit::Visit,
};

pub(super) async fn save(visit: Visit, id: Ref<IdSegment, UserId>, form: FormBody) -> Answer {
    let values = form.all("domains").iter();
    let given: Vec<(String, Level)> = values
        .filter_map(|value| picked(value))
        .map(|(id, level)| (id.to_owned(), level))
        .collect();
    let current = users::access(&visit.app, &visit.caller, id.id).await?;
    let now = visit.caller.received_at();
    let known = current.grants.iter().filter(|it| it.is_in_force(now));
    let known: HashMap<String, &MemberGrant> =
        known.map(|it| (it.domain_id.to_string(), it)).collect();
    let change = form.text("version").map(|version| AccessChange {
        grants: given.iter().map(|one| wanted(one, &known)).collect(),
        replaces: Some(vec![version.to_owned()]),
    });
    match users::replace_access(&visit.app, &visit.caller, id.id, Late::new(change)).await {
        Ok(saved) => {
            let path = format!("/team/users/{}", saved.user.id);
            Ok(done::to(&path, Done::AccessSaved, &visit.settings))
        }
        Err(error) => {
            let blamed = |rule: &Rule| {
                let it = matches!(rule, Rule::ChangedMeanwhile | Rule::NoSuchObject);
                it.then_some("domains")
            };
            let refusal = Refusal::of(error, blamed)?;
            rendered(&visit, id.id, Some(given), refusal).await
        }
    }
}

/// A line of the list. The form has the level only: when a grant ends, and why it was given, stays.
fn wanted((id, level): &(String, Level), known: &HashMap<String, &MemberGrant>) -> WantedGrant {
    let before = known.get(id);
    WantedGrant {
        domain: DomainRef::parse(id),
        level: *level,
        expires_at: before.and_then(|grant| grant.expires_at),
        note: before.map(|grant| grant.note.clone()).unwrap_or_default(),
    }
}
