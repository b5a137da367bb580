//! Parts of a listing: from its beginning, or behind the row another part ended with.
//!
//! Rows stand in the order of one expression and, where that is equal, of their ids. Each has one
//! place then, and rows that come meanwhile move no other. An index on what narrows the listing,
//! the expression and the id leads to the first row of a part, however far behind it is.

use std::fmt;

use crate::{Listed, Page, Result, Row, Tx, Value, conditions::Conditions};

/// Which end of a sorted listing comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// The lowest.
    Ascending,
    /// The highest.
    #[default]
    Descending,
}

/// Where a listing goes on: behind a row, by what its rows are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    key: Key,
    id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Instant(i64),
    Text(String),
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Key::Instant(at) => write!(f, "{} @{at}", self.id),
            Key::Text(text) => write!(f, "{} ={text}", self.id),
        }
    }
}

impl Position {
    /// A position as it was written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, key) = text.split_once(' ')?;
        let key = match key.split_at_checked(1)? {
            ("@", at) => Key::Instant(at.parse().ok()?),
            ("=", text) => Key::Text(text.to_owned()),
            _ => return None,
        };
        let id = id.to_owned();
        Some(Self { key, id })
    }

    fn of(row: &Row, by: By) -> Result<Self> {
        let key = match by {
            By::Instant(_) => Key::Instant(row.int("sort_key")?),
            By::Text(_) => Key::Text(row.text("sort_key")?),
        };
        let id = row.text("id")?;
        Ok(Self { key, id })
    }
}

/// A part of a listing.
#[derive(Debug)]
pub struct Part<T> {
    /// The rows, and how many there are in all parts.
    pub listed: Listed<T>,
    /// Behind which row the next part begins, if there is one.
    pub next: Option<Position>,
}

/// What rows are sorted by: an expression and what it gives.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Instant(&'static str),
    Text(&'static str),
}

/// In which order rows stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) by: By,
    /// The column that decides between equals.
    pub(crate) id: &'static str,
    pub(crate) direction: Direction,
}

impl Order {
    /// The newest first, by the columns of their making and of their id.
    pub(crate) const fn newest_first(created_at: &'static str, id: &'static str) -> Self {
        Self {
            by: By::Instant(created_at),
            id,
            direction: Direction::Descending,
        }
    }
}

/// A page of what the conditions leave of `from`, from the beginning or behind a row.
pub(crate) async fn list<T>(
    mut conditions: Conditions,
    tx: &mut Tx,
    (columns, from): (&str, &str),
    order: Order,
    (after, page): (Option<&Position>, Page),
    map: impl Fn(&Row) -> Result<T>,
) -> Result<Part<T>> {
    let total = conditions.count(tx, from).await?;
    let Order { by, id, direction } = order;
    let (By::Instant(key) | By::Text(key)) = by;
    let (behind, turn) = match direction {
        Direction::Ascending => (">", ""),
        Direction::Descending => ("<", " DESC"),
    };
    if let Some(position) = after {
        let at = match &position.key {
            Key::Instant(at) => Value::from(*at),
            Key::Text(text) => Value::from(text),
        };
        let condition = format!("({key}, {id}) {behind} (?, ?)");
        conditions.and_pair(&condition, (at, Value::from(&position.id)));
    }
    let columns = format!("{columns}, {key} AS sort_key");
    let order = format!("{key}{turn}, {id}{turn}");
    // One more than asked for, to know whether there is a next part.
    let more = Page {
        limit: page.limit.saturating_add(1),
        ..page
    };
    let mut rows = conditions.rows(tx, (&columns, from, &order), more).await?;
    let asked = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > asked;
    rows.truncate(asked);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|row| Position::of(row, by)).transpose()?;
    let rows = rows.iter().map(map).collect::<Result<_>>()?;
    Ok(Part {
        listed: Listed { rows, total },
        next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_written() {
        for key in [
            Key::Instant(-7),
            Key::Text(String::new()),
            Key::Text("@5 = a".to_owned()),
        ] {
            let id = "0195a000".to_owned();
            let position = Position { key, id };
            let written = position.to_string();
            assert_eq!(Position::parse(&written), Some(position), "{written}");
        }
    }

    #[test]
    fn other_texts_are_no_positions() {
        for text in ["", "5", "5 ", "5 7", "5 @x", "5 @", "5 é"] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }
}
