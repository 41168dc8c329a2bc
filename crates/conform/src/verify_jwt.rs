//! `verifyJwt {token, keys, algorithms, now, issuer?, audience?, typ?, leewaySecs?, requireExp?}`.
//!
//! `issuer` and `audience` are a string or an array of which one must fit. `requireExp` is false if absent.

use portcullis_core::{
    jose::{self, Algorithm},
    json::Value,
    time::UnixSecs,
    token::{Rules, RulesError, verify},
};

use crate::{
    answer::{Answer, Refusal, members},
    fields::Fields,
};

pub(crate) fn run(fields: &Fields) -> Answer {
    let token = match fields.optional("token") {
        None if fields.optional("jwt").is_some() => fields.string("jwt")?,
        _ => fields.string("token")?,
    };
    let keys = fields.keys("keys")?;
    let now = UnixSecs::new(fields.secs("now")?);
    let algorithms = fields.algorithms("algorithms")?;
    if algorithms.is_empty() {
        // Rules can't be made without an algorithm; the verdict on the token is still to be given.
        jose::verify(token, &keys, &[])?;
    }
    let verified = verify(token, &keys, &rules(fields, algorithms)?, now)?;
    Ok(members([
        ("claims", Value::Object(verified.claims().members().clone())),
        ("header", Value::Object(verified.header().members().clone())),
    ]))
}

fn rules(fields: &Fields, algorithms: Vec<Algorithm>) -> Result<Rules, Refusal> {
    let mut rules = Rules::new(algorithms).map_err(|error| bad_rules(&error))?;
    for issuer in demanded(fields, "issuer")? {
        rules = rules.issuer(issuer);
    }
    for audience in demanded(fields, "audience")? {
        rules = rules.audience(audience);
    }
    if let Some(typ) = fields.optional_string("typ")? {
        rules = rules.typ(typ);
    }
    if !fields.flag("requireExp")? {
        rules = rules.allow_missing_exp();
    }
    let leeway_secs = fields.optional_secs("leewaySecs")?.unwrap_or_default();
    rules
        .leeway_secs(leeway_secs)
        .map_err(|error| bad_rules(&error))
}

/// Reads the accepted values of a check. An empty list would switch the check off, so it is refused.
fn demanded<'f>(fields: &'f Fields, name: &str) -> Result<Vec<&'f str>, Refusal> {
    let values = fields.strings(name)?;
    if values.is_empty() && fields.optional(name).is_some() {
        return Err(Refusal::bad_request(format!(
            "field `{name}` is an empty array"
        )));
    }
    Ok(values)
}

fn bad_rules(error: &RulesError) -> Refusal {
    let field = match error {
        RulesError::Empty { .. } => "algorithms",
        // No operation sets a limit of its own.
        RulesError::LimitTooLarge { .. } => "maxBytes",
        RulesError::LeewayTooLarge { .. } => "leewaySecs",
    };
    Refusal::bad_request(format!("field `{field}`: {error}"))
}
