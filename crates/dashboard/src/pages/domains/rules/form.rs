//! `GET /domains/{id}/rules/new`, `POST /domains/{id}/rules`, `GET`, `POST /domains/{id}/rules/{rule}`,
//! `POST /domains/{id}/rules/{rule}/delete`

use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Rule,
    rules::{self, CONDITIONS_MAX, FormOf, RuleView},
    webhooks,
};
use postscale_model::{Domain, RuleId};
use postscale_web::{FormBody, Name, Problem, Ref};

use super::{entry, list};
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    refusal::Refusal,
    segments::{IdSegment, RuleSegment},
    ui::{Choice, Notice, Section},
    views::rules::{
        NewRulePage, RuleEntry, RuleForm, RulePage, action_sentence, condition_sentence,
        match_sentence,
    },
    visit::Visit,
};

/// The form for the rules of a domain, with what was entered and what is wrong with it.
async fn form(
    visit: &Visit,
    domain: &Domain,
    entry: &RuleEntry,
    refusal: &mut Refusal,
) -> Result<RuleForm, Problem> {
    let hooks = webhooks::list(&visit.app, &visit.caller).await?;
    let hooks = hooks.iter();
    let told = hooks.filter(|webhook| webhooks::is_told_of(webhook, domain.id));
    let hooks = told.map(|webhook| Choice::new(webhook.id.to_string(), &webhook.url));
    Ok(RuleForm::new(
        entry,
        entry::errors(refusal, entry),
        &domain.name.to_unicode(),
        hooks.collect(),
        CONDITIONS_MAX,
    ))
}

/// The field a rule of the product is about.
fn blamed(rule: &Rule) -> Option<&'static str> {
    (*rule == Rule::TooManyRules).then_some("name")
}

pub(super) async fn blank(visit: Visit, id: Name<IdSegment>) -> Answer {
    let domain = DomainRef::parse(&id.text);
    new_page(&visit, &domain, &entry::blank(), Refusal::none()).await
}

async fn new_page(
    visit: &Visit,
    domain: &DomainRef,
    entry: &RuleEntry,
    mut refusal: Refusal,
) -> Answer {
    let domain = rules::form(&visit.app, &visit.caller, domain, FormOf::Creating).await?;
    let status = refusal.status;
    let form = form(visit, &domain, entry, &mut refusal).await?;
    let mut shell = visit.reader(Section::Domains).await?.shell;
    shell.notice = refusal.rest().or(shell.notice);
    let page = NewRulePage {
        shell,
        id: domain.id.to_string(),
        name: domain.name.to_unicode(),
        form,
    };
    answer::page(status, &page)
}

pub(super) async fn create(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let sent = entry::sent(&form);
    if let Some(edited) = entry::edited(&form, &sent) {
        return new_page(&visit, &domain, &edited, Refusal::none()).await;
    }
    let new = Late::new(entry::new(&sent));
    match rules::create(&visit.app, &visit.caller, &domain, new).await {
        Ok(created) => {
            let path = format!("/domains/{}/rules", created.rule.domain_id);
            Ok(done::to(
                &path,
                saved(&created, Done::RuleCreated),
                &visit.settings,
            ))
        }
        Err(error) => new_page(&visit, &domain, &sent, Refusal::of(error, blamed)?).await,
    }
}

/// What the next page tells.
fn saved(view: &RuleView, done: Done) -> Done {
    if view.unconfirmed.is_empty() {
        done
    } else {
        Done::RuleWaits
    }
}

pub(super) async fn show(
    visit: Visit,
    id: Name<IdSegment>,
    rule: Ref<RuleSegment, RuleId>,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    page(&visit, &domain, rule.id, None, Refusal::none()).await
}

/// The page of a rule, with what was entered into its form and why it was refused.
async fn page(
    visit: &Visit,
    domain: &DomainRef,
    id: Option<RuleId>,
    entered: Option<RuleEntry>,
    mut refusal: Refusal,
) -> Answer {
    let page = rules::get(&visit.app, &visit.caller, domain, id).await?;
    let (domain, view) = (page.domain, page.rule);
    let status = refusal.status;
    let mut form_shown = None;
    if page.may_write {
        let entry = entered.unwrap_or_else(|| entry::of(&view));
        form_shown = Some(form(visit, &domain, &entry, &mut refusal).await?);
    }
    let mut reader = visit.reader(Section::Domains).await?;
    let told = refusal.rest().or(reader.shell.notice.take());
    reader.shell.notice = told.or_else(|| waiting(&view));
    let name = domain.name.to_unicode();
    let rule = &view.rule;
    let alias = view.alias.as_ref();
    let page = RulePage {
        id: domain.id.to_string(),
        rule_id: rule.id.to_string(),
        rule_name: rule.name.clone(),
        status: list::status(&view),
        hits: rule.hits,
        last_hit_at: rule.last_hit_at.map(Into::into),
        created_at: rule.created_at.into(),
        reach: reader.reach(domain.id),
        alias: alias.map_or_else(
            || format!("everybody at {name}"),
            |alias| format!("{alias}@{name}"),
        ),
        match_mode: match_sentence(rule.match_mode),
        conditions: rule.conditions.iter().map(condition_sentence).collect(),
        action: action_sentence(&rule.action),
        priority: rule.priority,
        shell: reader.shell,
        name,
        form: form_shown,
    };
    answer::page(status, &page)
}

/// Why some of a rule's mail does not flow.
fn waiting(view: &RuleView) -> Option<Notice> {
    if view.webhook_is_gone {
        return Some(Notice::hint(
            "The webhook it announces to was deleted: nobody is told until you choose another one.",
        ));
    }
    let who: Vec<String> = view.unconfirmed.iter().map(ToString::to_string).collect();
    (!who.is_empty()).then(|| {
        let who = who.join(", ");
        Notice::hint(format!(
            "Asked by mail, not agreed yet: {who}. Nothing is forwarded there before."
        ))
    })
}

pub(super) async fn update(
    visit: Visit,
    id: Name<IdSegment>,
    rule: Ref<RuleSegment, RuleId>,
    form: FormBody,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let sent = entry::sent(&form);
    if let Some(edited) = entry::edited(&form, &sent) {
        rules::form(&visit.app, &visit.caller, &domain, FormOf::Changing).await?;
        return page(&visit, &domain, rule.id, Some(edited), Refusal::none()).await;
    }
    let change = Late::new(entry::change(&sent));
    match rules::update(&visit.app, &visit.caller, &domain, rule.id, change).await {
        Ok(changed) => {
            let path = format!("/domains/{}/rules", changed.rule.domain_id);
            Ok(done::to(
                &path,
                saved(&changed, Done::RuleSaved),
                &visit.settings,
            ))
        }
        Err(error) => {
            let refusal = Refusal::of(error, blamed)?;
            page(&visit, &domain, rule.id, Some(sent), refusal).await
        }
    }
}

pub(super) async fn delete(
    visit: Visit,
    id: Name<IdSegment>,
    rule: Ref<RuleSegment, RuleId>,
    _form: FormBody,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    rules::delete(&visit.app, &visit.caller, &domain, rule.id).await?;
    let path = format!("/domains/{}/rules", id.text);
    Ok(done::to(&path, Done::RuleDeleted, &visit.settings))
}
