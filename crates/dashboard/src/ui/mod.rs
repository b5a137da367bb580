//! The design system: components that render themselves into a page.
//!
//! Each is a plain struct with a template in `templates/parts/`. Because a component escapes its
//! own fields, it may stand in another template as `{{ component }}`; the `component!` macro is
//! the one place that says so, and the `safe` filter is used nowhere.

mod access_picker;
mod chart;
mod chip;
mod choice;
mod copy;
mod cursor_pager;
mod field;
mod icon;
mod moment;
mod notice;
mod pager;
mod periods;
mod qr_code;
mod shell;
mod usage;

pub use access_picker::{AccessChoice, AccessPicker, AccessTerms, picked};
pub use chart::{Chart, Ink, Mark, Series, Share, Shares, Spacing, Unit, count, percent};
pub use chip::{Chip, Tone};
pub use choice::{CheckField, CheckGroup, Choice, RadioGroup, SelectField};
pub use copy::Copy;
pub use cursor_pager::{CursorPager, PartNames};
pub use field::{InputKind, TextField};
pub use icon::Icon;
pub use moment::Moment;
pub use notice::{Empty, Notice};
pub use pager::{Pager, Slice, address};
pub use periods::Periods;
pub use qr_code::QrCode;
pub use shell::{NavItem, OrganizationChoice, Section, Shell, Theme};
pub use usage::{Meter, MonthRow, counted, grouped, month_chart};

/// Declares that a type's own template escapes everything it shows.
macro_rules! component {
    ($($name:ty),+ $(,)?) => { $(impl askama::filters::HtmlSafe for $name {})+ };
}
pub(crate) use component;
