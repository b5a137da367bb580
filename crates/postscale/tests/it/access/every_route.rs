//! Goal: no route answers anybody otherwise than the access table says, and what is hidden cannot
//! be told from what does not exist, by status, body or header, on any route.
//! Method: every route × every actor × an object of every kind. The statuses are compared with
//! `access-matrix.csv` and kept in golden tables; hidden answers are compared octet by octet; a
//! call that is refused, or that only reads, must leave every row of every table as it was, but for
//! the audit log of what was read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use http::{Method, StatusCode};
use postscale_testkit::{ACTORS, Answer, TestApp};

use super::{
    matrix::{Matrix, TARGETS, Target},
    samples::{self, Sample, named},
};

/// Routes without a sample, each with the reason. May only shrink.
const EXEMPT: [(&str, &str); 0] = [];

#[test]
fn every_route_has_a_sample_and_every_sample_a_route() {
    let routes: BTreeSet<_> = postscale_api::routes()
        .list()
        .iter()
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let sampled: BTreeSet<_> = samples::all()
        .iter()
        .map(|sample| format!("{} {}", sample.method, sample.path))
        .chain(EXEMPT.map(|(route, _)| route.to_owned()))
        .collect();
    assert_eq!(sampled, routes);
}

macro_rules! sweeps {
    ($($name:ident: $group:ident;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let table = sweep(&samples::$group()).await;
            insta::assert_snapshot!(stringify!($group), table);
        }
    )+};
}
sweeps! {
    every_account_route_answers_as_the_table_says: account;
    every_api_key_route_answers_as_the_table_says: api_keys;
    every_user_route_answers_as_the_table_says: users;
    every_invitation_route_answers_as_the_table_says: invitations;
    every_domain_route_answers_as_the_table_says: domains;
    every_email_route_answers_as_the_table_says: emails;
    every_alias_route_answers_as_the_table_says: aliases;
    every_inbound_email_route_answers_as_the_table_says: inbound_emails;
    every_webhook_route_answers_as_the_table_says: webhooks;
}

/// Asks everything of a group of routes; gives the golden table.
async fn sweep(samples: &[Sample]) -> String {
    let seeded = TestApp::new().await;
    let matrix = Matrix::read();
    let mut sweep = Sweep {
        app: seeded.fork(),
        seeded,
        wrong: Vec::new(),
    };
    let mut table = String::new();
    for (index, actor) in ACTORS.iter().enumerate() {
        writeln!(table, "{index:>2} {actor}").unwrap();
    }
    for sample in samples {
        let actions = actions(sample);
        writeln!(
            table,
            "\n{} {}  ({})",
            sample.method,
            sample.path,
            actions.join(", ")
        )
        .unwrap();
        let targets = if sample.names_something() {
            &TARGETS[..]
        } else {
            &TARGETS[..1]
        };
        let mut rows = vec![Vec::new(); targets.len()];
        for actor in ACTORS {
            let answers = sweep.ask(sample, actor, targets).await;
            for ((target, answer), row) in targets.iter().zip(&answers).zip(&mut rows) {
                let want = wanted(&matrix, sample, &actions, actor, *target);
                sweep.judge(sample, actor, *target, &want, answer);
                row.push(answer.status.as_u16().to_string());
            }
            let hidden = |target| matrix.says(&["domain.read"], actor, target) == "404";
            let answers = targets.iter().copied().zip(answers);
            let answers = answers.map(|(target, answer)| (target, hidden(target), answer));
            sweep.compare_hidden(sample, actor, &answers.collect::<Vec<_>>());
        }
        for (target, row) in targets.iter().zip(rows) {
            writeln!(table, "  {:<10}{}", format!("{target:?}"), row.join(" ")).unwrap();
        }
    }
    let wrong = sweep.wrong;
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    table
}

/// The actions of the table a sample is decided by.
fn actions(sample: &Sample) -> Vec<&'static str> {
    if !sample.actions.is_empty() {
        return sample.actions.to_vec();
    }
    let routes = postscale_api::routes();
    let route = routes
        .list()
        .iter()
        .find(|route| route.method == sample.method && route.path == sample.path);
    vec![route.unwrap().actions[0].name()]
}

fn wanted(
    matrix: &Matrix,
    sample: &Sample,
    actions: &[&str],
    actor: &str,
    target: Target,
) -> String {
    let cell = matrix.says(actions, actor, target);
    // Somebody else's session is no domain's: the table allows the action, there is no such object.
    let nobodys = sample.path.starts_with("/v1/me/") && target != Target::Shared;
    // Nobody was mailed a code.
    let no_code = sample.path == "/v1/auth/verify-email";
    if let ("A", Some(status)) = (cell, invitation(sample, actor, target)) {
        return status.to_owned();
    }
    match (cell, last_owner(sample, actor, target)) {
        ("A", Some(status)) => status,
        ("A", None) if nobodys => "404",
        ("A", None) if no_code => "400",
        _ => cell,
    }
    .to_owned()
}

/// What a permitted call about an invitation answers because of whose it is.
fn invitation(sample: &Sample, actor: &str, target: Target) -> Option<&'static str> {
    let is_theirs = match target {
        Target::Shared | Target::Closed => actor != "other_org_owner",
        Target::Foreign => actor == "other_org_owner",
        Target::Absent | Target::Malformed => false,
    };
    let is_link = !matches!(target, Target::Absent | Target::Malformed);
    let is_person = matches!(
        actor,
        "owner" | "admin" | "member_rw" | "member_read" | "member_hidden" | "other_org_owner"
    );
    match (sample.method.as_str(), sample.path) {
        ("DELETE", "/v1/invitations/{id}") | (_, "/v1/invitations/{id}/resend") if !is_theirs => {
            Some("404")
        }
        ("GET", "/v1/invitations/{id}")
        | (_, "/v1/invitations/accept" | "/v1/invitations/verify-email")
            if !is_link =>
        {
            Some("404")
        }
        // Signed in with another address than the invited one.
        (_, "/v1/invitations/accept") if is_person => Some("409"),
        // Nobody was mailed a code.
        (_, "/v1/invitations/verify-email") => Some("400"),
        _ => None,
    }
}

/// What a permitted call answers because it would leave an organization without its only owner.
fn last_owner(sample: &Sample, actor: &str, target: Target) -> Option<&'static str> {
    let is_owner = matches!(actor, "owner" | "other_org_owner");
    let on_themselves = actor == "other_org_owner" && target == Target::Foreign;
    let path = (sample.method.as_str(), sample.path);
    match path {
        ("POST", "/v1/me/leave") if is_owner => Some("409"),
        _ if !on_themselves => None,
        ("PATCH", "/v1/users/{id}") if sample.actions != ["user.role.set_owner"] => Some("409"),
        ("DELETE", "/v1/users/{id}")
        | ("POST", "/v1/users/{id}/deactivate")
        | ("PUT", "/v1/users/{id}/domain-access") => Some("409"),
        ("POST", "/v1/organization/transfer-ownership") => Some("400"),
        _ => None,
    }
}

struct Sweep {
    seeded: TestApp,
    app: TestApp,
    wrong: Vec<String>,
}

impl Sweep {
    async fn ask(&mut self, sample: &Sample, actor: &str, targets: &[Target]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(targets.len());
        for target in targets {
            let named = named(&self.app, actor, *target);
            let mut request = self
                .app
                .as_(actor)
                .request(sample.method.clone(), &sample.path_for(&named));
            if let Some(body) = sample.body {
                request = request.json(&body(&named));
            }
            let before = self.app.dump();
            let answer = request.send().await;
            // Tries with a link are counted, and a fork does not know how many there were.
            let is_try = sample.path.starts_with("/v1/invitations/");
            if answer.status.is_success() && sample.method != Method::GET {
                self.app = self.seeded.fork();
            } else if !is_same(sample, &answer, before, self.app.dump()) {
                let status = answer.status;
                self.wrong.push(line(
                    sample,
                    actor,
                    *target,
                    &format!("{status} changed rows"),
                ));
                self.app = self.seeded.fork();
            } else if is_try && sample.method != Method::GET {
                self.app = self.seeded.fork();
            }
            answers.push(answer);
        }
        answers
    }

    fn judge(&mut self, sample: &Sample, actor: &str, target: Target, want: &str, got: &Answer) {
        let fits = match want {
            "A" => got.status.is_success(),
            code => got.status.as_str() == code,
        };
        if !fits {
            let text = String::from_utf8_lossy(&got.body);
            let what = format!("want {want}, got {} {text}", got.status.as_u16());
            self.wrong.push(line(sample, actor, target, &what));
        }
    }

    /// Whatever is refused as not there, and whatever is asked of a hidden domain, must be answered
    /// exactly like the absent.
    fn compare_hidden(&mut self, sample: &Sample, actor: &str, answers: &[(Target, bool, Answer)]) {
        let absent = answers
            .iter()
            .find(|(target, ..)| *target == Target::Absent);
        let Some((.., absent)) = absent else {
            return;
        };
        let absent = absent.comparable();
        for (target, hidden, answer) in answers {
            let others = ["/v1/me/", "/v1/api-keys/", "/v1/invitations/"];
            let of_domain = !others.iter().any(|path| sample.path.starts_with(path));
            let is_hidden = *hidden && of_domain || answer.status == StatusCode::NOT_FOUND;
            let got = answer.comparable();
            if is_hidden && got != absent {
                let what = format!("differs from the absent: {got:?} {absent:?}");
                self.wrong.push(line(sample, actor, *target, &what));
            }
        }
    }
}

/// Whether a call that changes nothing left every row as it was, but for the log: that a link was
/// held by the wrong person is in it, and who reads what a message says.
fn is_same(sample: &Sample, answer: &Answer, before: Rows, mut after: Rows) -> bool {
    let was_read = answer.status.is_success() && sample.method == Method::GET;
    if was_read || sample.path == "/v1/invitations/accept" {
        for log in ["audit_entries", "audit_heads"] {
            after.insert(log.to_owned(), before[log].clone());
        }
    }
    before == after
}

type Rows = BTreeMap<String, Vec<String>>;

fn line(sample: &Sample, actor: &str, target: Target, what: &str) -> String {
    format!(
        "{} {} {actor} {target:?}: {what}",
        sample.method, sample.path
    )
}
