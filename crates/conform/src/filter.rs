//! `filter`: a policy, a principal and an action to the predicate that picks the rows it may be done to.

use portcullis_core::{
    condition::Datum,
    decide::{Principal, RawScope, ScopePath, Subject},
    json::{Map, Value},
    policy::Policy,
    sql::{FieldAccess, Given},
    time::UnixSecs,
};

use crate::{
    answer::{Answer, Refusal, members},
    decide,
    fields::Fields,
};

/// Returns `sql`, `params`, and `fields`: for each field `"never"`, `"always"` or the `sql` and
/// `params` that say in which of the rows it is allowed.
pub(crate) fn run(fields: &Fields) -> Answer {
    let policy = decide::policy(fields)?;
    let principal: Principal = serde_json::from_value(fields.required("principal")?.clone())
        .map_err(|error| Refusal::bad_request(format!("field `principal`: {error}")))?;
    let (resource, action) = (fields.string("resource")?, fields.string("action")?);
    let given = given(&policy, fields)?;
    let subject = Subject::compile(&policy, &principal);
    let access = policy
        .access(&subject, resource, action, &given)
        .map_err(|code| Refusal::new(code.as_str(), "the policy can't say which rows"))?;
    let declared = policy.resource_id(resource);
    let declared = declared.and_then(|id| policy.resource(id));
    let names = declared.iter().flat_map(|resource| &resource.fields);
    let by_field: Map<String, Value> = names
        .zip(&access.fields)
        .map(|(field, access)| (field.name.clone(), field_value(access)))
        .collect();
    let mut answer = fragment(&access.rows);
    answer.insert("fields".to_owned(), Value::Object(by_field));
    Ok(answer)
}

fn given(policy: &Policy, fields: &Fields) -> Result<Given, Refusal> {
    let scope = match fields.optional("scope") {
        None => None,
        Some(scope) => {
            let raw: RawScope = serde_json::from_value(scope.clone())
                .map_err(|_| Refusal::bad_request("field `scope` is not a scope"))?;
            let path = ScopePath::parse(policy, &raw);
            Some(path.map_err(|code| Refusal::new(code.as_str(), "the scope is not one"))?)
        }
    };
    let context = match fields.optional("context") {
        None => Map::new(),
        Some(_) => fields.object("context")?,
    };
    Ok(Given {
        scope,
        context,
        now: UnixSecs::new(fields.optional_secs("now")?.unwrap_or(0)),
    })
}

fn field_value(access: &FieldAccess) -> Value {
    match access {
        FieldAccess::Never => "never".into(),
        FieldAccess::Always => "always".into(),
        FieldAccess::When(filter) => Value::Object(fragment(filter)),
    }
}

fn fragment(fragment: &portcullis_core::sql::Fragment) -> Map<String, Value> {
    let params = fragment.params.iter().map(Datum::to_json);
    members([
        ("sql", fragment.sql.as_str().into()),
        ("params", params.collect()),
    ])
}

#[cfg(test)]
mod tests {
    use crate::run_line;

    const POLICY: &str = r#"name = \"p\"\n[resources.todo]\nactions = [\"read\"]\n[resources.todo.fields]\nid = \"string\"\nowner = \"string\"\n[[rules]]\nname = \"own\"\neffect = \"allow\"\nresource = \"todo\"\nwhen = \"record.owner == auth.id\"\n[[rules]]\nname = \"hidden\"\neffect = \"deny\"\nresource = \"todo\"\nfields = [\"id\"]\n"#;

    fn answer(members: &str) -> String {
        let line =
            format!(r#"{{"id":1,"policy":"{POLICY}","principal":{{"id":"o'ann"}},{members}}}"#);
        run_line("filter", &line)
    }

    #[test]
    fn a_predicate_has_its_values_in_the_parameters() {
        assert_eq!(
            answer(r#""resource":"todo","action":"read""#),
            r#"{"id":1,"ok":true,"code":"ok","fields":{"id":"never","owner":"always"},"params":["o'ann"],"sql":"(`owner` IS ? COLLATE BINARY AND typeof(`owner`) = 'text')"}"#
        );
    }

    #[test]
    fn what_is_unknown_or_of_the_wrong_shape_is_told() {
        let code = |members| {
            let answer = answer(members);
            let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
            answer["code"].as_str().unwrap().to_owned()
        };
        assert_eq!(
            code(r#""resource":"ghost","action":"read""#),
            "unknown_permission"
        );
        assert_eq!(
            code(r#""resource":"todo","action":"burn""#),
            "unknown_permission"
        );
        assert_eq!(code(r#""resource":"todo""#), "bad_request");
        assert_eq!(
            code(r#""resource":"todo","action":"read","scope":7"#),
            "bad_request"
        );
        assert_eq!(
            code(r#""resource":"todo","action":"read","scope":"x:y""#),
            "unknown_scope_level"
        );
        assert_eq!(
            code(r#""resource":"todo","action":"read","context":[]"#),
            "bad_request"
        );
    }
}
