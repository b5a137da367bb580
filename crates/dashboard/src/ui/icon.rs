//! Icons: sixteen-unit outlines drawn in the current text colour.

use std::fmt;

use super::component;

/// An outline. Decoration only: the text beside it says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// A tick.
    Check,
    /// A cross.
    Cross,
    /// A triangle with a mark.
    Warning,
    /// A filled dot.
    Dot,
    /// A clock.
    Clock,
    /// Two sheets.
    Copy,
    /// Three bars.
    Menu,
    /// A globe.
    Domains,
    /// A paper plane.
    Emails,
    /// A tray.
    Inbound,
    /// Three columns.
    Stats,
    /// A forking arrow.
    Aliases,
    /// A bolt.
    Webhooks,
    /// A key.
    ApiKeys,
    /// A sheet with lines.
    Audit,
    /// Two people.
    Team,
    /// Two sliders.
    Settings,
    /// A card.
    Billing,
    /// A person.
    Account,
    /// A net.
    Caught,
    /// A sun.
    Sun,
    /// A moon.
    Moon,
    /// A screen.
    Screen,
    /// An arrow out of a door.
    SignOut,
    /// A chevron to the right.
    Chevron,
    /// A paper clip.
    Attachment,
    /// Up and down chevrons.
    Switch,
}

impl Icon {
    const fn outline(self) -> &'static str {
        match self {
            Self::Check => "M3.5 8.5l3 3 6-7",
            Self::Cross => "M4.5 4.5l7 7m0-7l-7 7",
            Self::Warning => "M8 2.5l6 11H2zM8 7v3m0 1.6v.4",
            Self::Dot => "M8 6.6a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 1 1 0-2.8z",
            Self::Clock => "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 1 1 0-11zM8 5v3l2 1.5",
            Self::Copy => "M6 6h7v7H6zM10 6V3H3v7h3",
            Self::Menu => "M2.5 4.5h11M2.5 8h11m-11 3.5h11",
            Self::Domains => {
                "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 1 1 8 2.2zM2.4 8h11.2M8 2.2c3.2 3.4 3.2 8.2 0 11.6-3.2-3.4-3.2-8.2 0-11.6z"
            }
            Self::Emails => "M14 2L7.2 8.8M14 2l-4.3 12-2.5-5.2L2 6.3z",
            Self::Inbound => "M2 9l2-6h8l2 6v4H2zM2 9h3.5l1 2h3l1-2H14",
            Self::Stats => "M3.5 13.5V9m4.5 4.5V3m4.5 10.5V6.5",
            Self::Aliases => {
                "M2 8h4l4-4h4m-2.2-2.2L14 4l-2.2 2.2M6 8l4 4h4m-2.2-2.2L14 12l-2.2 2.2"
            }
            Self::Webhooks => "M9 1.8L3.5 9H8l-1 5.2L12.5 7H8z",
            Self::ApiKeys => {
                "M5.2 7.2a3.2 3.2 0 1 1-.1 6.4 3.2 3.2 0 1 1 .1-6.4zM7.5 8.2l5.8-5.8M11 4.7l2 2"
            }
            Self::Audit => "M3.5 2h9v12h-9zM6 5.5h4M6 8h4m-4 2.5h2.5",
            Self::Team => {
                "M5.5 3a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 1 1 0-4.6zM1.5 13c.4-2.3 1.9-3.4 4-3.4s3.6 1.1 4 3.4M10.6 3.2a2.2 2.2 0 0 1 0 4.2M11.6 9.8c1.6.3 2.6 1.4 2.9 3.2"
            }
            Self::Account => {
                "M8 2.3a2.9 2.9 0 1 1 0 5.8 2.9 2.9 0 1 1 0-5.8zM2.6 13.8c.6-2.7 2.6-4 5.4-4s4.8 1.3 5.4 4"
            }
            Self::Settings => {
                "M2 5h6m4 0h2M2 11h2m4 0h6M10 3.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 1 1 0-3.6zM6 9.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 1 1 0-3.6z"
            }
            Self::Billing => "M2 3.5h12v9H2zM2 6.5h12M4.5 10h3",
            Self::Caught => "M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5",
            Self::Sun => {
                "M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 1 1 0-5.6zM8 1.5v1.3m0 10.4v1.3M1.5 8h1.3m10.4 0h1.3M3.4 3.4l.9.9m7.4 7.4l.9.9m0-9.2l-.9.9m-7.4 7.4l-.9.9"
            }
            Self::Moon => "M13.3 9.6A5.8 5.8 0 0 1 6.4 2.7a5.8 5.8 0 1 0 6.9 6.9z",
            Self::Screen => "M2 3h12v8H2zM6 14h4m-2-3v3",
            Self::SignOut => "M6.5 2.5h-4v11h4M6.5 8h7m-2.5-2.5L13.5 8 11 10.5",
            Self::Chevron => "M6 3.5L10.5 8 6 12.5",
            Self::Attachment => {
                "M12.5 7.5l-5 5a3 3 0 0 1-4.3-4.3l5.5-5.4a2 2 0 0 1 2.9 2.8l-5.3 5.3a1 1 0 0 1-1.4-1.4l4.6-4.6"
            }
            Self::Switch => "M5 6l3-3 3 3M5 10l3 3 3-3",
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d="{}"/></svg>"#,
            self.outline()
        )
    }
}
component!(Icon);
