//! Keys are made, rotated, looked up, taken out of use, forgotten.

use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Rule,
    dkim::{self, Confirm, NewKey, OldKey, Rotation},
};
use postscale_model::{CheckStatus, DkimAlgorithm, Invalid, Selector, Word as _};
use postscale_web::{FormBody, Name};

use super::{Entered, page};
use crate::{
    answer::Answer,
    done::{self, Done},
    refusal::Refusal,
    segments::{IdSegment, SelectorSegment},
    views::domains::RotateEntry,
    visit::Visit,
};

/// The selector of a domain's first key.
pub(in crate::pages::domains) const SELECTOR_FIRST: &str = "postscale1";

/// Reads a selector.
pub(in crate::pages::domains) fn selector(
    field: &'static str,
    text: &str,
) -> Result<Selector, Invalid> {
    text.parse()
        .map_err(|problem| Invalid::field(field, format!("{problem}")))
}

fn algorithm(field: &'static str, text: &str) -> Result<DkimAlgorithm, Invalid> {
    DkimAlgorithm::parse(text).map_err(|_| Invalid::field(field, "must be chosen"))
}

fn keys_page(id: impl std::fmt::Display) -> String {
    format!("/domains/{id}/dkim")
}

fn new_key(form: &FormBody) -> Result<NewKey, Invalid> {
    Ok(NewKey {
        selector: selector("selector", form.text("selector")?)?,
        algorithm: match form.text("algorithm").unwrap_or_default() {
            "" => DkimAlgorithm::Rsa2048,
            text => algorithm("algorithm", text)?,
        },
    })
}

pub(super) async fn generate(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let new = Late::new(new_key(&form));
    match dkim::generate(&visit.app, &visit.caller, &domain, new).await {
        Ok((domain, _)) => Ok(done::to(
            &keys_page(domain.id),
            Done::KeyGenerated,
            &visit.settings,
        )),
        Err(error) => {
            let blamed = |rule: &Rule| {
                matches!(rule, Rule::SelectorTaken | Rule::TooManyDkimKeys).then_some("selector")
            };
            let entered = Entered {
                selector: form.text("selector").ok().map(str::to_owned),
                algorithm: form.text("algorithm").ok().map(str::to_owned),
                ..Entered::default()
            };
            page(&visit, &domain, entered, Refusal::of(error, blamed)?).await
        }
    }
}

fn rotation(entry: &RotateEntry) -> Result<Rotation, Invalid> {
    Ok(Rotation {
        old: selector("old_selector", &entry.old)?,
        new: selector("new_selector", &entry.new)?,
        algorithm: match entry.algorithm.as_str() {
            "" => None,
            text => Some(algorithm("new_algorithm", text)?),
        },
        old_key: if entry.immediate {
            OldKey::EndsNow
        } else {
            OldKey::SignsOn
        },
    })
}

pub(super) async fn rotate(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let text = |name| form.text(name).unwrap_or_default().to_owned();
    let entry = RotateEntry {
        old: text("old_selector"),
        new: text("new_selector"),
        algorithm: text("new_algorithm"),
        immediate: form.is_ticked("immediate"),
    };
    let asked = Late::new(rotation(&entry));
    match dkim::rotate(&visit.app, &visit.caller, &domain, asked).await {
        Ok(rotated) => {
            let done = if entry.immediate {
                Done::KeyReplaced
            } else {
                Done::RotationBegun
            };
            Ok(done::to(
                &keys_page(rotated.domain.id),
                done,
                &visit.settings,
            ))
        }
        Err(error) => {
            let blamed = |rule: &Rule| match rule {
                Rule::SelectorTaken => Some("new_selector"),
                Rule::RotationUnderWay { .. }
                | Rule::DkimKeyEnded
                | Rule::TooManyDkimKeys
                | Rule::NoSuchObject => Some("old_selector"),
                _ => None,
            };
            let refusal = Refusal::of(error, blamed)?;
            let entered = Entered {
                rotation: Some(entry),
                ..Entered::default()
            };
            page(&visit, &domain, entered, refusal).await
        }
    }
}

pub(super) async fn verify(
    visit: Visit,
    id: Name<IdSegment>,
    selector: Name<SelectorSegment>,
    _form: FormBody,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let selector = selector.text.parse().ok();
    let seen = dkim::verify(&visit.app, &visit.caller, &domain, selector, ().into()).await?;
    let done = match seen.status {
        CheckStatus::Verified => Done::KeyRecordSeen,
        CheckStatus::Missing => Done::KeyRecordMissing,
        CheckStatus::Mismatch => Done::KeyRecordDiffers,
        CheckStatus::Unchecked | CheckStatus::Unknown => Done::DnsInTrouble,
    };
    Ok(done::to(&keys_page(seen.domain.id), done, &visit.settings))
}

/// The question before it names what is lost, so that the answer covers the last key too.
pub(super) async fn deactivate(
    visit: Visit,
    id: Name<IdSegment>,
    selector: Name<SelectorSegment>,
    _form: FormBody,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let selector = selector.text.parse().ok();
    let confirm = Confirm::Yes.into();
    let (domain, _) =
        dkim::deactivate(&visit.app, &visit.caller, &domain, selector, confirm).await?;
    Ok(done::to(
        &keys_page(domain.id),
        Done::KeyDeactivated,
        &visit.settings,
    ))
}

pub(super) async fn delete(
    visit: Visit,
    id: Name<IdSegment>,
    selector: Name<SelectorSegment>,
    _form: FormBody,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let selector = selector.text.parse().ok();
    let domain = dkim::delete(&visit.app, &visit.caller, &domain, selector).await?;
    Ok(done::to(
        &keys_page(domain.id),
        Done::KeyDeleted,
        &visit.settings,
    ))
}
