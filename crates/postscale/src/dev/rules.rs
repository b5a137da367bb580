//! Inbound rules of the demo: one of an alias, one that tags, one that refuses.

use anyhow::Result;
use postscale_access::{Caller, DomainRef};
use postscale_actions::{
    App,
    rules::{self, ActionConfig, NewCondition, NewRule, RuleAlias},
};
use postscale_model::RuleMatch;

const DOMAIN: &str = "acme.test";

fn condition(field: &str, comparator: &str, value: &str) -> NewCondition {
    NewCondition {
        field: field.to_owned(),
        comparator: comparator.to_owned(),
        value: value.to_owned(),
        header_name: None,
    }
}

fn rule(name: &str, conditions: Vec<NewCondition>, action: &str, config: ActionConfig) -> NewRule {
    NewRule {
        name: name.to_owned(),
        alias: RuleAlias::Every,
        conditions,
        match_mode: RuleMatch::All,
        action: action.to_owned(),
        config,
        priority: rules::PRIORITY_DEFAULT,
        enabled: true,
    }
}

fn all() -> Vec<NewRule> {
    let list_id = NewCondition {
        header_name: Some("List-Id".to_owned()),
        ..condition("header", "exists", "true")
    };
    let tags = ActionConfig {
        tags: Some(vec!["newsletter".to_owned()]),
        ..ActionConfig::default()
    };
    let text = ActionConfig {
        text: Some("This message does not come from where it says".to_owned()),
        ..ActionConfig::default()
    };
    let large = vec![
        condition("has_attachment", "equals", "true"),
        condition("size", "greater_than", "10000000"),
    ];
    vec![
        NewRule {
            alias: RuleAlias::Named("support".to_owned()),
            ..rule(
                "Large files for support",
                large,
                "store",
                ActionConfig::default(),
            )
        },
        NewRule {
            priority: 10,
            ..rule("Newsletters", vec![list_id], "tag", tags)
        },
        NewRule {
            priority: 20,
            ..rule(
                "Forged senders",
                vec![condition("dmarc", "equals", "fail")],
                "reject",
                text,
            )
        },
    ]
}

/// Makes them unless there are some.
pub async fn make_all(app: &App, owner: &Caller) -> Result<()> {
    let domain = DomainRef::parse(DOMAIN);
    if !rules::list(app, owner, &domain).await?.rules.is_empty() {
        return Ok(());
    }
    for new in all() {
        rules::create(app, owner, &domain, new.into()).await?;
    }
    Ok(())
}
