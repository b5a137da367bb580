//! `GET`, `POST /domains/{id}/rules/test`

use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Page,
    inbound_emails::{self, InboundFilter},
    rules::{self, FormOf, GivenMessage, Sample, Tried, TriedRule},
};
use postscale_model::{AuthVerdict, Domain, InboundAction, Invalid};
use postscale_web::{FormBody, Name, Problem, Query};

use crate::{
    answer::{self, Answer},
    pages::chosen,
    refusal::Refusal,
    segments::IdSegment,
    ui::{Choice, Moment, Section},
    views::{
        rules::{
            TestedCondition, TestedRule, TesterForm, TesterPage, Verdict, action_sentence,
            condition_sentence, match_sentence,
        },
        words::{inbound_action_label, isolated},
    },
    visit::Visit,
};

/// Messages to choose from.
const RECEIVED_MAX: u32 = 20;
/// What SPF, DKIM and DMARC say is chosen under these names.
const VERDICTS: [&str; 3] = ["spf", "dkim", "dmarc"];

/// What was entered.
#[derive(Default)]
struct Entry {
    received: String,
    message: String,
    recipient: String,
    verdicts: [String; 3],
}

pub(super) async fn blank(visit: Visit, id: Name<IdSegment>, query: Query) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let received = query.text("message").ok().flatten().unwrap_or_default();
    let entry = Entry {
        received: received.to_owned(),
        verdicts: VERDICTS.map(|_| AuthVerdict::Pass.to_string()),
        ..Entry::default()
    };
    page(&visit, &domain, &entry, None, Refusal::none()).await
}

async fn page(
    visit: &Visit,
    domain: &DomainRef,
    entry: &Entry,
    verdict: Option<Verdict>,
    mut refusal: Refusal,
) -> Answer {
    let domain = rules::form(&visit.app, &visit.caller, domain, FormOf::Testing).await?;
    let received = received(visit, &domain).await?;
    let status = refusal.status;
    let form = TesterForm::new(received);
    let [spf, dkim, dmarc] = &entry.verdicts;
    let [of_spf, of_dkim, of_dmarc] = form.verdicts;
    let form = TesterForm {
        received: form
            .received
            .choose(&entry.received)
            .error(refusal.take("inbound_email_id")),
        message: form
            .message
            .value(&entry.message)
            .error(refusal.take("message")),
        recipient: form
            .recipient
            .value(&entry.recipient)
            .error(refusal.take("recipient")),
        verdicts: [
            of_spf.choose(spf),
            of_dkim.choose(dkim),
            of_dmarc.choose(dmarc),
        ],
    };
    let mut shell = visit.reader(Section::Domains).await?.shell;
    shell.notice = refusal.rest().or(shell.notice);
    let page = TesterPage {
        shell,
        id: domain.id.to_string(),
        name: domain.name.to_unicode(),
        form,
        verdict,
    };
    answer::page(status, &page)
}

/// The newest messages of the domain whose content was kept.
async fn received(visit: &Visit, domain: &Domain) -> Result<Vec<Choice>, Problem> {
    let filter = InboundFilter {
        domain_id: Some(domain.id),
        ..InboundFilter::default()
    };
    let newest = Page {
        limit: RECEIVED_MAX,
        offset: 0,
    };
    let input = Late::from((filter.into(), newest));
    let found = inbound_emails::list(&visit.app, &visit.caller, input).await?;
    let kept = found.listed.rows.into_iter();
    let kept = kept.filter(|email| email.action != InboundAction::Reject);
    let choice = kept.map(|email| {
        let subject = match email.subject.as_str() {
            "" => "(no subject)",
            subject => subject,
        };
        let at = Moment::from(email.received_at).text;
        // Markup within an option is not looked at.
        let (subject, from) = (isolated(subject), isolated(&email.from_address.to_string()));
        let label = format!("{subject} · {from} · {at}");
        Choice::new(email.id.to_string(), label)
    });
    Ok(choice.collect())
}

fn sent(form: &FormBody) -> Entry {
    let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
    Entry {
        received: text("inbound_email_id"),
        message: form.verbatim("message").unwrap_or_default().to_owned(),
        recipient: text("recipient"),
        verdicts: VERDICTS.map(text),
    }
}

fn sample(entry: &Entry) -> Result<Sample, Invalid> {
    if !entry.received.is_empty() {
        return Ok(Sample::Received(entry.received.parse().ok()));
    }
    if entry.message.trim().is_empty() {
        return Err(Invalid::field("message", "paste one, or choose one above"));
    }
    let verdict = |i: usize| match entry.verdicts[i].as_str() {
        "" => Ok(AuthVerdict::None),
        word => chosen(VERDICTS[i], word),
    };
    Ok(Sample::Given(GivenMessage {
        octets: entry.message.clone().into_bytes(),
        recipient: Some(entry.recipient.clone()).filter(|text| !text.is_empty()),
        spf: verdict(0)?,
        dkim: verdict(1)?,
        dmarc: verdict(2)?,
    }))
}

pub(super) async fn test(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let entry = sent(&form);
    let sample = Late::new(sample(&entry));
    match rules::test(&visit.app, &visit.caller, &domain, sample).await {
        Ok(tried) => {
            let verdict = Some(verdict(tried));
            page(&visit, &domain, &entry, verdict, Refusal::none()).await
        }
        Err(error) => {
            let refusal = Refusal::of(error, |_| None)?;
            page(&visit, &domain, &entry, None, refusal).await
        }
    }
}

fn verdict(tried: Tried) -> Verdict {
    let name = tried.domain.name.to_unicode();
    let decides = |rule: &&TriedRule| Some(rule.view.rule.id) == tried.rule_id;
    let sentence = match tried.rules.iter().find(decides) {
        Some(rule) => {
            let action = action_sentence(&rule.view.rule.action);
            format!("{} decides: {action}", rule.view.rule.name)
        }
        None => {
            let action = inbound_action_label(tried.action);
            format!("No rule decides: {action}")
        }
    };
    Verdict {
        sentence,
        taker: match &tried.alias {
            Some(alias) => format!("the alias {alias}@{name}"),
            None => "no alias".to_owned(),
        },
        recipient: tried.recipient,
        tags: tried.tags,
        rules: tried.rules.into_iter().map(tested).collect(),
    }
}

fn tested(tried: TriedRule) -> TestedRule {
    let rule = tried.view.rule;
    let conditions = rule.conditions.iter().zip(tried.conditions);
    let conditions = conditions.map(|(condition, looked)| TestedCondition {
        sentence: condition_sentence(condition),
        found: looked.found,
        holds: looked.holds,
    });
    TestedRule {
        id: rule.id.to_string(),
        action: action_sentence(&rule.action),
        match_mode: match_sentence(rule.match_mode),
        outcome: tried.outcome,
        conditions: conditions.collect(),
        name: rule.name,
    }
}
