//! `POST /domains/{id}/dkim`, `POST /domains/{id}/dkim/{selector}/deactivate`

use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Rule,
    dkim::{self, Confirm, NewKey},
};
use postscale_model::{DkimAlgorithm, Invalid, Selector};
use postscale_web::{FormBody, Name};

use super::show;
use crate::{
    answer::Answer,
    done::{self, Done},
    refusal::Refusal,
    segments::{IdSegment, SelectorSegment},
    visit::Visit,
};

/// The selector of a domain's first key.
pub(super) const SELECTOR_FIRST: &str = "postscale1";

/// Reads a selector.
pub(super) fn selector(text: &str) -> Result<Selector, Invalid> {
    text.parse()
        .map_err(|problem| Invalid::field("selector", format!("{problem}")))
}

pub(super) async fn generate(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let entered = form.text("selector").unwrap_or_default();
    let new = form
        .text("selector")
        .and_then(selector)
        .map(|selector| NewKey {
            selector,
            algorithm: DkimAlgorithm::Rsa2048,
        });
    match dkim::generate(&visit.app, &visit.caller, &domain, Late::new(new)).await {
        Ok((domain, _)) => {
            let path = format!("/domains/{}", domain.id);
            Ok(done::to(&path, Done::KeyGenerated, &visit.settings))
        }
        Err(error) => {
            let taken = |rule: &Rule| (*rule == Rule::SelectorTaken).then_some("selector");
            let refusal = Refusal::of(error, taken)?;
            show::page(&visit, &domain, Some(entered), refusal).await
        }
    }
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
    let (domain, _) = dkim::deactivate(
        &visit.app,
        &visit.caller,
        &domain,
        selector,
        Confirm::Yes.into(),
    )
    .await?;
    let path = format!("/domains/{}", domain.id);
    Ok(done::to(&path, Done::KeyDeactivated, &visit.settings))
}
