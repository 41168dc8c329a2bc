//! Reading the fields of a line; every complaint names the field.

use portcullis_core::{
    jose::{Algorithm, KeySet, VerificationKey},
    json::{self, Map, Value, excerpt},
    limits::MAX_JWKS_BYTES,
};

use crate::answer::Refusal;

/// The longest line accepted, in bytes (1 MiB).
const MAX_LINE_BYTES: usize = 1 << 20;

/// The fields of one line.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn parse(line: &str) -> Result<Self, Refusal> {
        json::parse_object(line.as_bytes(), MAX_LINE_BYTES)
            .map(Self)
            .map_err(|error| Refusal::bad_request(format!("line: {error}")))
    }

    /// Takes out the `id`; null if there is none.
    pub(crate) fn take_id(&mut self) -> Value {
        self.0.remove("id").unwrap_or_default()
    }

    /// Returns a field; null counts as absent.
    pub(crate) fn optional(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&Value, Refusal> {
        self.optional(name)
            .ok_or_else(|| Refusal::bad_request(format!("field `{name}` is missing")))
    }

    pub(crate) fn string(&self, name: &str) -> Result<&str, Refusal> {
        let value = self.required(name)?;
        value.as_str().ok_or_else(|| wrong_type(name, "a string"))
    }

    pub(crate) fn optional_string(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.optional(name) {
            None => Ok(None),
            Some(value) => value
                .as_str()
                .map(Some)
                .ok_or_else(|| wrong_type(name, "a string")),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.optional(name) {
            None => Ok(false),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| wrong_type(name, "true or false")),
        }
    }

    /// Reads seconds: a number from 0, of which the fraction is dropped.
    pub(crate) fn optional_secs(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        let secs = value
            .as_u64()
            .or_else(|| value.as_f64().and_then(whole_secs));
        secs.map(Some)
            .ok_or_else(|| wrong_type(name, "a number of seconds from 0"))
    }

    pub(crate) fn secs(&self, name: &str) -> Result<u64, Refusal> {
        self.required(name)?;
        self.optional_secs(name).map(Option::unwrap_or_default)
    }

    /// Reads one string or an array of strings; an absent field is none.
    pub(crate) fn strings(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        let strings = match self.optional(name) {
            None => Some(Vec::new()),
            Some(Value::Array(values)) => values.iter().map(Value::as_str).collect(),
            Some(value) => value.as_str().map(|one| vec![one]),
        };
        strings.ok_or_else(|| wrong_type(name, "a string or an array of strings"))
    }

    /// Reads the names of algorithms. Names that aren't known here are left out: no token can be allowed by them.
    pub(crate) fn algorithms(&self, name: &str) -> Result<Vec<Algorithm>, Refusal> {
        self.required(name)?;
        let names = self.strings(name)?;
        Ok(names.into_iter().filter_map(Algorithm::from_name).collect())
    }

    /// Reads bytes in hexadecimal, of either case.
    pub(crate) fn hex(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        let (pairs, rest) = self.string(name)?.as_bytes().as_chunks::<2>();
        let digit = |c: u8| {
            char::from(c)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        let bytes = pairs
            .iter()
            .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
        bytes
            .collect::<Option<Vec<u8>>>()
            .filter(|_| rest.is_empty())
            .ok_or_else(|| wrong_type(name, "hexadecimal, two digits a byte"))
    }

    /// Reads a JSON object, given as such or as its text.
    pub(crate) fn object(&self, name: &str) -> Result<Map<String, Value>, Refusal> {
        match self.required(name)? {
            Value::Object(members) => Ok(members.clone()),
            Value::String(text) => {
                json::parse_object(text.as_bytes(), MAX_JWKS_BYTES).map_err(|error| match error {
                    json::JsonError::DuplicateMember { .. } => {
                        Refusal::new("duplicate_member", format!("field `{name}`: {error}"))
                    }
                    _ => Refusal::bad_request(format!("field `{name}`: {error}")),
                })
            }
            _ => Err(wrong_type(name, "an object")),
        }
    }

    /// Reads one JWK. What is wrong with the key itself has the key's own codes.
    pub(crate) fn jwk(&self, name: &str) -> Result<VerificationKey, Refusal> {
        Ok(VerificationKey::from_members(&self.object(name)?)?)
    }

    /// Reads a JWK Set, or one JWK, which is told apart by having no `keys`.
    pub(crate) fn keys(&self, name: &str) -> Result<KeySet, Refusal> {
        let members = self.object(name)?;
        if members.contains_key("keys") {
            return Ok(KeySet::from_members(&members)?);
        }
        Ok(KeySet::from_key(VerificationKey::from_members(&members)?))
    }
}

fn wrong_type(name: &str, expected: &str) -> Refusal {
    Refusal::bad_request(format!("field `{}` is not {expected}", excerpt(name)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked first; the fraction is meant to go"
)]
fn whole_secs(number: f64) -> Option<u64> {
    (0.0..=9e15).contains(&number).then_some(number as u64)
}
