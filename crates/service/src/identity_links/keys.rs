//! Services and their keys, which the operator configures.

use portcullis_core::json;
use portcullis_issue::service_key::{ServiceKey, ServiceKeyError, ServiceKeyHash};
use serde_json::{Map, Value};

use super::text::{is_name, is_network};
use super::{Identity, Refused};
use crate::audit::event;
use crate::{App, AuditEvent, AuditStatus, Context, Error, Host, Store};

/// Most services.
pub const MAX_KEYS: usize = 64;
/// Most keys of one service: the old one and the new, while they are exchanged, and one to spare.
const MAX_HASHES: usize = 3;
/// Longest name of a service, in bytes.
const MAX_NAME_BYTES: usize = 48;
/// Longest setting, in bytes.
const MAX_SETTING_BYTES: usize = 64 * 1024;
/// The setting.
const SETTING: &str = "PORTCULLIS_SERVICE_KEYS";

/// A service that may act for users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name, lower-case letters, digits, `.`, `_`, `-`.
    pub name: String,
    hashes: Vec<ServiceKeyHash>,
    networks: Vec<String>,
}

impl Service {
    /// How tokens and audit records name it.
    #[must_use]
    pub fn actor(&self) -> String {
        format!("service:{}", self.name)
    }

    /// Refuses a network that the service's key isn't for.
    pub(super) fn require(&self, network: &str) -> Result<(), Refused> {
        // A bot of one network must not be able to speak for people in another.
        if self.networks.iter().any(|one| one == network) {
            Ok(())
        } else {
            Err(Refused::Network)
        }
    }

    /// Says in an audit record which service did something for which identity.
    pub(super) fn mark(&self, record: &mut AuditEvent, identity: &Identity) {
        let fields = &mut record.fields;
        fields.insert("act".into(), self.actor().into());
        fields.insert("network".into(), identity.network().into());
        fields.insert("externalId".into(), identity.external_id().into());
    }
}

/// All services.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceKeys {
    services: Vec<Service>,
}

impl ServiceKeys {
    /// Reads `PORTCULLIS_SERVICE_KEYS`: `{"NAME": {"hash": "SHA-256 as base64url", "networks":
    /// ["discord"]}}`. `hash` may be a list, so that a key can be exchanged with an overlap. Absent or
    /// empty, there are no services.
    ///
    /// # Errors
    /// A sentence that begins with the setting's name.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, String> {
        match value(SETTING).filter(|text| !text.trim().is_empty()) {
            None => Ok(Self::default()),
            Some(text) => Self::parse(&text).map_err(|problem| format!("{SETTING}: {problem}")),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let members = json::parse_object(text.as_bytes(), MAX_SETTING_BYTES)
            .map_err(|error| error.to_string())?;
        if members.len() > MAX_KEYS {
            return Err(format!("there may be {MAX_KEYS} services"));
        }
        let mut services: Vec<Service> = Vec::new();
        for (name, entry) in members {
            let service =
                service(&name, &entry).map_err(|problem| format!("`{name}`: {problem}"))?;
            let is_used =
                |hash: &ServiceKeyHash| services.iter().any(|one| one.hashes.contains(hash));
            if service.hashes.iter().any(is_used) {
                return Err(format!("`{name}`: another service has the same key"));
            }
            services.push(service);
        }
        Ok(Self { services })
    }

    /// The service whose key this is. Every key is compared with every hash, whatever was found, and
    /// each comparison takes as long wherever two differ (timing, CWE-208).
    fn find(&self, key: &ServiceKey) -> Option<&Service> {
        let hash = key.hash();
        let mut found = None;
        for service in &self.services {
            let matches = service.hashes.iter().filter(|one| **one == hash).count();
            if matches > 0 {
                found = Some(service);
            }
        }
        found
    }
}

fn service(name: &str, entry: &Value) -> Result<Service, String> {
    if !is_name(name, MAX_NAME_BYTES) {
        return Err(format!(
            "a name has 1 to {MAX_NAME_BYTES} lower-case letters, digits and . _ -"
        ));
    }
    let entry = entry
        .as_object()
        .ok_or("write {\"hash\": …, \"networks\": […]}")?;
    if let Some(other) = entry
        .keys()
        .find(|key| !matches!(key.as_str(), "hash" | "networks"))
    {
        return Err(format!(
            "there is no member `{other}`; there are: hash, networks"
        ));
    }
    let hashes = texts(entry, "hash")?
        .into_iter()
        .map(|text| ServiceKeyHash::parse(text).map_err(|error| error.to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    if hashes.len() > MAX_HASHES {
        return Err(format!("a service has at most {MAX_HASHES} keys"));
    }
    let networks = texts(entry, "networks")?;
    if let Some(other) = networks.iter().find(|text| !is_network(text)) {
        return Err(format!(
            "`{other}` names no network; write it like `discord`"
        ));
    }
    Ok(Service {
        name: name.to_owned(),
        hashes,
        networks: networks.into_iter().map(str::to_owned).collect(),
    })
}

/// A text, or a list of at least one.
fn texts<'a>(entry: &'a Map<String, Value>, name: &str) -> Result<Vec<&'a str>, String> {
    let problem = || format!("`{name}` isn't a list of texts");
    let list = match entry.get(name) {
        Some(Value::Array(list)) if !list.is_empty() => list.as_slice(),
        Some(one @ Value::String(_)) => core::slice::from_ref(one),
        _ => return Err(problem()),
    };
    list.iter()
        .map(|value| value.as_str().ok_or_else(problem))
        .collect()
}

/// The service that calls with this key; `None` when it came with none. A key that isn't known is
/// recorded; one with a wrong checksum is refused without anything being read or written.
///
/// # Errors
/// [`Refused::NoKey`], [`Refused::MistypedKey`], [`Refused::InvalidKey`].
pub async fn authenticate<'a, S: Store, H: Host>(
    app: &'a App<S, H>,
    presented: Option<&str>,
    context: &Context,
) -> Result<&'a Service, Error> {
    let key = match presented.map(ServiceKey::parse) {
        None | Some(Err(ServiceKeyError::NotAServiceKey)) => return Err(Refused::NoKey.into()),
        Some(Err(_)) => return Err(Refused::MistypedKey.into()),
        Some(Ok(key)) => key,
    };
    if let Some(service) = app.settings.service_keys.find(&key) {
        return Ok(service);
    }
    let mut record = event(app, context, "auth.service", AuditStatus::Fail);
    record.fields.insert("reason".into(), "unknown_key".into());
    app.store.record(&record).await?;
    Err(Refused::InvalidKey.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf %s pcsk_… | openssl dgst -sha256 -binary | basenc --base64url
    const KEY: &str = "pcsk_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ0focNF";
    const HASH: &str = "SFQEQjk6mRB15QAkUsefIA7IQLPZhYMQi4vxmKcMMpQ";

    fn read(text: &str) -> Result<ServiceKeys, String> {
        ServiceKeys::read(&|name| (name == SETTING).then(|| text.to_owned()))
    }

    #[test]
    fn a_service_is_found_by_its_key_and_is_for_its_networks_alone() {
        let keys = read(&format!(
            r#"{{"bot":{{"hash":"{HASH}","networks":["discord"]}}}}"#
        ))
        .unwrap();
        let service = keys.find(&ServiceKey::parse(KEY).unwrap()).unwrap();
        assert_eq!(service.actor(), "service:bot");
        assert_eq!(service.require("discord"), Ok(()));
        assert_eq!(service.require("matrix"), Err(Refused::Network));
    }

    #[test]
    fn without_the_setting_no_key_is_known() {
        for keys in [ServiceKeys::read(&|_| None), read(""), read(" \n")] {
            assert!(
                keys.unwrap()
                    .find(&ServiceKey::parse(KEY).unwrap())
                    .is_none()
            );
        }
    }

    #[test]
    fn two_keys_of_a_service_count_while_they_are_exchanged() {
        let other = "A".repeat(43);
        let text = format!(r#"{{"bot":{{"hash":["{other}","{HASH}"],"networks":"discord"}}}}"#);
        let keys = read(&text).unwrap();
        assert!(keys.find(&ServiceKey::parse(KEY).unwrap()).is_some());
    }

    #[test]
    fn a_mistake_is_told_with_the_name_of_the_setting_and_of_the_service() {
        let entry = |inner: &str| format!(r#"{{"bot":{{{inner}}}}}"#);
        for (text, problem) in [
            ("[]".to_owned(), "not a JSON object"),
            (entry(""), "`bot`: `hash` isn't a list of texts"),
            (
                entry(r#""hash":"x","networks":["a"]"#),
                "43 characters of base64url",
            ),
            (
                entry(&format!(r#""hash":"{HASH}","networks":[]"#)),
                "`networks` isn't a list",
            ),
            (
                entry(&format!(r#""hash":"{HASH}","networks":["A"]"#)),
                "`A` names no network",
            ),
            (entry(r#""key":"x""#), "there is no member `key`"),
            (r#"{"Bot":{}}"#.to_owned(), "lower-case letters"),
            (
                format!(
                    r#"{{"a":{{"hash":"{HASH}","networks":"n"}},"b":{{"hash":"{HASH}","networks":"n"}}}}"#
                ),
                "another service has the same key",
            ),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.starts_with("PORTCULLIS_SERVICE_KEYS: "), "{error}");
            assert!(error.contains(problem), "{error}");
        }
    }
}
