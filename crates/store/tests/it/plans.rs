//! How SQLite finds the rows of the statements that run for every message or every request.
//!
//! The statements are caught as they run, so that the plans are of the very texts. A plan that
//! reads a table from end to end (`SCAN`) is slow for the large sender and needs a reason.

use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};

use postscale_access::action;
use postscale_model::{Day, Plans, Webhook, WebhookEvent, WebhookId};
use postscale_store::{
    Position, Tx, Value, audit_entry, domain as store_domain, email, recipient, rule, stats, usage,
    webhook_delivery::{self, DeliveryFilter},
};
use postscale_testkit::database::TestDatabase;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::email::{accept, new_email};
use crate::recipient::claim;
use crate::webhook::make;
use crate::world::{ALL, NOW, Who, World, permission, system};

/// Collects the statements that run on this thread.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "postscale_store::tx"
    }
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Texts(self));
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Texts<'a>(&'a Statements);

impl Visit for Texts<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            self.0.0.lock().unwrap().push(value.to_owned());
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// What SQLite would do, step by step.
async fn plan(tx: &mut Tx, sql: &str) -> String {
    let parameters: Vec<Value> = sql.matches('$').map(|_| Value::from("")).collect();
    let explained = format!("EXPLAIN QUERY PLAN {sql}");
    let steps = tx.query(&explained, &parameters).await.unwrap();
    let mut text = String::new();
    for step in steps {
        writeln!(text, "    {}", step.text("detail").unwrap()).unwrap();
    }
    text
}

async fn domain(world: &World, tx: &mut Tx, who: Who) {
    let id = world.teams[0].domains[0];
    let granted = world.domain(tx, (0, who), action::DOMAIN_READ, id).await;
    granted.unwrap();
}

async fn domains(world: &World, tx: &mut Tx, who: Who) {
    let scope = world.scope(tx, 0, who, action::DOMAIN_LIST).await;
    let filter = store_domain::DomainFilter::default();
    store_domain::count(tx, &scope, &filter, NOW).await.unwrap();
    store_domain::list(tx, &scope, &filter, ALL, NOW)
        .await
        .unwrap();
}

async fn messages(world: &World, tx: &mut Tx, who: Who, to: Option<&str>) {
    let scope = world.scope(tx, 0, who, action::MESSAGE_LIST_ALL).await;
    let filter = email::EmailFilter {
        to: to.map(str::to_owned),
        ..email::EmailFilter::default()
    };
    for after in [None, Position::parse("x @5")] {
        let part = (after.as_ref(), ALL);
        email::list(tx, &scope, &filter, part, NOW).await.unwrap();
    }
}

async fn deliveries(world: &World, tx: &mut Tx, who: Who) {
    let action = action::WEBHOOK_DELIVERY_LIST_ALL;
    let scope = world.scope(tx, 0, who, action).await;
    let filter = DeliveryFilter {
        days: Some(7),
        ..DeliveryFilter::default()
    };
    for after in [None, Position::parse("x @5")] {
        let part = (after.as_ref(), ALL);
        webhook_delivery::list(tx, &scope, &filter, part, NOW)
            .await
            .unwrap();
    }
}

async fn deliveries_of_one(world: &World, tx: &mut Tx, id: WebhookId) {
    let (by, action) = ((0, Who::Owner), action::WEBHOOK_DELIVERY_LIST);
    let webhook = world.object::<Webhook, _>(tx, by, action, id).await;
    let filter = DeliveryFilter::default();
    let after = Position::parse("x @5");
    let part = (after.as_ref(), ALL);
    webhook_delivery::list_of(tx, &webhook.unwrap(), &filter, part, NOW)
        .await
        .unwrap();
}

async fn figures(world: &World, tx: &mut Tx, who: Who) {
    let scope = world.scope(tx, 0, who, action::STATS_OVERVIEW).await;
    let days = (90, Day::of(NOW));
    stats::by_day_of_visible(tx, &scope, days, NOW)
        .await
        .unwrap();
}

#[tokio::test]
async fn hot_statements_find_their_rows_by_index() {
    let test = async |database: &TestDatabase| {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let new = new_email(&world, 0, 0, &["bob@far.example"]);
        accept(&world, &mut tx, 0, 0, &new).await;
        let events = [WebhookEvent::EmailSent];
        let webhook = make(&world, &mut tx, (0, Who::Owner), &[0], &events).await;
        tx.commit().await.unwrap();
        let caught = Statements::default();
        let mut plans = String::new();
        let mut seen = Vec::new();
        for name in [
            "a domain, for an owner with a session",
            "a domain, for a member with a key",
            "domains, for a member",
            "messages, for an owner",
            "messages, for a member",
            "messages, for a key of a member",
            "messages to somebody, for an owner",
            "deliveries, for an owner",
            "deliveries, for a member",
            "deliveries of one webhook",
            "a message, counted",
            "a message, held against rules",
            "figures, for an owner",
            "figures, for a member",
            "figures, added up",
            "who waits for a provider",
            "security events",
            "due recipients",
        ] {
            let mut tx = world.write().await;
            let catching = tracing::subscriber::set_default(caught.clone());
            match name {
                "a domain, for an owner with a session" => {
                    domain(&world, &mut tx, Who::Owner).await
                }
                "a domain, for a member with a key" => {
                    domain(&world, &mut tx, Who::ReadersKey).await
                }
                "domains, for a member" => domains(&world, &mut tx, Who::Reader).await,
                "messages, for an owner" => messages(&world, &mut tx, Who::Owner, None).await,
                "messages, for a member" => messages(&world, &mut tx, Who::Reader, None).await,
                "messages, for a key of a member" => {
                    messages(&world, &mut tx, Who::ReadersKey, None).await
                }
                "messages to somebody, for an owner" => {
                    messages(&world, &mut tx, Who::Owner, Some("bob")).await
                }
                "deliveries, for an owner" => deliveries(&world, &mut tx, Who::Owner).await,
                "deliveries, for a member" => deliveries(&world, &mut tx, Who::Reader).await,
                "deliveries of one webhook" => deliveries_of_one(&world, &mut tx, webhook).await,
                "a message, counted" => {
                    let plans = Plans::default();
                    let organization = world.teams[0].id;
                    let received = (world.sources.ordered_id(), 1);
                    let by = (&plans, NOW);
                    usage::count_received(&mut tx, &system(), organization, received, by)
                        .await
                        .unwrap();
                }
                "a message, held against rules" => {
                    let domain = world.teams[0].domains[0];
                    let all = rule::list_for_intake(&mut tx, &system(), domain).await;
                    assert!(all.unwrap().is_empty());
                    let hits = BTreeMap::from([(world.sources.id(), 1)]);
                    rule::count_hits(&mut tx, &system(), &hits, NOW)
                        .await
                        .unwrap();
                }
                "figures, for an owner" => figures(&world, &mut tx, Who::Owner).await,
                "figures, for a member" => figures(&world, &mut tx, Who::Reader).await,
                "figures, added up" => {
                    assert_eq!(stats::drain(&mut tx, &system(), 100).await, Ok(3));
                    let old = stats::delete_expired(&mut tx, &system(), (100, NOW)).await;
                    old.unwrap();
                }
                "who waits for a provider" => {
                    let domain = world.writable(&mut tx, 0, 0).await;
                    let waiting = recipient::count_awaiting_of(&mut tx, &domain).await;
                    assert_eq!(waiting, Ok(0));
                    let hastened = recipient::hasten_awaiting(&mut tx, &domain, NOW).await;
                    hastened.unwrap();
                }
                "security events" => {
                    let action = action::SELF_SESSION_LIST;
                    let permission = permission(&mut tx, 0, action).await;
                    let own = audit_entry::list_own(&mut tx, &permission, ALL).await;
                    own.unwrap();
                }
                _ => {
                    let claimed =
                        recipient::claim_due(&mut tx, &system(), &claim(100, 10), NOW).await;
                    claimed.unwrap();
                }
            }
            drop(catching);
            writeln!(plans, "# {name}\n").unwrap();
            let ran = std::mem::take(&mut *caught.0.lock().unwrap());
            for sql in ran {
                if seen.contains(&sql) {
                    continue;
                }
                let steps = plan(&mut tx, &sql).await;
                writeln!(plans, "{sql}\n{steps}").unwrap();
                seen.push(sql);
            }
        }
        insta::assert_snapshot!(plans);
    };
    TestDatabase::sqlite().run(test).await;
}
