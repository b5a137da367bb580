//! The Rule object, and what requests about rules have in common.

use postscale_actions::rules::{ActionConfig, NewCondition, RuleView};
use postscale_model::{RuleAction, RuleCondition, Word as _};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::Value;
use utoipa::ToSchema;

/// One thing a message is asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleConditionBody)]
pub(super) struct ConditionBody {
    field: &'static str,
    comparator: &'static str,
    value: String,
    /// Which header fields, with field `header`; the first 20 of that name are looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    header_name: Option<String>,
}

impl From<&RuleCondition> for ConditionBody {
    fn from(condition: &RuleCondition) -> Self {
        Self {
            field: condition.field.as_str(),
            comparator: condition.comparator.as_str(),
            value: condition.value.clone(),
            header_name: condition.header_name.clone(),
        }
    }
}

/// What belongs to the action; other members are absent.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = RuleActionConfigBody)]
pub(super) struct ConfigBody {
    /// Of `forward`.
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_to: Option<Vec<String>>,
    /// Of `webhook`: null announces to every webhook that covers the domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook_id: Option<Option<String>>,
    /// Of `reject`: what the sender is told; null for words of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Option<String>>,
    /// Of `tag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
}

impl From<&RuleAction> for ConfigBody {
    fn from(action: &RuleAction) -> Self {
        let mut config = Self::default();
        match action {
            RuleAction::Drop | RuleAction::Store => {}
            RuleAction::Forward { to } => {
                config.forward_to = Some(to.iter().map(ToString::to_string).collect());
            }
            RuleAction::Webhook { webhook_id } => {
                config.webhook_id = Some(webhook_id.map(|id| id.to_string()));
            }
            RuleAction::Reject { text } => config.text = Some(text.clone()),
            RuleAction::Tag { tags } => config.tags = Some(tags.clone()),
        }
        config
    }
}

/// An inbound rule.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleBody {
    id: String,
    domain_id: String,
    name: String,
    /// The alias whose mail it is about; null for all mail of the domain.
    alias_id: Option<String>,
    conditions: Vec<ConditionBody>,
    /// `all` or `any` of the conditions must hold.
    r#match: &'static str,
    /// `drop`, `reject`, `forward`, `webhook`, `store` or `tag`.
    action: &'static str,
    action_config: ConfigBody,
    /// The lower, the earlier; ties go by creation.
    priority: i64,
    enabled: bool,
    /// Messages it decided about or marked.
    hits: i64,
    last_hit_at: Option<String>,
    /// Targets that have not confirmed yet: nothing is forwarded to them.
    unconfirmed: Vec<String>,
    /// The webhook it names was deleted: nobody is told until another one is chosen.
    webhook_deleted: bool,
    created_at: String,
    updated_at: String,
}

impl From<RuleView> for RuleBody {
    fn from(view: RuleView) -> Self {
        let rule = view.rule;
        Self {
            id: rule.id.to_string(),
            domain_id: rule.domain_id.to_string(),
            alias_id: rule.alias_id.map(|id| id.to_string()),
            conditions: rule.conditions.iter().map(Into::into).collect(),
            r#match: rule.match_mode.as_str(),
            action: rule.action.kind().as_str(),
            action_config: ConfigBody::from(&rule.action),
            priority: rule.priority,
            enabled: rule.enabled,
            hits: rule.hits,
            last_hit_at: rule.last_hit_at.map(|at| at.to_rfc3339()),
            unconfirmed: view.unconfirmed.iter().map(ToString::to_string).collect(),
            webhook_deleted: view.webhook_is_gone,
            created_at: rule.created_at.to_rfc3339(),
            updated_at: rule.updated_at.to_rfc3339(),
            name: rule.name,
        }
    }
}

/// A rule, wrapped as aliases are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleEnvelope {
    rule: RuleBody,
}

impl From<RuleView> for RuleEnvelope {
    fn from(view: RuleView) -> Self {
        Self { rule: view.into() }
    }
}

/// One thing a message is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RuleConditionRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct ConditionRequest {
    /// `sender`, `sender_domain`, `recipient`, `subject`, `header`, `spf`, `dkim`, `dmarc`, `size` or
    /// `has_attachment`.
    field: String,
    /// `equals`, `not_equals`, `contains`, `not_contains`, `starts_with`, `ends_with`, `matches` (a
    /// regular expression, the only one that tells case apart), `exists`, `greater_than` or
    /// `less_than`; not all fit every field.
    comparator: String,
    /// A text; a number or a flag may be written as such.
    #[serde(default, deserialize_with = "scalar")]
    #[schema(value_type = Option<String>)]
    value: String,
    /// Which header fields, with field `header`; the first 20 of that name are looked at.
    header_name: Option<String>,
}

/// A scalar that is no text is judged by how it is written.
fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("must be a text, a number, true or false"))
        }
        other => Ok(other.to_string()),
    }
}

impl From<ConditionRequest> for NewCondition {
    fn from(request: ConditionRequest) -> Self {
        Self {
            field: request.field,
            comparator: request.comparator,
            value: request.value,
            header_name: request.header_name,
        }
    }
}

pub(super) fn conditions(all: Vec<ConditionRequest>) -> Vec<NewCondition> {
    all.into_iter().map(Into::into).collect()
}

/// What belongs to the action.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = RuleActionConfigRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigRequest {
    /// Of `forward`: at most 20 addresses. Those outside your organization are asked by mail first.
    forward_to: Option<Vec<String>>,
    /// Of `webhook`: announces to this one only.
    webhook_id: Option<String>,
    /// Of `reject`: what the sender is told; at most 200 printable ASCII characters.
    text: Option<String>,
    /// Of `tag`: at most 10 words of at most 64 characters.
    tags: Option<Vec<String>>,
}

impl From<ConfigRequest> for ActionConfig {
    fn from(request: ConfigRequest) -> Self {
        Self {
            forward_to: request.forward_to,
            webhook_id: request.webhook_id,
            text: request.text,
            tags: request.tags,
        }
    }
}
