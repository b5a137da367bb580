//! `/domains/{id}/dkim`: the keys, where each is in its life, and what can be done with them.

mod change;

use axum::http::Method;
use postscale_access::{DomainRef, action};
use postscale_actions::{
    dkim,
    domains::{self, DnsRecord, DomainView},
};
use postscale_model::{CheckStatus, DkimAlgorithm, DkimKey, DkimStatus, Word as _};
use postscale_web::{Name, Routes, Surface, Web};

use crate::{
    answer::{self, Answer},
    pages::in_shell,
    refusal::Refusal,
    segments::IdSegment,
    ui::{Copy, Section},
    views::domains::{
        DkimKeyRow, DkimKeys, DkimPage, DkimRecord, DomainTab, DomainTabs, Found, KeyActions,
        NewKeyForm, RotateEntry, RotateForm, algorithm_label,
    },
    visit::Visit,
};

pub(super) use change::{SELECTOR_FIRST, selector};

pub(super) fn routes() -> Routes<Web> {
    let part = [
        action::DKIM_LIST.into(),
        action::DOMAIN_READ.into(),
        action::DOMAIN_DNS_READ.into(),
    ];
    let page = in_shell(&part);
    let with = |own| [&[own], &page[..]].concat();
    Routes::new(Surface::Dashboard)
        .route(Method::GET, "/domains/{id}/dkim", &page, show)
        .route(Method::GET, "/domains/{id}/dkim/keys", &part, keys)
        .route(
            Method::POST,
            "/domains/{id}/dkim",
            &with(action::DKIM_GENERATE.into()),
            change::generate,
        )
        .route(
            Method::POST,
            "/domains/{id}/dkim/rotate",
            &with(action::DKIM_ROTATE.into()),
            change::rotate,
        )
        .route(
            Method::POST,
            "/domains/{id}/dkim/{selector}/verify",
            &[action::DKIM_VERIFY.into()],
            change::verify,
        )
        .route(
            Method::POST,
            "/domains/{id}/dkim/{selector}/deactivate",
            &[action::DKIM_DEACTIVATE.into()],
            change::deactivate,
        )
        .route(
            Method::POST,
            "/domains/{id}/dkim/{selector}/delete",
            &[action::DKIM_DELETE.into()],
            change::delete,
        )
}

/// What was entered into the forms of the page.
#[derive(Default)]
struct Entered {
    selector: Option<String>,
    algorithm: Option<String>,
    rotation: Option<RotateEntry>,
}

async fn show(visit: Visit, id: Name<IdSegment>) -> Answer {
    let domain = DomainRef::parse(&id.text);
    page(&visit, &domain, Entered::default(), Refusal::none()).await
}

async fn keys(visit: Visit, id: Name<IdSegment>) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let seen = Seen::of(&visit, &domain).await?;
    answer::shown(&seen.rows(&visit))
}

/// A domain's keys and what is known of their records.
struct Seen {
    view: DomainView,
    keys: Vec<DkimKey>,
    records: Vec<DnsRecord>,
}

impl Seen {
    async fn of(visit: &Visit, domain: &DomainRef) -> Result<Self, postscale_web::Problem> {
        let (app, caller) = (&visit.app, &visit.caller);
        let (_, keys) = dkim::list(app, caller, domain).await?;
        Ok(Self {
            view: domains::get(app, caller, domain).await?,
            records: domains::dns(app, caller, domain).await?.records,
            keys,
        })
    }

    fn rows(&self, visit: &Visit) -> DkimKeys {
        let id = self.view.domain.id;
        let mut keys: Vec<&DkimKey> = self.keys.iter().collect();
        // The newest first, and what is out of use last.
        keys.reverse();
        keys.sort_by_key(|key| !key.is_published());
        DkimKeys {
            id: id.to_string(),
            refresh: format!("/domains/{id}/dkim/keys"),
            rows: keys.into_iter().map(|key| self.row(visit, key)).collect(),
        }
    }

    fn row(&self, visit: &Visit, key: &DkimKey) -> DkimKeyRow {
        let replaced = self.keys.iter().find(|old| Some(old.id) == key.replaces);
        let is_successor =
            |new: &&DkimKey| new.replaces == Some(key.id) && new.status == DkimStatus::Pending;
        let is_its = |record: &&DnsRecord| record.expected.selector.as_ref() == Some(&key.selector);
        let record = self.records.iter().find(is_its);
        DkimKeyRow {
            selector: key.selector.to_string(),
            algorithm: algorithm_label(key.algorithm),
            state: key.status,
            verified_at: key.verified_at.map(Into::into),
            created_at: key.created_at.into(),
            retire_at: key.retire_at.map(Into::into),
            replaces: replaced.map(|old| (old.selector.to_string(), old.status)),
            successor: self
                .keys
                .iter()
                .find(is_successor)
                .map(|new| new.selector.to_string()),
            record: record.map(|record| record_of(key, record)),
            is_last: key.signs() && self.keys.iter().filter(|key| key.signs()).count() == 1,
            may: self.view.may_write.then(|| KeyActions {
                csrf: visit.csrf.clone(),
                may_delete: self.view.may_delete,
            }),
        }
    }

    /// Selectors of the keys that can be replaced, those that sign first.
    fn replaceable(&self) -> Vec<String> {
        let waits = |key: &DkimKey| {
            let mut others = self.keys.iter();
            others.any(|new| new.replaces == Some(key.id) && new.status == DkimStatus::Pending)
        };
        let of = |status: DkimStatus| {
            let keys = self.keys.iter();
            keys.filter(move |key| key.status == status && !waits(key))
        };
        // A key that waits to take over is not replaced in its turn.
        let first = of(DkimStatus::Pending).filter(|key| key.replaces.is_none());
        of(DkimStatus::Active)
            .chain(first)
            .map(|key| key.selector.to_string())
            .collect()
    }

    /// `postscale<n>` with the first number no key of the domain has or had.
    fn next_selector(&self) -> String {
        (1..)
            .map(|n: usize| format!("postscale{n}"))
            .find(|name| self.keys.iter().all(|key| key.selector.as_str() != name))
            .unwrap_or_default()
    }

    fn rotation(&self) -> String {
        self.view.domain.dkim_rotation_days.map_or_else(
            || "Keys are rotated when somebody does it.".to_owned(),
            |days| {
                format!(
                    "Every {days} days a new key is made by itself, and its record is mailed to those who look after the domain."
                )
            },
        )
    }
}

fn record_of(key: &DkimKey, record: &DnsRecord) -> DkimRecord {
    let selector = &key.selector;
    DkimRecord {
        name: Copy::new(
            format!("name of the record of {selector}"),
            record.expected.name.clone(),
        ),
        value: Copy::new(
            format!("value of the record of {selector}"),
            record.expected.value.clone(),
        ),
        state: record.status,
        found: if record.status == CheckStatus::Mismatch {
            let found = record.found.iter();
            found
                .map(|one| Found::new(one, &record.expected.value))
                .collect()
        } else {
            Vec::new()
        },
        advice: record
            .advice
            .iter()
            .map(|advice| advice.text.clone())
            .collect(),
        checked_at: record.checked_at.map(Into::into),
    }
}

/// The page, with what was entered into one of its forms and why it was refused.
async fn page(visit: &Visit, domain: &DomainRef, entered: Entered, mut refusal: Refusal) -> Answer {
    let seen = Seen::of(visit, domain).await?;
    let reader = visit.reader(Section::Domains).await?;
    let domain = &seen.view.domain;
    let makes = seen.view.may_write && domain.domain_type.sends();
    let replaceable = seen.replaceable();
    let next = seen.next_selector();
    let status = refusal.status;
    let old_error = refusal.take("old_selector");
    let new_error = refusal.take("new_selector");
    let rotate = (makes && !replaceable.is_empty()).then(|| {
        let entry = entered.rotation.unwrap_or_else(|| RotateEntry {
            new: next.clone(),
            ..RotateEntry::default()
        });
        RotateForm::new(&replaceable, &entry, (old_error, new_error))
    });
    let new_key = makes.then(|| {
        let algorithm = entered.algorithm.as_deref();
        NewKeyForm::new(
            entered.selector.as_deref().unwrap_or(&next),
            algorithm.unwrap_or(DkimAlgorithm::Rsa2048.as_str()),
            refusal.take("selector"),
        )
    });
    let tabs = DomainTabs {
        id: domain.id.to_string(),
        current: DomainTab::Dkim,
        reach: reader.reach(domain.id),
    };
    let mut shell = reader.shell;
    shell.notice = refusal.rest().or(shell.notice);
    let view = DkimPage {
        tabs,
        shell,
        id: domain.id.to_string(),
        name: domain.name.to_unicode(),
        sends: domain.domain_type.sends(),
        rotation: seen.rotation(),
        keys: seen.rows(visit),
        new_key,
        rotate,
    };
    answer::page(status, &view)
}
