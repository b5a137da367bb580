//! Mail the system writes itself. Each notice is a directory with its texts, embedded in the binary.

use postscale_mail::compose::{Draft, compose};
use postscale_model::{Invalid, SystemEmailId, job::AskForwardTarget};
use postscale_store::system_email::SystemEmail;

use crate::EngineParts;

const ASK_SUBJECT: &str = include_str!("ask_forward_target/subject.txt");
const ASK_BODY: &str = include_str!("ask_forward_target/body.txt");

/// The question whether mail may be forwarded to an address.
pub(crate) fn ask_forward_target(
    parts: &EngineParts,
    ask: &AskForwardTarget,
) -> Result<SystemEmail, Invalid> {
    let link = format!(
        "{}/forward-targets/{}",
        parts.settings.public_url, ask.token
    );
    let alias = ask.alias.to_string();
    let fill = |text: &str| {
        text.trim_end()
            .replace("{link}", &link)
            .replace("{alias}", &alias)
            .replace("{organization}", &ask.organization)
    };
    let sources = &parts.sources;
    let id: SystemEmailId = sources.id();
    let from = parts.settings.system_from.clone();
    let draft = Draft {
        message_id: format!("{id}@{}", from.address.domain()),
        from,
        sender: None,
        to: vec![ask.target.clone().into()],
        cc: Vec::new(),
        reply_to: Vec::new(),
        subject: fill(ASK_SUBJECT),
        text: Some(fill(ASK_BODY) + "\n"),
        html: None,
        headers: vec![("Auto-Submitted".to_owned(), "auto-generated".to_owned())],
        attachments: Vec::new(),
        date: sources.now(),
    };
    Ok(SystemEmail {
        id,
        recipient: ask.target.clone(),
        body: compose(&draft)?,
        created_at: sources.now(),
    })
}
