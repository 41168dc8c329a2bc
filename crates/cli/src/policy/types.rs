//! `portcullis policy types`: a policy's names as TypeScript types.

use std::path::PathBuf;
use std::process::ExitCode;

use portcullis_core::condition::{Attribute, Scalar, Type};
use portcullis_core::policy::{Policy, Resource};

use super::output;
use super::source::Source;

/// Print TypeScript types of the names in a policy, so that a misspelt one doesn't compile.
///
/// The type goes with the gate: `createGate<FieldOps>(…)`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A file, or the name of a shipped policy.
    policy: String,
    /// Write this file, unless it says the same already.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Name of the type; made from the policy's name without it.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, String> {
    let source = Source::read(&args.policy).map_err(|refusal| refusal.to_string())?;
    let name = match &args.name {
        Some(name) if is_type_name(name) => name.clone(),
        Some(name) => return Err(format!("`{name}` can't be the name of a type")),
        None => type_name(source.policy.name()),
    };
    let text = write(&source.policy, &name);
    match &args.out {
        None => output::text(&text),
        // A file that isn't touched makes nothing build again.
        Some(path) if std::fs::read_to_string(path).is_ok_and(|old| old == text) => {}
        Some(path) => output::file(path, &text)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `field-ops` becomes `FieldOps`.
fn type_name(name: &str) -> String {
    let mut text = String::new();
    let mut is_start = true;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            is_start = true;
        } else if is_start {
            text.push(c.to_ascii_uppercase());
            is_start = false;
        } else {
            text.push(c);
        }
    }
    if is_type_name(&text) {
        text
    } else {
        format!("Policy{text}")
    }
}

fn write(policy: &Policy, name: &str) -> String {
    let version = &policy.document().version;
    let title = one_line(format!("{} {version}", policy.name()).trim_end());
    let mut text = format!(
        "// Names of the policy {title}; written by `portcullis policy types`, not by hand.\n\n\
         export interface {name} {{\n"
    );
    let unions: [(&str, Vec<&str>); 5] = [
        ("permission", names(policy.permissions(), |one| &one.name)),
        ("role", names(policy.roles(), |one| &one.name)),
        ("tier", names(policy.tiers(), |one| &one.name)),
        ("app", names(policy.apps(), |one| &one.name)),
        ("level", names(policy.levels(), |one| one)),
    ];
    for (member, names) in unions {
        push!(text, "  {member}:{};\n", union(&names, "    "));
    }
    if policy.resources().is_empty() {
        text.push_str("  resources: {};\n");
    } else {
        text.push_str("  resources: {\n");
        policy
            .resources()
            .iter()
            .for_each(|one| text.push_str(&resource(one)));
        text.push_str("  };\n");
    }
    text.push_str(&attributes("auth", policy.auth()));
    text.push_str(&attributes("context", policy.context()));
    text.push_str("}\n");
    text
}

fn names<'p, T>(items: &'p [T], name: impl Fn(&'p T) -> &'p str) -> Vec<&'p str> {
    items.iter().map(name).collect()
}

/// ` "a" | "b"`, on lines of their own when there are many; `never` when there are none.
fn union(names: &[&str], indent: &str) -> String {
    const MAX_CHARS: usize = 80;
    let quoted: Vec<_> = names.iter().map(|name| quote(name)).collect();
    let line = quoted.join(" | ");
    if names.is_empty() {
        " never".to_owned()
    } else if line.len() <= MAX_CHARS {
        format!(" {line}")
    } else {
        let lines = quoted.iter().map(|name| format!("\n{indent}| {name}"));
        lines.collect()
    }
}

fn resource(resource: &Resource) -> String {
    let actions: Vec<_> = resource.actions.iter().map(String::as_str).collect();
    let mut text = format!(
        "    {}: {{\n      action:{};\n      fields: {{\n",
        key(&resource.name),
        union(&actions, "        ")
    );
    for field in &resource.fields {
        push!(
            text,
            "        {}: {} | null;\n",
            key(&field.name),
            type_text(field.kind)
        );
    }
    text.push_str("      };\n    };\n");
    text
}

fn attributes(table: &str, attributes: &[Attribute]) -> String {
    if attributes.is_empty() {
        return format!("  {table}: {{}};\n");
    }
    let mut text = format!("  {table}: {{\n");
    for one in attributes {
        let kind = type_text(one.kind);
        push!(text, "    {}: {kind} | null;\n", key(&one.name));
    }
    text.push_str("  };\n");
    text
}

const fn type_text(kind: Type) -> &'static str {
    match kind {
        Type::One(Scalar::Bool) => "boolean",
        Type::One(Scalar::Int | Scalar::Float) => "number",
        Type::One(Scalar::Text) => "string",
        Type::List(Scalar::Bool) => "readonly boolean[]",
        Type::List(Scalar::Int | Scalar::Float) => "readonly number[]",
        Type::List(Scalar::Text) => "readonly string[]",
    }
}

/// A name as the key of a member, quoted where it must be.
fn key(name: &str) -> String {
    if is_type_name(name) {
        name.to_owned()
    } else {
        quote(name)
    }
}

/// A name as a string of TypeScript; JSON's escapes are JavaScript's.
fn quote(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || "\u{2028}\u{2029}".contains(c) {
                ' '
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policys_name_becomes_the_name_of_a_type() {
        assert_eq!(type_name("field-ops"), "FieldOps");
        assert_eq!(type_name("s3.tenant_roles"), "S3TenantRoles");
        assert_eq!(type_name("3 clinics"), "Policy3Clinics");
        assert_eq!(type_name("…"), "Policy");
    }

    #[test]
    fn no_names_are_never_and_many_stand_on_lines_of_their_own() {
        assert_eq!(union(&[], "  "), " never");
        assert_eq!(union(&["a", "b"], "  "), " \"a\" | \"b\"");
        let long = "x".repeat(80);
        assert_eq!(
            union(&[&long, "b"], "  "),
            format!("\n  | \"{long}\"\n  | \"b\"")
        );
    }
}
