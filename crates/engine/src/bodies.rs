//! Where the octets of a message go before the row that names them: into the row itself when they are
//! few, else durably into the blob store.

use std::fmt::Display;

use bytes::Bytes;
use postscale_store::{BODY_IN_ROW_BYTES_MAX, Body, Result};

use crate::EngineParts;

/// Keeps the octets of what has that id. Large ones are synced before this returns, in a folder named
/// after the end of the id, which is random.
pub(crate) async fn place(
    parts: &EngineParts,
    folder: &str,
    id: impl Display,
    octets: Bytes,
) -> Result<Body> {
    if octets.len() <= BODY_IN_ROW_BYTES_MAX {
        return Ok(Body::Row(octets.into()));
    }
    let id = id.to_string();
    let key = format!("{folder}/{}/{id}", &id[id.len() - 2..]);
    parts.blobs.put(&key, octets).await?;
    Ok(Body::Blob(key))
}

/// Takes a body back that no row names: never one whose transaction failed, because it may have been
/// committed all the same.
pub(crate) async fn forget(parts: &EngineParts, body: &Body) {
    if let Body::Blob(key) = body
        && let Err(error) = parts.blobs.delete(key).await
    {
        tracing::warn!(blob.key = %key, %error, "the body {key} of a refused message stays in the blob store");
    }
}
