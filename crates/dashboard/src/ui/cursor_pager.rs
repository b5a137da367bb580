//! Steps through a list that goes on by cursor.

use askama::Template;

use super::component;

/// How many entries a list has, the way on, and the way back to its beginning. Which ones of them
/// are shown is not said: more may have come before them meanwhile.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/cursor_pager.html")]
pub struct CursorPager {
    /// How many there are in all, in words.
    pub counted: String,
    /// Address of the beginning, when another part is shown.
    pub first: Option<String>,
    /// Address of the part after.
    pub next: Option<String>,
    /// What those two are called.
    pub names: PartNames,
}
component!(CursorPager);

/// What the parts of a list are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartNames {
    /// By age, where the newest comes first.
    NewestAndOlder,
    /// In any other order.
    FirstAndNext,
}

impl PartNames {
    const fn first(self) -> &'static str {
        match self {
            Self::NewestAndOlder => "Newest",
            Self::FirstAndNext => "First",
        }
    }

    const fn next(self) -> &'static str {
        match self {
            Self::NewestAndOlder => "Older",
            Self::FirstAndNext => "Next",
        }
    }
}
