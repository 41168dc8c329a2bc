//! What a test file says, before it is checked against its policy.

use std::collections::BTreeMap;
use std::fmt;

use portcullis_core::decide::{Grant, Membership, Principal, RawScope, Request};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use toml::Spanned;

/// A whole test file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub(super) policy: Spanned<String>,
    pub(super) now: Option<u64>,
    pub(super) scopes: Option<Vec<String>>,
    #[serde(default)]
    pub(super) principals: BTreeMap<String, RawPrincipal>,
    #[serde(default)]
    pub(super) case: Vec<Spanned<RawCase>>,
    #[serde(default)]
    pub(super) table: Vec<Spanned<RawTable>>,
}

/// A principal; unlike that of a token, it refuses members that it doesn't know.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrincipal {
    id: Option<String>,
    #[serde(default)]
    grants: Vec<Grant>,
    tier: Option<String>,
    expires_secs: Option<u64>,
    #[serde(default)]
    attributes: Map<String, Value>,
    #[serde(default)]
    tenants: Vec<Membership>,
}

impl RawPrincipal {
    /// The principal, whose id is `name` unless it has one.
    pub(super) fn named(self, name: &str) -> Principal {
        Principal {
            id: self.id.unwrap_or_else(|| name.to_owned()),
            grants: self.grants,
            tier: self.tier,
            expires_secs: self.expires_secs,
            attributes: self.attributes,
            tenants: self.tenants,
        }
    }
}

/// One case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCase {
    pub(super) name: String,
    pub(super) principal: Spanned<Who>,
    pub(super) request: Request,
    pub(super) expect: Expected,
    pub(super) code: Option<Spanned<String>>,
    pub(super) clause: Option<String>,
    pub(super) missing: Option<Vec<Vec<Change>>>,
    pub(super) now: Option<u64>,
    pub(super) scopes: Option<Vec<String>>,
}

/// Exactly what a principal may do somewhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTable {
    pub(super) name: String,
    pub(super) principal: Spanned<Who>,
    pub(super) scope: Option<RawScope>,
    pub(super) tenant: Option<String>,
    pub(super) allow: Option<Vec<Spanned<String>>>,
    pub(super) apps: Option<Vec<Spanned<String>>>,
    pub(super) now: Option<u64>,
    pub(super) scopes: Option<Vec<String>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Expected {
    Allow,
    Deny,
}

impl Expected {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// A principal by name, or in place.
pub(super) enum Who {
    Name(String),
    Principal(Box<RawPrincipal>),
}

/// A change as a sentence such as `grant NURSE at ward:w7`, or as the table that decisions have.
pub(super) enum Change {
    Words(String),
    Members(Map<String, Value>),
}

// Not `untagged`, which forgets where in the file a member of the table is wrong.
impl<'de> Deserialize<'de> for Who {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Who;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a principal, or a table with its grants")
            }

            fn visit_str<E>(self, name: &str) -> Result<Who, E> {
                Ok(Who::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Who, A::Error> {
                let members = MapAccessDeserializer::new(members);
                RawPrincipal::deserialize(members).map(|one| Who::Principal(Box::new(one)))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Change;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a change such as \"grant NURSE at ward:w7\", or a table with its `kind`",
                )
            }

            fn visit_str<E>(self, words: &str) -> Result<Change, E> {
                Ok(Change::Words(words.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Change, A::Error> {
                let members = MapAccessDeserializer::new(members);
                Map::deserialize(members).map(Change::Members)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
