//! Policies by name: files, and those that ship with the binary.

use std::fmt;
use std::path::Path;

use portcullis_core::policy::{Document, Policy, PolicyError, Position, toml};

use crate::unread::unread;

/// The policies that ship with the binary.
const SHIPPED: [(&str, &str); 3] = [
    (
        "field-ops",
        include_str!("../../../../policies/field-ops.toml"),
    ),
    (
        "naval-unit",
        include_str!("../../../../policies/naval-unit.toml"),
    ),
    (
        "release-tiers",
        include_str!("../../../../policies/release-tiers.toml"),
    ),
];

/// A policy with the text that it was read from.
#[derive(Debug)]
pub(crate) struct Source {
    /// What the caller called it: a path, or the name of a shipped policy.
    pub(crate) name: String,
    /// The file's text.
    pub(crate) text: String,
    /// The policy.
    pub(crate) policy: Policy,
}

/// Why there is no policy.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// What the caller called it.
    pub(crate) name: String,
    /// A stable name of the reason.
    pub(crate) code: &'static str,
    /// Where in the file.
    pub(crate) position: Option<Position>,
    /// What is wrong.
    pub(crate) message: String,
}

impl Source {
    /// Reads a file, in TOML or in the JSON form, or a shipped policy by name.
    ///
    /// # Errors
    /// A [`Refusal`]: no such file, or what is wrong in it and where.
    pub(crate) fn read(name: &str) -> Result<Self, Refusal> {
        let text = text_of(name)?;
        let parsed = if text.trim_start().starts_with('{') {
            // Places in the JSON form are those of the TOML file that it was made from.
            Document::parse_json(&text)
                .and_then(|document| Policy::compile(document.without_positions()))
        } else {
            toml::parse(&text)
        };
        match parsed {
            Ok(policy) => Ok(Self {
                name: name.to_owned(),
                text,
                policy,
            }),
            Err(error) => Err(Refusal::of(name, &error)),
        }
    }

    /// `name:line:column`, or `name` where the place isn't known.
    pub(crate) fn place(&self, at: Option<Position>) -> String {
        match at {
            Some(at) => format!("{}:{at}", self.name),
            None => self.name.clone(),
        }
    }
}

impl Refusal {
    fn of(name: &str, error: &PolicyError) -> Self {
        Self {
            name: name.to_owned(),
            code: error.kind.code(),
            position: error.position,
            message: error.kind.to_string(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code == UNREADABLE {
            return f.write_str(&self.message);
        }
        match self.position {
            Some(at) => write!(f, "{}:{at}: {}", self.name, self.message),
            None => write!(f, "{}: {}", self.name, self.message),
        }
    }
}

const UNREADABLE: &str = "policy_unreadable";

/// Whether a policy of this name ships with the binary.
pub(crate) fn is_shipped(name: &str) -> bool {
    SHIPPED.iter().any(|(shipped, _)| *shipped == name)
}

/// The text of a file, or of a shipped policy.
///
/// # Errors
/// A [`Refusal`] that names the shipped ones.
pub(crate) fn text_of(name: &str) -> Result<String, Refusal> {
    if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
        return Ok((*text).to_owned());
    }
    std::fs::read_to_string(Path::new(name)).map_err(|error| {
        let shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
        Refusal {
            name: name.to_owned(),
            code: UNREADABLE,
            position: None,
            message: format!(
                "policy `{name}`: {}; name a file, or one of: {}",
                unread(&error),
                shipped.join(", ")
            ),
        }
    })
}
