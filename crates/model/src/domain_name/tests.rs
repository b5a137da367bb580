use super::*;

#[test]
fn names_are_folded_to_lower_case_a_labels() {
    for (text, want) in [
        ("Example.COM.", "example.com"),
        (" mail.example.co.uk ", "mail.example.co.uk"),
        ("bücher.example", "xn--bcher-kva.example"),
    ] {
        assert_eq!(
            text.parse::<DomainName>().map(String::from),
            Ok(want.to_owned()),
            "{text}"
        );
    }
}

/// Every short text of what a name is made of: what is not mapped is what mapping makes of it.
#[test]
fn plain_names_are_what_mapping_leaves_them() {
    const LETTERS: [char; 5] = ['a', 'x', '1', '-', '.'];
    let mut texts = vec![String::new()];
    for _ in 0..6 {
        let longer = texts
            .iter()
            .flat_map(|text| LETTERS.map(|c| format!("{text}{c}")));
        texts = longer.collect();
        for text in texts.iter().filter(|text| is_plain(text)) {
            let Ok(read) = text.parse::<HostName>() else {
                continue;
            };
            let mapped = idna::domain_to_ascii_strict(read.as_str()).ok();
            assert_eq!(mapped.as_deref(), Some(read.as_str()), "{text}");
        }
    }
}

#[test]
fn what_is_no_registrable_name_is_refused_with_its_reason() {
    use DomainNameError::*;
    let long = format!("{}.example.com", "a.".repeat(130));
    for (text, why) in [
        ("", Empty),
        ("com", PublicSuffix),
        ("co.uk", PublicSuffix),
        ("127.0.0.1", IpAddress),
        ("[::1]", IpAddress),
        ("1.2.3.4.5", IpAddress),
        ("*.example.com", NotAHostName),
        ("a..example.com", NotAHostName),
        ("-a.example.com", NotAHostName),
        ("exa mple.com", NotAHostName),
        ("example.com\r\n", NotAHostName),
        (&long, TooLong),
    ] {
        let got = text.parse::<DomainName>();
        if text.ends_with('\n') {
            assert!(got.is_ok(), "surrounding space is trimmed");
        } else {
            assert_eq!(got, Err(why), "{text}");
        }
    }
}

#[test]
fn what_was_entered_is_refused_with_what_is_wrong_with_it() {
    use DomainNameError::*;
    let long = format!("{}example.com", "a.".repeat(125));
    let label = format!("{}.example", "a".repeat(64));
    for (text, why) in [
        ("", Empty),
        (".", Empty),
        ("https://example.com/", WebAddress),
        ("example.com/path", WebAddress),
        ("ann@example.com", EmailAddress),
        ("*.example.com", Wildcard),
        ("exa mple.com", Space),
        ("a.example\r\nx", Space),
        ("a..example.com", EmptyLabel),
        (".example.com", EmptyLabel),
        ("a\u{3002}\u{3002}example", EmptyLabel),
        ("_dmarc.example.com", Underscore),
        ("-a.example.com", Hyphen),
        ("a-.example.com", Hyphen),
        ("192.0.2.1", IpAddress),
        ("[192.0.2.1]", IpAddress),
        ("2001:db8::1", IpAddress),
        ("1.2.3.4.5", IpAddress),
        ("example.com:25", NotAHostName),
        ("a\u{0}.example", NotAHostName),
        ("localhost", PublicSuffix),
        ("com", PublicSuffix),
        ("co.uk", PublicSuffix),
        ("github.io", PublicSuffix),
        (&long, TooLong),
        (&label, LabelTooLong),
        // A Cyrillic а; the same as A-labels; Greek ο.
        ("ex\u{430}mple.com", MixedScripts),
        ("xn--exmple-4nf.com", MixedScripts),
        ("g\u{3bf}\u{3bf}gle.com", MixedScripts),
    ] {
        assert_eq!(DomainName::from_input(text), Err(why), "{text}");
    }
}

#[test]
fn names_of_all_scripts_can_be_registered_and_disguises_are_seen() {
    for (text, name, shown) in [
        ("Example.COM.", "example.com", "example.com"),
        (
            "b\u{fc}cher.example",
            "xn--bcher-kva.example",
            "b\u{fc}cher.example",
        ),
        (
            "\u{65e5}\u{672c}\u{8a9e}.jp",
            "xn--wgv71a119e.jp",
            "\u{65e5}\u{672c}\u{8a9e}.jp",
        ),
        (
            "\u{43f}\u{43e}\u{447}\u{442}\u{430}.\u{440}\u{444}",
            "xn--80a1acny.xn--p1ai",
            "\u{43f}\u{43e}\u{447}\u{442}\u{430}.\u{440}\u{444}",
        ),
        // Cyrillic letters only, which look like apple.
        (
            "\u{430}\u{440}\u{440}\u{4cf}\u{435}.com",
            "xn--80ak6aa92e.com",
            "xn--80ak6aa92e.com",
        ),
    ] {
        let read = DomainName::from_input(text).unwrap();
        assert_eq!((read.as_str(), read.to_unicode().as_str()), (name, shown));
    }
}
