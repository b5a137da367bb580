//! The demo data, made once through the use cases a person or a client would use.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context as _, Result, bail};
use postscale_access::{Caller, Credential, DomainRef, Late, action};
use postscale_actions::{
    App, Error, Rule, Secret,
    aliases::{self, NewAlias, NewAliasRest},
    api_keys::{self, NewApiKey},
    auth::{self, Browser, Login, SignedIn, Step},
    dkim,
    domains::{self, NewDomain},
    hash_token, warming,
};
use postscale_model::{AliasAction, Capability, DkimAlgorithm, DomainType, Environment};
use secrecy::ExposeSecret as _;

pub use super::state::Demo;
use super::{dns::UNVERIFIED, people, reports, rules, samples};
use crate::{data_dir::DataDir, runtime_file::Listening};

/// The demo's domains in its main organization; those that take mail for any local part.
const DOMAINS: [(&str, bool); 6] = [
    ("acme.test", false),
    ("staging.acme.test", true),
    ("client-a.test", false),
    ("client-b.test", false),
    ("mail.client-b.test", false),
    (UNVERIFIED, false),
];
/// The domain in the other organization.
const ELSEWHERE: &str = "globex.test";
const SELECTOR: &str = "ps1";
/// Domain, local part, what happens to mail, and where it is sent on to.
const ALIASES: [(&str, &str, AliasAction, &[&str]); 3] = [
    ("acme.test", "hello", AliasAction::Forward, &[people::OWNER]),
    ("acme.test", "support", AliasAction::Store, &[]),
    (
        "client-a.test",
        "info",
        AliasAction::Forward,
        &["client-a@people.test"],
    ),
];

/// Makes the demo data unless it is there. What a start that was cut short left is completed: what
/// can be found again is found, and what cannot, keys and mail, is noted as soon as it is made.
pub async fn seed(app: &App, data: &DataDir, listening: &Listening) -> Result<Demo> {
    let mut demo = Demo::load(data, &app.sources)?;
    if demo.is_complete {
        return Ok(demo);
    }
    people::insert_all(app, &demo.password).await?;
    let signed_in = sign_in(app, &demo.password).await?;
    let owner = caller(app, Credential::Session(signed_in.token.hash()));
    for (name, catch_all) in DOMAINS {
        make_domain(app, &owner, name, catch_all).await?;
    }
    people::grant_all(app, &owner).await?;
    for (domain, local_part, action, targets) in ALIASES {
        make_alias(app, &owner, domain, (local_part, action, targets)).await?;
    }
    rules::make_all(app, &owner).await?;
    reports::upload_all(app, &owner).await?;
    make_keys(app, &owner, data, &mut demo).await?;
    send_and_receive(app, data, &mut demo, listening).await?;
    let there = |one: &&auth::Membership| one.organization.name == people::GLOBEX;
    let other = signed_in.memberships.iter().find(there);
    let other = other.context("the demo owner has one organization")?;
    auth::switch(app, &owner, other.organization.id.into()).await?;
    make_domain(app, &owner, ELSEWHERE, false).await?;
    auth::logout(app, &owner, ().into()).await?;
    demo.is_complete = true;
    demo.save(data)?;
    Ok(demo)
}

async fn make_keys(app: &App, owner: &Caller, data: &DataDir, demo: &mut Demo) -> Result<()> {
    if demo.live_key.is_none() {
        let live = make_key(app, owner, Environment::Live).await?;
        demo.live_key = Some(live.expose_secret().to_owned());
        demo.save(data)?;
    }
    if demo.test_key.is_none() {
        let test = make_key(app, owner, Environment::Test).await?;
        demo.test_key = Some(test.expose_secret().to_owned());
        demo.save(data)?;
    }
    Ok(())
}

async fn send_and_receive(
    app: &App,
    data: &DataDir,
    demo: &mut Demo,
    listening: &Listening,
) -> Result<()> {
    if demo.is_mailed {
        return Ok(());
    }
    let live = demo.live_key.as_deref().context("no live key")?;
    let key = caller(app, Credential::ApiKey(hash_token(live)));
    samples::send(app, &key).await?;
    samples::receive(app, listening).await?;
    demo.is_mailed = true;
    demo.save(data)
}

async fn sign_in(app: &App, password: &str) -> Result<SignedIn> {
    let login = Login {
        email: people::OWNER.to_owned(),
        password: password.to_owned(),
        code: None,
    };
    let nobody = Caller::new(None, action::ALL, app.sources.now());
    let here = Browser {
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: "postscale dev",
        device: None,
    };
    match auth::login(app, &nobody, login.into(), &here).await? {
        Step::Done(signed_in) => Ok(*signed_in),
        Step::CodeDue(_) => bail!("the demo's owner has a second factor"),
    }
}

fn caller(app: &App, credential: Credential) -> Caller {
    Caller::new(Some(credential), action::ALL, app.sources.now())
}

/// A registered domain with a key, looked up in the local DNS.
async fn make_domain(app: &App, owner: &Caller, name: &str, catch_all: bool) -> Result<()> {
    let new = NewDomain {
        name: name.parse()?,
        domain_type: DomainType::Both,
        catch_all_enabled: catch_all,
    };
    let domain = DomainRef::Name(new.name.clone());
    match domains::create(app, owner, new.into()).await {
        Ok(_) | Err(Error::Rule(Rule::DomainTaken)) => {}
        Err(error) => return Err(error.into()),
    }
    let key = dkim::NewKey {
        selector: SELECTOR.parse()?,
        algorithm: DkimAlgorithm::Rsa2048,
    };
    match dkim::generate(app, owner, &domain, key.into()).await {
        Ok(_) | Err(Error::Rule(Rule::SelectorTaken)) => {}
        Err(error) => return Err(error.into()),
    }
    let verified = domains::verify(app, owner, &domain, Vec::new().into()).await?;
    tracing::debug!(domain.name = name, summary = verified.summary, "looked up");
    if verified.domain.verified {
        // Whoever tries things out here sends as much as they like from the demo's domains.
        warming::start(app, owner, &domain, warming::Start::AtTheEnd.into()).await?;
    }
    Ok(())
}

async fn make_alias(
    app: &App,
    owner: &Caller,
    domain: &str,
    (local_part, action, targets): (&str, AliasAction, &[&str]),
) -> Result<()> {
    let targets: Result<Vec<_>, _> = targets.iter().map(|target| target.parse()).collect();
    let new = NewAlias {
        domain: DomainRef::parse(domain),
        rest: Late::from(NewAliasRest {
            address: Some(local_part.to_owned()),
            action,
            forward_to: targets?,
            webhook_id: None,
            description: String::new(),
            is_masked: false,
            expires_at: None,
            active: true,
        }),
    };
    match aliases::create(app, owner, new.into()).await {
        Ok(_) | Err(Error::Rule(Rule::AliasTaken)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn make_key(app: &App, owner: &Caller, environment: Environment) -> Result<Secret> {
    let new = NewApiKey {
        name: format!("Demo ({environment})"),
        environment,
        capability: Capability::Full,
        scope: None,
        domains: None,
        allowed_networks: Vec::new(),
        expires_at: None,
    };
    Ok(api_keys::create(app, owner, new.into()).await?.1)
}
