//! Messages as nobody should write them and many do: broken structure, odd names, wrong charsets, bombs.
//!
//! Each is small to write down and has a name. [`Odd::is_taken`] says whether an SMTP server that keeps
//! to RFC 5321 takes it: those with a bare CR or LF, a NUL or an endless line are for parsers alone.

mod fields;
mod names;
mod structure;
mod texts;

/// A message of an odd shape.
#[derive(Debug, Clone)]
pub struct Odd {
    /// What is odd about it.
    pub name: &'static str,
    /// Its octets.
    pub message: Vec<u8>,
}

/// The longest line an SMTP server here takes, with its CRLF.
const LINE_OCTETS_MAX: usize = 8192;

impl Odd {
    fn new(name: &'static str, message: impl Into<Vec<u8>>) -> Self {
        Self {
            name,
            message: message.into(),
        }
    }

    /// Whether its lines are fit for SMTP.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        let mut before = 0;
        let mut line = 0;
        for (at, octet) in self.message.iter().enumerate() {
            line += 1;
            let next = self.message.get(at + 1);
            match octet {
                0 => return false,
                b'\r' if next != Some(&b'\n') => return false,
                b'\n' if before != b'\r' => return false,
                b'\n' => line = 0,
                _ if line + 2 > LINE_OCTETS_MAX => return false,
                _ => {}
            }
            before = *octet;
        }
        true
    }
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Odd> {
    let mut all = structure::messages();
    all.extend(fields::messages());
    all.extend(names::messages());
    all.extend(texts::messages());
    all
}

/// A header that makes an ordinary message of what follows.
fn with_head(rest: &str) -> String {
    format!(
        "From: Bob <bob@far.example>\r\nTo: x@odd.example\r\nSubject: odd\r\nMessage-ID: <1@far.example>\r\nMIME-Version: 1.0\r\n{rest}"
    )
}

/// A multipart of these parts, each with its own header.
fn mixed(parts: &[&str]) -> String {
    let parts: String = parts
        .iter()
        .map(|part| format!("--b\r\n{part}\r\n"))
        .collect();
    with_head(&format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_many_and_each_has_a_name_of_its_own() {
        let mut names: Vec<_> = all().iter().map(|odd| odd.name).collect();
        let many = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), many);
        assert!(many >= 80, "{many}");
        let refused = all().iter().filter(|odd| !odd.is_taken()).count();
        assert!((5..30).contains(&refused), "{refused}");
    }
}
