//! The mails of invitations. Of what people wrote they repeat names only.

use postscale_model::{Invitation, Organization, Role, User};

use super::{CODE_LIFETIME, LIFETIME};
use crate::{App, system_mail::Notice};

/// Characters of a name in a mail.
const NAME_CHARS_MAX: usize = 80;

/// A name as one short line.
fn name(text: &str) -> String {
    let line = text.chars().filter(|c| !c.is_control());
    line.take(NAME_CHARS_MAX).collect()
}

/// The role as a mail says it.
const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Admin => "an admin",
        Role::Member => "a member",
    }
}

/// The invitation itself, with the only copy of its token there will ever be.
pub(super) fn invite(
    app: &App,
    organization: &Organization,
    inviter: &User,
    invitation: &Invitation,
    token: &str,
) -> Notice {
    let organization = name(&organization.name);
    let days = LIFETIME.as_secs() / (24 * 3600);
    Notice::new(format!("Invitation to join {organization} on Postscale"))
        .text(format!(
            "{} invites you, {}, to join \"{organization}\" on Postscale as {}.",
            inviter.email,
            invitation.email,
            role(invitation.role),
        ))
        .link(
            "View the invitation",
            format!("{}/invitations/{token}", app.links.public_url),
        )
        .text(format!(
            "The link is good for {days} days and for this address only. If you were not expecting it, do nothing."
        ))
}

/// The code that proves the address, with what it will make: so that its reader sees a name that is
/// not theirs.
pub(super) fn code(
    organization: &str,
    invitation: &Invitation,
    person: &str,
    code: &str,
) -> Notice {
    let (organization, person) = (name(organization), name(person));
    let minutes = CODE_LIFETIME.as_secs() / 60;
    Notice::new("Your Postscale code")
        .text("Your code is")
        .code(code)
        .text(format!(
            "It is good for {minutes} minutes. It makes \"{person}\" {} of \"{organization}\" on Postscale, \
             with the password that was just chosen.",
            role(invitation.role),
        ))
        .text("If you did not just accept the invitation under that very name, do nothing and give the code to nobody.")
}
