//! `POST /domains/{id}/verify`

use postscale_access::{DomainRef, Late};
use postscale_actions::domains;
use postscale_model::{Invalid, Purpose, Word as _};
use postscale_web::{FormBody, Name};

use crate::{
    answer::Answer,
    done::{self, Done},
    segments::IdSegment,
    visit::Visit,
};

pub(super) async fn verify(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let purposes = Late::new(purposes(&form));
    let verified = domains::verify(&visit.app, &visit.caller, &domain, purposes).await?;
    let path = format!("/domains/{}", verified.domain.id);
    let done = if verified.is_owned_elsewhere {
        Done::OwnedElsewhere
    } else {
        Done::RecordsChecked
    };
    Ok(done::to(&path, done, &visit.settings))
}

/// The record of one button, or all of them.
fn purposes(form: &FormBody) -> Result<Vec<Purpose>, Invalid> {
    match form.text("check")? {
        "" => Ok(Purpose::ALL.to_vec()),
        word => Purpose::parse(word)
            .map(|purpose| vec![purpose])
            .map_err(|_| Invalid::field("check", "is no record")),
    }
}
