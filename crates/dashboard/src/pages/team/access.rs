//! `/team/users/{id}/access`: a member's access list, what a change to it would do, and saving it.

use std::collections::HashMap;

use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Rule,
    access::{self as looking, Proposal, Proposed},
    users::{self, AccessChange, MemberGrant, UserAccess, WantedGrant},
};
use postscale_model::{Invalid, Level, Timestamp, UserId, UserStatus};
use postscale_web::{FormBody, Ref};

use super::preview::told;
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    pages::unicode,
    refusal::Refusal,
    segments::IdSegment,
    ui::{AccessChoice, AccessTerms, Chip, Section, Tone, picked},
    views::{
        access::{AccessForm, AccessPage, AccessPreview},
        words::level_label,
    },
    visit::Visit,
};

/// A line as it was entered.
#[derive(Clone)]
struct Line {
    level: Level,
    until: String,
    note: String,
}

/// What is wrong with a line.
#[derive(Default)]
struct LineErrors {
    until: Option<String>,
    note: Option<String>,
}

/// What was entered: lines by the domain's id, and the version of the list they are to replace.
struct Entry {
    lines: HashMap<String, Line>,
    /// By the domain's id, too.
    errors: HashMap<String, LineErrors>,
    /// In the order of the form.
    ids: Vec<String>,
    version: String,
}

impl Entry {
    fn of(form: &FormBody) -> Result<Self, Invalid> {
        let mut lines = HashMap::new();
        let mut ids = Vec::new();
        for (id, level) in form.all("domains").iter().filter_map(|one| picked(one)) {
            let line = Line {
                level,
                until: form.text(&format!("until-{id}"))?.to_owned(),
                note: form.text(&format!("note-{id}"))?.to_owned(),
            };
            lines.insert(id.to_owned(), line);
            ids.push(id.to_owned());
        }
        Ok(Self {
            lines,
            errors: HashMap::new(),
            ids,
            version: form.text("version")?.to_owned(),
        })
    }

    /// The list that is wanted. An end that was not touched stays exact, though the form has minutes.
    fn wanted(&self, current: &UserAccess) -> Result<Vec<WantedGrant>, Invalid> {
        let line = |(index, id): (usize, &String)| {
            let line = &self.lines[id];
            let known = current
                .grants
                .iter()
                .find(|grant| grant.domain_id.to_string() == *id);
            let end = known.and_then(|grant| grant.expires_at);
            let expires_at = match end {
                Some(end) if minute(end) == line.until => Some(end),
                _ => instant(index, &line.until)?,
            };
            Ok(WantedGrant {
                domain: DomainRef::parse(id),
                level: line.level,
                expires_at,
                note: line.note.clone(),
            })
        };
        self.ids.iter().enumerate().map(line).collect()
    }

    /// Tells the lines what is wrong with them, so that the list as a whole is not blamed for it.
    fn blame(&mut self, refusal: &mut Refusal) {
        for (index, id) in self.ids.iter().enumerate() {
            let mut take = |part: &str| refusal.take(&format!("domains[{index}].{part}"));
            let errors = LineErrors {
                until: take("expires_at"),
                note: take("note"),
            };
            self.errors.insert(id.clone(), errors);
        }
    }
}

/// An instant as a form's field has it: minutes of UTC.
fn minute(at: Timestamp) -> String {
    at.to_rfc3339().chars().take(16).collect()
}

fn instant(index: usize, text: &str) -> Result<Option<Timestamp>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    let whole = match text.len() {
        16 => format!("{text}:00Z"),
        _ => format!("{text}Z"),
    };
    Timestamp::parse(&whole).map(Some).ok_or_else(|| {
        let field = format!("domains[{index}].expires_at");
        Invalid::field(field, "must be a day and a time")
    })
}

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, UserId>) -> Answer {
    rendered(&visit, id.id, None, None, Refusal::none()).await
}

pub(super) async fn preview(visit: Visit, id: Ref<IdSegment, UserId>, form: FormBody) -> Answer {
    let current = users::access(&visit.app, &visit.caller, id.id).await?;
    let entry = Entry::of(&form);
    let wanted = entry.as_ref().map_err(Clone::clone);
    let change = wanted.and_then(|entry| entry.wanted(&current).map(Proposal::Access));
    let proposed = Proposed {
        user: id.id,
        change,
    };
    let entry = entry.ok();
    match looking::preview(&visit.app, &visit.caller, Late::from(proposed)).await {
        Ok(preview) => rendered(&visit, id.id, entry, Some(told(preview)), Refusal::none()).await,
        Err(error) => rendered(&visit, id.id, entry, None, Refusal::of(error, blamed)?).await,
    }
}

fn blamed(rule: &Rule) -> Option<&'static str> {
    match rule {
        Rule::ChangedMeanwhile | Rule::NoSuchObject => Some("domains"),
        _ => None,
    }
}

pub(super) async fn save(visit: Visit, id: Ref<IdSegment, UserId>, form: FormBody) -> Answer {
    let current = users::access(&visit.app, &visit.caller, id.id).await?;
    let entry = Entry::of(&form);
    let change = entry.as_ref().map_err(Clone::clone).and_then(|entry| {
        Ok(AccessChange {
            grants: entry.wanted(&current)?,
            replaces: Some(vec![entry.version.clone()]),
        })
    });
    match users::replace_access(&visit.app, &visit.caller, id.id, Late::new(change)).await {
        Ok(saved) => {
            let path = format!("/team/users/{}", saved.user.id);
            Ok(done::to(&path, Done::AccessSaved, &visit.settings))
        }
        Err(error) => {
            let refusal = Refusal::of(error, blamed)?;
            rendered(&visit, id.id, entry.ok(), None, refusal).await
        }
    }
}

/// The page; `entry` is what was entered, when that was not saved.
async fn rendered(
    visit: &Visit,
    id: Option<UserId>,
    mut entry: Option<Entry>,
    preview: Option<AccessPreview>,
    mut refusal: Refusal,
) -> Answer {
    let (app, caller) = (&visit.app, &visit.caller);
    let access = users::access(app, caller, id).await?;
    let (_, permits) = users::get_with_permits(app, caller, id).await?;
    let mut reader = visit.reader(Section::Team).await?;
    let status = refusal.status;
    if let Some(entry) = &mut entry {
        entry.blame(&mut refusal);
    }
    let error = refusal.take("domains");
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    let is_active = access.user.status == UserStatus::Active;
    let page = AccessPage {
        id: access.user.id.to_string(),
        name: access.user.name.clone(),
        everything: access.everything,
        form: (permits.manage && is_active && !access.everything).then(|| {
            let choices = choices(&access, entry.as_ref(), caller.received_at());
            // A preview keeps the version it was made of; after a refusal it is the one now shown.
            let version = match (&entry, &preview) {
                (Some(entry), Some(_)) => entry.version.clone(),
                _ => access.version.clone(),
            };
            AccessForm::new(version, choices, error)
        }),
        preview,
        shell: reader.shell,
    };
    answer::page(status, &page)
}

fn choices(access: &UserAccess, entry: Option<&Entry>, now: Timestamp) -> Vec<AccessChoice> {
    let stale = entry.is_some_and(|entry| entry.version != access.version);
    let domains = access.domains.iter().map(|(id, name)| {
        let saved = access.grants.iter().find(|grant| grant.domain_id == *id);
        let id = id.to_string();
        let line = match entry {
            Some(entry) => entry.lines.get(&id).cloned(),
            None => saved.map(line_of),
        };
        let errors = entry.and_then(|entry| entry.errors.get(&id));
        let has_ended = saved.is_some_and(|grant| !grant.is_in_force(now));
        let terms = AccessTerms {
            until: line
                .as_ref()
                .map(|line| line.until.clone())
                .unwrap_or_default(),
            note: line
                .as_ref()
                .map(|line| line.note.clone())
                .unwrap_or_default(),
            until_error: errors.and_then(|errors| errors.until.clone()),
            note_error: errors.and_then(|errors| errors.note.clone()),
            ended: has_ended.then(|| Chip::new(Tone::Warn, "Expired")),
            meanwhile: meanwhile(saved, line.as_ref()).filter(|_| stale),
        };
        AccessChoice {
            level: line.map(|line| line.level),
            domain: unicode(name),
            terms: Some(terms),
            id,
        }
    });
    domains.collect()
}

fn line_of(grant: &MemberGrant) -> Line {
    Line {
        level: grant.level,
        until: grant.expires_at.map(minute).unwrap_or_default(),
        note: grant.note.clone(),
    }
}

/// What somebody else saved, where it differs from what was entered.
fn meanwhile(saved: Option<&MemberGrant>, entered: Option<&Line>) -> Option<String> {
    let saved_line = saved.map(line_of);
    let same = match (&saved_line, entered) {
        (Some(one), Some(other)) => {
            (one.level, &one.until, &one.note) == (other.level, &other.until, &other.note)
        }
        (None, None) => true,
        _ => false,
    };
    let text = saved_line.map_or_else(
        || "no access".to_owned(),
        |line| {
            let until = match line.until.as_str() {
                "" => String::new(),
                until => format!(" until {}", until.replace('T', " ")),
            };
            format!("{}{until}", level_label(line.level).to_lowercase())
        },
    );
    (!same).then(|| format!("Saved now: {text}"))
}
