//! `POST /api/v1/admin/users/bulk`.

use axum::response::Response;
use portcullis_service::admin::{Field, Filter, Match, Operator, Search, SearchField};
use portcullis_service::bulk::{self as use_case, Action, Bulk, MAX_ACCOUNTS, MAX_IDS, Whom};
use portcullis_service::{Host, Store};
use serde_json::{Value, json};

use super::told;
use crate::answer::{Refusal, answer};
use crate::body::Members;
use crate::call::{Call, CurrentGuarded};

/// Accounts of a call that doesn't say how many.
const DEFAULT_LIMIT: u32 = 100;
/// Longest text that is searched for or compared with, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

const ACTIONS: &str = "\"ban\"|\"delete\"|\"revoke-sessions\"|\"set-role\"|\"set-tier\"|\"unban\"";

/// Does the same to many accounts: `{action, userIds | filter, limit?, cursor?, …}` to
/// `{done, failed: [{id, code, message}], next}`. Who sends the same again with `next` as `cursor` goes
/// on, until it is null.
pub(super) async fn bulk<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<CurrentGuarded, S, H>,
    members: Members,
) -> Result<Response, Refusal> {
    let asked = read(members)?;
    let done = use_case::bulk(&app, &caller, &asked, &context).await?;
    let mut failed = Vec::with_capacity(done.failed.len());
    for (id, denied) in done.failed {
        let mut told = told(denied).await;
        if let Some(members) = told.as_object_mut() {
            members.insert("id".to_owned(), id.into());
        }
        failed.push(told);
    }
    let body = json!({ "done": done.done, "failed": failed, "next": done.next });
    Ok(answer(&body, caller.user.id))
}

fn read(mut members: Members) -> Result<Bulk, Refusal> {
    let action = action(&mut members);
    let whom = whom(&mut members);
    let limit = match number(&mut members, "limit") {
        None => DEFAULT_LIMIT,
        Some(limit) => match u32::try_from(limit) {
            Ok(limit) if (1..=MAX_ACCOUNTS).contains(&limit) => limit,
            _ => {
                members.problem(format!(
                    "[body.limit] Invalid input: expected a number from 1 to {MAX_ACCOUNTS}"
                ));
                DEFAULT_LIMIT
            }
        },
    };
    let cursor = members.optional_text("cursor");
    members.settle()?;
    let (Some(action), Some(whom)) = (action, whom) else {
        return Err(Refusal::Validation("[body] Invalid input".to_owned()));
    };
    Ok(Bulk {
        action,
        whom,
        limit,
        cursor,
    })
}

fn action(members: &mut Members) -> Option<Action> {
    let name = members.get("action").and_then(Value::as_str);
    Some(match name.unwrap_or_default() {
        "ban" => Action::Ban {
            reason: members.optional_text("banReason"),
            secs: number(members, "banExpiresIn"),
        },
        "delete" => Action::Delete,
        "revoke-sessions" => Action::RevokeSessions,
        "set-role" => Action::SetRoles(roles(members)?),
        // Absent isn't null: nobody loses a tier by a member that was forgotten.
        "set-tier" if members.get("tier") == Some(&Value::Null) => Action::SetTier(None),
        "set-tier" => Action::SetTier(Some(members.text("tier"))),
        "unban" => Action::Unban,
        _ => {
            members.problem(format!(
                "[body.action] Invalid option: expected one of {ACTIONS}"
            ));
            return None;
        }
    })
}

/// A text, several in one separated by commas, or a list of texts.
fn roles(members: &mut Members) -> Option<Vec<String>> {
    let texts: Option<Vec<&str>> = match members.get("role") {
        Some(Value::String(text)) => Some(vec![text.as_str()]),
        Some(Value::Array(list)) => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let Some(texts) = texts else {
        members.expected("role", "string or array of strings");
        return None;
    };
    let names = texts.into_iter().flat_map(|text| text.split(','));
    let names = names.map(str::trim).filter(|name| !name.is_empty());
    Some(names.map(str::to_owned).collect())
}

fn whom(members: &mut Members) -> Option<Whom> {
    match (members.get("userIds"), members.get("filter")) {
        (Some(Value::Array(list)), None) => {
            let ids: Option<Vec<String>> = list
                .iter()
                .map(|id| id.as_str().map(str::to_owned))
                .collect();
            let ids = ids.filter(|ids| !ids.is_empty() && ids.len() <= MAX_IDS);
            if ids.is_none() {
                members.problem(format!(
                    "[body.userIds] Invalid input: expected 1 to {MAX_IDS} strings"
                ));
            }
            ids.map(Whom::Ids)
        }
        (None, Some(Value::Object(filter))) => {
            let mut filter = Members::new(filter.clone());
            let search = search(&mut filter);
            let compared = compared(&mut filter);
            // Everybody has to be asked for: `{"filterField":"createdAt","filterOperator":"gt","filterValue":0}`.
            if search.is_none() && compared.is_none() && filter.is_sound() {
                filter.problem("[body.filter] Invalid input: expected searchValue or filterValue");
            }
            members.join(filter);
            Some(Whom::Like {
                search,
                filter: compared,
            })
        }
        _ => {
            members.problem(
                "[body] Invalid input: expected either userIds, an array, or filter, an object",
            );
            None
        }
    }
}

fn search(filter: &mut Members) -> Option<Search> {
    let typed = filter
        .optional_text("searchValue")
        .filter(|typed| !typed.is_empty())?;
    let field = match word(filter, "searchField", "email").as_str() {
        "email" => Some(SearchField::Email),
        "name" => Some(SearchField::Name),
        _ => None,
    };
    let how = match word(filter, "searchOperator", "contains").as_str() {
        "contains" => Some(Match::Contains),
        "starts_with" => Some(Match::StartsWith),
        "ends_with" => Some(Match::EndsWith),
        _ => None,
    };
    let search = field.zip(how).filter(|_| typed.len() <= MAX_TEXT_BYTES);
    if search.is_none() {
        filter
            .problem("[body.filter] Invalid input: there is no such searchField or searchOperator");
    }
    search.map(|(field, how)| Search::new(field, how, &typed))
}

fn compared(filter: &mut Members) -> Option<Filter> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let values: Option<Vec<String>> = match filter.get("filterValue")? {
        Value::Array(list) if list.len() <= MAX_IDS => list.iter().map(one).collect(),
        value => one(value).map(|text| vec![text]),
    };
    let field = Field::parse(&word(filter, "filterField", "email"));
    let operator = Operator::parse(&word(filter, "filterOperator", "eq"));
    let compared = values
        .zip(field.zip(operator))
        .filter(|(values, _)| values.iter().all(|text| text.len() <= MAX_TEXT_BYTES))
        .and_then(|(values, (field, operator))| Filter::new(field, operator, &values));
    if compared.is_none() {
        // Fail closed: a comparison that isn't understood must not become none.
        filter.problem("[body.filter] Invalid input: accounts can't be compared by this");
    }
    compared
}

/// A member that is one of several words; what is none of text is no such word.
fn word(members: &Members, name: &str, default: &str) -> String {
    let word = members.get(name);
    let text = word.map_or(Some(default), Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn number(members: &mut Members, name: &str) -> Option<i64> {
    let value = members.get(name).filter(|value| !value.is_null())?;
    let number = value.as_i64();
    if number.is_none() {
        members.expected(name, "number");
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(value: Value) -> String {
        let Value::Object(members) = value else {
            return String::new();
        };
        match read(Members::new(members)) {
            Err(Refusal::Validation(problem)) => problem,
            other => format!("{:?}", other.map(|bulk| bulk.action)),
        }
    }

    #[test]
    fn everybody_is_never_asked_for_by_something_that_was_forgotten_or_not_understood() {
        let with = |filter: Value| problem(json!({ "action": "delete", "filter": filter }));
        let none = "[body.filter] Invalid input: expected searchValue or filterValue";
        assert_eq!(with(json!({})), none);
        assert_eq!(with(json!({ "searchValue": "" })), none);
        assert_eq!(with(json!({ "filterField": "banned" })), none);
        let by = "[body.filter] Invalid input: accounts can't be compared by this";
        for filter in [
            json!({ "filterField": "shoes", "filterValue": 1 }),
            json!({ "filterField": 1, "filterValue": 1 }),
            json!({ "filterField": "createdAt", "filterValue": "soon" }),
            json!({ "filterValue": null }),
            json!({ "filterValue": [] }),
            json!({ "filterValue": "x", "filterOperator": "is" }),
            json!({ "searchValue": "a", "filterValue": {} }),
        ] {
            assert_eq!(with(filter), by);
        }
        assert!(with(json!({ "searchValue": "a", "searchField": "id" })).contains("searchField"));
        for body in [
            json!({ "action": "delete" }),
            json!({ "action": "delete", "userIds": "x" }),
            json!({ "action": "delete", "userIds": ["a"], "filter": { "searchValue": "a" } }),
        ] {
            assert!(problem(body).starts_with("[body] Invalid input: expected either userIds"));
        }
        for ids in [json!([]), json!([1]), json!(vec!["x"; MAX_IDS + 1])] {
            let body = json!({ "action": "delete", "userIds": ids });
            assert!(problem(body).starts_with("[body.userIds]"));
        }
    }

    #[test]
    fn a_tier_that_was_forgotten_is_not_null() {
        let with = |more: Value| {
            let mut body = json!({ "action": "set-tier", "userIds": ["a"] });
            body.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            problem(body)
        };
        assert_eq!(with(json!({ "tier": null })), "Ok(SetTier(None))");
        assert_eq!(
            with(json!({ "tier": "beta" })),
            "Ok(SetTier(Some(\"beta\")))"
        );
        let expected = "[body.tier] Invalid input: expected string, received undefined";
        assert_eq!(with(json!({})), expected);
    }

    #[test]
    fn as_many_as_may_be_and_no_more() {
        let with =
            |limit: Value| problem(json!({ "action": "unban", "userIds": ["a"], "limit": limit }));
        for limit in [json!(1), json!(1000), json!(null)] {
            assert_eq!(with(limit), "Ok(Unban)");
        }
        for limit in [json!(0), json!(1001), json!(-1)] {
            assert_eq!(
                with(limit),
                "[body.limit] Invalid input: expected a number from 1 to 1000"
            );
        }
    }
}
