//! Pictures that come with a message and are shown inside its HTML (RFC 2392).

use std::collections::HashMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::walk;
use crate::safe_html::is_picture_type;

/// Pictures that are shown.
const PICTURES_MAX: usize = 50;
/// Octets of all of them.
const OCTETS_MAX: usize = 5 * 1024 * 1024;

/// The pictures the HTML names, by `Content-ID`, as `data:` URIs.
pub(crate) fn pictures(message: &[u8], html: &str) -> HashMap<String, String> {
    let mut found = HashMap::new();
    if !html.to_ascii_lowercase().contains("cid:") {
        return found;
    }
    let mut octets = 0;
    for part in walk::walk(message).parts {
        let Some(id) = part.content_id() else {
            continue;
        };
        if found.len() == PICTURES_MAX || !is_picture_type(part.media_type()) || !html.contains(&id)
        {
            continue;
        }
        let picture = part.decoded();
        octets += picture.len();
        if octets > OCTETS_MAX {
            break;
        }
        let data = BASE64_STANDARD.encode(&picture);
        found.insert(id, format!("data:{};base64,{data}", part.media_type()));
    }
    found
}
