//! The reference of the JSON API.

use askama::Template;

/// `/docs/api`
#[derive(Debug, Clone, Template)]
#[template(path = "pages/api_reference.html")]
pub struct ApiReferencePage {
    /// Version of the program.
    pub version: String,
    /// The operations, by the first noun of their paths.
    pub groups: Vec<OperationGroup>,
}

/// What one noun offers.
#[derive(Debug, Clone)]
pub struct OperationGroup {
    /// The noun, as in addresses.
    pub name: String,
    /// Its operations.
    pub operations: Vec<OperationView>,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct OperationView {
    /// Names it in the page.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// Template of its path.
    pub path: String,
    /// One sentence.
    pub summary: String,
    /// What of the access table it asks for, the first one first.
    pub actions: Vec<String>,
    /// Nobody need be signed in.
    pub is_public: bool,
    /// What stands in the path and the query.
    pub parameters: Vec<FieldView>,
    /// What is sent as JSON.
    pub request: Vec<FieldView>,
    /// Status of success.
    pub status: String,
    /// What is answered as JSON.
    pub response: Vec<FieldView>,
    /// What is answered instead of JSON.
    pub other_response: Option<&'static str>,
}

/// One field or parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldView {
    /// Its name, with those of what it is inside of.
    pub name: String,
    /// What kind of value.
    pub kind: String,
    /// A word about its presence; empty when there is nothing to say.
    pub presence: &'static str,
    /// What it means.
    pub meaning: String,
}
