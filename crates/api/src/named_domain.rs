//! The domains a body names, read before and apart from everything else in it: they are decided
//! about first, so that nobody learns anything by what is said about the rest.

use postscale_access::DomainRef;
use postscale_model::Invalid;
use serde::Deserialize;
use serde_json::Value;

/// The members of a body that name domains.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct NamedDomain {
    domain_id: Option<Value>,
    domain: Option<Value>,
    domain_ids: Option<Value>,
}

/// What is no text names nothing, like an id that does not exist.
fn reference(value: &Value) -> DomainRef {
    value.as_str().map_or(DomainRef::Nothing, DomainRef::parse)
}

impl NamedDomain {
    /// The one domain in `domain_id` or `domain`.
    pub(crate) fn one(self) -> Result<DomainRef, Invalid> {
        match (&self.domain_id, &self.domain) {
            (Some(domain), None) | (None, Some(domain)) => Ok(reference(domain)),
            (Some(_), Some(_)) => Err(Invalid::field(
                "domain",
                "must be absent when domain_id is given",
            )),
            (None, None) => Err(Invalid::field("domain_id", "or domain is required")),
        }
    }

    /// The domains in `domain_ids`, `domain_id` or `domain`, if any member is there.
    pub(crate) fn any(self) -> Result<Option<Vec<DomainRef>>, Invalid> {
        match &self.domain_ids {
            None if self.domain_id.is_none() && self.domain.is_none() => Ok(None),
            None => self.one().map(|domain| Some(vec![domain])),
            Some(_) if self.domain_id.is_some() || self.domain.is_some() => Err(Invalid::field(
                "domain_ids",
                "must be absent when domain_id or domain is given",
            )),
            Some(Value::Array(all)) => Ok(Some(all.iter().map(reference).collect())),
            Some(_) => Err(Invalid::field("domain_ids", "must be a list")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> NamedDomain {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn one_domain_is_named_by_id_or_by_name() {
        let id = "8b4f3c0e-4a52-4b0e-9c53-0f1c5a1a7d11";
        let by_id = read(&format!(r#"{{"domain_id":"{id}","other":[{{}}]}}"#)).one();
        assert_eq!(by_id, Ok(DomainRef::Id(id.parse().unwrap())));
        let by_name = read(r#"{"domain":"Example.com"}"#).one();
        assert_eq!(by_name, Ok(DomainRef::Name("example.com".parse().unwrap())));
        for nothing in [
            r#"{"domain_id":"x"}"#,
            r#"{"domain_id":7}"#,
            r#"{"domain":[]}"#,
        ] {
            assert_eq!(read(nothing).one(), Ok(DomainRef::Nothing), "{nothing}");
        }
        for wrong in [
            "{}",
            r#"{"domain_id":null}"#,
            r#"{"domain":"a.example","domain_id":"x"}"#,
        ] {
            assert!(read(wrong).one().is_err(), "{wrong}");
        }
    }

    #[test]
    fn several_domains_are_named_in_one_member() {
        assert_eq!(read("{}").any(), Ok(None));
        assert_eq!(read(r#"{"domain_ids":null}"#).any(), Ok(None));
        assert_eq!(read(r#"{"domain_ids":[]}"#).any(), Ok(Some(vec![])));
        let several = read(r#"{"domain_ids":["a.example",1]}"#).any();
        let name = DomainRef::Name("a.example".parse().unwrap());
        assert_eq!(several, Ok(Some(vec![name.clone(), DomainRef::Nothing])));
        assert_eq!(
            read(r#"{"domain":"a.example"}"#).any(),
            Ok(Some(vec![name]))
        );
        for wrong in [
            r#"{"domain_ids":"x"}"#,
            r#"{"domain_ids":[],"domain":"a.example"}"#,
        ] {
            assert!(read(wrong).any().is_err(), "{wrong}");
        }
    }
}
