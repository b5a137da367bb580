//! Instants as people read them.

use askama::Template;
use postscale_model::Timestamp;

use super::component;

/// An instant: text for people, RFC 3339 for machines. The script adds how long ago it was.
#[derive(Debug, Clone, Template)]
#[template(
    source = r#"<time datetime="{{ iso }}">{{ text }}</time>"#,
    ext = "html"
)]
pub struct Moment {
    /// RFC 3339 in UTC.
    pub iso: String,
    /// Such as `1 Mar 2026, 12:00 UTC`.
    pub text: String,
}
component!(Moment);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self {
            iso: at.to_rfc3339(),
            text: at.civil().strftime("%-d %b %Y, %H:%M UTC").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_for_people_and_for_machines() {
        let moment = Moment::from(Timestamp::from_seconds(1_772_366_400));
        assert_eq!(
            moment.to_string(),
            r#"<time datetime="2026-03-01T12:00:00Z">1 Mar 2026, 12:00 UTC</time>"#
        );
        let last = Moment::from(Timestamp::parse("9999-12-31T23:59:59Z").unwrap());
        assert_eq!(last.text, "31 Dec 9999, 23:59 UTC");
    }
}
