//! From the OpenAPI document to the page that shows it. Schemas are laid flat: a member of a member
//! has both names, as in `attachments[].filename`.

use serde_json::{Map, Value};

use crate::views::api_reference::{ApiReferencePage, FieldView, OperationGroup, OperationView};

/// Levels of members that are shown.
const DEPTH_MAX: usize = 5;
/// Methods in the order in which they are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page of a document.
pub(crate) fn page(document: &Value) -> ApiReferencePage {
    let mut groups: Vec<OperationGroup> = Vec::new();
    let empty = Map::new();
    let paths = document["paths"].as_object().unwrap_or(&empty);
    for (path, methods) in paths {
        let known = METHODS
            .iter()
            .filter(|method| methods.get(method).is_some());
        for method in known {
            let operation = &methods[method];
            let view = operation_view(document, method, path, operation);
            let name = text(&operation["tags"][0]);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.operations.push(view),
                None => groups.push(OperationGroup {
                    name,
                    operations: vec![view],
                }),
            }
        }
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    ApiReferencePage {
        version: text(&document["info"]["version"]),
        groups,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn operation_view(document: &Value, method: &str, path: &str, operation: &Value) -> OperationView {
    let empty = Map::new();
    let responses = operation["responses"].as_object().unwrap_or(&empty);
    let success = responses.iter().find(|(status, _)| status.starts_with('2'));
    let (status, content) =
        success.map_or(("", &Value::Null), |(status, it)| (status, &it["content"]));
    let json = |content: &Value| content["application/json"]["schema"].clone();
    let other_response = match content {
        Value::Null => Some("nothing is answered"),
        content if content.get("application/json").is_none() => Some("the bytes of a file"),
        _ => None,
    };
    let all = operation["x-postscale-actions"].as_array();
    let actions = all.map_or_else(
        || vec![text(&operation["x-postscale-action"])],
        |all| all.iter().map(text).collect(),
    );
    OperationView {
        id: text(&operation["operationId"]),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        actions,
        is_public: operation.get("security").is_none(),
        parameters: parameters(operation),
        request: fields(document, &json(&operation["requestBody"]["content"])),
        status: status.to_owned(),
        response: fields(document, &json(content)),
        other_response,
    }
}

fn parameters(operation: &Value) -> Vec<FieldView> {
    let all = operation["parameters"].as_array().map(Vec::as_slice);
    let all = all.unwrap_or_default().iter();
    all.map(|parameter| FieldView {
        name: text(&parameter["name"]),
        kind: format!("in the {}", text(&parameter["in"])),
        presence: if parameter["required"] == true {
            "required"
        } else {
            ""
        },
        meaning: sentence(&text(&parameter["description"])),
    })
    .collect()
}

/// The members of a schema, laid flat.
fn fields(document: &Value, schema: &Value) -> Vec<FieldView> {
    let mut flat = Vec::new();
    members(document, schema, "", &mut flat, 0);
    flat
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let target = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
    target
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(schema)
}

/// The schema itself, or the one beside `null`.
fn meant<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let schema = resolved(document, schema);
    let choices = schema["oneOf"].as_array().map(Vec::as_slice);
    let mut real = choices
        .unwrap_or_default()
        .iter()
        .filter(|choice| choice["type"] != "null");
    match (real.next(), real.next()) {
        (Some(only), None) => resolved(document, only),
        _ => schema,
    }
}

fn members(
    document: &Value,
    schema: &Value,
    prefix: &str,
    flat: &mut Vec<FieldView>,
    depth: usize,
) {
    if depth >= DEPTH_MAX {
        return;
    }
    let schema = meant(document, schema);
    // What a body shares with others stands beside its own members.
    for part in schema["allOf"].as_array().into_iter().flatten() {
        members(document, part, prefix, flat, depth + 1);
    }
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    let required = schema["required"].as_array().map(Vec::as_slice);
    let required = required.unwrap_or_default();
    for (name, member) in properties {
        let name_here = format!("{prefix}{name}");
        let is_required = required.iter().any(|it| it == name);
        let description = member.get("description");
        let description = description.or_else(|| meant(document, member).get("description"));
        flat.push(FieldView {
            kind: kind(document, member),
            presence: if is_required { "required" } else { "" },
            meaning: sentence(&description.map(text).unwrap_or_default()),
            name: name_here.clone(),
        });
        let inner = meant(document, member);
        let (inner, suffix) = match inner.get("items") {
            Some(items) => (items, "[]."),
            None => (inner, "."),
        };
        members(document, inner, &(name_here + suffix), flat, depth + 1);
    }
}

/// What kind of value a schema stands for.
fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        let kinds: Vec<String> = choices.iter().map(|it| kind(document, it)).collect();
        return kinds.join(" or ");
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(text).collect();
        return words.join(", ");
    }
    if schema["allOf"].is_array() {
        return "object".to_owned();
    }
    let one = |name: &str| match name {
        "array" => format!("list of {}", kind(document, &schema["items"])),
        "object"
            if schema
                .get("additionalProperties")
                .is_some_and(Value::is_object) =>
        {
            "map of names to values".to_owned()
        }
        name => name.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => one(name),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str);
            names.map(one).collect::<Vec<_>>().join(" or ")
        }
        _ => "any value".to_owned(),
    }
}

/// A description as a sentence, without the marks of code.
fn sentence(description: &str) -> String {
    let text = description.replace('`', "");
    let text = text.trim();
    if text.is_empty() || text.ends_with('.') {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(schema: Value) -> Value {
        json!({
            "components": { "schemas": {
                "Part": { "type": "object", "required": ["id"], "properties": {
                    "id": { "type": "string", "description": "Names it" },
                } },
                "Loop": { "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Loop" } } },
            } },
            "schema": schema,
        })
    }

    fn flat(properties: Value) -> Vec<String> {
        let document = document(json!({ "type": "object", "properties": properties }));
        let fields = fields(&document, &document["schema"]);
        let line = |field: FieldView| {
            let FieldView {
                name,
                kind,
                presence,
                meaning,
            } = field;
            format!("{name}: {kind} {presence} {meaning}")
                .trim_end()
                .to_owned()
        };
        fields.into_iter().map(line).collect()
    }

    #[test]
    fn members_of_members_have_both_names() {
        assert_eq!(
            flat(
                json!({ "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Part" } } })
            ),
            [
                "parts: list of object",
                "parts[].id: string required Names it."
            ]
        );
        let optional =
            json!({ "oneOf": [{ "$ref": "#/components/schemas/Part" }, { "type": "null" }] });
        assert_eq!(
            flat(json!({ "part": optional })),
            ["part: object or null", "part.id: string required Names it."]
        );
    }

    #[test]
    fn members_that_several_bodies_share_are_there() {
        let part = json!({ "$ref": "#/components/schemas/Part" });
        let own = json!({ "type": "object", "properties": { "date": { "type": "string" } } });
        assert_eq!(
            flat(json!({ "day": { "allOf": [part, own] } })),
            [
                "day: object",
                "day.id: string required Names it.",
                "day.date: string"
            ]
        );
    }

    #[test]
    fn kinds_are_read_by_people() {
        for (schema, want) in [
            (json!({ "type": ["string", "null"] }), "string or null"),
            (json!({ "enum": ["a", "b"] }), "a, b"),
            (
                json!({ "type": "object", "additionalProperties": { "type": "string" } }),
                "map of names to values",
            ),
            (json!({}), "any value"),
        ] {
            assert_eq!(kind(&Value::Null, &schema), want, "{schema}");
        }
    }

    #[test]
    fn what_contains_itself_ends() {
        assert_eq!(
            flat(json!({ "a": { "$ref": "#/components/schemas/Loop" } })).len(),
            DEPTH_MAX
        );
    }
}
