//! Mail of the instance itself: composed here, queued in the transaction of its cause.

use postscale_mail::notice::{self, Letter};
use postscale_model::{Address, SystemEmailId};
use postscale_store::{
    Tx,
    system_email::{self, SystemEmail},
};

use crate::{App, Error, Result};

/// What the instance writes to one address.
#[derive(Debug)]
pub(crate) struct Notice(notice::Notice);

impl From<notice::Notice> for Notice {
    fn from(notice: notice::Notice) -> Self {
        Self(notice)
    }
}

impl Notice {
    /// A notice under that subject.
    pub(crate) fn new(subject: impl Into<String>) -> Self {
        Self(notice::Notice::new(subject))
    }

    /// A paragraph.
    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        Self(self.0.text(text))
    }

    /// A link, alone on its line.
    pub(crate) fn link(self, label: &'static str, url: String) -> Self {
        Self(self.0.link(label, url))
    }

    /// A code to be typed.
    pub(crate) fn code(self, code: &str) -> Self {
        Self(self.0.code(code))
    }

    /// Queues it to the address, to leave after the commit.
    ///
    /// # Errors
    /// [`Error::Broken`] when it cannot be a message; [`Error::Store`].
    pub(crate) async fn send(&self, app: &App, tx: &mut Tx, recipient: &Address) -> Result<()> {
        let email = self.compose(app, recipient)?;
        Ok(system_email::insert(tx, &email).await?)
    }

    /// As much work as [`Notice::send`], of which nothing is left: for who must not be able to tell.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn pretend(&self, app: &App, tx: &mut Tx, recipient: &Address) -> Result<()> {
        let email = self.compose(app, recipient)?;
        system_email::insert(tx, &email).await?;
        Ok(system_email::discard(tx, email.id).await?)
    }

    fn compose(&self, app: &App, recipient: &Address) -> Result<SystemEmail> {
        let letter = Letter {
            from: &app.links.system_from,
            to: recipient,
            unique: app.sources.hex::<16>(),
            date: app.sources.now(),
        };
        let created_at = letter.date;
        let body = self.0.compose(letter);
        let body = body.map_err(|invalid| Error::Broken(invalid.to_string()))?;
        let id: SystemEmailId = app.sources.id();
        Ok(SystemEmail {
            id,
            recipient: recipient.clone(),
            body,
            created_at,
        })
    }
}
