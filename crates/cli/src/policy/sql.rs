//! `portcullis policy sql`.

use std::process::ExitCode;

use portcullis_core::condition::Datum;
use portcullis_core::decide::{Code, Principal, RawScope, ScopePath, Subject};
use portcullis_core::json::{Map, Value};
use portcullis_core::policy::{Policy, Resource};
use portcullis_core::sql::{FieldAccess, Filter, Given};
use portcullis_core::time::UnixSecs;
use serde_json::json;

use super::explain::{directory, read};
use super::output;
use super::source::Source;
use crate::host::now_ms;

/// Print the SQL predicate of the rows on which a principal may act, and its parameters.
///
/// The text is SQLite's; a value is never in it, but in the parameters, in the order of the question
/// marks.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A file, or the name of a shipped policy.
    policy: String,
    /// Who asks, as JSON such as `{"id": "u1", "grants": ["NURSE@ward:w7"]}`, or `@` and a file.
    #[arg(long, value_name = "JSON|@FILE")]
    principal: String,
    /// The type of record.
    #[arg(long)]
    resource: String,
    /// What is to be done with the records.
    #[arg(long)]
    action: String,
    /// Where, such as `region:n/ward:w7`, for records that lie in no scope of their own.
    #[arg(long, value_name = "PATH")]
    scope: Option<String>,
    /// Full paths of all the scopes there are, separated by commas; without it, `--scope` counts as
    /// it is written.
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    /// Attributes of the request, as JSON, or `@` and a file.
    #[arg(long, value_name = "JSON|@FILE")]
    context: Option<String>,
    /// The time of the decision in Unix seconds; the clock's without it.
    #[arg(long, value_name = "SECONDS")]
    now: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, String> {
    let source = Source::read(&args.policy).map_err(|refusal| refusal.to_string())?;
    let policy = &source.policy;
    let resource = known(policy, &args.resource, &args.action)?;
    let principal: Principal = read("--principal", &args.principal)?;
    let context: Option<Map<String, Value>> = args
        .context
        .as_deref()
        .map(|text| read("--context", text))
        .transpose()?;
    let clock = u64::try_from(now_ms() / 1000).unwrap_or(0);
    let given = Given {
        scope: args
            .scope
            .as_deref()
            .map(|text| scope(args, policy, text))
            .transpose()?,
        context: context.unwrap_or_default(),
        now: UnixSecs::new(args.now.unwrap_or(clock)),
    };
    let subject = Subject::compile(policy, &principal);
    let access = policy
        .access(&subject, &args.resource, &args.action, &given)
        .map_err(|code| refused(code, resource))?;
    if args.json {
        output::line(&to_json(resource, &access.rows, &access.fields));
    } else {
        output::text(&to_text(resource, &access.rows, &access.fields));
    }
    Ok(ExitCode::SUCCESS)
}

fn known<'p>(policy: &'p Policy, resource: &str, action: &str) -> Result<&'p Resource, String> {
    let names = |names: Vec<&str>| match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let Some(found) = policy
        .resource_id(resource)
        .and_then(|id| policy.resource(id))
    else {
        let all = policy.resources().iter().map(|one| one.name.as_str());
        return Err(format!(
            "the policy has no resource `{resource}`; it has: {}",
            names(all.collect())
        ));
    };
    if found.permission(action).is_none() {
        let all = found.actions.iter().map(String::as_str);
        return Err(format!(
            "the resource `{resource}` has no action `{action}`; it has: {}",
            names(all.collect())
        ));
    }
    Ok(found)
}

fn scope(args: &Args, policy: &Policy, text: &str) -> Result<ScopePath, String> {
    directory(policy, args.scopes.as_deref())
        .resolve(policy, &RawScope::Text(text.to_owned()))
        .map_err(|code| match code {
            Code::UnknownScope | Code::UnknownTenant => {
                format!("`{text}` isn't one of the scopes that `--scopes` lists")
            }
            _ => {
                let levels = policy.levels().join(", ");
                format!("`{text}` isn't a scope of this policy, whose levels are: {levels}")
            }
        })
}

fn refused(code: Code, resource: &Resource) -> String {
    match code {
        Code::MalformedRequest => format!(
            "records of `{}` say themselves where they are; leave `--scope` out",
            resource.name
        ),
        code => code.to_string(),
    }
}

fn to_text(resource: &Resource, rows: &Filter, fields: &[FieldAccess]) -> String {
    let mut text = format!(
        "-- rows of {}\n{}\n{}",
        resource.table,
        rows.sql,
        parameters(rows)
    );
    for (field, access) in resource.fields.iter().zip(fields) {
        match access {
            FieldAccess::Always => {}
            FieldAccess::Never => push!(text, "\n-- {} in none of them\n", field.name),
            FieldAccess::When(filter) => push!(
                text,
                "\n-- {} in those where\n{}\n{}",
                field.name,
                filter.sql,
                parameters(filter)
            ),
        }
    }
    text
}

fn parameters(filter: &Filter) -> String {
    let mut text = String::new();
    for (number, value) in (1..).zip(&filter.params) {
        push!(text, "-- ?{number} = {}\n", value.to_json());
    }
    text
}

fn to_json(resource: &Resource, rows: &Filter, fields: &[FieldAccess]) -> String {
    let filter = |filter: &Filter| {
        let params: Vec<_> = filter.params.iter().map(Datum::to_json).collect();
        json!({ "sql": filter.sql, "params": params })
    };
    let fields: Map<String, Value> = resource
        .fields
        .iter()
        .zip(fields)
        .map(|(field, access)| {
            let access = match access {
                FieldAccess::Always => json!(true),
                FieldAccess::Never => json!(false),
                FieldAccess::When(when) => filter(when),
            };
            (field.name.clone(), access)
        })
        .collect();
    json!({ "table": resource.table, "rows": filter(rows), "fields": fields }).to_string()
}
