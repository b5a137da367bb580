//! File names that would leave their directory, deceive, or cannot be read.

use super::{Odd, mixed};

pub(super) fn messages() -> Vec<Odd> {
    let named = |disposition: &str| {
        mixed(&[&format!(
            "Content-Type: application/octet-stream\r\nContent-Disposition: {disposition}\r\n\r\nfile"
        )])
    };
    let attached = |name: &str| named(&format!("attachment; filename={name}"));
    vec![
        Odd::new("a name that climbs", attached("\"../../../etc/passwd\"")),
        Odd::new(
            "a name that climbs on Windows",
            attached("\"..\\\\..\\\\windows\\\\system32\\\\x.dll\""),
        ),
        Odd::new("a name of a device", attached("\"CON\"")),
        Odd::new("a name of dots", attached("\"....\"")),
        Odd::new("a name of nothing", attached("\"\"")),
        Odd::new("a name of white space", attached("\"   \"")),
        Odd::new("a name with an absolute path", attached("\"/etc/shadow\"")),
        Odd::new("a name with a colon", attached("\"C:file.txt\"")),
        Odd::new(
            "a name that turns around",
            attached("\"invoice\u{202e}fdp.exe\""),
        ),
        Odd::new(
            "a name with quotes",
            attached("\"a\\\"b\\\"; filename=c.txt\""),
        ),
        Odd::new("a name without its quotes", attached("my file (1).txt")),
        Odd::new(
            "a name of ten thousand octets",
            attached(&format!("\"{}.txt\"", "a".repeat(7_000))),
        ),
        Odd::new("a name of emoji", attached("\"🎉🎉🎉.pdf\"")),
        Odd::new(
            "a name with a script",
            attached("\"<script>alert(1)</script>.html\""),
        ),
        Odd::new(
            "a name in encoded words",
            attached("\"=?utf-8?q?r=C3=A9sum=C3=A9=2Epdf?=\""),
        ),
        Odd::new(
            "a name of encoded words with a line end",
            attached("\"=?utf-8?q?a=0D=0ASet-Cookie=3A_x?=\""),
        ),
        Odd::new(
            "a name by RFC 2231",
            named("attachment; filename*=utf-8'en'r%C3%A9sum%C3%A9.pdf"),
        ),
        Odd::new(
            "a name by RFC 2231 in pieces",
            named("attachment; filename*0*=utf-8''a%20; filename*1=b; filename*2*=%2Epdf"),
        ),
        Odd::new(
            "a name by RFC 2231 with pieces missing",
            named("attachment; filename*1=b; filename*9=c"),
        ),
        Odd::new(
            "a name by RFC 2231 of nonsense",
            named("attachment; filename*=x'y%zz%; filename*0*=''%"),
        ),
        Odd::new(
            "a name by RFC 2231 in a strange charset",
            named("attachment; filename*=klingon''%FF%FE"),
        ),
        Odd::new(
            "two names",
            named("attachment; filename=\"a.txt\"; filename=\"b.exe\""),
        ),
        Odd::new(
            "a name that is another in the type",
            mixed(&[
                "Content-Type: text/html; name=\"x.html\"\r\nContent-Disposition: attachment; filename=\"x.txt\"\r\n\r\n<script>alert(1)</script>",
            ]),
        ),
        Odd::new(
            "a page that says it is a picture",
            mixed(&[
                "Content-Type: image/png; name=\"a.png\"\r\nContent-Disposition: inline\r\n\r\n<html><script>alert(1)</script>",
            ]),
        ),
        Odd::new(
            "a picture with a script",
            mixed(&[
                "Content-Type: image/svg+xml\r\nContent-ID: <a@x>\r\n\r\n<svg onload=\"alert(1)\"/>",
            ]),
        ),
        Odd::new(
            "a type with a line end",
            mixed(&[
                "Content-Type: \"text/html\\\r\n X: y\"\r\nContent-Disposition: attachment\r\n\r\nx",
            ]),
        ),
        Odd::new(
            "a calendar",
            mixed(&[
                "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR",
            ]),
        ),
    ]
}
