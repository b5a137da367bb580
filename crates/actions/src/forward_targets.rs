//! Addresses outside an organization agree, once, to be forwarded to.
//!
//! They are asked by mail. The link in it is the authority: who holds it need not sign in.

use postscale_access::Writable;
use postscale_model::{Address, Domain};
pub use postscale_store::forward_target::ForwardTarget;
use postscale_store::{
    Tx,
    forward_target::{self, Consent, ForwardedBy},
};

use crate::{App, Result, hash_token, system_mail::Notice};

/// What a link asks its holder; `None` when the link is no good, or no longer.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn find(app: &App, token: &str) -> Result<Option<ForwardTarget>> {
    let mut tx = app.store.read().await?;
    Ok(forward_target::find(&mut tx, &hash_token(token)).await?)
}

/// The holder of a link agrees; `false` when the link is no good. Twice is as good as once.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn confirm(app: &App, token: &str) -> Result<bool> {
    let mut tx = app.store.write().await?;
    let confirmed = forward_target::confirm(&mut tx, &hash_token(token), app.sources.now()).await?;
    tx.commit().await?;
    Ok(confirmed)
}

/// Asks those of the targets that must be asked, by mail that leaves after the commit.
pub(crate) async fn ask(
    app: &App,
    tx: &mut Tx,
    domain: &Writable<Domain>,
    targets: &[Address],
) -> Result<()> {
    ask_as(app, tx, domain.into(), domain.name.as_str(), targets).await
}

/// As [`ask`], by another right than one on a domain. The mail names where mail would come from.
pub(crate) async fn ask_as(
    app: &App,
    tx: &mut Tx,
    by: ForwardedBy<'_>,
    name: &str,
    targets: &[Address],
) -> Result<()> {
    // In one order, so that two who name the same ones never wait for each other.
    let mut targets: Vec<&Address> = targets.iter().collect();
    targets.sort_by_cached_key(|target| target.key());
    for target in targets {
        let token = app.sources.hex::<32>();
        let now = app.sources.now();
        let asked = forward_target::upsert(tx, by, target, &hash_token(&token), now).await?;
        if asked == Consent::Asked {
            let question = question(app, name, target, &token);
            question.send(app, tx, target).await?;
        }
    }
    Ok(())
}

/// The mail that asks. It repeats nothing a stranger could have written but the domain's name.
fn question(app: &App, name: &str, target: &Address, token: &str) -> Notice {
    let url = format!("{}/forward-targets/{token}", app.links.public_url);
    Notice::new(format!("May {name} forward mail to you?"))
        .text(format!(
            "The owner of {name} wants to forward mail that arrives there to you, at {target}."
        ))
        .text("If you agree, open this link and confirm:")
        .link("Answer", url)
        .text(
            "If you do not know what this is about, do nothing: nothing will be forwarded to you.",
        )
}
