//! API keys: list, form, secret.

use postscale_dashboard::ui::{Chip, Choice, Section, Tone};
use postscale_dashboard::views::api_keys::*;
use postscale_dashboard::views::webhooks::scope_group;
use postscale_model::{ApiKey, Capability, Environment, KeyScope, Timestamp};

use super::{LONG, Samples, at, copy, id, member, owner, stranger};

fn rows() -> Vec<ApiKeyRow> {
    let row = |n, name: &str, domains: &[(&str, &'static str)]| ApiKeyRow {
        id: id(n),
        name: name.to_owned(),
        prefix: "ps_live_7Kx2".to_owned(),
        environment: Environment::Live.into(),
        capability: "Send only",
        everywhere: domains.is_empty(),
        domains: domains.iter().map(|(d, l)| ((*d).to_owned(), *l)).collect(),
        created_by: "Olivia Owner".to_owned(),
        last_used_at: Some(at(n.into())),
        expires_at: None,
        ended: None,
        may_revoke: true,
    };
    vec![
        row(1, "Production web server", &[]),
        ApiKeyRow {
            environment: Environment::Test.into(),
            capability: "Full",
            last_used_at: None,
            expires_at: Some(at(99_999)),
            ..row(
                2,
                "CI",
                &[
                    ("staging.acme.example", "Read and write"),
                    ("acme.example", "Read only"),
                ],
            )
        },
        ApiKeyRow {
            ended: Some(Chip::new(Tone::Quiet, "Revoked")),
            may_revoke: false,
            created_by: LONG.to_owned(),
            ..row(3, "Old <script>", &[("gone.example", "No access any more")])
        },
    ]
}

pub fn add(samples: &mut Samples) {
    let list = |shell, rows, may_create| ApiKeyListPage {
        shell,
        rows,
        may_create,
    };
    samples.add("api_keys", &list(owner(Section::ApiKeys), rows(), true));
    samples.add(
        "api_keys_empty",
        &list(owner(Section::ApiKeys), Vec::new(), true),
    );
    samples.add(
        "api_keys_empty_read_only",
        &list(member(Section::ApiKeys), Vec::new(), false),
    );

    let domains = || {
        vec![
            Choice::new(id(1), "acme.example"),
            Choice::new(id(2), "b.example"),
        ]
    };
    let scope = scope_group(
        "Also those added later.",
        "Only the ones picked below.",
        "organization",
    );
    let entry = ApiKeyEntry {
        environment: "live".to_owned(),
        capability: "send".to_owned(),
        scope: "organization".to_owned(),
        ..ApiKeyEntry::default()
    };
    samples.add(
        "api_key_new",
        &NewApiKeyPage::new(
            owner(Section::ApiKeys),
            &entry,
            ApiKeyErrors::default(),
            Some(scope),
            domains(),
        ),
    );
    let errors = ApiKeyErrors {
        name: Some("A key needs a name.".to_owned()),
        domain_ids: Some("You may not write b.example.".to_owned()),
        allowed_networks: Some("These are no networks.".to_owned()),
        expires_on: Some("This day is over.".to_owned()),
    };
    let refused = ApiKeyEntry {
        domain_ids: vec![id(2)],
        expires_on: "2020-01-01".into(),
        ..entry
    };
    samples.add(
        "api_key_new_member_refused",
        &NewApiKeyPage::new(member(Section::ApiKeys), &refused, errors, None, domains()),
    );
    let secret = "ps_live_7Kx2hQm9ZrT4vB8nY1cD6fG3jL5pW0sXaEuIoRtNqMk";
    let created = ApiKeySecretPage {
        shell: stranger(Section::ApiKeys),
        name: "Production web server".to_owned(),
        lead: "",
        secret: copy("API key", secret),
        example: copy(
            "command",
            &format!("curl http://127.0.0.1:8080/v1/me -H 'Authorization: Bearer {secret}'"),
        ),
    };
    samples.add("api_key_created", &created);
    one_key(samples);
}

fn key(scope: KeyScope) -> ApiKey {
    ApiKey {
        id: id(7).parse().expect("well formed"),
        organization_id: id(8).parse().expect("well formed"),
        created_by: id(9).parse().expect("well formed"),
        name: "CI".to_owned(),
        environment: Environment::Live,
        capability: Capability::Full,
        scope,
        allowed_networks: vec!["192.0.2.0/24".parse().expect("well formed")],
        prefix: "ps_live_7Kx2".to_owned(),
        last_used_at: None,
        previous_secret_until: None,
        expires_at: None,
        created_at: Timestamp::from_micros(0),
        revoked_at: None,
    }
}

fn one_key(samples: &mut Samples) {
    let reach = |domain: &str, access, why| KeyReach {
        domain: domain.to_owned(),
        access,
        why,
        explained: Some(format!("/api-keys/{}/access/{}", id(1), id(2))),
    };
    let entry = ApiKeyEntry {
        name: "CI".to_owned(),
        capability: "full".to_owned(),
        domain_ids: vec![id(1)],
        allowed_networks: "192.0.2.0/24".to_owned(),
        ..ApiKeyEntry::default()
    };
    let domains = vec![
        Choice::new(id(1), "staging.acme.example"),
        Choice::new(id(2), "acme.example"),
    ];
    let page = |key: ApiKey, reaches, form, ended: Option<Chip>| ApiKeyPage {
        shell: owner(Section::ApiKeys),
        id: key.id.to_string(),
        name: key.name,
        prefix: key.prefix,
        environment: key.environment.into(),
        capability: "Full",
        everywhere: key.scope == KeyScope::Organization,
        reaches,
        networks: vec!["192.0.2.0/24".to_owned()],
        created_by: "Olivia Owner".to_owned(),
        created_at: at(1),
        last_used_at: Some(at(2)),
        expires_at: None,
        previous_secret_until: ended.is_none().then(|| at(99_999)),
        ended,
        form,
        is_own: true,
    };
    let reaches = vec![
        reach("staging.acme.example", "Read/write", "As its maker."),
        reach("acme.example", "Read", "Its maker can only read."),
        reach(LONG, "Nothing", "Its maker can no longer see the domain."),
    ];
    let named = key(KeyScope::Domains);
    let form = || ApiKeyForm::new(&named, &entry, ApiKeyErrors::default(), domains.clone());
    let own = page(named.clone(), reaches, Some(form()), None);
    samples.add("api_key", &own);
    let of_another = ApiKeyPage {
        is_own: false,
        ..page(named.clone(), Vec::new(), Some(form()), None)
    };
    samples.add("api_key_of_another", &of_another);
    let ended = Some(Chip::new(Tone::Quiet, "Revoked"));
    let wide = key(KeyScope::Organization);
    samples.add("api_key_ended", &page(wide, Vec::new(), None, ended));
}
