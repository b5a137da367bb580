//! What a stricter policy would cost, in words and numbers.

use postscale_store::dmarc_report::Figures;

/// What the figures say about a stricter policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No reports yet.
    NothingKnown,
    /// Nothing would be lost.
    Ready,
    /// Less than one in a hundred would be.
    NearlyReady,
    /// More would be.
    NotReady,
    /// The policy asks for it already.
    Enforced,
}

/// What would become of mail under a policy of quarantine or reject: both ask for the same messages, one
/// to put them aside, the other to refuse them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The policy reporters found last; empty when unknown.
    pub policy: String,
    /// All messages.
    pub messages: i64,
    /// Those that pass neither way: put aside at `p=quarantine`, refused at `p=reject`.
    pub lost: i64,
    /// From how many sources these came.
    pub sources: i64,
    /// What that means.
    pub verdict: Verdict,
}

/// Judges the figures under the policy that was found last.
#[must_use]
pub fn advise(figures: &Figures, policy: &str) -> Advice {
    let (messages, lost) = (figures.totals.total, figures.totals.failing());
    let verdict = if messages == 0 {
        Verdict::NothingKnown
    } else if policy == "reject" {
        Verdict::Enforced
    } else if lost == 0 {
        Verdict::Ready
    } else if lost.saturating_mul(100) < messages {
        Verdict::NearlyReady
    } else {
        Verdict::NotReady
    };
    Advice {
        policy: policy.to_owned(),
        messages,
        lost,
        sources: figures.failing_sources,
        verdict,
    }
}

impl Advice {
    /// The advice in a sentence or two.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self {
            messages,
            lost,
            sources,
            ..
        } = self;
        let whose = if *sources == 1 {
            "one source"
        } else {
            "sources"
        };
        let many = if *sources == 1 {
            String::new()
        } else {
            format!("{sources} ")
        };
        let what = if *messages == 1 {
            "message"
        } else {
            "messages"
        };
        let cost = format!("{lost} of {messages} {what}, from {many}{whose}");
        match self.verdict {
            Verdict::NothingKnown => {
                "No reports about these days. Nothing can be said about a stricter policy."
                    .to_owned()
            }
            Verdict::Ready if *messages == 1 => {
                "The one message passes. At p=quarantine or p=reject it would not be lost."
                    .to_owned()
            }
            Verdict::Ready => format!(
                "All {messages} messages pass. At p=quarantine or p=reject none of them would be lost."
            ),
            Verdict::NearlyReady | Verdict::NotReady => format!(
                "At p=quarantine {cost}, would be put aside; at p=reject they would be refused. Set up signing for those \
                 sources that are yours; the rest is mail you want receivers to keep away."
            ),
            Verdict::Enforced if *lost == 0 && *messages == 1 => {
                "The policy is p=reject, and the one message passes.".to_owned()
            }
            Verdict::Enforced if *lost == 0 => {
                format!("The policy is p=reject, and all {messages} messages pass.")
            }
            Verdict::Enforced => format!(
                "The policy is p=reject: receivers are asked to refuse {cost}. Set up signing for those that are yours."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use postscale_model::DmarcTotals;

    use super::*;

    fn figures(total: i64, dmarc_pass: i64) -> Figures {
        Figures {
            totals: DmarcTotals {
                total,
                dmarc_pass,
                ..DmarcTotals::default()
            },
            reports: 1,
            sources: 3,
            failing_sources: i64::from(total != dmarc_pass) * 2,
        }
    }

    #[test]
    fn a_stricter_policy_is_advised_when_little_would_be_lost() {
        for (total, pass, policy, want) in [
            (0, 0, "none", Verdict::NothingKnown),
            (10, 10, "none", Verdict::Ready),
            (1000, 999, "quarantine", Verdict::NearlyReady),
            (100, 99, "none", Verdict::NotReady),
            (100, 1, "", Verdict::NotReady),
            (100, 1, "reject", Verdict::Enforced),
        ] {
            assert_eq!(advise(&figures(total, pass), policy).verdict, want);
        }
        let told = advise(&figures(100, 98), "none").sentence();
        assert!(told.contains("2 of 100 messages, from 2 sources"), "{told}");
        for (policy, want) in [
            ("none", "The one message passes. "),
            (
                "reject",
                "The policy is p=reject, and the one message passes.",
            ),
        ] {
            let told = advise(&figures(1, 1), policy).sentence();
            assert!(told.starts_with(want), "{told}");
        }
    }
}
