//! Sample pages: every template with typical content, with none, for a reader who may only look,
//! after a refusal, and with names that are very long or run from right to left.

use askama::Template;
use postscale_dashboard::ui::{
    Copy, CursorPager, Moment, Notice, OrganizationChoice, PartNames, Section, Shell, Theme,
};
use postscale_model::Timestamp;

mod access;
mod account;
mod aliases;
mod api_keys;
mod audit;
mod dmarc;
mod domains;
mod invitations;
mod messages;
mod organization;
mod plain;
mod rules;
mod stats;
mod team;
mod webhooks;

/// Every sample: its name and its page.
pub fn all() -> Vec<(&'static str, String)> {
    let mut samples = Samples(Vec::new());
    plain::add(&mut samples);
    domains::add(&mut samples);
    rules::add(&mut samples);
    stats::add(&mut samples);
    dmarc::add(&mut samples);
    messages::add(&mut samples);
    aliases::add(&mut samples);
    webhooks::add(&mut samples);
    api_keys::add(&mut samples);
    audit::add(&mut samples);
    account::add(&mut samples);
    invitations::add(&mut samples);
    team::add(&mut samples);
    organization::add(&mut samples);
    access::add(&mut samples);
    samples.0
}

pub struct Samples(Vec<(&'static str, String)>);

impl Samples {
    fn add(&mut self, name: &'static str, page: &impl Template) {
        self.0.push((
            name,
            page.render().expect("BUG: a template writes into a string"),
        ));
    }
}

/// 1 March 2026 at noon, and some minutes.
fn at(minutes: i64) -> Moment {
    Timestamp::from_seconds(1_772_366_400 + 60 * minutes).into()
}

fn id(n: u8) -> String {
    format!("0195a000-0000-4000-8000-0000000000{n:02}")
}

/// The steps of a list with the newest first.
fn parts(counted: &str, first: Option<&str>, next: Option<&str>) -> CursorPager {
    CursorPager {
        counted: counted.to_owned(),
        first: first.map(str::to_owned),
        next: next.map(str::to_owned),
        names: PartNames::NewestAndOlder,
    }
}

fn owner(section: Section) -> Shell {
    Shell {
        section,
        organization: "Acme Mail".to_owned(),
        other_organizations: Vec::new(),
        person: "Olivia Owner".to_owned(),
        email: "olivia@acme.example".to_owned(),
        role: "Owner",
        is_manager: true,
        is_owner: true,
        csrf: "0f1e2d3c4b5a".to_owned(),
        theme: Theme::System,
        path: "/domains".to_owned(),
        has_caught_mail: true,
        notice: None,
    }
}

fn member(section: Section) -> Shell {
    Shell {
        person: "Max Member".to_owned(),
        email: "max@client.example".to_owned(),
        role: "Member",
        is_manager: false,
        is_owner: false,
        has_caught_mail: false,
        ..owner(section)
    }
}

fn stranger(section: Section) -> Shell {
    Shell {
        organization: "مؤسسة البريد 📮 للإرسال والاستقبال".to_owned(),
        other_organizations: vec![
            OrganizationChoice {
                id: id(90),
                name: "Acme & <Sons>".to_owned(),
            },
            OrganizationChoice {
                id: id(91),
                name: LONG.to_owned(),
            },
        ],
        person: LONG.to_owned(),
        email: format!("{}@example.org", "x".repeat(64)),
        theme: Theme::Dark,
        notice: Some(Notice::done("Saved <b>everything</b> & more.")),
        ..owner(section)
    }
}

const LONG: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft with a very long name that does not end soon";

const RTL: &str = "عاجل: \u{202e}gnihsihp 🎉🎉 <script>alert(1)</script> مرحبا بالعالم";

fn copy(label: &str, value: &str) -> Copy {
    Copy::new(label, value)
}
