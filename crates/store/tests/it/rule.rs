//! Inbound rules: of which domain they are, what comes back, what they count, what ends them.

use std::collections::BTreeMap;

use postscale_access::action;
use postscale_model::{
    Alias, AliasAction, InboundRule, RuleAction, RuleComparator, RuleCondition, RuleField,
    RuleMatch,
};
use postscale_store::{Tx, alias, rule};
use postscale_testkit::on_both_engines;

use crate::world::{NOW, Who, World, later, system};

fn new_rule(world: &World, domain: usize, name: &str, priority: i64) -> InboundRule {
    InboundRule {
        id: world.sources.id(),
        organization_id: world.teams[0].id,
        domain_id: world.teams[0].domains[domain],
        alias_id: None,
        name: name.to_owned(),
        conditions: vec![RuleCondition {
            field: RuleField::Header,
            comparator: RuleComparator::Exists,
            value: "true".to_owned(),
            header_name: Some("List-Id".to_owned()),
        }],
        match_mode: RuleMatch::Any,
        action: RuleAction::Drop,
        priority,
        enabled: true,
        hits: 0,
        last_hit_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn make(world: &World, tx: &mut Tx, domain: usize, rule: &InboundRule) {
    let proof = world.writable(tx, 0, domain).await;
    rule::insert(tx, &proof, rule).await.unwrap();
}

async fn make_alias(world: &World, tx: &mut Tx, domain: usize) -> Alias {
    let new = Alias {
        id: world.sources.id(),
        organization_id: world.teams[0].id,
        domain_id: world.teams[0].domains[domain],
        domain: String::new(),
        local_part: "info".to_owned(),
        action: AliasAction::Store,
        forward_to: vec![],
        webhook_id: None,
        is_masked: false,
        description: String::new(),
        emails_received: 0,
        active: true,
        expires_at: None,
        created_at: NOW,
        updated_at: NOW,
    };
    let proof = world.writable(tx, 0, domain).await;
    alias::insert(tx, &proof, &new).await.unwrap();
    new
}

on_both_engines! {
    async fn every_action_comes_back_as_it_was_kept(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for action in [
            RuleAction::Drop,
            RuleAction::Store,
            RuleAction::Reject { text: None },
            RuleAction::Reject { text: Some("No".to_owned()) },
            RuleAction::Forward { to: vec!["ann@home.example".parse().unwrap()] },
            RuleAction::Webhook { webhook_id: None },
            RuleAction::Tag { tags: vec!["a".to_owned(), "b".to_owned()] },
        ] {
            let new = InboundRule { action, ..new_rule(&world, 0, "x", 5) };
            make(&world, &mut tx, 0, &new).await;
            let proof = world.writable(&mut tx, 0, 0).await;
            assert_eq!(rule::find(&mut tx, &proof, new.id).await, Ok(Some(new.clone())));
            let changed = InboundRule { enabled: false, name: "y".to_owned(), updated_at: later(5), ..new };
            rule::update(&mut tx, &proof, &changed).await.unwrap();
            assert_eq!(rule::find(&mut tx, &proof, changed.id).await, Ok(Some(changed)));
        }
    }

    async fn a_rule_is_found_in_its_own_domain_only(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let ours = new_rule(&world, 0, "ours", 5);
        make(&world, &mut tx, 0, &ours).await;
        for (team, domain) in [(0, 1), (1, 0), (1, 1)] {
            let other = world.writable(&mut tx, team, domain).await;
            assert_eq!(rule::find(&mut tx, &other, ours.id).await, Ok(None));
            assert!(rule::list(&mut tx, &other).await.unwrap().is_empty());
            rule::delete(&mut tx, &other, ours.id).await.unwrap();
            let changed = InboundRule { name: "theirs".to_owned(), ..ours.clone() };
            rule::update(&mut tx, &other, &changed).await.unwrap();
        }
        let proof = world.writable(&mut tx, 0, 0).await;
        assert_eq!(rule::list(&mut tx, &proof).await, Ok(vec![ours]));
        let refused = world.domain(&mut tx, (0, Who::Stranger), action::RULE_LIST, world.teams[0].domains[0]).await;
        assert!(refused.is_err());
    }

    async fn rules_are_listed_in_the_order_they_are_asked_and_go_with_their_alias(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let info = make_alias(&world, &mut tx, 0).await;
        let elsewhere = make_alias(&world, &mut tx, 1).await;
        for (name, priority, of_alias) in [("late", 9, false), ("early", -9, false), ("first", 99, true)] {
            let alias_id = of_alias.then_some(info.id);
            make(&world, &mut tx, 0, &InboundRule { alias_id, ..new_rule(&world, 0, name, priority) }).await;
        }
        let paused = InboundRule { enabled: false, ..new_rule(&world, 0, "paused", 0) };
        make(&world, &mut tx, 0, &paused).await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let names = async |tx: &mut Tx| -> Vec<String> {
            let all = rule::list(tx, &proof).await.unwrap();
            all.into_iter().map(|rule| rule.name).collect()
        };
        assert_eq!(names(&mut tx).await, ["first", "early", "paused", "late"]);
        let asked = rule::list_for_intake(&mut tx, &system(), proof.id).await.unwrap();
        assert_eq!(asked.len(), 3, "what is paused is not asked");
        assert_eq!(rule::alias_of(&mut tx, &proof, info.id).await, Ok(Some(info.id)));
        assert_eq!(rule::alias_of(&mut tx, &proof, elsewhere.id).await, Ok(None));
        assert_eq!(rule::alias_named(&mut tx, &proof, "INFO").await, Ok(Some(info.id)));
        assert_eq!(rule::alias_named(&mut tx, &proof, "sales").await, Ok(None));
        let named = rule::alias_names(&mut tx, &proof).await.unwrap();
        assert_eq!(named, BTreeMap::from([(info.id, "info".to_owned())]));
        let info = world.object::<Alias, _>(&mut tx, (0, Who::Owner), action::ALIAS_DELETE, info.id).await.unwrap();
        alias::delete(&mut tx, &info).await.unwrap();
        assert_eq!(names(&mut tx).await, ["early", "paused", "late"]);
    }

    async fn hits_are_counted_for_the_rules_that_are_there(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let (counted, other) = (new_rule(&world, 0, "a", 1), new_rule(&world, 0, "b", 2));
        make(&world, &mut tx, 0, &counted).await;
        make(&world, &mut tx, 0, &other).await;
        let hits = BTreeMap::from([(counted.id, 2), (world.sources.id(), 1)]);
        rule::count_hits(&mut tx, &system(), &hits, later(7)).await.unwrap();
        let proof = world.writable(&mut tx, 0, 0).await;
        let found = rule::find(&mut tx, &proof, counted.id).await.unwrap().unwrap();
        assert_eq!((found.hits, found.last_hit_at), (2, Some(later(7))));
        // What somebody saves meanwhile takes nothing of it back.
        rule::update(&mut tx, &proof, &counted).await.unwrap();
        assert_eq!(rule::find(&mut tx, &proof, counted.id).await.unwrap().unwrap().hits, 2);
        assert_eq!(rule::find(&mut tx, &proof, other.id).await.unwrap().unwrap().hits, 0);
    }
}
