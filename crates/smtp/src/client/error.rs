//! What stops a whole connection or message, as opposed to one recipient.

use std::{fmt, io};

use crate::{Reply, ReplyError, Severity};

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// TCP.
    Connect,
    /// Waiting for 220.
    Greeting,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS and the handshake.
    Tls,
    /// AUTH.
    Auth,
    /// MAIL.
    Mail,
    /// RCPT.
    Recipient,
    /// DATA, up to 354.
    Data,
    /// The message, up to the final dot.
    Body,
    /// After the final dot: the host may have taken the message.
    FinalDot,
    /// RSET or NOOP.
    Reset,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Greeting => "waiting for the greeting",
            Self::Hello => "EHLO",
            Self::Tls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
            Self::Body => "sending the message",
            Self::FinalDot => "the end of the message",
            Self::Reset => "RSET",
        })
    }
}

/// Something the message needs and the host does not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// 8BITMIME.
    EightBitMime,
    /// SMTPUTF8.
    SmtpUtf8,
    /// A SIZE large enough.
    Size,
}

impl fmt::Display for Extension {
    /// What the matter is, as a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EightBitMime => {
                "the message has 8-bit octets, and the host does not offer 8BITMIME"
            }
            Self::SmtpUtf8 => {
                "an address or the header goes beyond ASCII, and the host does not offer SMTPUTF8"
            }
            Self::Size => "the message is larger than the SIZE the host takes",
        })
    }
}

/// Why a message cannot be put on any wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// A CR or LF that is not part of a CRLF: what follows it could be read as something else.
    #[error("has a bare CR or LF")]
    BareLineEnd,
    /// A NUL.
    #[error("has a NUL")]
    Nul,
    /// No recipient.
    #[error("has no recipient")]
    NoRecipient,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The connection failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The host took longer than RFC 5321 §4.5.3.2 allows.
    #[error("no answer in time")]
    TimedOut,
    /// The host closed the connection.
    #[error("the connection was closed")]
    Closed,
    /// What came is no SMTP reply.
    #[error("{0}")]
    Protocol(#[from] ReplyError),
    /// The host refused.
    #[error("{0}")]
    Refused(Reply),
    /// TLS is required and cannot be had.
    #[error("TLS is required and not available: {0}")]
    Tls(String),
    /// The host's logins are none we know, or would go in clear.
    #[error("the host offers no login that can be used")]
    NoLogin,
    /// The message needs what the host does not offer; it is not changed to fit.
    #[error("{0}")]
    Unsupported(Extension),
    /// The message cannot be sent to anybody.
    #[error("the message {0}")]
    Message(#[from] MessageFault),
    /// The connection ended in an earlier message and cannot carry another.
    #[error("the connection cannot be used any more")]
    Spent,
}

/// A connection or a message that failed as a whole.
#[derive(Debug, thiserror::Error)]
#[error("{stage}: {kind}")]
pub struct ClientError {
    /// How far it got.
    pub stage: Stage,
    /// What went wrong.
    #[source]
    pub kind: ErrorKind,
}

impl ClientError {
    pub(super) fn new(stage: Stage, kind: impl Into<ErrorKind>) -> Self {
        Self {
            stage,
            kind: kind.into(),
        }
    }
    /// Whether trying again later may help. Unknown means it may.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match &self.kind {
            ErrorKind::Refused(reply) => reply.severity() != Severity::Permanent,
            ErrorKind::Unsupported(_) | ErrorKind::Message(_) => false,
            ErrorKind::Io(_)
            | ErrorKind::TimedOut
            | ErrorKind::Closed
            | ErrorKind::Protocol(_)
            | ErrorKind::Tls(_)
            | ErrorKind::NoLogin
            | ErrorKind::Spent => true,
        }
    }
    /// The host's reply, if it was one that ended this.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match &self.kind {
            ErrorKind::Refused(reply) => Some(reply),
            _ => None,
        }
    }
}
