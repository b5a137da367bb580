//! Rules every page keeps: those of accessibility and those of the content security policy.

use std::collections::HashSet;

use crate::html::{Element, read};
use crate::samples;

fn check(elements: &[Element]) -> Vec<String> {
    let mut faults = Vec::new();
    headings(elements, &mut faults);
    names(elements, &mut faults);
    ids(elements, &mut faults);
    policy(elements, &mut faults);
    forms(elements, &mut faults);
    faults
}

fn headings(elements: &[Element], faults: &mut Vec<String>) {
    // A question stands on its own, outside of the outline around it.
    let levels: Vec<u32> = elements
        .iter()
        .filter(|e| !e.inside.iter().any(|tag| tag == "dialog"))
        .filter_map(|e| e.tag.strip_prefix('h').and_then(|level| level.parse().ok()))
        .collect();
    if levels.iter().filter(|level| **level == 1).count() != 1 {
        faults.push(format!("not exactly one h1: {levels:?}"));
    }
    if levels.windows(2).any(|pair| pair[1] > pair[0] + 1) {
        faults.push(format!("headings skip a level: {levels:?}"));
    }
    if !elements
        .iter()
        .any(|e| e.tag == "main" && e.get("id") == Some("main"))
    {
        faults.push("no main".to_owned());
    }
}

fn names(elements: &[Element], faults: &mut Vec<String>) {
    let labelled: HashSet<&str> = elements
        .iter()
        .filter(|e| e.tag == "label")
        .filter_map(|e| e.get("for"))
        .collect();
    for element in elements {
        let named = match element.tag.as_str() {
            "input" if element.get("type") == Some("hidden") => true,
            "input" | "select" | "textarea" => {
                element.get("id").is_some_and(|id| labelled.contains(id))
            }
            "button" | "a" | "summary" | "label" | "legend" | "th" | "option" | "h1" | "h2"
            | "h3" | "title" | "caption" => !element.name().is_empty(),
            "nav" | "iframe" | "section" | "dialog" => ["aria-label", "aria-labelledby", "title"]
                .iter()
                .any(|a| element.get(a).is_some()),
            "img" => element.get("alt").is_some(),
            "svg" => element.get("aria-hidden") == Some("true"),
            "html" => element.get("lang").is_some(),
            _ => true,
        };
        if !named {
            faults.push(format!(
                "<{}> has no name: {:?}",
                element.tag, element.attributes
            ));
        }
    }
}

fn ids(elements: &[Element], faults: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for id in elements.iter().filter_map(|e| e.get("id")) {
        if !seen.insert(id) {
            faults.push(format!("id {id} twice"));
        }
    }
    for element in elements {
        for name in [
            "for",
            "aria-describedby",
            "aria-labelledby",
            "popovertarget",
        ] {
            for id in element
                .get(name)
                .into_iter()
                .flat_map(str::split_whitespace)
            {
                if !seen.contains(id) {
                    faults.push(format!("{name} names {id}, which is not there"));
                }
            }
        }
    }
}

fn policy(elements: &[Element], faults: &mut Vec<String>) {
    let ids: HashSet<&str> = elements.iter().filter_map(|e| e.get("id")).collect();
    for element in elements {
        for (name, value) in &element.attributes {
            let is_of_page = value.strip_prefix('#').is_some_and(|id| ids.contains(id));
            let foreign = ["src", "href", "action"].contains(&name.as_str())
                && !(value.starts_with('/') && !value.starts_with("//") || is_of_page);
            if name == "style" || name.starts_with("on") || foreign {
                faults.push(format!("<{} {name}={value:?}> is refused", element.tag));
            }
        }
        let inline = element.tag == "style" || element.tag == "script" && !element.text.is_empty();
        let open_frame = element.tag == "iframe" && element.get("sandbox") != Some("");
        if inline || open_frame {
            faults.push(format!("<{}> is refused", element.tag));
        }
    }
}

fn forms(elements: &[Element], faults: &mut Vec<String>) {
    let posts = elements
        .iter()
        .filter(|e| e.tag == "form" && e.get("method") == Some("post"));
    let proofs = elements
        .iter()
        .filter(|e| e.tag == "input" && e.get("name") == Some("csrf"));
    let (posts, proofs) = (
        posts.count(),
        proofs.filter(|e| e.get("value") != Some("")).count(),
    );
    if posts != proofs {
        faults.push(format!(
            "{posts} posts with {proofs} proofs against forging"
        ));
    }
    if elements
        .iter()
        .any(|e| e.tag == "form" && e.inside.iter().any(|tag| tag == "form"))
    {
        faults.push("a form inside a form".to_owned());
    }
    for element in elements
        .iter()
        .filter(|e| e.get("aria-invalid") == Some("true"))
    {
        if !element
            .get("aria-describedby")
            .is_some_and(|ids| ids.contains("-error"))
        {
            faults.push(format!(
                "{:?} does not say what is wrong",
                element.get("name")
            ));
        }
    }
}

#[test]
fn every_sample_keeps_the_rules() {
    let mut faults = Vec::new();
    for (name, html) in samples::all() {
        match read(&html) {
            Ok(elements) => {
                faults.extend(
                    check(&elements)
                        .into_iter()
                        .map(|fault| format!("{name}: {fault}")),
                );
            }
            Err(fault) => faults.push(format!("{name}: {fault}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_page_that_breaks_a_rule_is_found() {
    for html in [
        "<h2>a</h2>",
        "<h1>a</h1><h3>b</h3>",
        "<h1>a</h1><input id=\"x\" name=\"x\">",
        "<h1>a</h1><button></button>",
        "<h1 onclick=\"x()\">a</h1>",
        "<h1 style=\"color:red\">a</h1>",
        "<h1>a</h1><script>x()</script>",
        "<h1>a</h1><a href=\"https://elsewhere.example/\">a</a>",
        "<h1>a</h1><a href=\"//elsewhere.example/\">a</a>",
        "<h1>a</h1><a href=\"#nowhere\">a</a>",
        "<h1>a</h1><form method=\"post\" action=\"/x\"></form>",
        "<h1>a</h1><p id=\"x\"></p><p id=\"x\"></p>",
        "<h1>a</h1><iframe sandbox=\"allow-scripts\" src=\"/x\" title=\"x\"></iframe>",
    ] {
        let html = format!("<main id=\"main\">{html}</main>");
        assert!(!check(&read(&html).unwrap()).is_empty(), "{html}");
    }
    assert!(check(&read("<main id=\"main\"><h1>a</h1></main>").unwrap()).is_empty());
}

#[test]
fn a_reader_without_write_access_is_shown_no_control() {
    for (name, html) in samples::all()
        .iter()
        .filter(|(name, _)| name.contains("read_only"))
    {
        let elements = read(html).unwrap();
        let offers = elements
            .iter()
            .filter(|e| e.tag == "form")
            .filter_map(|e| e.get("action"));
        let other = ["/theme", "/sign-out", "/organization", "/aliases"];
        // Taking a copy of what is seen changes nothing.
        let changes = |action: &&str| !other.contains(action) && !action.ends_with("/export");
        let offers: Vec<_> = offers.filter(changes).collect();
        assert!(offers.is_empty(), "{name}: {offers:?}");
        let ways = elements
            .iter()
            .filter(|e| e.get("href").is_some_and(|to| to.ends_with("/new")));
        assert_eq!(ways.count(), 0, "{name}");
    }
}

#[test]
fn only_components_vouch_for_their_own_escaping() {
    fn walk(directory: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                if ["|safe", "| safe", "escape none", "|escape("]
                    .iter()
                    .any(|s| text.contains(s))
                {
                    found.push(path.display().to_string());
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"),
        &mut found,
    );
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn the_page_of_what_is_not_there_is_constant() {
    use askama::Template;
    use postscale_dashboard::views::problems::NotFoundPage;
    let page = NotFoundPage.render().unwrap();
    assert_eq!(page, NotFoundPage.render().unwrap());
    assert!(page.contains(
        "It may not exist, or you may not have access. Ask an administrator of your organization."
    ));
}
