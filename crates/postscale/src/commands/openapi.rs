//! `postscale openapi`: the API's description for programs.

use anyhow::Result;

use crate::cli::print;

/// Prints the document, the same that `GET /v1/openapi.json` answers.
pub fn openapi() -> Result<()> {
    print(&(serde_json::to_string_pretty(&postscale_api::document())? + "\n"))
}
