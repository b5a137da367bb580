//! Looking into access: the form of a list, previews, explanations, the review.

use postscale_dashboard::ui::Choice;
use postscale_dashboard::ui::{
    AccessChoice, AccessTerms, Chip, Pager, Section, SelectField, Slice, Tone,
};
use postscale_dashboard::views::access::*;
use postscale_model::Level;

use super::{LONG, RTL, Samples, at, id, owner, stranger};

pub fn add(samples: &mut Samples) {
    samples.add("access", &form(None));
    samples.add("access_preview", &form(Some(preview())));
    samples.add("access_conflict", &conflict());
    samples.add("access_refused", &refused());
    let everything = AccessPage {
        everything: true,
        form: None,
        ..form(None)
    };
    samples.add("access_everything", &everything);
    samples.add("access_confirm", &confirm(preview()));
    samples.add("access_confirm_nothing", &confirm(nothing()));
    samples.add("access_explained", &explained(None));
    samples.add("access_explained_key", &explained(Some("CI <script>")));
    samples.add("access_review", &review(rows()));
    samples.add("access_review_empty", &review(Vec::new()));
}

fn choices(chosen: u8, meanwhile: bool) -> Vec<AccessChoice> {
    let choice = |n: u8| AccessChoice {
        id: id(n),
        domain: format!("d{n}.example"),
        level: (n <= chosen).then_some(Level::Read),
        terms: Some(AccessTerms {
            until: if n == 2 {
                "2026-04-01T12:00".to_owned()
            } else {
                String::new()
            },
            note: if n == 1 {
                "Audit <until> March".to_owned()
            } else {
                String::new()
            },
            until_error: None,
            note_error: None,
            ended: (n == 2).then(|| Chip::new(Tone::Warn, "Expired")),
            meanwhile: (meanwhile && n == 3).then(|| "Saved now: no access".to_owned()),
        }),
    };
    (1..=7).map(choice).collect()
}

fn form(preview: Option<AccessPreview>) -> AccessPage {
    AccessPage {
        shell: owner(Section::Team),
        id: id(1),
        name: "Max Member".to_owned(),
        everything: false,
        preview,
        form: Some(AccessForm::new("7f".to_owned(), choices(2, false), None)),
    }
}

fn conflict() -> AccessPage {
    let error = "The list was changed meanwhile; read it again.".to_owned();
    AccessPage {
        shell: stranger(Section::Team),
        name: LONG.to_owned(),
        form: Some(AccessForm::new(
            "80".to_owned(),
            choices(5, true),
            Some(error),
        )),
        ..form(None)
    }
}

fn refused() -> AccessPage {
    let mut choices = choices(3, false);
    choices[1].terms = Some(AccessTerms {
        until_error: Some("Must be in the future.".to_owned()),
        ..AccessTerms::default()
    });
    choices[2].terms = Some(AccessTerms {
        note_error: Some("Must be at most 500 characters.".to_owned()),
        ..AccessTerms::default()
    });
    AccessPage {
        form: Some(AccessForm::new("7f".to_owned(), choices, None)),
        ..form(None)
    }
}

fn change(domain: &str, before: &'static str, after: &'static str, effect: Chip) -> ChangeRow {
    ChangeRow {
        domain: domain.to_owned(),
        before,
        after,
        until: None,
        effect,
    }
}

fn preview() -> AccessPreview {
    let loses = || Chip::new(Tone::Warn, "Loses");
    AccessPreview {
        is_empty: false,
        domains: vec![
            ChangeRow {
                until: Some(at(90)),
                ..change(
                    "d1.example",
                    "No access",
                    "Read only",
                    Chip::new(Tone::Good, "Gains"),
                )
            },
            change(LONG, "Read and write", "No access", loses()),
        ],
        keys: vec![
            KeyRow {
                path: format!("/api-keys/{}", id(3)),
                name: "CI <script>".to_owned(),
                prefix: "ps_live_7f".to_owned(),
                last_used_at: Some(at(3)),
                is_revoked: false,
                domains: vec![change("d2.example", "Read and write", "Read only", loses())],
            },
            KeyRow {
                path: format!("/api-keys/{}", id(4)),
                name: RTL.to_owned(),
                prefix: "ps_test_80".to_owned(),
                last_used_at: None,
                is_revoked: true,
                domains: Vec::new(),
            },
        ],
        webhooks: vec![WebhookRow {
            path: format!("/webhooks/{}", id(5)),
            url: "https://hooks.example/1".to_owned(),
            is_suspended: true,
            lost: vec!["d2.example".to_owned()],
            gained: Vec::new(),
        }],
        sessions: 2,
        invitations: vec!["new@acme.example".to_owned()],
    }
}

fn nothing() -> AccessPreview {
    AccessPreview {
        is_empty: true,
        domains: Vec::new(),
        keys: Vec::new(),
        webhooks: Vec::new(),
        sessions: 0,
        invitations: Vec::new(),
    }
}

fn confirm(preview: AccessPreview) -> ConfirmPage {
    ConfirmPage {
        shell: owner(Section::Team),
        id: id(1),
        name: "Max Member".to_owned(),
        path: format!("/team/users/{}/role", id(1)),
        title: "Make Max Member an admin?".to_owned(),
        text: "It counts from their next request on.",
        label: "Save role",
        field: Some(("role", "admin".to_owned())),
        is_dangerous: preview.is_empty,
        preview,
    }
}

fn explained(key: Option<&str>) -> ExplainPage {
    let step = |holds, text: &str| ExplainedStepRow {
        holds,
        text: text.to_owned(),
    };
    let path = format!("/team/users/{}/access/{}", id(1), id(2));
    let actions = vec![
        Choice::new("", "See, send and operate"),
        Choice::new("alias.create", "alias.create"),
    ];
    ExplainPage {
        shell: owner(Section::Team),
        person: "Max Member".to_owned(),
        user_path: format!("/team/users/{}", id(1)),
        key: key.map(|name| (name.to_owned(), format!("/api-keys/{}", id(3)))),
        domain: "d1.example".to_owned(),
        path,
        action: SelectField::new("action", "Action", actions),
        parts: vec![
            ExplainedPart {
                label: "See it".to_owned(),
                result: Chip::new(Tone::Good, "Allowed"),
                steps: vec![step(true, "Max Member is an active user and can sign in.")],
            },
            ExplainedPart {
                label: "Operate it".to_owned(),
                result: Chip::new(Tone::Bad, "Refused, 403"),
                steps: vec![
                    step(true, "Max Member is a member with read only."),
                    step(
                        false,
                        "This wants read and write. There is read only, which is not enough.",
                    ),
                ],
            },
        ],
    }
}

fn review(rows: Vec<ReviewRow>) -> ReviewPage {
    let slice = Slice {
        limit: 50,
        offset: 0,
        shown: rows.len().try_into().expect("BUG: a small number"),
    };
    let kinds = vec![Choice::new("", "Everything"), Choice::new("grant", "Grant")];
    ReviewPage {
        shell: owner(Section::Team),
        kind: SelectField::new("kind", "Kind", kinds),
        is_filtered: false,
        pager: Pager::new("/team/review", &[], slice, Some(rows.len() as u64)),
        rows,
    }
}

fn rows() -> Vec<ReviewRow> {
    let row = |kind, label, name: &str, path: String| ReviewRow {
        kind,
        label,
        id: id(1),
        domain_id: id(2),
        name: name.to_owned(),
        path,
        holder: "Max Member".to_owned(),
        access: "Read only".to_owned(),
        giver: Some("Olivia Owner".to_owned()),
        since: at(0),
        last_used_at: None,
        expires_at: Some(at(-90)),
        is_over: true,
        note: "Audit <until> March".to_owned(),
        reviewed: Some((at(1), "Olivia Owner".to_owned())),
    };
    vec![
        row(
            "grant",
            "Grant",
            "d1.example",
            format!("/team/users/{}/access/{}", id(1), id(2)),
        ),
        ReviewRow {
            giver: None,
            last_used_at: Some(at(2)),
            expires_at: None,
            is_over: false,
            note: String::new(),
            reviewed: None,
            holder: RTL.to_owned(),
            ..row("api_key", "API key", LONG, format!("/api-keys/{}", id(3)))
        },
    ]
}
