//! The first owner by a link that a start prints. It leads nowhere once the instance is set up,
//! and every start makes another one.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Sources, TokenHash};
use postscale_store::{Tx, organization};
use secrecy::ExposeSecret as _;

use super::{Browser, Setup, SignedIn, setup::set_up, start_session};
use crate::{App, Error, Result, Rule, Secret, hash_token};

/// What a node remembers of the link it printed: never its token.
#[derive(Debug, Clone)]
pub struct SetupLink(TokenHash);

impl SetupLink {
    /// A new link and its token of 256 random bits.
    #[must_use]
    pub fn new(sources: &Sources) -> (Self, Secret) {
        let token = Secret::from(sources.hex::<32>());
        (Self(hash_token(token.expose_secret())), token)
    }
}

async fn check(app: &App, tx: &mut Tx, token: &str) -> Result<()> {
    // Equality of hashes tells nobody how much of a token was right.
    if hash_token(token) == app.setup_link.0 && !organization::is_set_up(tx).await? {
        return Ok(());
    }
    Err(Rule::NoSuchObject.into())
}

/// Whether a link still leads somewhere.
///
/// # Errors
/// [`Rule::NoSuchObject`] when it does not.
pub async fn check_setup_link(app: &App, token: &str) -> Result<()> {
    let mut tx = app.store.read().await?;
    check(app, &mut tx, token).await
}

/// Sets the instance up by the link and signs the owner in.
///
/// # Errors
/// [`Rule::NoSuchObject`] when the link leads nowhere, also when somebody else was first;
/// [`Error::Invalid`] naming the field.
pub async fn setup_by_link(
    app: &App,
    caller: &Caller,
    token: &str,
    input: Late<Setup>,
    browser: &Browser<'_>,
) -> Result<SignedIn> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_LOGIN)?;
    check(app, &mut tx, token).await?;
    drop(tx);
    let input = input.after(&permission)?;
    match set_up(app, input, Some(caller)).await {
        Ok((_, _, owner)) => start_session(app, caller, &owner, browser).await,
        Err(Error::Rule(Rule::AlreadySetUp)) => Err(Rule::NoSuchObject.into()),
        Err(error) => Err(error),
    }
}
