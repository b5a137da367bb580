//! AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN, on submission, over TLS, once.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Handler,
    guard::guarded,
    session::{Ended, Flow, Session},
};
use crate::{Reply, replies, syntax::Mechanism};

/// `Username:` and `Password:`, as LOGIN's clients expect them.
const LOGIN_USER: &str = "VXNlcm5hbWU6";
const LOGIN_PASSWORD: &str = "UGFzc3dvcmQ6";

struct Credentials {
    user: String,
    password: String,
}

impl<H: Handler> Session<H> {
    pub(super) async fn auth(
        &mut self,
        mechanism: Mechanism,
        initial: Option<String>,
    ) -> Result<Flow, Ended> {
        if let Some(refusal) = self.why_no_auth() {
            return Ok(self.refuse(&refusal).await);
        }
        let credentials = match mechanism {
            Mechanism::Plain => self.auth_plain(initial).await?,
            Mechanism::Login => self.auth_login(initial).await?,
        };
        let Credentials { user, password } = match credentials {
            Ok(credentials) => credentials,
            Err(reply) => return Ok(self.refuse(&reply).await),
        };
        let decided = guarded(
            self.handler
                .authenticate(&mut self.memory, &user, &password),
        )
        .await;
        Ok(match decided {
            Ok(Ok(())) => {
                self.user = Some(user);
                self.answer(Ok(replies::authenticated())).await
            }
            Ok(Err(reply)) => self.refuse_login(&reply).await,
            Err(panicked) => self.answer(Err(panicked)).await,
        })
    }

    fn why_no_auth(&self) -> Option<Reply> {
        if !self.is_submission() {
            Some(replies::not_implemented())
        } else if self.tls.is_none() {
            Some(replies::encryption_required())
        } else if self.hello.is_none() {
            Some(replies::hello_first())
        } else if self.user.is_some() || self.transaction.is_some() {
            Some(replies::bad_sequence())
        } else {
            None
        }
    }

    async fn refuse_login(&mut self, reply: &Reply) -> Flow {
        self.failed_logins += 1;
        let flow = self.refuse(reply).await;
        if self.failed_logins >= self.settings.limits.failed_logins_max && flow == Flow::Continue {
            self.wire.push(&replies::too_many_errors());
            return Flow::Close;
        }
        flow
    }

    async fn auth_plain(
        &mut self,
        initial: Option<String>,
    ) -> Result<Result<Credentials, Reply>, Ended> {
        let response = match initial {
            Some(initial) => decode(initial.as_bytes()),
            None => self.challenge("").await?,
        };
        Ok(response.and_then(|response| plain(&response)))
    }

    async fn auth_login(
        &mut self,
        initial: Option<String>,
    ) -> Result<Result<Credentials, Reply>, Ended> {
        let user = match initial {
            Some(initial) => decode(initial.as_bytes()),
            None => self.challenge(LOGIN_USER).await?,
        };
        let user = match user {
            Ok(user) => user,
            Err(reply) => return Ok(Err(reply)),
        };
        let password = self.challenge(LOGIN_PASSWORD).await?;
        Ok(password.map(|password| Credentials { user, password }))
    }

    async fn challenge(&mut self, challenge: &'static str) -> Result<Result<String, Reply>, Ended> {
        let line = self.exchange(&replies::challenge(challenge)).await?;
        Ok(match line.as_deref() {
            None => Err(replies::command_too_long()),
            Some(b"*") => Err(replies::authentication_canceled()),
            Some(line) => decode(line),
        })
    }
}

/// Base64 of UTF-8; `=` stands for an empty initial response (RFC 4954 §4).
fn decode(text: &[u8]) -> Result<String, Reply> {
    if text == b"=" {
        return Ok(String::new());
    }
    STANDARD
        .decode(text)
        .ok()
        .and_then(|octets| String::from_utf8(octets).ok())
        .ok_or_else(replies::bad_authentication)
}

/// `[authzid] NUL authcid NUL passwd`; acting for somebody else is not supported.
fn plain(response: &str) -> Result<Credentials, Reply> {
    let mut parts = response.split('\0');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(authzid), Some(user), Some(password), None) if !user.is_empty() => {
            if !authzid.is_empty() && authzid != user {
                return Err(replies::authentication_failed());
            }
            Ok(Credentials {
                user: user.to_owned(),
                password: password.to_owned(),
            })
        }
        _ => Err(replies::bad_authentication()),
    }
}
