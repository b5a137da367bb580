//! The body of `email.received` (api.md §9.3 WD2), rendered from the stored message at each try.

use postscale_mail::parse;
use postscale_model::{Attachment, InboundEmail, WebhookEvent};
use serde_json::{Value, json};

/// Renders the body. `domain` is the receiving domain's name, `base` where the API is.
pub(crate) fn body(
    email: &InboundEmail,
    domain: &str,
    attachments: &[Attachment],
    message: &[u8],
    base: &str,
) -> Value {
    let parsed = parse::parse(message);
    let attachments: Vec<Value> = attachments
        .iter()
        .map(|one| {
            json!({
                "id": one.id,
                "filename": one.filename,
                "content_type": one.content_type,
                "size": one.size_bytes,
                "url": format!("{base}/v1/inbound-emails/{}/attachments/{}/download", email.id, one.id),
            })
        })
        .collect();
    json!({
        "event": WebhookEvent::EmailReceived,
        "timestamp": email.received_at,
        "email_id": email.id,
        "message_id": email.message_id,
        "domain": domain,
        "from": email.from_address,
        "to": email.to_address,
        "envelope_recipient": email.envelope_recipient,
        "subject": email.subject,
        "text": parsed.text,
        "html": parsed.html,
        "headers": parsed.headers,
        "attachments": attachments,
        "spf": email.spf,
        "dkim": email.dkim,
        "dmarc": email.dmarc,
        "arc": email.arc,
        "received_at": email.received_at,
    })
}
