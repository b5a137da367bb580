//! Where the octets of a message go: into the row, or durably into the blob store first.

use postscale_store::{BODY_IN_ROW_BYTES_MAX, Body};

use crate::{App, Error, Result};

/// Keeps a message's octets. Large ones are synced in the blob store before this returns; the row
/// that names them is written afterwards.
pub(crate) async fn place(app: &App, id: &str, octets: Vec<u8>) -> Result<Body> {
    if octets.len() <= BODY_IN_ROW_BYTES_MAX {
        return Ok(Body::Row(octets));
    }
    let key = ["messages/", id].concat();
    app.blobs.put(&key, octets).await?;
    Ok(Body::Blob(key))
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
