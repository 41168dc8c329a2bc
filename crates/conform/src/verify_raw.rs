//! `verifyRaw {alg, jwk, msgHex, sigHex}`: a signature over bytes, without any token around it.

use portcullis_core::{
    jose::{Algorithm, JwsError},
    json::{Map, excerpt},
};

use crate::{answer::Answer, answer::Refusal, fields::Fields};

pub(crate) fn run(fields: &Fields) -> Answer {
    let alg = fields.string("alg")?;
    let (message, signature) = (fields.hex("msgHex")?, fields.hex("sigHex")?);
    let Some(algorithm) = Algorithm::from_name(alg) else {
        let message = format!("algorithm `{}` is not supported", excerpt(alg));
        return Err(Refusal::new("algorithm_not_allowed", message));
    };
    let key = fields.jwk("jwk")?;
    if key.algorithm() != algorithm {
        let error = JwsError::AlgorithmMismatch {
            header: algorithm,
            key: key.algorithm(),
        };
        return Err(error.into());
    }
    if key.verify(&message, &signature) {
        Ok(Map::new())
    } else {
        Err(JwsError::SignatureInvalid {
            algorithm,
            tried: 1,
        }
        .into())
    }
}
