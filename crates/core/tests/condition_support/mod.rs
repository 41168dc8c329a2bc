//! A vocabulary with a name of every type, and facts from JSON.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test support, of which not every file uses all"
)]

use portcullis_core::condition::{
    Attribute, ConditionError, Datum, Facts, Test, Truth, Type, Vocabulary, parse,
};
use portcullis_core::json::Value;
use portcullis_core::policy::Field;
use portcullis_core::time::UnixSecs;

/// The same names in `auth`, `request` and `record`: one for each type.
pub(crate) const NAMES: [(&str, &str); 8] = [
    ("flag", "bool"),
    ("count", "int"),
    ("ratio", "float"),
    ("owner_id", "string"),
    ("flags", "list<bool>"),
    ("counts", "list<int>"),
    ("ratios", "list<float>"),
    ("teams", "list<string>"),
];

pub(crate) struct Names {
    attributes: Vec<Attribute>,
    fields: Vec<Field>,
}

impl Names {
    pub(crate) fn new() -> Self {
        let attribute = |(name, kind): (&str, &str)| Attribute {
            name: name.into(),
            kind: Type::parse(kind).unwrap(),
            at: None,
        };
        let field = |(name, kind): (&str, &str)| Field {
            name: name.into(),
            kind: Type::parse(kind).unwrap(),
            default: None,
            at: None,
        };
        Self {
            attributes: NAMES.map(attribute).to_vec(),
            fields: NAMES.map(field).to_vec(),
        }
    }

    pub(crate) fn vocabulary(&self) -> Vocabulary<'_> {
        Vocabulary {
            auth: &self.attributes,
            context: &self.attributes,
            record: &self.fields,
        }
    }
}

pub(crate) fn read(text: &str) -> Result<Test, ConditionError> {
    parse(text, &Names::new().vocabulary())
}

/// The values of [`NAMES`] in a JSON object.
pub(crate) fn data(object: &Value) -> Vec<Datum> {
    let datum = |(name, kind): (&str, &str)| {
        let value = object.get(name).unwrap_or(&Value::Null);
        Datum::conform(value, Type::parse(kind).unwrap())
    };
    NAMES.map(datum).to_vec()
}

/// How a condition comes out for `u1` with these attributes and this record, at second 1,000.
///
/// It also has to come out so when the principal is put in first, and from its own text.
pub(crate) fn outcome(text: &str, auth: &str, record: Option<&str>, request: &str) -> Truth {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let auth_id = Datum::Text("u1".into());
    let auth = data(&json(auth));
    let record = record.map(|record| data(&json(record)));
    let facts = Facts {
        auth_id: &auth_id,
        auth: &auth,
        record: record.as_deref(),
        request: &data(&json(request)),
        now: UnixSecs::new(1_000),
    };
    let condition = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let truth = condition.evaluate(&facts);
    let residual = condition.for_principal(&auth_id, &auth);
    assert_eq!(residual.evaluate(&facts), truth, "{text}: {residual:?}");
    let again = condition.to_text(&Names::new().vocabulary());
    assert_eq!(read(&again).as_ref(), Ok(&condition), "{again}");
    truth
}
