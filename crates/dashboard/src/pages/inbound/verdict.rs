//! What the checks of a message say, in words.

use postscale_model::{AuthVerdict, InboundEmail};

use crate::{ui::Chip, views::inbound::Verdict};

/// SPF, DKIM and DMARC, and ARC when somebody says they passed the message on.
pub(super) fn verdicts(email: &InboundEmail) -> Vec<Verdict> {
    let verdict = |method, verdict, meaning| Verdict {
        chip: Chip::verdict(method, verdict),
        meaning,
    };
    vec![
        verdict("SPF", email.spf, spf(email.spf)),
        verdict("DKIM", email.dkim, dkim(email.dkim)),
        verdict("DMARC", email.dmarc, dmarc(email.dmarc)),
        verdict("ARC", email.arc, arc(email.arc)),
    ]
}

const DNS: &str = "DNS could not be asked in time.";

const fn spf(verdict: AuthVerdict) -> &'static str {
    match verdict {
        AuthVerdict::Pass => "The server may send for the domain of the envelope sender.",
        AuthVerdict::Fail => "The server may not send for the domain of the envelope sender.",
        AuthVerdict::SoftFail => {
            "The server probably may not send for the domain of the envelope sender."
        }
        AuthVerdict::Neutral => {
            "The domain of the envelope sender does not say who may send for it."
        }
        AuthVerdict::None => "The domain of the envelope sender has no SPF policy.",
        AuthVerdict::TempError => DNS,
        AuthVerdict::PermError => "The SPF policy of the domain cannot be read.",
    }
}

const fn dkim(verdict: AuthVerdict) -> &'static str {
    match verdict {
        AuthVerdict::Pass => "A signature is genuine, and what it covers is unchanged.",
        AuthVerdict::Fail => "A signature does not fit: the message was changed or forged.",
        AuthVerdict::SoftFail | AuthVerdict::Neutral => {
            "A signature says nothing that can be checked."
        }
        AuthVerdict::None => "Nobody signed it.",
        AuthVerdict::TempError => DNS,
        AuthVerdict::PermError => "Its signatures or their keys cannot be used.",
    }
}

const fn dmarc(verdict: AuthVerdict) -> &'static str {
    match verdict {
        AuthVerdict::Pass => "The author’s domain stands behind the message.",
        AuthVerdict::Fail | AuthVerdict::SoftFail => {
            "The author’s domain does not stand behind the message."
        }
        AuthVerdict::None | AuthVerdict::Neutral => "The author’s domain has no DMARC policy.",
        AuthVerdict::TempError => DNS,
        AuthVerdict::PermError => "It has several authors, or a policy that cannot be read.",
    }
}

const fn arc(verdict: AuthVerdict) -> &'static str {
    match verdict {
        AuthVerdict::Pass => "Everybody who passed it on signed what they found.",
        AuthVerdict::None => "Nobody says they passed it on.",
        AuthVerdict::TempError => DNS,
        AuthVerdict::Fail
        | AuthVerdict::SoftFail
        | AuthVerdict::Neutral
        | AuthVerdict::PermError => "The chain of those who passed it on is broken.",
    }
}
