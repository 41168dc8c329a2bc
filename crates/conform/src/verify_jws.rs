//! `verifyJws {jws, keys, algorithms}`: a compact JWS with a payload of any kind.

use portcullis_core::{
    jose::{self, base64url},
    json::Value,
};

use crate::{
    answer::{Answer, members},
    fields::Fields,
};

pub(crate) fn run(fields: &Fields) -> Answer {
    let name = if fields.optional("jws").is_some() {
        "jws"
    } else {
        "token"
    };
    let verified = jose::verify(
        fields.string(name)?,
        &fields.keys("keys")?,
        &fields.algorithms("algorithms")?,
    )?;
    Ok(members([
        ("payload", base64url::encode(&verified.payload).into()),
        ("header", Value::Object(verified.header.members().clone())),
    ]))
}
