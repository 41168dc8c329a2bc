//! `portcullis policy diff`: who gains and who loses what between two policies.

mod lists;
mod roles;

use std::process::ExitCode;

use serde_json::{Value, json};

use super::model::Model;
use super::output;
use super::source::Source;

/// Say who gains and who loses what between two policies.
///
/// Roles are compared by what their holders may do at each scope level, inheritance and superusers
/// included; rules by their name.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The policy as it was: a file, or the name of a shipped policy.
    old: String,
    /// The policy as it is to be.
    new: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// End with code 1 when there is a difference.
    #[arg(long)]
    exit_code: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, String> {
    let old = Source::read(&args.old).map_err(|refusal| refusal.to_string())?;
    let new = Source::read(&args.new).map_err(|refusal| refusal.to_string())?;
    let changes = changes(&Model::new(&old.policy), &Model::new(&new.policy));
    // What isn't told apart below, such as a label, is still a change of the policy.
    let is_same = old.policy.digest() == new.policy.digest();
    if args.json {
        let list: Vec<_> = changes.iter().map(Change::to_json).collect();
        output::line(&json!({ "same": is_same, "changes": list }).to_string());
    } else if is_same {
        output::line("the policies say the same");
    } else if changes.is_empty() {
        output::line("nobody gains or loses anything; labels, names or order differ");
    } else {
        output::text(&to_text(&changes));
    }
    Ok(if args.exit_code && !is_same {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// What happens to somebody or something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Gains,
    Loses,
    Added,
    Removed,
    Changed,
}

impl Effect {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Gains => "gains",
            Self::Loses => "loses",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }

    const fn sign(self) -> char {
        match self {
            Self::Gains | Self::Added => '+',
            Self::Loses | Self::Removed => '-',
            Self::Changed => '~',
        }
    }
}

/// One difference.
#[derive(Debug)]
struct Change {
    /// Whom or what it is about, such as `role NURSE`.
    subject: String,
    effect: Effect,
    /// What is gained, lost or changed: a permission, or a property.
    what: String,
    /// Where it holds: granted at which level, asked at which levels; empty when everywhere.
    at: String,
    /// The property's values, for `Changed`.
    values: Option<(String, String)>,
}

impl Change {
    fn new(subject: &str, effect: Effect, what: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            effect,
            what: what.to_owned(),
            at: String::new(),
            values: None,
        }
    }

    fn changed(subject: &str, what: &str, old: String, new: String) -> Self {
        Self {
            values: Some((old, new)),
            ..Self::new(subject, Effect::Changed, what)
        }
    }

    fn to_json(&self) -> Value {
        let mut members = json!({
            "subject": self.subject,
            "effect": self.effect.as_str(),
            "what": self.what,
        });
        if let Some(members) = members.as_object_mut() {
            if !self.at.is_empty() {
                members.insert("at".to_owned(), json!(self.at));
            }
            if let Some((old, new)) = &self.values {
                members.insert("old".to_owned(), json!(old));
                members.insert("new".to_owned(), json!(new));
            }
        }
        members
    }
}

fn changes(old: &Model<'_>, new: &Model<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    roles::compare(old, new, &mut changes);
    lists::compare(old.policy, new.policy, &mut changes);
    changes
}

fn to_text(changes: &[Change]) -> String {
    let mut text = String::new();
    let mut subject = "";
    for change in changes {
        if change.subject != subject {
            subject = &change.subject;
            push!(text, "{subject}\n");
        }
        let sign = change.effect.sign();
        let what = match change.effect {
            Effect::Gains | Effect::Loses => format!("{} {}", change.effect.as_str(), change.what),
            Effect::Added | Effect::Removed if change.what.is_empty() => {
                change.effect.as_str().to_owned()
            }
            Effect::Added | Effect::Removed => {
                format!("{}: {}", change.effect.as_str(), change.what)
            }
            Effect::Changed => change.what.clone(),
        };
        let at = if change.at.is_empty() {
            String::new()
        } else {
            format!(" ({})", change.at)
        };
        let values = match &change.values {
            Some((old, new)) => format!(": {old} → {new}"),
            None => String::new(),
        };
        push!(text, "  {sign} {what}{at}{values}\n");
    }
    text
}

/// A value for people, where there may be none.
fn or_none(value: Option<&str>) -> String {
    value.unwrap_or("none").to_owned()
}
