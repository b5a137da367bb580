//! The terms of a policy (RFC 7208 §4.6.1, §12), as far as counting and merging need them.

/// One term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term<'a> {
    /// As it stands there.
    pub text: &'a str,
    /// `+`, `-`, `~` or `?`; `+` when there is none.
    pub qualifier: char,
    pub mechanism: Mechanism<'a>,
}

/// What a term is; targets are as they stand there, with macros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mechanism<'a> {
    All,
    Include(&'a str),
    /// Its target, unless it is the domain itself.
    A(Option<&'a str>),
    Mx(Option<&'a str>),
    Ptr,
    Exists(&'a str),
    /// `ip4`, `ip6`.
    Address,
    Redirect(&'a str),
    /// `exp` and modifiers nobody knows, which are to be ignored.
    Modifier,
    /// Nothing that has a meaning: makes the policy a permanent error.
    Unknown,
}

/// The terms of a policy in their order.
pub(super) fn terms(policy: &str) -> impl Iterator<Item = Term<'_>> {
    policy.split_ascii_whitespace().skip(1).map(term)
}

fn term(text: &str) -> Term<'_> {
    let qualifier = text.chars().next().filter(|c| "+-~?".contains(*c));
    let rest = qualifier.map_or(text, |_| &text[1..]);
    Term {
        text,
        qualifier: qualifier.unwrap_or('+'),
        mechanism: mechanism(rest),
    }
}

fn mechanism(text: &str) -> Mechanism<'_> {
    let end = text.find([':', '/', '=']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let name = name.to_ascii_lowercase();
    if let Some(value) = rest.strip_prefix('=') {
        return match name.as_str() {
            "redirect" if !value.is_empty() => Mechanism::Redirect(value),
            _ => Mechanism::Modifier,
        };
    }
    let target = rest.strip_prefix(':').map(|target| {
        // The length of a prefix; a macro may have a slash of its own.
        let macros = target.rfind('}').map_or(0, |end| end + 1);
        let cut = target[macros..].find('/').map(|slash| macros + slash);
        cut.map_or(target, |cut| &target[..cut])
    });
    let target = target.filter(|target| !target.is_empty());
    match (name.as_str(), target) {
        ("all", None) if rest.is_empty() => Mechanism::All,
        ("include", Some(target)) => Mechanism::Include(target),
        ("a", target) => Mechanism::A(target),
        ("mx", target) => Mechanism::Mx(target),
        ("ptr", _) => Mechanism::Ptr,
        ("exists", Some(target)) => Mechanism::Exists(target),
        ("ip4" | "ip6", Some(_)) => Mechanism::Address,
        _ => Mechanism::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_told_from_each_other() {
        use Mechanism::{A, Address, All, Exists, Include, Modifier, Mx, Ptr, Redirect, Unknown};
        for (text, qualifier, mechanism) in [
            ("-all", '-', All),
            ("ALL", '+', All),
            ("Include:_spf.A.example", '+', Include("_spf.A.example")),
            ("~include:b.example", '~', Include("b.example")),
            ("a", '+', A(None)),
            ("a/24", '+', A(None)),
            ("a:host.example/24//64", '+', A(Some("host.example"))),
            ("?mx:x.example", '?', Mx(Some("x.example"))),
            ("ptr:x.example", '+', Ptr),
            ("exists:%{i}/.x.example", '+', Exists("%{i}")),
            ("exists:%{i}.x.example", '+', Exists("%{i}.x.example")),
            ("ip4:192.0.2.0/24", '+', Address),
            ("ip6:2001:db8::/32", '+', Address),
            ("redirect=_spf.x.example", '+', Redirect("_spf.x.example")),
            ("exp=why.x.example", '+', Modifier),
            ("include:", '+', Unknown),
            ("all:x", '+', Unknown),
            ("ipv4:192.0.2.1", '+', Unknown),
            ("include", '+', Unknown),
        ] {
            let want = Term {
                text,
                qualifier,
                mechanism,
            };
            assert_eq!(term(text), want, "{text}");
        }
    }
}
