//! What a verdict still depends on, as JSON for JavaScript to evaluate.

use portcullis_core::condition::{Attribute, Comparison, Datum, Place, Term, Test, Truth};
use portcullis_core::decide::Residual;
use portcullis_core::json::Value;
use portcullis_core::policy::{Policy, Resource};
use serde_json::json;

/// Whole numbers up to here are exact in JavaScript.
const MAX_SAFE_INT: u64 = (1 << 53) - 1;

/// A residual as JSON `{"deny": [test], "allow": [test] or null}`.
///
/// A test is `true`, `false`, `null` for an error, or a list: `["&", test…]`, `["|", test…]`,
/// `["!", test]`, `[comparison, term, term]` with `==`, `!=`, `<`, `<=`, `>` or `>=`,
/// `["in", term, term]`, `["startsWith", term, term]`, `["has", term]`, `["is", term]`. A term is
/// `{"value": constant}`, `{"record": field, "type": type}`, `{"request": attribute, "type": type}`,
/// `{"size": term}`, or `{}` for what JavaScript has to leave to this module.
pub(crate) fn residual_json(
    policy: &Policy,
    resource: Option<&Resource>,
    residual: &Residual,
) -> String {
    let names = Names { policy, resource };
    let tests = |tests: &Vec<Test>| tests.iter().map(|test| names.test(test)).collect();
    let allow: Option<Value> = residual.allow.as_ref().map(tests);
    let deny: Value = tests(&residual.deny);
    json!({ "deny": deny, "allow": allow }).to_string()
}

/// Where the numbers in tests get their names.
#[derive(Clone, Copy)]
struct Names<'a> {
    policy: &'a Policy,
    resource: Option<&'a Resource>,
}

impl Names<'_> {
    fn test(self, test: &Test) -> Value {
        let tests = |tests: &[Test], operator: &str| {
            let mut list = vec![Value::from(operator)];
            list.extend(tests.iter().map(|test| self.test(test)));
            Value::Array(list)
        };
        let terms =
            |operator: &str, left, right| json!([operator, self.term(left), self.term(right)]);
        match test {
            Test::Constant(Truth::True) => Value::Bool(true),
            Test::Constant(Truth::False) => Value::Bool(false),
            Test::Constant(Truth::Error) => Value::Null,
            Test::And(all) => tests(all, "&"),
            Test::Or(any) => tests(any, "|"),
            Test::Not(inner) => tests(core::slice::from_ref(&**inner), "!"),
            Test::Compare(comparison, left, right) => terms(sign(*comparison), left, right),
            Test::In(member, list) => terms("in", member, list),
            Test::StartsWith(whole, start) => terms("startsWith", whole, start),
            Test::Has(place) => json!(["has", self.place(*place)]),
            Test::IsTrue(term) => json!(["is", self.term(term)]),
        }
    }

    fn term(self, term: &Term) -> Value {
        match term {
            Term::Constant(datum) if is_exact(datum) => json!({ "value": datum.to_json() }),
            Term::Constant(_) => json!({}),
            Term::Place(place) => self.place(*place),
            Term::Size(inner) => json!({ "size": self.term(inner) }),
        }
    }

    fn place(self, place: Place) -> Value {
        let request =
            |one: &Attribute| json!({ "request": one.name, "type": one.kind.to_string() });
        let known = match place {
            Place::Record(number) => self
                .resource
                .and_then(|resource| resource.field(number))
                .map(|field| json!({ "record": field.name, "type": field.kind.to_string() })),
            Place::Request(number) => {
                let attribute = self.policy.context().get(usize::from(number));
                attribute.map(request)
            }
            // The time is asked of one clock, and the principal was put in.
            Place::Time | Place::AuthId | Place::Auth(_) => None,
        };
        known.unwrap_or_else(|| json!({}))
    }
}

/// Whether JavaScript reads the very same value back.
fn is_exact(datum: &Datum) -> bool {
    match datum {
        Datum::Int(value) => value.unsigned_abs() <= MAX_SAFE_INT,
        Datum::List(members) => members.iter().all(is_exact),
        Datum::Null | Datum::Bool(_) | Datum::Float(_) | Datum::Text(_) => true,
    }
}

const fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
