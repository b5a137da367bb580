//! The OpenAPI 3.1 document, made from the routes themselves.

use std::collections::BTreeMap;

use axum::http::Method;
use postscale_web::{Body, Operation, Route, Surface};
use serde_json::{Map, Value, json};

/// The document of this API.
#[must_use]
pub fn document() -> Value {
    document_of(crate::routes().list())
}

/// The document of some routes. Every operation carries `x-postscale-action`.
#[must_use]
pub fn document_of(routes: &[Route]) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut schemas: BTreeMap<&str, Value> = BTreeMap::new();
    for route in routes {
        if let Some(operation) = &route.operation {
            let method = route.method.as_str().to_ascii_lowercase();
            paths
                .entry(route.path)
                .or_default()
                .insert(method, described(route, operation));
            for (name, schema) in &operation.schemas {
                schemas.insert(name, json!(schema));
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Postscale API",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "An API key: ps_live_… or ps_test_…" },
                "session": { "type": "apiKey", "in": "cookie", "name": "__Host-postscale_session" },
            },
        },
    })
}

fn described(route: &Route, operation: &Operation) -> Value {
    let names: Vec<&str> = route.actions.iter().map(|action| action.name()).collect();
    let mut described = json!({
        "summary": operation.summary,
        "operationId": operation_id(route),
        "tags": [tag(route.path)],
        "x-postscale-action": names[0],
        "parameters": parameters(route, operation),
        "responses": responses(route, operation),
    });
    if names.len() > 1 {
        described["x-postscale-actions"] = json!(names);
    }
    if route.surface == Surface::Api {
        described["security"] = json!([{ "key": [] }, { "session": [] }]);
    }
    let content = match &operation.request {
        Body::Empty => None,
        Body::Json(schema) => Some(json!({ "application/json": { "schema": schema } })),
        Body::Bytes => Some(
            json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } }),
        ),
    };
    if let Some(content) = content {
        described["requestBody"] = json!({ "content": content });
    }
    described
}

fn operation_id(route: &Route) -> String {
    let path = route
        .path
        .trim_start_matches("/v1/")
        .replace(['/', '-'], "_")
        .replace(['{', '}'], "");
    format!("{}_{path}", route.method.as_str().to_ascii_lowercase())
}

fn tag(path: &str) -> &str {
    path.trim_start_matches("/v1/")
        .split('/')
        .next()
        .unwrap_or_default()
}

fn parameters(route: &Route, operation: &Operation) -> Vec<Value> {
    let in_path = route
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let in_query = operation.query.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "query", "required": false, "description": meaning, "schema": { "type": "string" } })
    });
    in_path.chain(in_query).collect()
}

fn responses(route: &Route, operation: &Operation) -> Value {
    let content = match &operation.response {
        Body::Empty => None,
        Body::Json(schema) => Some(json!({ "application/json": { "schema": schema } })),
        Body::Bytes => Some(
            json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } }),
        ),
    };
    let mut success = json!({ "description": "Done" });
    if let Some(content) = content {
        success["content"] = content;
    }
    let error = json!({
        "description": "An error",
        "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["error"],
            "properties": { "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": { "type": "string" },
                    "message": { "type": "string" },
                    "fields": { "type": "object", "additionalProperties": { "type": "string" } },
                },
            } },
        } } },
    });
    let mut responses = Map::new();
    responses.insert(operation.success.as_str().to_owned(), success);
    let mut errors = vec!["default"];
    if route.surface == Surface::Api {
        errors.push("401");
    }
    if matches!(route.method, Method::POST | Method::PUT | Method::PATCH) {
        errors.push("400");
    }
    for code in errors {
        responses.insert(code.to_owned(), error.clone());
    }
    Value::Object(responses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(target) if name == "$ref" => found.push(target),
                        _ => references(member, found),
                    }
                }
            }
            Value::Array(entries) => entries.iter().for_each(|entry| references(entry, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for target in found {
            let pointer = target
                .strip_prefix('#')
                .expect("a reference inside of the document");
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
    }

    #[test]
    fn a_name_of_a_schema_means_one_thing() {
        let mut known: BTreeMap<String, Value> = BTreeMap::new();
        for route in crate::routes().list() {
            let schemas = route
                .operation
                .iter()
                .flat_map(|operation| &operation.schemas);
            for (name, schema) in schemas {
                let schema = json!(schema);
                let first = known.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(*first, schema, "{name}");
            }
        }
    }
}
