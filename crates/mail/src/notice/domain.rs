//! What people are told of a domain they look after.

use postscale_model::Domain;

use super::Notice;

impl Notice {
    /// A domain is no longer verified. `public_url` is where the instance is.
    #[must_use]
    pub fn domain_lost(domain: &Domain, public_url: &str) -> Self {
        let name = domain.name.to_unicode();
        let missing: Vec<&str> = domain
            .required()
            .iter()
            .filter(|purpose| !domain.has_verified(**purpose))
            .map(|purpose| purpose.label())
            .collect();
        let stops = match (domain.domain_type.sends(), domain.domain_type.receives()) {
            (true, false) => "Nothing can be sent from it until they are back.",
            (false, _) => "Mail for it may not arrive here until they are back.",
            (true, true) => {
                "Nothing can be sent from it, and mail for it may not arrive here, until they are \
                 back."
            }
        };
        Self::new(format!("{name} is no longer verified"))
            .text(format!(
                "These DNS records of {name} are gone or have another value: {}.",
                missing.join(", ")
            ))
            .text(stops)
            .text("What to publish, and what was found instead, is on the page of the domain:")
            .link("Open the domain", page(domain, public_url))
    }

    /// A domain that was verified before is so again.
    #[must_use]
    pub fn domain_back(domain: &Domain, public_url: &str) -> Self {
        let name = domain.name.to_unicode();
        Self::new(format!("{name} is verified again"))
            .text(format!(
                "Every DNS record that {name} needs is there again. Nothing is left to do."
            ))
            .link("Open the domain", page(domain, public_url))
    }

    /// Somebody else proved control of the name, whose former proof is gone.
    #[must_use]
    pub fn domain_taken_over(domain: &Domain, public_url: &str) -> Self {
        let name = domain.name.to_unicode();
        let record = format!("_postscale.{}", domain.name);
        Self::new(format!("{name} was verified by somebody else"))
            .text(format!(
                "Another organization on this instance has proven control of {name} in its DNS, and \
                 your proof at {record} is no longer there. The name is theirs now; for you it is \
                 not verified any more."
            ))
            .text(format!(
                "If that is a mistake, ask whoever looks after the DNS of {name}: once your record \
                 is back and theirs is gone, check the domain again to have it back."
            ))
            .link("Open the domain", page(domain, public_url))
    }
}

fn page(domain: &Domain, public_url: &str) -> String {
    format!("{public_url}/domains/{}", domain.id)
}

impl Notice {
    /// The notice for a domain that look-ups made of `before`: that it was lost, or that it is back.
    #[must_use]
    pub fn domain_changed(before: &Domain, now: &Domain, public_url: &str) -> Option<Self> {
        match (before.verified, now.verified) {
            (true, false) => Some(Self::domain_lost(now, public_url)),
            (false, true) if before.verified_at.is_some() => {
                Some(Self::domain_back(now, public_url))
            }
            _ => None,
        }
    }
}
