//! What a page offers, without its markup: headings, links, buttons, inputs, notices.

use std::fmt::Write;

use crate::html::{Element, read};
use crate::samples;

fn outline(elements: &[Element]) -> String {
    let mut text = String::new();
    let label = |element: &Element| {
        let id = element.get("id");
        let label = elements
            .iter()
            .find(|e| e.tag == "label" && e.get("for") == id);
        label.map_or_else(String::new, Element::name)
    };
    let mut line = |depth: usize, what: &str, name: &str, more: &str| {
        let more = if more.is_empty() {
            String::new()
        } else {
            format!(" ({more})")
        };
        writeln!(text, "{}{what} {name:?}{more}", "  ".repeat(depth))
            .expect("BUG: a string takes text");
    };
    let content = elements
        .iter()
        .filter(|e| e.inside.iter().any(|tag| tag == "main"));
    for element in content {
        let depth = usize::from(element.inside.iter().any(|tag| tag == "dialog"));
        let name = element.name();
        match element.tag.as_str() {
            "h1" => line(depth, "heading 1", &name, ""),
            "h2" => line(depth, "heading 2", &name, ""),
            "h3" => line(depth, "heading 3", &name, ""),
            "a" => line(depth, "link", &name, element.get("href").unwrap_or("")),
            "button" => line(depth, "button", &name, ""),
            "summary" => line(depth, "disclosure", &name, ""),
            "legend" => line(depth, "group", &name, ""),
            "iframe" => line(depth, "frame", element.get("title").unwrap_or(""), ""),
            "form" => line(depth, "form", element.get("action").unwrap_or(""), ""),
            "table" => line(depth, "table", "", ""),
            "th" => line(depth, "column", &name, ""),
            "input" | "select" | "textarea" if element.get("type") != Some("hidden") => {
                let kind = element.get("type").unwrap_or(&element.tag);
                let state = ["required", "checked", "aria-invalid"];
                let state: Vec<_> = state
                    .into_iter()
                    .filter(|s| element.get(s).is_some())
                    .collect();
                line(depth, kind, &label(element), &state.join(", "));
            }
            "p" if element.get("class") == Some("error") => line(depth, "error", &name, ""),
            "div" if element.get("role").is_some() => line(depth, "notice", &name, ""),
            _ => {}
        }
    }
    text
}

#[test]
fn the_outline_of_every_page_is_the_one_agreed_on() {
    for (name, html) in samples::all() {
        let elements = read(&html).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        insta::assert_snapshot!(name, outline(&elements));
    }
}

#[test]
fn the_navigation_names_the_room_it_is_in() {
    let (_, html) = samples::all()
        .into_iter()
        .find(|(name, _)| *name == "emails")
        .unwrap();
    let elements = read(&html).unwrap();
    let links = elements
        .iter()
        .filter(|e| e.tag == "a" && e.inside.iter().any(|tag| tag == "nav"));
    let current: Vec<_> = links
        .filter(|e| e.get("aria-current") == Some("page"))
        .map(Element::name)
        .collect();
    assert_eq!(current, ["E-mails"]);
}
