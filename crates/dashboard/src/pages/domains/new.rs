//! `GET /domains/new`, `POST /domains`: a domain is added, with a first key when it will send.

use postscale_access::Late;
use postscale_actions::{
    Rule,
    dkim::{self, NewKey},
    domains::{self, NewDomain},
};
use postscale_model::{DkimAlgorithm, DomainName, DomainType, Invalid, Word as _};
use postscale_web::{FormBody, Problem};

use super::dkim::{SELECTOR_FIRST, selector};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    refusal::Refusal,
    ui::Section,
    views::domains::NewDomainPage,
    visit::Visit,
};

pub(super) async fn form(visit: Visit) -> Answer {
    domains::check_create(&visit.app, &visit.caller).await?;
    let kind = DomainType::Outbound.as_str();
    rendered(&visit, "", kind, Refusal::none()).await
}

async fn rendered(visit: &Visit, name: &str, kind: &str, mut refusal: Refusal) -> Answer {
    let mut shell = visit.reader(Section::Domains).await?.shell;
    let status = refusal.status;
    let error = refusal.take("domain");
    shell.notice = refusal.rest().or(shell.notice);
    answer::page(status, &NewDomainPage::new(shell, name, kind, error))
}

fn read(form: &FormBody) -> Result<NewDomain, Invalid> {
    let name = DomainName::from_input(form.text("domain")?)
        .map_err(|problem| Invalid::field("domain", format!("{problem}")))?;
    let domain_type = DomainType::parse(form.text("type")?)
        .map_err(|_| Invalid::field("type", "must be chosen"))?;
    Ok(NewDomain {
        name,
        domain_type,
        catch_all_enabled: false,
    })
}

pub(super) async fn create(visit: Visit, form: FormBody) -> Answer {
    let domain = match domains::create(&visit.app, &visit.caller, Late::new(read(&form))).await {
        Ok(domain) => domain,
        Err(error) => {
            let about_the_name = |rule: &Rule| {
                matches!(rule, Rule::DomainTaken | Rule::PlanLimit { .. }).then_some("domain")
            };
            let refusal = Refusal::of(error, about_the_name)?;
            return rendered(&visit, form.text("domain")?, form.text("type")?, refusal).await;
        }
    };
    // With a first key all records can be published in one go.
    if domain.domain_type.sends() {
        let key = selector("selector", SELECTOR_FIRST).map(|selector| NewKey {
            selector,
            algorithm: DkimAlgorithm::Rsa2048,
        });
        dkim::generate(&visit.app, &visit.caller, &domain.id.into(), Late::new(key))
            .await
            .map_err(Problem::from)?;
    }
    let path = format!("/domains/{}", domain.id);
    Ok(done::to(&path, Done::DomainAdded, &visit.settings))
}
