//! Where the octets of a message go: into the row, or durably into the blob store first.

use postscale_access::Denied;
use postscale_store::{BODY_IN_ROW_BYTES_MAX, Body};

use crate::{App, Error, Result};

/// Keeps a message's octets. Large ones are synced in the blob store before this returns; the row
/// that names them is written afterwards.
pub(crate) async fn place(app: &App, id: &str, octets: Vec<u8>) -> Result<Body> {
    if octets.len() <= BODY_IN_ROW_BYTES_MAX {
        return Ok(Body::Row(octets));
    }
    let key = key(id);
    app.blobs.put(&key, octets).await?;
    Ok(Body::Blob(key))
}

/// Takes back what was kept of a message that was refused after all. When the database failed it may
/// have been accepted, and stays.
pub(crate) async fn take_back(app: &App, id: &str, size_bytes: usize, why: &Error) {
    let is_refused = matches!(
        why,
        Error::Rule(_) | Error::Denied(Denied::Refused(_)) | Error::Invalid(_)
    );
    if !is_refused || size_bytes <= BODY_IN_ROW_BYTES_MAX {
        return;
    }
    if let Err(error) = app.blobs.delete(&key(id)).await {
        tracing::warn!(%error, "the body of a refused message stays in the blob store");
    }
}

fn key(id: &str) -> String {
    ["messages/", id].concat()
}

/// The octets of a kept message.
pub(crate) async fn octets(app: &App, body: Body) -> Result<Vec<u8>> {
    match body {
        Body::Row(octets) => Ok(octets),
        Body::Blob(key) => {
            let found = app.blobs.get(&key).await?;
            Ok(found
                .ok_or_else(|| Error::Broken("a message's blob is gone".into()))?
                .to_vec())
        }
    }
}
