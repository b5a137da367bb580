//! A domain's settings.

use postscale_dashboard::ui::Section;
use postscale_dashboard::views::domains::*;
use postscale_dashboard::views::words::Reach;
use postscale_model::DomainType;

use super::{domain, tabs};
use crate::samples::{Samples, id, owner};

pub fn add(samples: &mut Samples) {
    let domain = domain("staging.acme.example", DomainType::Both);
    let settings = |error| DomainSettingsPage {
        shell: owner(Section::Domains),
        tabs: tabs(DomainTab::Settings, Reach::Everything),
        id: id(1),
        name: domain.name.to_unicode(),
        settings: DomainSettings::of(&domain),
        delete: Some(DomainSettingsPage::delete_field(
            "staging.acme.example",
            error,
        )),
    };
    samples.add("domain_settings", &settings(None));
    let wrong = Some("This is not the name of the domain.".to_owned());
    samples.add("domain_settings_refused", &settings(wrong));
    samples.add(
        "domain_settings_confirm",
        &SettingsConfirmPage {
            shell: owner(Section::Domains),
            id: id(1),
            name: domain.name.to_unicode(),
            consequences: vec![
                "Mail for this domain is refused for good. 3 aliases stop taking mail.".to_owned(),
                "The MX record is no longer required.".to_owned(),
            ],
            fields: vec![("type", "outbound".to_owned()), ("active", "on".to_owned())],
        },
    );
}
