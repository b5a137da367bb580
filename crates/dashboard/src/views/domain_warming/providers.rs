//! What single providers get of a domain's mail while it is new.

use postscale_actions::warming::{ProviderLimit, WarmingLimits, WarmingView};
use postscale_model::{Isp, WarmingPhase, Word as _};

use crate::ui::grouped;

/// Providers that most mail goes to: their fields are always in sight.
const FREQUENT: [Isp; 4] = [Isp::Google, Isp::Microsoft, Isp::Yahoo, Isp::Apple];

/// The shares of providers: as a form for who may change them, as a list for who may not.
#[derive(Debug)]
pub struct ProvidersPanel {
    /// The fields of a form, those that are in sight.
    pub fields: Vec<ShareField>,
    /// Those one asks for.
    pub more: Vec<ShareField>,
    /// What there is, for readers.
    pub rows: Vec<ShareRow>,
    /// Who waits because of it.
    pub waiting: Option<String>,
}

/// The share of one provider, to be changed.
#[derive(Debug)]
pub struct ShareField {
    /// Its word.
    pub word: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Percent, as entered.
    pub value: String,
    /// What it comes to today.
    pub hint: Option<String>,
    /// Why what was entered is refused.
    pub error: Option<String>,
}

/// The share of one provider, to be read.
#[derive(Debug)]
pub struct ShareRow {
    /// Its name.
    pub name: &'static str,
    /// Such as `40 %`.
    pub share: String,
    /// What it comes to today.
    pub today: Option<String>,
}

/// What a form that was refused had in a field.
#[derive(Debug, Default)]
pub struct Entered {
    /// What was entered; none for what is saved.
    pub value: Option<String>,
    /// Why it is refused.
    pub error: Option<String>,
}

impl ShareField {
    /// The name of a provider's field.
    #[must_use]
    pub fn name_of(isp: Isp) -> String {
        format!("provider_shares.{}", isp.as_str())
    }
}

impl ProvidersPanel {
    /// The panel of a domain; none when there is nothing to see or to do.
    #[must_use]
    pub fn new(view: &WarmingView, mut entered: impl FnMut(&str) -> Entered) -> Option<Self> {
        if view.phase() == WarmingPhase::Warmed || !view.domain.domain_type.sends() {
            return None;
        }
        let waiting = waiting(view.awaiting);
        if !view.may_write {
            let rows = view.providers.iter().map(|limit| row(view, limit));
            let rows: Vec<ShareRow> = rows.collect();
            let panel = Self {
                fields: Vec::new(),
                more: Vec::new(),
                rows,
                waiting,
            };
            return (!panel.rows.is_empty()).then_some(panel);
        }
        let known = Isp::ALL.iter().copied().filter(|isp| isp.is_one());
        let fields = known.map(|isp| field(view, isp, entered(&ShareField::name_of(isp))));
        let is_in_sight = |field: &ShareField| {
            let is_frequent = FREQUENT.iter().any(|isp| isp.as_str() == field.word);
            is_frequent || !field.value.is_empty() || field.error.is_some()
        };
        let (fields, more) = fields.partition(is_in_sight);
        Some(Self {
            fields,
            more,
            rows: Vec::new(),
            waiting,
        })
    }
}

fn field(view: &WarmingView, isp: Isp, entered: Entered) -> ShareField {
    let limit = view.providers.iter().find(|limit| limit.isp == isp);
    let saved = || limit.map(|limit| limit.share.percent().to_string());
    ShareField {
        word: isp.as_str(),
        name: isp.name(),
        value: entered.value.or_else(saved).unwrap_or_default(),
        hint: limit.and_then(|limit| today(view, limit)),
        error: entered.error,
    }
}

fn row(view: &WarmingView, limit: &ProviderLimit) -> ShareRow {
    ShareRow {
        name: limit.isp.name(),
        share: format!("{} %", limit.share.percent()),
        today: today(view, limit),
    }
}

fn waiting(recipients: u64) -> Option<String> {
    match recipients {
        0 => None,
        1 => Some("1 recipient waits for another day.".to_owned()),
        many => Some(format!(
            "{} recipients wait for another day.",
            grouped(many)
        )),
    }
}

/// What is used of it, while it holds anybody to anything.
fn today(view: &WarmingView, limit: &ProviderLimit) -> Option<String> {
    let holds = view.limits == WarmingLimits::Enforced && view.phase().is_limited();
    let (used, daily) = (grouped(limit.used_today), grouped(limit.daily_limit));
    holds.then(|| format!("{used} of {daily} today"))
}
