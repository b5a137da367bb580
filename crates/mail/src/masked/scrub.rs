//! Replacing addresses wherever they stand in octets, in the spellings mail programs give them.
//!
//! An address is also found with its signs as percent signs or character references write them, with
//! its domain in either spelling, and folded over lines, as calendars and header sections do (RFC 5545
//! §3.1, RFC 5322 §2.2.3). It is not
//! found inside a longer word: what precedes and follows it is no letter and no digit. Where in
//! doubt it is replaced: a mangled address is repaired, a disclosed one is not.

use std::borrow::Cow;

use postscale_model::{Address, DomainName};

/// What an address is replaced by.
#[derive(Debug)]
struct Rule {
    /// Each position with its spellings, in lower case.
    pattern: Vec<Vec<Vec<u8>>>,
    replacement: Vec<u8>,
}

/// Every address that is replaced.
#[derive(Debug, Default)]
pub(super) struct Scrub(Vec<Rule>);

/// Which octet of two carries ASCII in UTF-16.
#[derive(Debug, Clone, Copy)]
enum Endian {
    Big,
    Little,
}

impl Endian {
    fn widen(self, octets: &[u8]) -> Vec<u8> {
        let pair = |octet: &u8| match self {
            Self::Big => [0, *octet],
            Self::Little => [*octet, 0],
        };
        octets.iter().flat_map(pair).collect()
    }
}

impl Scrub {
    /// Has an address replaced by another, with its domain as it is asked for and as it is shown.
    pub fn replace_address(&mut self, address: &Address, by: &str) {
        let text = address.to_string();
        self.replace(&text, by);
        let domain = address.domain().as_str();
        let shown = domain.parse().map(|name: DomainName| name.to_unicode());
        if let (Ok(shown), Some(local)) = (shown, text.strip_suffix(domain))
            && shown != domain
        {
            self.replace(&format!("{local}{shown}"), by);
        }
    }

    /// Has a text replaced by another.
    pub fn replace(&mut self, text: &str, by: &str) {
        self.0.push(Rule {
            pattern: text.to_lowercase().chars().map(spellings).collect(),
            replacement: by.as_bytes().to_vec(),
        });
    }

    /// The octets with every address replaced.
    pub fn apply<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let mut starts = [false; 256];
        for rule in &self.0 {
            for spelling in rule.pattern.first().into_iter().flatten() {
                if let Some(octet) = spelling.first() {
                    starts[usize::from(*octet)] = true;
                    starts[usize::from(octet.to_ascii_uppercase())] = true;
                }
            }
        }
        let (mut out, mut copied, mut at) = (Vec::new(), 0, 0);
        while at < text.len() {
            let found = (starts[usize::from(text[at])] && begins_a_word(text, at))
                .then(|| self.0.iter().find_map(|rule| rule.end(text, at)))
                .flatten();
            match found {
                Some((end, replacement)) => {
                    out.extend_from_slice(&text[copied..at]);
                    out.extend_from_slice(replacement);
                    (copied, at) = (end, end);
                }
                None => at += 1,
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.extend_from_slice(&text[copied..]);
        Cow::Owned(out)
    }

    /// As [`Scrub::apply`], for text in UTF-16 of either order.
    pub fn apply_wide<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let mut text = Cow::Borrowed(text);
        for endian in [Endian::Big, Endian::Little] {
            let widened = |rule: &Rule| Rule {
                pattern: rule
                    .pattern
                    .iter()
                    .map(|all| all.iter().map(|one| endian.widen(one)).collect())
                    .collect(),
                replacement: endian.widen(&rule.replacement),
            };
            let wide = Self(self.0.iter().map(widened).collect());
            if let Cow::Owned(changed) = wide.apply(&text) {
                text = Cow::Owned(changed);
            }
        }
        text
    }

    /// The text with every address replaced.
    pub fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.apply(text.as_bytes())).into_owned()
    }
}

impl Rule {
    /// Where the address that starts here ends, when it does start here.
    fn end(&self, text: &[u8], start: usize) -> Option<(usize, &[u8])> {
        let folds: [&[u8]; 2] = [b"\r\n ", b"\r\n\t"];
        let mut at = start;
        for (place, spellings) in self.pattern.iter().enumerate() {
            if place > 0 && folds.iter().any(|fold| text[at..].starts_with(fold)) {
                at += folds[0].len();
            }
            let fits = |spelling: &&Vec<u8>| {
                let here = text.get(at..at + spelling.len());
                here.is_some_and(|here| here.eq_ignore_ascii_case(spelling))
            };
            at += spellings.iter().find(fits)?.len();
        }
        let follows = text.get(at).is_some_and(u8::is_ascii_alphanumeric);
        (!follows).then_some((at, self.replacement.as_slice()))
    }
}

/// How a sign may be written, in either case: as it is, in Latin-1, after percent signs, by its number.
fn spellings(lower: char) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    for c in std::iter::once(lower).chain(lower.to_uppercase()) {
        let plain = c.to_string();
        let percent: String = plain.bytes().map(|octet| format!("%{octet:02x}")).collect();
        all.push(plain.into_bytes());
        all.push(percent.into_bytes());
        let number = u32::from(c);
        all.push(format!("&#{number};").into_bytes());
        all.push(format!("&#x{number:x};").into_bytes());
        all.extend(u8::try_from(number).ok().map(|octet| vec![octet]));
    }
    match lower {
        '@' => all.push(b"&commat;".to_vec()),
        '+' => all.push(b"&plus;".to_vec()),
        _ => {}
    }
    all
}

/// Whether no word goes on here; `%3C` before it is no word.
fn begins_a_word(text: &[u8], at: usize) -> bool {
    let is_letter = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_alphanumeric);
    let before = |count: usize| at.checked_sub(count).and_then(|at| text.get(at));
    if !is_letter(before(1)) {
        return true;
    }
    let is_digit = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_hexdigit);
    before(3) == Some(&b'%') && is_digit(before(2)) && is_digit(before(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrub() -> Scrub {
        let mut scrub = Scrub::default();
        scrub.replace("Ann.Real@home.example", "a@x.example");
        let shown_otherwise = "ann@xn--bcher-kva.example".parse().unwrap();
        scrub.replace_address(&shown_otherwise, "b@x.example");
        scrub.replace("reply+0f@x.example", "bob@far.example");
        scrub
    }

    #[test]
    fn an_address_is_found_in_every_spelling() {
        for (text, want) in [
            ("<ann.real@home.example>", "<a@x.example>"),
            ("ANN.REAL@HOME.EXAMPLE", "a@x.example"),
            ("mailto:ann.real%40home.example?x", "mailto:a@x.example?x"),
            ("%3Cann.real%40home.example%3E", "%3Ca@x.example%3E"),
            ("ann.real&#64;home.example", "a@x.example"),
            ("_ann.real@home.example_", "_a@x.example_"),
            ("ann.real@home.example.Bye", "a@x.example.Bye"),
            ("reply%2B0f%40x.example;", "bob@far.example;"),
            ("reply&plus;0f@x.example", "bob@far.example"),
            (
                "ann.real@home.example,ann.real@home.example",
                "a@x.example,a@x.example",
            ),
            ("joann.real@home.example", "joann.real@home.example"),
            ("ann.real@home.examples", "ann.real@home.examples"),
            ("ann.real@home", "ann.real@home"),
            (
                "MAILTO:ann.re\r\n al@home.example\r\n",
                "MAILTO:a@x.example\r\n",
            ),
            ("ann.real@\r\n\thome.example", "a@x.example"),
            ("ann.real@home\r\n.example", "ann.real@home\r\n.example"),
            ("", ""),
            ("%61nn.real%40home%2Eexample.pdf", "a@x.example.pdf"),
            ("%41NN.real@home.example", "a@x.example"),
            ("&#97;nn.real&#64;home&#x2E;example", "a@x.example"),
            ("ann@xn--bcher-kva.example", "b@x.example"),
            (
                "Ann@Bücher.example, ann@BÜCHER.example",
                "b@x.example, b@x.example",
            ),
            ("ann@b%C3%BCcher.example", "b@x.example"),
            ("ann@b&#252;cher.example", "b@x.example"),
        ] {
            assert_eq!(scrub().text(text), want);
        }
    }

    #[test]
    fn text_in_latin_1_is_read_as_well() {
        let text = b"On Monday ann@b\xfccher.example wrote";
        assert_eq!(*scrub().apply(text), *b"On Monday b@x.example wrote");
    }

    #[test]
    fn text_in_utf_16_is_read_as_well() {
        let text = "To ann.real@home.example!";
        for endian in [Endian::Big, Endian::Little] {
            let wide = endian.widen(text.as_bytes());
            let want = endian.widen(b"To a@x.example!");
            assert_eq!(scrub().apply_wide(&wide), want, "{endian:?}");
        }
    }
}
