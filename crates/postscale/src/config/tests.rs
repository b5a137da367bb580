//! Which settings are taken, which stop the start, and that operators read about each.

use std::io::Write as _;

use postscale_model::{Overage, Plan};

use super::{table, *};

fn read(mode: Mode, pairs: &[(&str, &str)], file: Option<&Path>) -> Result<Config, String> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(mode, pairs, file).map_err(|error| error.to_string())
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn dev_starts_without_any_setting_and_serve_needs_its_host_name() {
    let dev = read(Mode::Dev, &[], None).unwrap();
    assert_eq!(dev.hostname.as_str(), "mail.dev.test");
    assert_eq!(dev.listen.mx, ["127.0.0.1:2525".parse().unwrap()]);
    assert_eq!(dev.listen.submissions, []);
    assert_eq!(dev.outbound.port, None);
    assert_eq!(dev.outbound.lifetime.as_secs(), 432_000);
    assert_eq!(dev.system_mail.from.to_string(), "postscale@mail.dev.test");
    assert_eq!(
        read(Mode::Serve, &[], None).err().as_deref(),
        Some("POSTSCALE_HOSTNAME: must be set")
    );
    let serve = read(
        Mode::Serve,
        &[("POSTSCALE_HOSTNAME", "mail.example.com")],
        None,
    )
    .unwrap();
    assert_eq!(serve.listen.submissions, ["[::]:465".parse().unwrap()]);
    assert_eq!(serve.hosts.mx, "mx.mail.example.com");
    assert_eq!(serve.hosts.spf, "_spf.mail.example.com");
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = file(
        "hostname = 'file.example.com'\noutbound_port = 2500\nmx_listen = ['127.0.0.1:1', '[::1]:2']\nmigrate = false\n",
    );
    let config = read(
        Mode::Serve,
        &[("POSTSCALE_OUTBOUND_PORT", "26")],
        Some(file.path()),
    )
    .unwrap();
    assert_eq!(config.hostname.as_str(), "file.example.com");
    assert_eq!(config.outbound.port, Some(26));
    assert_eq!(config.listen.mx.len(), 2);
    assert_eq!(config.migrate, Switch::Off);
    let named = file.path().display().to_string();
    let config = read(Mode::Serve, &[("POSTSCALE_CONFIG", &named)], None).unwrap();
    assert_eq!(config.outbound.port, Some(2500));
}

#[test]
fn an_unknown_name_stops_the_start() {
    let named = |pairs: &[(&str, &str)]| read(Mode::Dev, pairs, None).err();
    let why = "POSTSCALE_HTTP_LISTN: there is no such setting";
    assert_eq!(named(&[("POSTSCALE_HTTP_LISTN", "")]).as_deref(), Some(why));
    assert_eq!(
        named(&[
            ("POSTSCALE_TEST_POSTGRES", "x"),
            ("POSTSCALE_SEED", "1"),
            ("HOME", "/")
        ]),
        None
    );
    for (text, why) in [
        ("htp_listen = ''", "there is no such setting"),
        (
            "dns = 1.5",
            "must be a text, a number, true, false or a list of texts",
        ),
        ("hostname", "is not TOML: "),
        ("[plans.free]\nmonthly_mesages = 5", "unknown field"),
        ("[plans.unlimited]\ndomains = 5", "has no limits"),
    ] {
        let file = file(text);
        let error = read(Mode::Dev, &[], Some(file.path())).err().unwrap();
        assert!(
            error.contains(why) && error.contains(&*file.path().to_string_lossy()),
            "{error}"
        );
        assert!(!error.contains('\n'), "{error}");
    }
    let error = read(
        Mode::Dev,
        &[],
        Some(Path::new("/nonexistent/postscale.toml")),
    )
    .err()
    .unwrap();
    assert!(
        error.starts_with("/nonexistent/postscale.toml: "),
        "{error}"
    );
}

#[test]
fn a_value_that_does_not_parse_stops_the_start_with_one_line() {
    for (name, value) in [
        ("POSTSCALE_DATA_DIR", ""),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "postgres://"),
        ("DATABASE_URL", "postgres://u:secret@host:notaport/d"),
        ("DATABASE_URL", "postgres://u:secret@host/d?sslmode=bogus"),
        ("POSTSCALE_MIGRATE", "maybe"),
        ("POSTSCALE_BLOBS", "ftp://x"),
        ("POSTSCALE_S3_ENDPOINT", "x"),
        ("POSTSCALE_HOSTNAME", "a b"),
        ("POSTSCALE_HOSTNAME", ""),
        ("POSTSCALE_MX_HOST", "-"),
        ("POSTSCALE_SPF_HOST", "a b"),
        ("POSTSCALE_PUBLIC_URL", "mail.example.com"),
        ("POSTSCALE_HTTP_LISTEN", "8080"),
        ("POSTSCALE_OPS_LISTEN", "localhost:9090"),
        ("POSTSCALE_MX_LISTEN", "127.0.0.1:1;127.0.0.1:2"),
        ("POSTSCALE_TLS_CERT", "/only/one"),
        ("POSTSCALE_TLS_KEY", "/only/one"),
        ("POSTSCALE_DNS", "1.1.1.1"),
        ("POSTSCALE_OUTBOUND_PORT", "0"),
        ("POSTSCALE_OUTBOUND_PORT", "65536"),
        ("POSTSCALE_OUTBOUND_ALLOW", "10.0.0.0/33"),
        ("POSTSCALE_WEBHOOK_ALLOW", "internal"),
        ("POSTSCALE_SMARTHOST", "relay"),
        ("POSTSCALE_SYSTEM_FROM", "nobody"),
        ("POSTSCALE_SYSTEM_SMARTHOST", "smtp://relay.example"),
        ("POSTSCALE_POSTMASTER", "postmaster@mail.dev.test"),
        ("POSTSCALE_SIGNUPS", "yes"),
        ("POSTSCALE_PLAN", "gold"),
        ("POSTSCALE_SECRET_KEY", "short"),
        ("POSTSCALE_WORKERS", "deliver,sleep"),
        ("POSTSCALE_RETRY_SCHEDULE", "5"),
        ("POSTSCALE_MESSAGE_LIFETIME", "soon"),
        ("POSTSCALE_TRUSTED_PROXIES", "proxy"),
        ("POSTSCALE_OWNER_EMAIL", "ann@example.com"),
        ("POSTSCALE_OWNER_PASSWORD", "without an address"),
        ("POSTSCALE_LOG", "info,=,"),
        ("POSTSCALE_LOG_FORMAT", "xml"),
    ] {
        let error = read(Mode::Dev, &[(name, value)], None).err();
        let error = error.unwrap_or_else(|| panic!("{name}={value} was taken"));
        assert!(
            error.starts_with("POSTSCALE_") || error.starts_with("DATABASE_URL"),
            "{error}"
        );
        assert!(
            !error.contains('\n') && (value.len() < 6 || !error.contains(value)),
            "{error}"
        );
    }
}

#[test]
fn plans_come_from_the_file() {
    let file = file(
        "plan = 'small'\n[plans.small]\nmonthly_messages = 30\nhard_cap = true\ndomains = 1\nreceived_per_minute = 7\nretention_days = 9\n",
    );
    let config = read(Mode::Dev, &[], Some(file.path())).unwrap();
    assert_eq!(config.plans.of_new_organizations(), "small");
    let small = Plan {
        monthly_messages: Some(30),
        overage: Overage::Refused,
        templates: None,
        domains: Some(1),
        received_per_minute: Some(7),
        retention_days: 9,
    };
    assert_eq!(config.plans.get("small"), small);
    let names: Vec<&str> = config.plans.iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["small", "unlimited"],
        "instead of the built-in ones"
    );
}

#[test]
fn the_built_in_plans_are_those_of_the_page() {
    let page = table::page();
    let example = page.split("```toml").nth(1).unwrap();
    let file = file(example.split("```").next().unwrap());
    let written = read(Mode::Dev, &[], Some(file.path())).unwrap();
    let built_in = read(Mode::Dev, &[], None).unwrap();
    assert!(written.plans.iter().eq(built_in.plans.iter()));
    assert_eq!(written.plans.iter().count(), 4);
}

#[test]
fn every_setting_has_a_name_of_its_own() {
    let mut keys: Vec<String> = table::SETTINGS.iter().map(table::Setting::key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), table::SETTINGS.len());
}

#[test]
fn the_settings_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating/settings.md");
    if std::env::vars().any(|(name, _)| name == "UPDATE") {
        std::fs::write(&path, table::page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, table::page(), "run with UPDATE=1");
}
