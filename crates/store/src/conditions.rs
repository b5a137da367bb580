//! The `WHERE` of a listing: what the scope may see, narrowed by the filters that were given.
//!
//! Rows and total come from the same conditions, so that the total cannot count what the rows hide.

use postscale_access::Scope;
use postscale_model::Timestamp;

use crate::{Listed, Page, Result, Row, Tx, Value, like, visible};

/// Conditions joined by `AND`, and the parameters in them.
pub(crate) struct Conditions {
    sql: String,
    parameters: Vec<Value>,
}

impl Conditions {
    /// What `scope` may see of rows with these columns. `$1` to `$4` are taken.
    pub(crate) fn visible(scope: &Scope, clauses: &visible::Clauses, now: Timestamp) -> Self {
        Self {
            sql: visible::clause(scope, clauses).to_owned(),
            parameters: visible::parameters(scope, now),
        }
    }

    /// Rows whose column is the value.
    pub(crate) fn equal(column: &str, value: impl Into<Value>) -> Self {
        Self {
            sql: [column, " = $1"].concat(),
            parameters: vec![value.into()],
        }
    }

    /// A fixed condition.
    pub(crate) fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    /// A condition in which every `?` is the value; none when there is none.
    pub(crate) fn and_given<V: Into<Value>>(&mut self, condition: &str, value: Option<V>) {
        if let Some(value) = value {
            self.parameters.push(value.into());
            let place = format!("${}", self.parameters.len());
            self.and(&condition.replace('?', &place));
        }
    }

    /// A condition whose two `?` are these values.
    pub(crate) fn and_pair(&mut self, condition: &str, (first, second): (Value, Value)) {
        self.parameters.extend([first, second]);
        let last = self.parameters.len();
        let condition = condition.replacen('?', &format!("${}", last - 1), 1);
        self.and(&condition.replacen('?', &format!("${last}"), 1));
    }

    /// Any of the columns contains the text, whatever the case.
    pub(crate) fn and_contains(&mut self, columns: &[&str], text: Option<&str>) {
        let like = |column: &&str| format!("LOWER({column}) LIKE LOWER(?) ESCAPE '\\'");
        let any: Vec<String> = columns.iter().map(like).collect();
        self.and_given(&format!("({})", any.join(" OR ")), text.map(like::contains));
    }

    /// One of the columns is the text, or the last one contains it, whatever the case.
    pub(crate) fn and_exactly_or_contains(
        &mut self,
        exact: &[&str],
        column: &str,
        text: Option<&str>,
    ) {
        let Some(text) = text else {
            return;
        };
        self.parameters.push(Value::from(text));
        let equal = format!(" = ${} OR ", self.parameters.len());
        let any: String = exact.iter().map(|name| [name, &*equal].concat()).collect();
        let like = format!("({any}LOWER({column}) LIKE LOWER(?) ESCAPE '\\')");
        self.and_given(&like, Some(like::contains(text)));
    }

    /// The JSON list in the column holds the text.
    pub(crate) fn and_holds(&mut self, column: &str, text: Option<&str>) {
        self.and_given(&holds(column, "?"), text.map(json_string));
    }

    /// Runs a statement that counts these rows.
    pub(crate) async fn count(&self, tx: &mut Tx, from: &str) -> Result<u64> {
        let sql = ["SELECT COUNT(*) AS total FROM ", from, " WHERE ", &self.sql].concat();
        crate::row::count(tx.query_opt(&sql, &self.parameters).await?.as_ref())
    }

    /// The rows of a page in `order`.
    pub(crate) async fn rows(
        mut self,
        tx: &mut Tx,
        (columns, from, order): (&str, &str, &str),
        page: Page,
    ) -> Result<Vec<Row>> {
        let first = self.parameters.len() + 1;
        let tail = format!(" ORDER BY {order} LIMIT ${first} OFFSET ${}", first + 1);
        let sql = [
            "SELECT ", columns, " FROM ", from, " WHERE ", &self.sql, &tail,
        ]
        .concat();
        self.parameters.push(Value::from(i64::from(page.limit)));
        self.parameters.push(Value::from(page.offset()));
        tx.query(&sql, &self.parameters).await
    }

    /// Runs the listing: a page of `columns` in `order`, and the total.
    pub(crate) async fn list<T>(
        self,
        tx: &mut Tx,
        listing: (&str, &str, &str),
        page: Page,
        map: impl Fn(&Row) -> Result<T>,
    ) -> Result<Listed<T>> {
        let total = self.count(tx, listing.1).await?;
        let rows = self.rows(tx, listing, page).await?;
        Ok(Listed {
            rows: rows.iter().map(map).collect::<Result<_>>()?,
            total,
        })
    }
}

/// The JSON list of texts in `column` holds the JSON text in `place`. Inside a JSON text a quote
/// follows a backslash, so that `["` and `,"` stand only where an element begins.
pub(crate) fn holds(column: &str, place: &str) -> String {
    format!(
        "(REPLACE({column}, '[' || {place}, '') <> {column} OR REPLACE({column}, ',' || {place}, '') <> {column})"
    )
}

/// A text as JSON.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
