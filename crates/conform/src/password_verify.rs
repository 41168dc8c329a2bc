//! `passwordVerify {hash, password}`: a password against a PHC string, under the default limits.

use portcullis_core::json::Map;
use portcullis_issue::password::{self, Limits, PasswordError, Verification};

use crate::{
    answer::{Answer, Refusal},
    fields::Fields,
};

pub(crate) fn run(fields: &Fields) -> Answer {
    let (hash, password) = (fields.string("hash")?, fields.string("password")?);
    match password::verify(password, hash, &Limits::default()) {
        Ok(Verification::Match) => Ok(Map::new()),
        Ok(Verification::Mismatch) => Err(Refusal::new(
            "password_mismatch",
            "the password is another one",
        )),
        Err(error) => Err(Refusal::new(code(&error), error.to_string())),
    }
}

const fn code(error: &PasswordError) -> &'static str {
    match error {
        PasswordError::MalformedHash(_) => "malformed_hash",
        PasswordError::OutOfMemory { .. } => "out_of_memory",
        PasswordError::PasswordTooLong { .. } => "password_too_long",
        PasswordError::TooExpensive { .. } => "hash_too_expensive",
        PasswordError::UnsupportedAlgorithm { .. } | PasswordError::UnsupportedVersion { .. } => {
            "unsupported_hash"
        }
    }
}
