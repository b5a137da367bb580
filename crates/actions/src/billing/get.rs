//! Billing, as owners see it.

use postscale_access::{Caller, Gate, Permission, action};
use postscale_model::Month;
use postscale_store::{
    Tx,
    organization::{self, Billing},
    usage::{self, Usage},
};

use super::{OfferedPlan, offered};
use crate::{App, Result};

/// Months that statements go back, the current one included.
const MONTHS: i32 = 12;

/// What was used in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// The month.
    pub month: Month,
    /// What was used in it.
    pub usage: Usage,
}

/// Billing, as owners see it.
#[derive(Debug)]
pub struct BillingState {
    /// Plan and contact.
    pub billing: Billing,
    /// The plans to choose from.
    pub plans: Vec<OfferedPlan>,
    /// The last twelve months, the current one first; of earlier ones only those after the first
    /// message.
    pub statements: Vec<Statement>,
}

/// The billing of the caller's organization.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) to everybody but owners.
pub async fn get(app: &App, caller: &Caller) -> Result<BillingState> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::BILLING_READ)?;
    state(app, &mut tx, &permission).await
}

pub(super) async fn state(app: &App, tx: &mut Tx, permission: &Permission) -> Result<BillingState> {
    let billing = organization::billing(tx, permission).await?;
    let now = Month::of(app.sources.now());
    let used = usage::by_month(tx, permission, now.after(1 - MONTHS)).await?;
    Ok(BillingState {
        plans: offered(app, &billing.plan),
        statements: statements(now, &used),
        billing,
    })
}

/// Every month from now back to the first one with a message; quiet ones in between are zero.
fn statements(now: Month, used: &[(Month, Usage)]) -> Vec<Statement> {
    let first = used.last().map_or(now, |(month, _)| *month);
    let months = (0..MONTHS).map(|back| now.after(-back));
    let months = months.take_while(|month| *month >= first || *month == now);
    let statement = |month| Statement {
        month,
        usage: used
            .iter()
            .find(|(known, _)| *known == month)
            .map_or_else(Usage::default, |(_, usage)| *usage),
    };
    months.map(statement).collect()
}

#[cfg(test)]
mod tests {
    use postscale_model::Timestamp;

    use super::*;

    #[test]
    fn statements_go_back_to_the_first_message_without_a_gap() {
        let now = Month::of(Timestamp::parse("2026-03-15").unwrap());
        let sent = |sent| Usage { sent, received: 1 };
        let used = [(now.after(-1), sent(5)), (now.after(-3), sent(7))];
        let told: Vec<_> = statements(now, &used)
            .iter()
            .map(|it| (it.month.to_string(), it.usage.used()))
            .collect();
        let want = [
            ("2026-03", 0),
            ("2026-02", 6),
            ("2026-01", 0),
            ("2025-12", 8),
        ];
        assert_eq!(told, want.map(|(month, used)| (month.to_owned(), used)));
        assert_eq!(statements(now, &[]).len(), 1);
    }
}
