//! `/team/users/{id}/transfer`: an owner hands the organization on.

use postscale_access::Late;
use postscale_actions::users::{self, UserDetails};
use postscale_model::{UserId, UserStatus};
use postscale_web::{FormBody, Ref};

use super::PATH;
use crate::{
    answer::{Answer, shown},
    done::{self, Done},
    segments::IdSegment,
    ui::Section,
    views::{organization::TransferPage, words::role_label},
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, UserId>) -> Answer {
    let heir = users::heir(&visit.app, &visit.caller, id.id).await?;
    let reader = visit.reader(Section::Team).await?;
    let is_self = heir.user.id == reader.me.user.id;
    shown(&TransferPage {
        shell: reader.shell,
        id: heir.user.id.to_string(),
        obstacle: obstacle(&heir, is_self),
        role: role_label(heir.user.role),
        email: heir.user.email.to_string(),
        name: heir.user.name,
    })
}

fn obstacle(heir: &UserDetails, is_self: bool) -> Option<&'static str> {
    if is_self {
        Some("You own the organization already. Choose somebody else.")
    } else if heir.user.status != UserStatus::Active {
        Some("They are deactivated. Let them back in first.")
    } else if heir.email_verified_at.is_none() {
        Some("Their address is not proven yet.")
    } else {
        None
    }
}

pub(super) async fn submit(visit: Visit, id: Ref<IdSegment, UserId>, _form: FormBody) -> Answer {
    users::transfer_ownership(&visit.app, &visit.caller, Late::from(id.id)).await?;
    Ok(done::to(PATH, Done::OwnershipTransferred, &visit.settings))
}
