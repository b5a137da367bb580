//! Invitations: asking people to join, and what the holder of a link sees.

use askama::Template;
use postscale_model::Role;

use super::words::role_label;
use crate::ui::{
    AccessChoice, AccessPicker, Chip, Choice, Empty, InputKind, Moment, Notice, Pager, RadioGroup,
    Shell, TextField,
};

/// `/team/invitations`
#[derive(Debug, Template)]
#[template(path = "pages/invitations/list.html")]
pub struct InvitationListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The invitations, newest first.
    pub rows: Vec<InvitationRow>,
    /// Steps through them.
    pub pager: Pager,
}

impl InvitationListPage {
    fn empty(&self) -> Empty {
        Empty::new(
            "Nobody is invited",
            "An invitation is mailed, and only its address can accept it.",
        )
        .with_action("/team/invitations/new", "Invite somebody")
    }
}

/// An invitation in the list.
#[derive(Debug)]
pub struct InvitationRow {
    /// Its id.
    pub id: String,
    /// The address.
    pub email: String,
    /// The role.
    pub role: &'static str,
    /// Domains granted on joining, with the level.
    pub domains: Vec<(String, &'static str)>,
    /// Where it is.
    pub status: Chip,
    /// Who invited.
    pub inviter: String,
    /// When.
    pub created_at: Moment,
    /// The end of its link, while it is pending.
    pub expires_at: Option<Moment>,
    /// Can be mailed again and taken back.
    pub is_pending: bool,
}

/// What was entered into the form.
#[derive(Debug, Clone, Default)]
pub struct InvitationEntry {
    /// The address.
    pub email: String,
    /// The role.
    pub role: String,
}

/// What is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct InvitationErrors {
    /// With the address.
    pub email: Option<String>,
    /// With the role.
    pub role: Option<String>,
    /// With the domains.
    pub domains: Option<String>,
}

/// `/team/invitations/new`
#[derive(Debug, Template)]
#[template(path = "pages/invitations/new.html")]
pub struct NewInvitationPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The address.
    pub email: TextField,
    /// The role.
    pub role: RadioGroup,
    /// What a member reaches from the start.
    pub domains: AccessPicker,
}

impl NewInvitationPage {
    /// The form.
    #[must_use]
    pub fn new(
        shell: Shell,
        entry: &InvitationEntry,
        errors: InvitationErrors,
        domains: Vec<AccessChoice>,
    ) -> Self {
        let roles = vec![
            role_choice(Role::Member).hint("Sees and changes only the domains given to them."),
            role_choice(Role::Admin).hint("Everything but billing, on every domain."),
        ];
        Self {
            shell,
            email: TextField::new(InputKind::Email, "email", "E-mail")
                .value(&entry.email)
                .hint("Only this address can accept. The link is good for seven days.")
                .error(errors.email)
                .required(),
            role: RadioGroup::new("role", "Role", roles)
                .choose(&entry.role)
                .error(errors.role),
            domains: AccessPicker::new("domains", "Domain access", domains)
                .hint("Given on joining. You can change it at any time.")
                .error(errors.domains),
        }
    }
}

fn role_choice(role: Role) -> Choice {
    use postscale_model::Word as _;
    Choice::new(role.as_str(), role_label(role))
}

/// What a link offers, as shown.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The link's token.
    pub token: String,
    /// Name of the organization.
    pub organization: String,
    /// Name of who invited.
    pub inviter: String,
    /// The invited address.
    pub email: String,
    /// The role, with its article.
    pub role: &'static str,
    /// End of the offer.
    pub expires_at: Moment,
}

/// How the holder of a link goes on.
#[derive(Debug)]
pub enum OfferStep {
    /// Somebody new: a name and a password.
    Register(Box<Registration>),
    /// The address has a login.
    SignIn,
    /// Signed in with the invited address.
    Join,
    /// Signed in with another address, this one.
    OtherAccount(String),
}

/// The form for somebody new.
#[derive(Debug)]
pub struct Registration {
    /// The name.
    pub name: TextField,
    /// The password.
    pub password: TextField,
}

/// `/invitations/{token}`
#[derive(Debug, Template)]
#[template(path = "pages/invitations/offer.html")]
pub struct OfferPage {
    /// Proof against forged posts.
    pub csrf: String,
    /// What is offered.
    pub offer: Offer,
    /// What the holder does next.
    pub step: OfferStep,
    /// What is wrong with what was entered, apart from the fields.
    pub notice: Option<Notice>,
}

impl OfferStep {
    /// The form for somebody new.
    #[must_use]
    pub fn register(name: &str, problems: (Option<String>, Option<String>)) -> Self {
        Self::Register(Box::new(Registration {
            name: TextField::new(InputKind::Text, "name", "Your name")
                .value(name)
                .autocomplete("name")
                .error(problems.0)
                .required(),
            password: TextField::new(InputKind::Password, "password", "Choose a password")
                .autocomplete("new-password")
                .hint("At least 8 characters.")
                .error(problems.1)
                .required(),
        }))
    }
}

/// After accepting: the code that came by mail.
#[derive(Debug, Template)]
#[template(path = "pages/invitations/code.html")]
pub struct InvitationCodePage {
    /// Proof against forged posts.
    pub csrf: String,
    /// The link's token.
    pub token: String,
    /// The address the code went to.
    pub email: String,
    /// Name of the organization.
    pub organization: String,
    /// The code.
    pub code: TextField,
}

impl InvitationCodePage {
    /// The page; `problem` is what was wrong with the code entered before.
    #[must_use]
    pub fn new(csrf: String, offer: Offer, problem: Option<String>) -> Self {
        Self {
            csrf,
            token: offer.token,
            email: offer.email,
            organization: offer.organization,
            code: TextField::new(InputKind::Text, "code", "Code")
                .autocomplete("one-time-code")
                .hint("Six digits, good for ten minutes.")
                .error(problem)
                .required(),
        }
    }
}
