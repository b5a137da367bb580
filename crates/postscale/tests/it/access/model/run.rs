//! A run: an instance, its model, and every request compared with what the model says.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write as _,
    time::Duration,
};

use http::Method;
use postscale_model::Timestamp;
use postscale_testkit::{Answer, Commits, NOW, Presented, SEED, TestApp};
use serde_json::Value;

use super::super::dice::{Dice, from_environment};
use super::{
    rules::Want,
    state::{By, Model},
};

/// An id nothing has.
pub const ABSENT: &str = "5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa";
/// How many of the last operations a failure prints.
const TOLD: usize = 30;

/// A request: method, path, and a body if it has one.
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub body: Option<Value>,
}

pub fn get(path: impl Into<String>) -> Asked {
    asked(Method::GET, path, None)
}
pub fn delete(path: impl Into<String>) -> Asked {
    asked(Method::DELETE, path, None)
}
pub fn post(path: impl Into<String>, body: Value) -> Asked {
    asked(Method::POST, path, Some(body))
}
pub fn put(path: impl Into<String>, body: Value) -> Asked {
    asked(Method::PUT, path, Some(body))
}
pub fn patch(path: impl Into<String>, body: Value) -> Asked {
    asked(Method::PATCH, path, Some(body))
}

fn asked(method: Method, path: impl Into<String>, body: Option<Value>) -> Asked {
    Asked {
        method,
        path: path.into(),
        body,
    }
}

/// How a refusal is shown to have changed nothing.
pub enum Unchanged {
    /// Nothing was committed to the file.
    Commits(Box<Commits>),
    /// The digest of all tables, after one refusal in so many.
    Digests(usize),
}

/// One instance with its model.
pub struct Run {
    pub app: TestApp,
    pub model: Model,
    pub dice: Dice,
    pub unchanged: Unchanged,
    /// Operations so far, and of them refused.
    pub count: usize,
    pub refused: usize,
    /// How often each kind of request got each answer.
    pub tally: BTreeMap<(String, u16), usize>,
    seed: u64,
    last: VecDeque<String>,
}

impl Run {
    pub fn new(app: TestApp, model: Model, seed: u64, unchanged: Unchanged) -> Self {
        Self {
            app,
            model,
            dice: Dice::new(seed),
            unchanged,
            count: 0,
            refused: 0,
            tally: BTreeMap::new(),
            seed,
            last: VecDeque::new(),
        }
    }

    /// Lets time pass, here and in the model.
    pub fn pass(&mut self, seconds: i64) {
        let by = u64::try_from(seconds).unwrap();
        self.app.clock.advance(Duration::from_secs(by));
        self.model.now += seconds;
        self.note(format!("{seconds} s pass"));
    }

    pub fn note(&mut self, line: String) {
        if self.last.len() == TOLD {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    /// Ends the run with everything that helps to understand why.
    pub fn disagree(&self, what: &str) -> ! {
        let mut told = String::new();
        for line in &self.last {
            let _ = writeln!(told, "  {line}");
        }
        panic!(
            "operation {} of the world {}, which {}={} makes again: {what}\nthe last operations:\n{told}",
            self.count,
            self.seed,
            SEED,
            from_environment(SEED).unwrap_or(0)
        );
    }

    /// An instant as the API writes it.
    pub fn at(seconds: i64) -> String {
        Timestamp::from_seconds(seconds).to_rfc3339()
    }

    pub fn presented(&self, by: By) -> Presented {
        match by {
            By::Nobody => Presented::Nothing,
            By::Session(at) => Presented::Session(self.model.sessions[at].token.clone()),
            By::Key(at) => Presented::Key(self.model.keys[at].secret.clone()),
            By::FormerSecret(at) => {
                let former = self.model.keys[at].previous.as_ref();
                Presented::Key(
                    former
                        .map_or("ps_live_none", |(secret, _)| secret)
                        .to_owned(),
                )
            }
        }
    }

    /// Sends a request and compares the answer with what is wanted. Gives the body of a success.
    pub async fn ask(&mut self, by: By, asked: Asked, want: Want) -> Option<Value> {
        self.exchange(by, asked, want, Refusing::ChangesNothing)
            .await
            .map(|answer| body(&answer))
    }

    /// As [`Run::ask`], of what is counted or logged also when it is refused.
    pub async fn try_out(&mut self, by: By, asked: Asked, want: Want) -> Option<Answer> {
        self.exchange(by, asked, want, Refusing::IsWrittenDown)
            .await
    }

    async fn exchange(
        &mut self,
        by: By,
        asked: Asked,
        want: Want,
        refusing: Refusing,
    ) -> Option<Answer> {
        let who = self.model.who(by);
        let role = who.map_or("nobody", |who| who.role.word());
        let body = asked
            .body
            .as_ref()
            .map(Value::to_string)
            .unwrap_or_default();
        self.note(format!(
            "{by:?} ({role}) {} {} {body}",
            asked.method, asked.path
        ));
        let kind = format!("{} {}", asked.method, template(&asked.path));
        let is_compared = want.is_err() && refusing == Refusing::ChangesNothing;
        let before = if is_compared { self.look().await } else { None };
        let client = self.app.presenting(self.presented(by));
        let is_own_look = asked.method == Method::GET && who.is_some();
        let request = client.request(asked.method, &asked.path);
        let request = match &asked.body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await;
        self.model.used(by);
        let status = answer.status.as_u16();
        *self.tally.entry((kind, status)).or_default() += 1;
        match want {
            Ok(()) if answer.status.is_success() => {}
            Err((wanted, code)) if status == wanted && answer.code() == code => {
                self.refused += 1;
            }
            _ => {
                let text = String::from_utf8_lossy(&answer.body);
                self.disagree(&format!("want {want:?}, got {status} {text}"));
            }
        }
        if is_compared {
            self.compare(before).await;
        }
        if !answer.status.is_success() {
            return None;
        }
        if let (By::Session(at), true) = (by, is_own_look) {
            self.keep_renewed(at, &answer);
        }
        Some(answer)
    }

    /// What to compare with after a refusal.
    async fn look(&mut self) -> Option<BTreeMap<String, String>> {
        match &mut self.unchanged {
            Unchanged::Commits(commits) => {
                commits.catch_up();
                None
            }
            Unchanged::Digests(every) if self.refused.is_multiple_of(*every) => {
                Some(self.app.digest().await)
            }
            Unchanged::Digests(_) => None,
        }
    }

    async fn compare(&mut self, before: Option<BTreeMap<String, String>>) {
        let is_changed = match &mut self.unchanged {
            Unchanged::Commits(commits) => commits.catch_up(),
            Unchanged::Digests(_) => match before {
                Some(before) => before != self.app.digest().await,
                None => false,
            },
        };
        if is_changed {
            self.disagree("a refused call changed rows");
        }
    }
}

/// Whether a refusal may leave a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusing {
    ChangesNothing,
    IsWrittenDown,
}

pub fn body(answer: &Answer) -> Value {
    if answer.body.is_empty() {
        Value::Null
    } else {
        answer.json()
    }
}

/// The text of a member.
pub fn text(body: &Value, pointer: &str) -> String {
    let member = body.pointer(pointer).and_then(Value::as_str);
    member
        .unwrap_or_else(|| panic!("no {pointer} in {body}"))
        .to_owned()
}

/// When every run begins, in seconds.
pub fn begin() -> i64 {
    NOW.micros() / 1_000_000
}

/// A path without what differs between objects.
fn template(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let is_id =
        |segment: &&str| segment.len() > 30 || segment.contains(['.', '%']) || *segment == "none";
    let segments = path
        .split('/')
        .map(|segment| if is_id(&segment) { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}
