//! Goal: each comparator says of each field what its name says; the first rule that holds decides,
//! tags go on, and explaining agrees with deciding; no pattern takes more than linear time.
//! Method: tables over one message; random rules against random verdicts and subjects; patterns and
//! texts that occupy a backtracking engine for ages.

use std::time::{Duration, Instant};

use postscale_model::{
    AuthVerdict, RuleActionKind, RuleComparator, RuleCondition, RuleField, Timestamp, Word as _,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::parse;

const MESSAGE: &str = "From: Bob <Bob.Builder@Mail.Far.example>\r\nTo: x@shared.example\r\n\
    Subject: =?utf-8?q?Re:_Rechnung_f=C3=BCr_M=C3=A4rz?=\r\nList-Id: <news.far.example>\r\n\
    X-Mark: one\r\nX-Mark: Two\r\nX-Empty:\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello.\r\n\
    --b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\na\r\n--b--\r\n";

fn facts_of(message: &str) -> Facts {
    let origin = Origin {
        envelope_sender: "bounce@far.example",
        spf: AuthVerdict::Pass,
        dkim: AuthVerdict::None,
        dmarc: AuthVerdict::Fail,
        size_bytes: 5000,
    };
    let recipient = "Info+tag@shared.example".parse().unwrap();
    Facts::of(&parse::parse(message.as_bytes()), origin, &recipient)
}

fn holds(rule: &InboundRule, facts: &Facts) -> bool {
    let mut conditions = rule.conditions.iter();
    match rule.match_mode {
        RuleMatch::All => conditions.all(|it| condition::holds(it, facts)),
        RuleMatch::Any => conditions.any(|it| condition::holds(it, facts)),
    }
}

fn condition(field: &str, comparator: &str, value: &str) -> RuleCondition {
    let (field, header_name) = match field.split_once(':') {
        Some((field, name)) => (field, Some(name.to_owned())),
        None => (field, None),
    };
    RuleCondition {
        field: RuleField::parse(field).unwrap(),
        comparator: RuleComparator::parse(comparator).unwrap(),
        value: value.to_owned(),
        header_name,
    }
}

fn rule(n: u8, priority: i64, conditions: Vec<RuleCondition>, action: RuleAction) -> InboundRule {
    let at = Timestamp::from_seconds(1_800_000_000);
    InboundRule {
        id: Uuid::from_bytes([n; 16]).into(),
        organization_id: Uuid::nil().into(),
        domain_id: Uuid::nil().into(),
        alias_id: None,
        name: format!("rule {n}"),
        conditions,
        match_mode: RuleMatch::All,
        action,
        priority,
        enabled: true,
        hits: 0,
        last_hit_at: None,
        created_at: at,
        updated_at: at,
    }
}

fn tag(word: &str) -> RuleAction {
    RuleAction::Tag {
        tags: vec![word.to_owned()],
    }
}

#[test]
fn each_comparator_says_what_its_name_says() {
    let facts = facts_of(MESSAGE);
    for (field, comparator, value, want) in [
        ("sender", "equals", "bob.builder@mail.far.EXAMPLE", true),
        ("sender", "equals", "bob@mail.far.example", false),
        ("sender", "not_equals", "bob@mail.far.example", true),
        ("sender", "starts_with", "BOB.", true),
        ("sender", "matches", "^bob", false),
        ("sender", "matches", "^Bob", true),
        ("sender", "matches", "(?i)^bob", true),
        ("sender_domain", "equals", "Mail.far.example", true),
        ("sender_domain", "ends_with", ".far.example", true),
        ("sender_domain", "contains", "near", false),
        ("recipient", "equals", "info+tag@SHARED.example", true),
        ("recipient", "contains", "+tag@", true),
        ("subject", "contains", "RECHNUNG FÜR", true),
        ("subject", "not_contains", "rechnung", false),
        ("subject", "not_contains", "angebot", true),
        ("subject", "ends_with", "märz", true),
        ("subject", "matches", r"^Re: \w+ für", true),
        ("subject", "exists", "", true),
        ("subject", "exists", "true", true),
        ("subject", "exists", "false", false),
        ("header:list-id", "exists", "true", true),
        ("header:List-Post", "exists", "true", false),
        ("header:List-Post", "exists", "false", true),
        ("header:X-Empty", "exists", "true", true),
        ("header:X-Mark", "equals", "two", true),
        ("header:X-Mark", "not_equals", "two", false),
        ("header:X-Mark", "not_contains", "three", true),
        ("header:X-Mark", "matches", "^T", true),
        ("header:List-Post", "not_equals", "x", true),
        ("header:List-Post", "contains", "x", false),
        ("spf", "equals", "pass", true),
        ("spf", "not_equals", "pass", false),
        ("dkim", "equals", "none", true),
        ("dmarc", "not_equals", "pass", true),
        ("size", "greater_than", "4999", true),
        ("size", "greater_than", "5000", false),
        ("size", "less_than", "5001", true),
        ("size", "less_than", "5000", false),
        ("has_attachment", "equals", "true", true),
        ("has_attachment", "equals", "false", false),
        // What no save lets through holds never.
        ("size", "equals", "5000", false),
        ("spf", "contains", "pass", false),
        ("subject", "matches", "(", false),
        ("subject", "greater_than", "1", false),
    ] {
        let condition = condition(field, comparator, value);
        let holds = condition::holds(&condition, &facts);
        assert_eq!(holds, want, "{field} {comparator} {value:?}");
    }
}

#[test]
fn a_message_without_an_author_has_its_envelope_sender() {
    let facts = facts_of("Subject: x\r\n\r\nx\r\n");
    let found = |field: &str| condition::found(&condition(field, "contains", "x"), &facts);
    assert_eq!(found("sender"), ["bounce@far.example"]);
    assert_eq!(found("sender_domain"), ["far.example"]);
    let facts = facts_of("\r\n");
    assert!(!condition::holds(
        &condition("subject", "exists", ""),
        &facts
    ));
    assert!(condition::holds(
        &condition("subject", "not_equals", "x"),
        &facts
    ));
}

#[test]
fn a_domain_is_itself_in_whatever_letters() {
    let facts = facts_of("From: a@xn--bcher-kva.example\r\n\r\nx\r\n");
    for value in ["bücher.example", "XN--bcher-kva.example"] {
        let equals = condition("sender_domain", "equals", value);
        assert!(condition::holds(&equals, &facts), "{value}");
    }
    let equals = condition("sender", "equals", "a@BÜCHER.example");
    assert!(condition::holds(&equals, &facts));
}

#[test]
fn rules_of_the_alias_come_first_then_priority_then_age() {
    let alias = Uuid::from_bytes([7; 16]).into();
    let other = Uuid::from_bytes([8; 16]).into();
    let always = || vec![condition("size", "greater_than", "0")];
    let on = |alias, rule: InboundRule| InboundRule {
        alias_id: Some(alias),
        ..rule
    };
    let older = InboundRule {
        created_at: Timestamp::from_seconds(1_700_000_000),
        ..rule(3, 10, always(), RuleAction::Store)
    };
    let rules = [
        rule(1, 10, always(), RuleAction::Drop),
        rule(2, -5, always(), tag("a")),
        older,
        on(alias, rule(4, 900, always(), tag("b"))),
        on(other, rule(5, -900, always(), RuleAction::Drop)),
        InboundRule {
            enabled: false,
            ..rule(6, -9, always(), RuleAction::Drop)
        },
    ];
    let facts = facts_of(MESSAGE);
    let (decision, explained) = explain(&rules, Some(alias), &facts);
    assert_eq!(decision.decided.unwrap().name, "rule 3");
    assert_eq!(decision.tags(), ["b", "a"]);
    let said: Vec<_> = explained
        .iter()
        .map(|it| (it.rule.name.as_str(), it.outcome.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("rule 4", "tags"),
            ("rule 6", "disabled"),
            ("rule 2", "tags"),
            ("rule 3", "decides"),
            ("rule 1", "not_reached"),
            ("rule 5", "other_alias"),
        ]
    );
    assert_eq!(explained[0].conditions[0].found, ["5000"]);
    // The catch-all has no rules of its own.
    let decision = decide(&rules, None, &facts);
    assert_eq!(
        (decision.tags(), decision.hits().count()),
        (vec!["a".to_owned()], 2)
    );
}

#[test]
fn what_is_known_of_the_message_is_asked_of_each_recipient_anew_where_it_matters() {
    let subject = condition("subject", "contains", "offer");
    let to_ann = condition("recipient", "starts_with", "ann@");
    let rules = [
        rule(1, 1, vec![subject.clone(), to_ann], RuleAction::Drop),
        rule(2, 2, vec![subject], RuleAction::Store),
    ];
    let mut facts = facts_of("From: a@x.example\r\nSubject: An offer\r\n\r\n");
    let mut asked = Asked::new(&rules);
    for (recipient, want) in [
        ("bob@here.example", 1),
        ("ann@here.example", 0),
        ("bob@here.example", 1),
    ] {
        facts.set_recipient(&recipient.parse().unwrap());
        let decision = asked.decide(None, &facts);
        assert_eq!(decision, decide(&rules, None, &facts));
        assert_eq!(decision.decided, Some(&rules[want]), "{recipient}");
    }
}

#[test]
fn of_a_field_that_stands_often_the_first_ones_are_looked_at() {
    let fields: String = (0..=FIELDS_MAX)
        .map(|n| format!("X-N: n{n}.\r\n"))
        .collect();
    let facts = facts_of(&format!("From: a@x.example\r\n{fields}\r\n"));
    for (n, want) in [(0, true), (FIELDS_MAX - 1, true), (FIELDS_MAX, false)] {
        let one = RuleCondition {
            header_name: Some("x-n".to_owned()),
            ..condition("header", "equals", &format!("n{n}."))
        };
        assert_eq!(condition::holds(&one, &facts), want, "{n}");
    }
}

#[test]
fn all_or_any_of_the_conditions_must_hold() {
    let conditions = || {
        vec![
            condition("spf", "equals", "pass"),
            condition("dkim", "equals", "pass"),
        ]
    };
    let facts = facts_of(MESSAGE);
    for (match_mode, want) in [(RuleMatch::All, false), (RuleMatch::Any, true)] {
        let rules = [InboundRule {
            match_mode,
            ..rule(1, 0, conditions(), RuleAction::Drop)
        }];
        assert_eq!(decide(&rules, None, &facts).decided.is_some(), want);
    }
}

#[test]
fn a_message_is_marked_with_few_words_each_once() {
    let always = || vec![condition("size", "greater_than", "0")];
    let mut rules: Vec<_> = (0..80)
        .map(|n| rule(n, n.into(), always(), tag(&format!("t{}", n % 60))))
        .collect();
    rules.push(rule(99, 99, always(), RuleAction::Store));
    let facts = facts_of(MESSAGE);
    let decision = decide(&rules, None, &facts);
    let tags = decision.tags();
    assert_eq!(
        (tags.len(), tags[0].as_str(), tags[49].as_str()),
        (50, "t0", "t49")
    );
    assert_eq!(decision.hits().count(), 81);
}

#[test]
fn what_is_found_is_shortened_for_people() {
    let mut message = "X-A: ".to_owned() + &"é".repeat(600) + "\r\n";
    message += &"X-A: y\r\n".repeat(20);
    let facts = facts_of(&message);
    let rules = [rule(
        1,
        0,
        vec![condition("header:x-a", "contains", "é")],
        RuleAction::Store,
    )];
    let (_, explained) = explain(&rules, None, &facts);
    let found = &explained[0].conditions[0].found;
    assert_eq!((found.len(), found[0].chars().count()), (10, 501));
}

/// Patterns that take a backtracking engine time exponential or of a high power in the text.
const EXPLOSIVE: [(&str, &str); 6] = [
    (r"^(a+)+$", "a"),
    (r"^(a|a)*$", "a"),
    (r"^(a|aa)+$", "a"),
    (r"(.*a){12}", "a"),
    (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a"),
    (r"(x+x+)+y", "x"),
];

#[test]
fn patterns_that_blow_up_elsewhere_stay_linear() {
    for (pattern, letter) in EXPLOSIVE {
        assert_eq!(check_pattern(pattern), Ok(()), "{pattern}");
        let message = format!("Subject: {}!\r\n\r\nx\r\n", letter.repeat(90_000));
        let facts = facts_of(&message);
        let condition = condition("subject", "matches", pattern);
        let started = Instant::now();
        for _ in 0..20 {
            condition::holds(&condition, &facts);
        }
        let took = started.elapsed();
        assert!(took < Duration::from_secs(5), "{pattern}: {took:?}");
    }
}

fn any_rule(n: u8) -> impl Strategy<Value = InboundRule> {
    let verdict = proptest::sample::select(vec!["pass", "fail", "none"]);
    let text = "[a-c]{1,2}";
    let conditions = prop_oneof![
        verdict.prop_map(|value| condition("spf", "equals", value)),
        text.prop_map(|value| condition("subject", "contains", &value)),
        text.prop_map(|value| condition("subject", "not_contains", &value)),
    ];
    let conditions = proptest::collection::vec(conditions, 1..4);
    let action = prop_oneof![
        Just(RuleAction::Drop),
        Just(RuleAction::Store),
        "[a-z]{1,3}".prop_map(|word| tag(&word)),
    ];
    let alias = proptest::option::of(0_u8..3);
    (
        conditions,
        action,
        -3_i64..3,
        alias,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            move |(conditions, action, priority, alias, enabled, all)| InboundRule {
                alias_id: alias.map(|n| Uuid::from_bytes([n; 16]).into()),
                enabled,
                match_mode: if all { RuleMatch::All } else { RuleMatch::Any },
                ..rule(n, priority, conditions, action)
            },
        )
}

proptest! {
    #[test]
    fn the_first_that_holds_decides_and_explaining_agrees(
        rules in (0_u8..8).prop_flat_map(|n| (0..n).map(any_rule).collect::<Vec<_>>()),
        alias in proptest::option::of(0_u8..3),
        subject in "[a-d]{0,6}",
    ) {
        let alias = alias.map(|n| Uuid::from_bytes([n; 16]).into());
        let facts = facts_of(&format!("Subject: {subject}\r\n\r\nx\r\n"));
        let decision = decide(&rules, alias, &facts);
        let asked: Vec<_> = in_order(&rules, alias)
            .into_iter()
            .filter(|rule| is_asked(rule, alias))
            .collect();
        let decides = |rule: &&&InboundRule| {
            rule.action.kind() != RuleActionKind::Tag && holds(rule, &facts)
        };
        let first = asked.iter().find(decides).copied();
        prop_assert_eq!(decision.decided, first);
        for rule in &decision.tagging {
            prop_assert!(rule.enabled && holds(rule, &facts));
        }
        let (again, explained) = explain(&rules, alias, &facts);
        prop_assert_eq!(&again, &decision);
        prop_assert_eq!(explained.len(), rules.len());
        let decided = explained.iter().filter(|it| it.outcome == RuleOutcome::Decides);
        prop_assert_eq!(decided.count(), usize::from(decision.decided.is_some()));
        let tags = explained.iter().filter(|it| it.outcome == RuleOutcome::Tags);
        prop_assert_eq!(tags.count(), decision.tagging.len());
    }

    #[test]
    fn a_comparator_and_its_opposite_never_agree(
        subject in "[a-c ]{0,6}", value in "[a-c]{1,3}", field in proptest::sample::select(vec!["subject", "sender", "header:x-a"]),
    ) {
        let facts = facts_of(&format!("Subject: {subject}\r\nX-A: {subject}\r\nFrom: {subject}@a.example\r\n\r\n"));
        for (one, other) in [("equals", "not_equals"), ("contains", "not_contains")] {
            let holds = |comparator| condition::holds(&condition(field, comparator, &value), &facts);
            prop_assert_ne!(holds(one), holds(other));
        }
    }

    #[test]
    fn no_text_makes_a_pattern_panic(text in ".{0,40}", subject in ".{0,40}") {
        let _checked = check_pattern(&text);
        let facts = facts_of(&format!("Subject: {subject}\r\n\r\n"));
        let _holds = condition::holds(&condition("subject", "matches", &text), &facts);
    }
}
