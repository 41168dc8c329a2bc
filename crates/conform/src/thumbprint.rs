//! `thumbprint {jwk}`: the SHA-256 thumbprint of a key of any of the registered types (RFC 7638).

use portcullis_core::jose;

use crate::{
    answer::{Answer, members},
    fields::Fields,
};

pub(crate) fn run(fields: &Fields) -> Answer {
    let thumbprint = jose::thumbprint(&fields.object("jwk")?)?;
    Ok(members([("thumbprint", thumbprint.into())]))
}
