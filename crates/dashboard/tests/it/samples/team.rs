//! The team.

use postscale_dashboard::ui::{Chip, Pager, Section, Slice, Tone};
use postscale_dashboard::views::team::*;

use super::{LONG, RTL, Samples, at, id, owner};

pub fn add(samples: &mut Samples) {
    samples.add("team", &list(TeamFilter::new("", "", ""), rows()));
    samples.add(
        "team_nobody",
        &list(TeamFilter::new("zoe", "admin", "active"), Vec::new()),
    );
    samples.add("team_member", &member());
    samples.add("team_owner", &last_owner());
    samples.add("team_deactivated", &deactivated());
    samples.add("team_receipt", &receipt());
    let nothing = ReceiptPage {
        for_good: true,
        sessions: 0,
        keys: Vec::new(),
        invitations: Vec::new(),
        webhooks: Vec::new(),
        kept: Vec::new(),
        forwards: Vec::new(),
        ..receipt()
    };
    samples.add("team_receipt_nothing", &nothing);
}

fn list(filter: TeamFilter, rows: Vec<TeamRow>) -> TeamPage {
    let slice = Slice {
        limit: 50,
        offset: 0,
        shown: rows.len().try_into().expect("BUG: a small number"),
    };
    TeamPage {
        shell: owner(Section::Team),
        filter,
        pager: Pager::new("/team", &[], slice, Some(rows.len() as u64)),
        rows,
    }
}

fn rows() -> Vec<TeamRow> {
    let row = |n: u8, name: &str, role, status| TeamRow {
        id: id(n),
        name: name.to_owned(),
        email: format!("user{n}@acme.example"),
        role,
        status,
        second_factor: n == 1,
        domains: u64::from(n) * 3,
        keys: u64::from(n),
        last_active_at: (n < 3).then(|| at(i64::from(n))),
        has_access_list: n == 4,
    };
    vec![
        row(1, "Olivia Owner", "Owner", Chip::new(Tone::Good, "Active")),
        row(2, LONG, "Admin", Chip::new(Tone::Good, "Active")),
        row(3, RTL, "Member", Chip::new(Tone::Warn, "Deactivated")),
        row(4, "Max Member", "Member", Chip::new(Tone::Good, "Active")),
    ]
}

pub fn leaving() -> Leaving {
    Leaving {
        keys: vec!["CI <script>".to_owned()],
        webhooks: vec!["https://hooks.example/1".to_owned()],
        domains: 2,
        invitations: 0,
        is_last_owner: false,
    }
}

fn member() -> UserPage {
    let grant = |domain: &str, level, expires_at, is_over| GrantRow {
        domain_id: id(1),
        domain: domain.to_owned(),
        level,
        expires_at,
        is_over,
        note: String::new(),
    };
    UserPage {
        shell: owner(Section::Team),
        id: id(1),
        name: "Max Member".to_owned(),
        email: "max@client.example".to_owned(),
        role: "Member",
        status: Chip::new(Tone::Good, "Active"),
        second_factor: Chip::new(Tone::Quiet, "Off"),
        is_verified: true,
        last_active_at: Some(at(5)),
        created_at: at(0),
        keys: 1,
        everything: false,
        grants: vec![
            grant("d1.example", "Read and write", None, false),
            GrantRow {
                note: "Audit until March".to_owned(),
                ..grant("d2.example", "Read only", Some(at(90)), false)
            },
            grant("d3.example", "Read only", Some(at(-90)), true),
        ],
        may_change_access: true,
        role_form: Some(RoleForm::new("member", true, None)),
        may_sign_out: true,
        may_inherit: true,
        is_deactivated: false,
        leaving: Some(leaving()),
    }
}

fn last_owner() -> UserPage {
    UserPage {
        name: "Olivia Owner".to_owned(),
        role: "Owner",
        everything: true,
        grants: Vec::new(),
        may_change_access: false,
        role_form: Some(RoleForm::new(
            "owner",
            true,
            Some("An organization keeps at least one active owner.".to_owned()),
        )),
        is_verified: false,
        last_active_at: None,
        leaving: Some(Leaving {
            is_last_owner: true,
            ..leaving()
        }),
        ..member()
    }
}

fn deactivated() -> UserPage {
    UserPage {
        status: Chip::new(Tone::Warn, "Deactivated"),
        grants: Vec::new(),
        may_change_access: false,
        role_form: None,
        may_sign_out: false,
        may_inherit: false,
        is_deactivated: true,
        ..member()
    }
}

fn receipt() -> ReceiptPage {
    let kept = |path: &str, name: &str| Kept {
        path: path.to_owned(),
        name: name.to_owned(),
        maker: "Adam Admin".to_owned(),
    };
    ReceiptPage {
        shell: owner(Section::Team),
        id: id(1),
        name: "Max Member".to_owned(),
        for_good: false,
        sessions: 2,
        keys: vec!["CI <script>".to_owned()],
        invitations: vec!["nora@acme.example".to_owned()],
        webhooks: vec!["https://hooks.example/1".to_owned()],
        kept: vec![
            kept("/api-keys/1", "Production"),
            kept("/webhooks/1", "https://hooks.example/all"),
        ],
        forwards: vec![Forward {
            path: "/aliases/1".to_owned(),
            name: "info@acme.example".to_owned(),
            targets: "me@home.example, other@elsewhere.example".to_owned(),
        }],
    }
}
