//! Reads a policy written as TOML, keeping the place of every clause.

use alloc::string::{String, ToString};

use ::toml::de::DeTable;

use super::error::RULE;
use super::names::MAX_POLICY_BYTES;
use super::{Document, FORMAT, Policy, PolicyError, PolicyErrorKind, Position};

mod data;
mod sections;
mod source;
mod table;
#[cfg(test)]
mod tests;

use source::Source;
use table::Table;

/// Reads and compiles a policy file.
///
/// # Errors
/// A [`PolicyError`] with line and column: not TOML, an unknown key (with the nearest known one),
/// a value of the wrong type, or anything that [`Policy::compile`] refuses.
pub fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::compile(parse_document(text)?).map_err(|mut error| {
        error.position = exact_place(text, &error).or(error.position);
        error
    })
}

/// Reads a policy file without checking how its parts fit together.
///
/// # Errors
/// As [`parse`], for the shape of the file alone.
pub fn parse_document(text: &str) -> Result<Document, PolicyError> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(PolicyErrorKind::TooMany {
            what: "bytes in a policy file",
            max: MAX_POLICY_BYTES,
        }
        .at(None));
    }
    let source = Source::new(text);
    let root = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| source.position(span.start));
        PolicyErrorKind::Syntax {
            message: error.message().replace('\n', "; "),
        }
        .at(at)
    })?;
    let mut root = Table::new(&source, String::new(), root.get_ref(), root.span());
    let document = Document {
        format: FORMAT.to_string(),
        name: root.required("name", "it says which policy a decision came from")?,
        version: root.string("version")?.unwrap_or_default(),
        scopes: sections::scopes(&mut root)?,
        roles: sections::roles(&mut root)?,
        permissions: sections::permissions(&mut root)?,
        tiers: sections::tiers(&mut root)?,
        default_tier: root.string("default_tier")?,
        apps: sections::apps(&mut root)?,
        tenants: data::tenants(&mut root)?,
        auth: data::attributes(&mut root, "auth")?,
        context: data::attributes(&mut root, "context")?,
        resources: data::resources(&mut root)?,
        rules: data::rules(&mut root)?,
        reduced: false,
    };
    root.finish(
        "`name`, `version`, `scopes`, `roles`, `permissions`, `tiers`, `default_tier`, `apps`, \
         `tenants`, `auth`, `context`, `resources` or `rules`",
    )?;
    Ok(document)
}

/// The place of what is wrong in a condition or a default, whatever escapes it is written with.
fn exact_place(text: &str, error: &PolicyError) -> Option<Position> {
    let PolicyErrorKind::Condition { what, name, error } = &error.kind else {
        return None;
    };
    let source = Source::new(text);
    let root = DeTable::parse(text).ok()?;
    let mut root = Table::new(&source, String::new(), root.get_ref(), root.span());
    let span = if *what == RULE {
        data::condition_span(&mut root, name)
    } else {
        data::default_span(&mut root, name)
    };
    source.character(&span?, error.offset)
}
