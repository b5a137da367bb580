//! Every reply this server gives, by name, and those its handlers share.
//!
//! One list so that a reader sees codes, enhanced codes (RFC 3463, the IANA registry) and wording
//! side by side. Wording never repeats what the client sent and never tells policy details.

use crate::{Reply, Subject};

use Subject::{Addressing, Content, Mailbox, Network, Protocol, Security, System, Undefined};

macro_rules! replies {
    ($($(#[$doc:meta])+ $name:ident = $class:ident $yz:literal $subject:ident $detail:literal $text:literal;)+) => {$(
        $(#[$doc])+
        #[must_use]
        pub fn $name() -> Reply {
            Reply::$class($yz, $subject, $detail, $text)
        }
    )+};
}

replies! {
    /// A command was carried out.
    ok = ok 50 Undefined 0 "OK";
    /// MAIL accepted.
    sender_ok = ok 50 Addressing 0 "Sender OK";
    /// RCPT accepted.
    recipient_ok = ok 50 Addressing 5 "Recipient OK";
    /// A message was accepted.
    message_accepted = ok 50 Undefined 0 "Message accepted";
    /// A chunk that is not the last was taken.
    chunk_ok = ok 50 Undefined 0 "Chunk OK";
    /// QUIT.
    closing = ok 21 Undefined 0 "Closing connection";
    /// VRFY: addresses are not confirmed to strangers.
    cannot_verify = ok 52 Undefined 0 "Cannot verify, send mail and see";
    /// HELP.
    help = ok 14 Undefined 0 "EHLO HELO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY QUIT";
    /// STARTTLS accepted.
    ready_for_tls = ok 20 Undefined 0 "Ready to start TLS";
    /// AUTH succeeded.
    authenticated = ok 35 Security 0 "Authentication succeeded";

    /// A command longer than 2,048 octets.
    command_too_long = permanent 0 Protocol 2 "Command line too long";
    /// An unknown verb.
    unknown_command = permanent 0 Protocol 1 "Command not recognized";
    /// A line ended by LF alone. Closes the connection.
    bare_line_feed = permanent 21 Protocol 2 "Lines must end with CRLF";
    /// Another protocol's words. Closes the connection.
    other_protocol = permanent 21 Protocol 1 "This is an SMTP server";
    /// A command that is not UTF-8 or has control characters.
    bad_characters = permanent 1 Protocol 2 "Command has invalid characters";
    /// A command's arguments make no sense.
    bad_arguments = permanent 1 Protocol 4 "Syntax error in arguments";
    /// An unknown or repeated parameter of MAIL or RCPT.
    bad_parameter = permanent 55 Protocol 4 "Parameter not recognized or not implemented";
    /// A verb we know and do not do.
    not_implemented = permanent 2 Protocol 1 "Command not implemented";
    /// A command out of order.
    bad_sequence = permanent 3 Protocol 1 "Bad sequence of commands";
    /// A command that needs EHLO first.
    hello_first = permanent 3 Protocol 1 "Send EHLO first";
    /// RCPT, DATA or BDAT without MAIL.
    mail_first = permanent 3 Protocol 1 "Send MAIL first";
    /// MAIL inside a transaction.
    nested_mail = permanent 3 Protocol 1 "Sender already given";
    /// DATA or BDAT without an accepted recipient.
    no_valid_recipients = permanent 54 Protocol 1 "No valid recipients";
    /// Bytes after STARTTLS and before TLS. Closes the connection.
    bytes_before_tls = permanent 3 Protocol 1 "STARTTLS must end its group of commands";

    /// A reverse-path that is no path.
    bad_sender_syntax = permanent 1 Addressing 7 "Sender address is not valid";
    /// A forward-path that is no path.
    bad_recipient_syntax = permanent 1 Addressing 3 "Recipient address is not valid";
    /// `<@a,@b:c@d>` (RFC 5321 appendix C).
    source_route = permanent 53 Addressing 3 "Source routes are not accepted";
    /// `<a@[192.0.2.1]>`.
    address_literal = permanent 53 Addressing 3 "Address literals are not accepted";
    /// `%`, `!` or `@` in the local part: routing of another age.
    routed_local_part = permanent 53 Addressing 3 "Routes in the local part are not accepted";
    /// Characters beyond ASCII in a transaction without SMTPUTF8 (RFC 6531 §3.5).
    smtputf8_needed = permanent 53 Content 7 "Address needs SMTPUTF8";
    /// More than the recipients one transaction may have (RFC 5321 §4.5.3.1.10).
    too_many_recipients = transient 52 Protocol 3 "Too many recipients";
    /// The recipient does not exist.
    no_such_user = permanent 50 Addressing 1 "No such user";
    /// The recipient exists and takes no mail now.
    mailbox_disabled = permanent 50 Mailbox 1 "Mailbox disabled";
    /// A reverse address, and who writes is not whom it was made for.
    reverse_not_permitted = permanent 50 Security 1 "Only a confirmed target of the alias may write here, from its own authenticated mailbox";
    /// A reverse address, and a program writes.
    no_automatic_mail = permanent 50 Security 1 "Automatic mail is not passed on";
    /// A reverse address, and it could not be found out who writes.
    sender_unproven = transient 50 Security 24 "The sender cannot be authenticated now, try again later";
    /// Nobody reads the mailbox yet.
    mailbox_unavailable = transient 50 Mailbox 0 "Mailbox temporarily unavailable";
    /// The recipient's domain takes no mail for the time being.
    domain_paused = transient 50 Mailbox 1 "The domain is paused; try again later";
    /// The recipient's quota is used up.
    mailbox_full = transient 52 Mailbox 2 "Mailbox full";
    /// The recipient's quota is used up, and waiting a while does not change that.
    over_quota = permanent 52 Mailbox 2 "Mailbox full";
    /// The recipient's domain is not ours.
    relay_denied = permanent 50 Security 1 "Relay access denied";

    /// A submission client that must switch to TLS.
    tls_first = permanent 30 Security 0 "Must issue a STARTTLS command first";
    /// A submission client that must log in.
    authentication_required = permanent 30 Security 0 "Authentication required";
    /// AUTH in clear.
    encryption_required = permanent 38 Security 11 "Encryption required for authentication";
    /// A mechanism other than PLAIN and LOGIN.
    unknown_mechanism = permanent 4 Protocol 4 "Authentication mechanism not supported";
    /// An AUTH exchange that is not base64 or not what the mechanism says.
    bad_authentication = permanent 1 Protocol 2 "Cannot decode authentication response";
    /// `*`: the client gave the exchange up.
    authentication_canceled = permanent 1 Security 0 "Authentication canceled";
    /// Wrong or revoked credentials.
    authentication_failed = permanent 35 Security 8 "Authentication failed";
    /// Credentials that cannot be checked now.
    authentication_unavailable = transient 54 Security 0 "Temporary authentication failure";
    /// STARTTLS while TLS cannot be had.
    tls_unavailable = transient 54 Security 0 "TLS not available";
    /// The credential may not use this sender domain, whatever the reason.
    sender_domain_not_permitted = permanent 50 Security 1 "Sender domain not permitted for this credential";
    /// The handler's rate limit.
    rate_limited = transient 50 Security 1 "Rate limit exceeded, try again later";
    /// A quota of the organization.
    quota_reached = transient 52 Security 1 "Quota reached, try again later";
    /// A quota of the organization is used up, and waiting a while does not change that.
    plan_limit = permanent 50 Security 1 "Monthly quota of your plan is used up";

    /// The message has a bare CR, a bare LF or a NUL.
    bad_line_ends = permanent 50 Content 0 "Message has a bare CR, a bare LF or a NUL";
    /// A line of the message is longer than 8,192 octets.
    line_too_long = permanent 54 Content 0 "Message has a line that is too long";
    /// The message is larger than the limit (RFC 1870).
    message_too_large = permanent 52 System 4 "Message exceeds the size limit";
    /// The message is no message.
    bad_message = permanent 50 Content 0 "Message cannot be processed";
    /// The message has been around too often (RFC 5321 §6.3).
    loop_detected = permanent 54 Network 6 "Mail loop detected";

    /// The database or the spool does not answer.
    storage_unavailable = transient 51 System 0 "Temporary failure, try again later";
    /// The disk is nearly full.
    disk_full = transient 52 System 1 "Insufficient system storage";
    /// Where the next command begins cannot be known. Closes the connection.
    place_lost = transient 21 Protocol 0 "Closing connection after what was refused";
    /// Something of ours broke. Closes the connection.
    internal_error = transient 51 System 0 "Internal error, try again later";
    /// We are stopping. Closes the connection.
    shutting_down = transient 21 System 2 "Service shutting down, try again later";
    /// Too many connections in all. Never a session.
    too_busy = transient 21 System 2 "Too many connections, try again later";
    /// Too many connections from this client. Never a session.
    too_many_connections = transient 21 Security 0 "Too many connections from your address";
    /// Too many errors. Closes the connection.
    too_many_errors = transient 21 Security 0 "Too many errors";
    /// The client was silent or too slow. Closes the connection.
    timed_out = transient 21 Network 2 "Timeout exceeded";
}

/// A rule of the recipient refuses the message; `text` is the rule's, if it has one.
#[must_use]
pub fn rejected(text: Option<String>) -> Reply {
    let text = text.unwrap_or_else(|| "Message refused by a rule of the recipient".to_owned());
    Reply::permanent(50, Security, 1, text)
}

/// The sender is new and may send no more for now; `limit` says which of its limits is reached.
#[must_use]
pub fn sending_limit(limit: &str, retry_after_seconds: u64) -> Reply {
    let text = format!("{limit}; try again in {retry_after_seconds} seconds");
    Reply::transient(50, Security, 1, text)
}

/// 354: DATA may begin.
#[must_use]
pub(crate) fn start_mail_input() -> Reply {
    Reply::bare(354, "End data with <CRLF>.<CRLF>")
}

/// 334: the next step of an AUTH exchange; `challenge` is base64.
#[must_use]
pub(crate) fn challenge(challenge: &'static str) -> Reply {
    Reply::bare(334, challenge)
}
