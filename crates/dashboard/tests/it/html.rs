//! A strict reader of our own pages: anything it does not understand is a fault of the page.

/// What an element looks like from outside.
#[derive(Debug, Clone, Default)]
pub struct Element {
    pub tag: String,
    pub attributes: Vec<(String, String)>,
    /// Everything said inside, hidden text included.
    pub text: String,
    /// Tags around it, outermost first.
    pub inside: Vec<String>,
}

impl Element {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }
    /// Its name as a screen reader says it: label attribute or text, in one line.
    pub fn name(&self) -> String {
        let name = self.get("aria-label").unwrap_or(&self.text);
        name.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

const VOID: &[&str] = &["meta", "link", "input", "br", "hr", "img"];

/// Reads a page or a part of one: its elements in the order of their opening tags.
///
/// # Errors
/// What is not well formed: unbalanced tags, attributes without quotes, stray `<`.
pub fn read(html: &str) -> Result<Vec<Element>, String> {
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let Some(start) = rest.find('<') else {
            say(&mut elements, &open, rest);
            break;
        };
        say(&mut elements, &open, &rest[..start]);
        rest = &rest[start + 1..];
        let end = end_of_tag(rest).ok_or("a tag does not end")?;
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if tag.starts_with('!') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            let at = open
                .pop()
                .ok_or_else(|| format!("</{name}> closes nothing"))?;
            if elements[at].tag != name {
                return Err(format!("</{name}> closes <{}>", elements[at].tag));
            }
            continue;
        }
        let closed = tag.ends_with('/');
        let mut element = opening(tag.trim_end_matches('/'))?;
        element.inside = open.iter().map(|at| elements[*at].tag.clone()).collect();
        let void = VOID.contains(&element.tag.as_str());
        elements.push(element);
        if !closed && !void {
            open.push(elements.len() - 1);
        }
    }
    match open.last() {
        Some(at) => Err(format!("<{}> is not closed", elements[*at].tag)),
        None => Ok(elements),
    }
}

fn say(elements: &mut [Element], open: &[usize], text: &str) {
    let text = text
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&");
    for at in open {
        elements[*at].text.push_str(&text);
    }
}

fn end_of_tag(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        if c == '"' {
            quoted = !quoted;
        }
        (c == '>' && !quoted).then_some(at)
    })
}

fn opening(tag: &str) -> Result<Element, String> {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    if name.is_empty()
        || !name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    {
        return Err(format!("<{name} is no tag"));
    }
    let mut element = Element {
        tag: name.to_owned(),
        ..Element::default()
    };
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(element);
        }
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let mut value = "";
        rest = after;
        if let Some(after) = rest.strip_prefix("=\"") {
            let end = after.find('"').ok_or("a quote does not end")?;
            (value, rest) = (&after[..end], &after[end + 1..]);
        } else if rest.starts_with('=') {
            return Err(format!("{attribute} of <{name}> is not quoted"));
        }
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            return Err(format!("no space after {attribute} of <{name}>"));
        }
        if element.get(attribute).is_some() {
            return Err(format!("{attribute} twice on <{name}>"));
        }
        element
            .attributes
            .push((attribute.to_owned(), value.to_owned()));
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let refused = [
        "<p>",
        "</p>",
        "<p></b>",
        "<p a=1></p>",
        "<p a=\"1\"b></p>",
        "<p a a></p>",
        "< p>",
    ];
    for html in refused {
        assert!(read(html).is_err(), "{html}");
    }
    let elements = read("<p id=\"x\">a<b>b</b><br>&#60;</p>").unwrap();
    assert_eq!(elements[0].text, "ab<");
    assert_eq!(elements[1].inside, ["p"]);
}
