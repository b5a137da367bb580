//! `POST /domains/{id}/verify`

use postscale_access::{DomainRef, Late};
use postscale_actions::domains;
use postscale_model::{Purpose, Word as _};
use postscale_web::{FormBody, Name};

use crate::{
    answer::Answer,
    done::{self, Done},
    segments::IdSegment,
    visit::Visit,
};

pub(super) async fn verify(visit: Visit, id: Name<IdSegment>, _form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let all: Late<Vec<Purpose>> = Purpose::ALL.to_vec().into();
    let verified = domains::verify(&visit.app, &visit.caller, &domain, all).await?;
    let path = format!("/domains/{}", verified.domain.id);
    let done = if verified.is_owned_elsewhere {
        Done::OwnedElsewhere
    } else {
        Done::RecordsChecked
    };
    Ok(done::to(&path, done, &visit.settings))
}
