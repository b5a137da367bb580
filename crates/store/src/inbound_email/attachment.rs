//! Table `inbound_attachments`: what is attached to received messages.

use postscale_access::{Granted, SystemScope, Writable};
use postscale_model::{Attachment, AttachmentId, InboundEmail, InboundEmailId};

use crate::{Result, Row, Tx, batch, params};

pub(super) async fn insert_attachments(
    tx: &mut Tx,
    email: InboundEmailId,
    attachments: &[Attachment],
) -> Result<()> {
    for run in batch::runs(attachments) {
        let sql = [
            "INSERT INTO inbound_attachments (id, inbound_email_id, filename, content_type, size_bytes, part) VALUES ",
            &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?)"),
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 6);
        for one in run {
            let Attachment {
                id,
                filename,
                content_type,
                size_bytes,
                part,
            } = one;
            parameters.extend(params![
                *id,
                email,
                filename,
                content_type,
                *size_bytes,
                *part
            ]);
        }
        tx.execute(&sql, &parameters).await?;
    }
    Ok(())
}

fn attachment_from_row(row: &Row) -> Result<Attachment> {
    Ok(Attachment {
        id: row.id("id")?,
        filename: row.text("filename")?,
        content_type: row.text("content_type")?,
        size_bytes: row.int("size_bytes")?,
        part: row.int("part")?,
    })
}

/// What is attached to a received message, in its order: names and sizes, not the octets.
///
/// # Errors
/// When the database cannot answer.
pub async fn attachments<C>(
    tx: &mut Tx,
    email: &Granted<InboundEmail, C>,
) -> Result<Vec<Attachment>> {
    attachments_of(tx, email.id).await
}

/// As [`attachments`], for announcing a message.
///
/// # Errors
/// When the database cannot answer.
pub async fn attachments_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: InboundEmailId,
) -> Result<Vec<Attachment>> {
    attachments_of(tx, id).await
}

async fn attachments_of(tx: &mut Tx, id: InboundEmailId) -> Result<Vec<Attachment>> {
    let sql = "SELECT * FROM inbound_attachments WHERE inbound_email_id = $1 ORDER BY part, id";
    let rows = tx.query(sql, &params![id]).await?;
    rows.iter().map(attachment_from_row).collect()
}

/// One attachment of a received message whose octets may be read.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_attachment(
    tx: &mut Tx,
    email: &Writable<InboundEmail>,
    id: AttachmentId,
) -> Result<Option<Attachment>> {
    let sql = "SELECT * FROM inbound_attachments WHERE inbound_email_id = $1 AND id = $2";
    let row = tx.query_opt(sql, &params![email.id, id]).await?;
    row.map(|row| attachment_from_row(&row)).transpose()
}
