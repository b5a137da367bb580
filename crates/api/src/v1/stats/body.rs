//! Counts as the API tells them.

use postscale_model::{Counts, Day, DomainId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How often something happened. Everything but `received` counts recipients of mail sent; what
/// happened counts when it happened, so that a day may deliver what was accepted the day before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsCountsBody)]
pub(super) struct CountsBody {
    /// Accepted, whatever became of them; of a provider, those of whom a try came to its servers.
    sent: u64,
    /// Taken over by the recipient's server.
    delivered: u64,
    /// Refused for good, given up, or come back after they had been delivered.
    bounced: u64,
    /// Of those, the ones without such a mailbox or domain.
    hard_bounced: u64,
    /// Tries that are to be repeated; a recipient may be put off more than once.
    deferred: u64,
    complained: u64,
    opened: u64,
    clicked: u64,
    /// Messages received for an address of the domain and kept.
    received: u64,
    /// Delivered of sent: a fraction from 0 to 1, to four places, as all rates.
    delivery_rate: f64,
    /// Bounced of sent.
    bounce_rate: f64,
    /// Hard bounced of sent.
    hard_bounce_rate: f64,
    /// Complained of sent.
    complaint_rate: f64,
    /// Opened of delivered.
    open_rate: f64,
    /// Clicked of delivered.
    click_rate: f64,
}

impl From<Counts> for CountsBody {
    fn from(counts: Counts) -> Self {
        Self {
            sent: counts.sent,
            delivered: counts.delivered,
            bounced: counts.bounced,
            hard_bounced: counts.hard_bounced,
            deferred: counts.deferred,
            complained: counts.complained,
            opened: counts.opened,
            clicked: counts.clicked,
            received: counts.received,
            delivery_rate: counts.delivery_rate().as_fraction(),
            bounce_rate: counts.bounce_rate().as_fraction(),
            hard_bounce_rate: counts.hard_bounce_rate().as_fraction(),
            complaint_rate: counts.complaint_rate().as_fraction(),
            open_rate: counts.open_rate().as_fraction(),
            click_rate: counts.click_rate().as_fraction(),
        }
    }
}

/// Sums over a number of days, under the names clients know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsMetricsBody)]
pub(super) struct MetricsBody {
    period_days: u16,
    total_sent: u64,
    total_delivered: u64,
    total_bounced: u64,
    total_hard_bounce: u64,
    total_deferred: u64,
    total_complaints: u64,
    total_opened: u64,
    total_clicked: u64,
    total_received: u64,
    delivery_rate: f64,
    bounce_rate: f64,
    hard_bounce_rate: f64,
    complaint_rate: f64,
    open_rate: f64,
    click_rate: f64,
}

impl MetricsBody {
    pub(super) fn new(period_days: u16, total: Counts) -> Self {
        Self {
            period_days,
            total_sent: total.sent,
            total_delivered: total.delivered,
            total_bounced: total.bounced,
            total_hard_bounce: total.hard_bounced,
            total_deferred: total.deferred,
            total_complaints: total.complained,
            total_opened: total.opened,
            total_clicked: total.clicked,
            total_received: total.received,
            delivery_rate: total.delivery_rate().as_fraction(),
            bounce_rate: total.bounce_rate().as_fraction(),
            hard_bounce_rate: total.hard_bounce_rate().as_fraction(),
            complaint_rate: total.complaint_rate().as_fraction(),
            open_rate: total.open_rate().as_fraction(),
            click_rate: total.click_rate().as_fraction(),
        }
    }
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsDayBody)]
pub(super) struct DayBody {
    /// The same whenever the day is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Such as `2026-03-01`, in UTC.
    date: String,
    #[serde(flatten)]
    counts: CountsBody,
}

impl DayBody {
    /// A day of one domain, whose id is made of both.
    pub(super) fn of(domain: DomainId, (day, counts): (Day, Counts)) -> Self {
        let seconds = day.start().seconds().unsigned_abs();
        let id = Uuid::from_u128(domain.as_uuid().as_u128() ^ u128::from(seconds));
        Self {
            id: Some(id.to_string()),
            ..Self::of_several((day, counts))
        }
    }

    /// A day of several domains.
    pub(super) fn of_several((day, counts): (Day, Counts)) -> Self {
        Self {
            id: None,
            date: day.to_string(),
            counts: counts.into(),
        }
    }
}
