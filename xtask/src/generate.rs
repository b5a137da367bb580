//! `cargo xtask gen`: documents that the binary itself prints, checked in for readers.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell::{program, root};
use crate::{testing, tree};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Compare,
}

/// One checked-in file: what prints it, and how that becomes the file.
pub(crate) struct Document {
    path: &'static str,
    command: &'static [&'static str],
    render: fn(String) -> Result<String>,
}

const OPENAPI: Document = Document {
    path: "docs/reference/openapi.json",
    command: &["openapi"],
    render: Ok,
};

const ROUTES: Document = Document {
    path: "docs/reference/routes.md",
    command: &["routes", "--json"],
    render: render_routes,
};

/// Every one of them; `cargo xtask ci` compares them all.
pub(crate) const DOCUMENTS: [Document; 2] = [OPENAPI, ROUTES];

pub(crate) fn run(mode: Mode) -> Result<ExitCode> {
    match mode {
        Mode::Write => {
            for document in &DOCUMENTS {
                tree::write(&root().join(document.path), &document.text()?)?;
                println!("wrote {}", document.path);
            }
        }
        Mode::Compare => check(&DOCUMENTS)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails when a checked-in document is not what the binary prints now.
pub(crate) fn check(documents: &[Document]) -> Result<()> {
    for document in documents {
        let present = tree::read_if_present(&root().join(document.path))?;
        if present.as_deref() != Some(&*document.text()?) {
            bail!("{} is not up to date: run `cargo xtask gen`", document.path);
        }
    }
    Ok(())
}

impl Document {
    fn text(&self) -> Result<String> {
        let binary = testing::build_binary()?;
        (self.render)(program(binary, []).args(self.command).output()?)
    }
}

/// The route list as a table; its order is the binary's.
fn render_routes(json: String) -> Result<String> {
    let routes: Vec<Value> = serde_json::from_str(&json).context("routes are not a JSON list")?;
    let mut table = String::from(
        "# Routes\n\nPrinted by `postscale routes`; do not edit.\n\n\
         | method | path | action | surface |\n|---|---|---|---|\n",
    );
    for route in &routes {
        let field = |name: &str| {
            let value = route.get(name).and_then(Value::as_str);
            value.with_context(|| format!("a route without `{name}`: {route}"))
        };
        let (method, path) = (field("method")?, field("path")?);
        let (action, surface) = (field("action")?, field("surface")?);
        writeln!(table, "| {method} | `{path}` | `{action}` | {surface} |")?;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::render_routes;

    #[test]
    fn routes_become_one_row_each() {
        let json = r#"[{"method":"GET","path":"/v1/me","action":"me.read","surface":"api"}]"#;
        let table = render_routes(json.to_owned()).unwrap();
        assert!(table.ends_with("|---|---|---|---|\n| GET | `/v1/me` | `me.read` | api |\n"));
    }

    #[test]
    fn a_route_without_an_action_is_refused() {
        let json = r#"[{"method":"GET","path":"/v1/me","surface":"api"}]"#;
        let error = render_routes(json.to_owned()).unwrap_err();
        assert!(error.to_string().starts_with("a route without `action`"));
    }
}
