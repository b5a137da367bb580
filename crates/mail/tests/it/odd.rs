//! Goal: no message is too odd to be read within bounds, and what is read of it is safe to keep.
//! Method: the odd messages of the test kit, whole and with every kind of end cut off.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use postscale_mail::{
    authenticate::without_forged_results, dsn, forward, lines, parse, safe_html, trace,
};
use postscale_testkit::odd_mail;

/// Longer than any of them takes, in a build that is not optimized on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(10);

fn read(name: &str, message: &[u8]) {
    let begun = Instant::now();
    let parsed = parse::parse(message);
    assert!(parsed.attachments.len() <= 1000, "{name}");
    assert!(parsed.headers.len() <= 1000, "{name}");
    let is_clean = |text: &str| !text.contains(['\r', '\n', '\0']);
    assert!(
        is_clean(&parsed.subject) && is_clean(&parsed.message_id),
        "{name}"
    );
    assert!(
        parsed.headers.iter().all(|field| is_clean(&field.value)),
        "{name}"
    );
    for found in &parsed.attachments {
        let octets = parse::attachment(message, found.part).expect("a listed part");
        assert_eq!(i64::try_from(octets.len()), Ok(found.size_bytes), "{name}");
        let file = &found.filename;
        assert!(
            is_clean(file) && !file.contains(['/', '\\', ':']),
            "{name}: {file}"
        );
        assert!(
            !file.is_empty() && file.len() <= 255 && !file.starts_with('.'),
            "{name}: {file}"
        );
        assert!(is_clean(&found.content_type), "{name}");
        // Enough of two thousand parts.
        if begun.elapsed() > PATIENCE / 4 {
            break;
        }
    }
    if let Some(html) = &parsed.html {
        let shown = safe_html::of_message(message, html).html;
        assert!(!shown.contains("<script"), "{name}: {shown}");
    }
    if let Ok(short) = lines::shorten(message) {
        let again = lines::shorten(&short);
        assert!(matches!(again, Ok(Cow::Borrowed(_))), "{name}");
    }
    assert!(
        begun.elapsed() < PATIENCE,
        "{name} took {:?}",
        begun.elapsed()
    );
}

#[test]
fn every_odd_message_is_read_within_bounds() {
    for odd in odd_mail::all() {
        read(odd.name, &odd.message);
        for part in [2, 3, 7] {
            read(odd.name, &odd.message[..odd.message.len() / part]);
        }
    }
}

#[test]
fn every_odd_message_can_be_passed_on() {
    let host = "mx.postscale.example".parse().unwrap();
    let from = "alias@odd.example".parse().unwrap();
    for odd in odd_mail::all() {
        let kept = without_forged_results(&odd.message, &host);
        assert!(kept.len() <= odd.message.len(), "{}", odd.name);
        let passed_on = forward::rewrite_from(&kept, &from);
        let parsed = parse::parse(&passed_on);
        let author = parsed.from.map(|author| author.address.to_string());
        assert_eq!(author.as_deref(), Some("alias@odd.example"), "{}", odd.name);
        assert!(trace::received_count(&odd.message) <= 100, "{}", odd.name);
        drop(dsn::read(&odd.message));
    }
}
