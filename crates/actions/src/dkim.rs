//! DKIM keys: made, looked for in DNS, rotated, taken out of use.
//!
//! A key is pending until its record is seen, then it signs. A rotation makes a pending key beside
//! the old one, which goes on signing until the record of the new one is seen.

mod deactivate;
mod delete;
mod generate;
mod list;
mod rotate;
mod verify;

use postscale_mail::dkim::{self as mail_dkim, KeyPair};
use postscale_model::{DkimAlgorithm, DkimKey, Invalid, Selector};
use postscale_store::dkim_key::SELECTOR_KEY;

pub use deactivate::{Confirm, deactivate};
pub use delete::delete;
pub use generate::{NewKey, generate};
pub use list::{get, list};
pub use rotate::{OldKey, Rotated, Rotation, rotate};
pub use verify::{LookedUp, verify};

use crate::{Error, Result, Rule};

/// Keys of one domain whose records are to be in DNS. Each active one adds a signature.
const PUBLISHED_MAX: usize = 8;

/// Makes a key pair. It takes long: no transaction is open meanwhile.
async fn key_pair(algorithm: DkimAlgorithm) -> Result<KeyPair> {
    tokio::task::spawn_blocking(move || mail_dkim::generate(algorithm))
        .await
        .map_err(|e| Error::Broken(e.to_string()))?
        .map_err(|e| Error::Broken(e.to_string()))
}

/// Whether a new key may have that selector: the API says `…/dkim/rotate` for something else.
fn check_selector(field: &str, selector: &Selector) -> Result<(), Invalid> {
    if selector.as_str() == "rotate" {
        return Err(Invalid::field(
            field,
            "is a word the API uses; choose another",
        ));
    }
    Ok(())
}

/// Whether the domain may have one more key.
fn check_room(keys: &[DkimKey]) -> Result<()> {
    let published = keys.iter().filter(|key| key.is_published()).count();
    if published >= PUBLISHED_MAX {
        return Err(Rule::TooManyDkimKeys.into());
    }
    Ok(())
}

/// What an insertion that failed means. A selector of a key out of use is taken too: what it signed
/// may still be under way.
fn not_inserted(error: postscale_store::Error) -> Error {
    if error.is_conflict_on(SELECTOR_KEY) {
        Rule::SelectorTaken.into()
    } else {
        error.into()
    }
}
