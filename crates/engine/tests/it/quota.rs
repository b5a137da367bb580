//! Goal: under a hard cap a message is kept for everybody it is for or for nobody, and what is not kept
//! leaves nothing behind.
//! Method: two organizations, one of them on a plan of two messages a month.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use postscale_engine::intake::Intake;
use postscale_model::{Overage, Plan, Plans};
use postscale_testkit::on_both_engines;

use crate::instance::Instance;

const OURS: &str = "x@shared.example";
const THEIRS: &str = "x@foreign.example";
const KEPT: &str = "SELECT envelope_recipient AS c FROM inbound_emails \
     WHERE envelope_sender = 'bob@far.example' ORDER BY envelope_recipient";

/// Larger than what stands in a row.
fn large() -> String {
    format!("From: bob@far.example\r\n\r\n{}", "x\r\n".repeat(50_000))
}

async fn instance(database: &postscale_testkit::database::TestDatabase) -> Instance {
    let mut instance = Instance::new(database).await;
    let small = Plan {
        monthly_messages: Some(2),
        overage: Overage::Refused,
        ..Plan::UNLIMITED
    };
    let plans = BTreeMap::from([("small".to_owned(), small)]);
    instance.plans = Plans::new(plans, "unlimited").unwrap();
    instance
        .run("UPDATE domains SET catch_all_enabled = TRUE", &[])
        .await;
    instance
        .run(
            "UPDATE organizations SET plan = 'small' WHERE name = 'Acme'",
            &[],
        )
        .await;
    instance
}

on_both_engines! {
    async fn a_message_is_kept_for_all_or_for_nobody(database) {
        let instance = instance(database).await;
        let message = large();
        let receive = async |to: &[&str]| instance.try_to_receive("bob@far.example", to, &message).await;
        assert_eq!(receive(&[OURS, THEIRS]).await, Intake::Taken);
        assert_eq!(receive(&[OURS]).await, Intake::Taken);
        let kept = instance.texts(KEPT).await;
        assert_eq!(kept, [THEIRS, OURS, OURS]);
        assert_eq!(receive(&[OURS]).await, Intake::NobodyHasRoom);
        assert_eq!(receive(&[OURS, THEIRS]).await, Intake::SomebodyHasNoRoom);
        assert_eq!(instance.texts(KEPT).await, kept);
        assert_eq!(receive(&[THEIRS]).await, Intake::Taken);
        let counted = "SELECT CAST(SUM(u.received) AS TEXT) AS c FROM usage_counters u JOIN organizations o \
             ON o.id = u.organization_id GROUP BY o.name ORDER BY o.name";
        assert_eq!(instance.texts(counted).await, ["2", "2"]);
    }

    async fn of_those_who_come_at_once_only_those_without_room_are_refused(database) {
        let instance = instance(database).await;
        let message = "From: bob@far.example\r\n\r\nHello\r\n";
        let to = [OURS, THEIRS].repeat(5);
        let each = to.iter().map(|to| instance.try_to_receive("bob@far.example", std::slice::from_ref(to), message));
        let came = join_all(each).await;
        let taken = |whose| to.iter().zip(&came).filter(|(to, intake)| **to == whose && **intake == Intake::Taken).count();
        assert_eq!((taken(OURS), taken(THEIRS)), (2, 5), "{came:?}");
        assert_eq!(instance.texts(KEPT).await, [[THEIRS].repeat(5), [OURS].repeat(2)].concat());
    }
}
