//! `postscale routes`: every route of a production node.

use anyhow::Result;
use postscale_web::Route;
use serde::Serialize;

use crate::cli::print;

#[derive(Serialize)]
struct Line {
    method: String,
    path: &'static str,
    action: &'static str,
    surface: &'static str,
}

impl Line {
    fn of(route: &Route) -> Self {
        Self {
            method: route.method.to_string(),
            path: route.path,
            action: route.actions.first().map_or("", |action| action.name()),
            surface: route.surface.as_str(),
        }
    }
}

/// Prints them, as columns or as JSON.
pub fn routes(json: bool) -> Result<()> {
    let (api, pages) = (postscale_api::routes(), postscale_dashboard::routes());
    let lines: Vec<Line> = api
        .list()
        .iter()
        .chain(pages.list())
        .map(Line::of)
        .collect();
    if json {
        return print(&(serde_json::to_string_pretty(&lines)? + "\n"));
    }
    let text: String = lines
        .iter()
        .map(|line| {
            let Line {
                method,
                path,
                action,
                surface,
            } = line;
            format!("{method:<7} {path:<55} {action:<32} {surface}\n")
        })
        .collect();
    print(&text)
}
