//! Names and answers in our words.

use hickory_resolver::{
    net::{DnsError as Answer, NetError},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, Record},
    },
};

use super::{ALIASES_MAX, DnsError};

pub(super) fn absolute(name: &str) -> Result<Name, DnsError> {
    let mut name = Name::from_ascii(name).map_err(|_| DnsError::NotFound)?;
    name.set_fqdn(true);
    Ok(name)
}

/// The name and the names it is an alias of, as these records say.
pub(super) fn owners<'a>(name: &'a Name, answers: &'a [Record]) -> Vec<&'a Name> {
    let mut owners = vec![name];
    while owners.len() <= ALIASES_MAX {
        let last = owners[owners.len() - 1];
        let next = answers.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == *last => Some(&target.0),
            _ => None,
        });
        match next {
            Some(next) if !owners.contains(&next) => owners.push(next),
            _ => break,
        }
    }
    owners
}

pub(super) fn presentation(name: &Name) -> String {
    let text = name.to_ascii().to_ascii_lowercase();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

pub(super) fn failed(error: impl std::fmt::Display) -> DnsError {
    DnsError::Failed(error.to_string())
}

pub(super) fn classify(error: NetError) -> DnsError {
    match &error {
        // A referral says nothing of the record.
        NetError::Dns(Answer::NoRecordsFound(none)) if none.soa.is_none() && none.ns.is_some() => {
            DnsError::Failed("the name server refers to others".to_owned())
        }
        NetError::Dns(Answer::NoRecordsFound(none))
            if matches!(
                none.response_code,
                ResponseCode::NXDomain | ResponseCode::NoError
            ) =>
        {
            DnsError::NotFound
        }
        NetError::Timeout => DnsError::Failed("no answer in time".to_owned()),
        _ => failed(error),
    }
}
