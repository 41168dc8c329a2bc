//! What a verdict still depends on, as JSON for JavaScript to evaluate.

use portcullis_core::condition::{Comparison, Datum, Place, Term, Test, Truth};
use portcullis_core::decide::Residual;
use portcullis_core::json::JsonText;
use portcullis_core::policy::{Policy, Resource};

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
    let mut writer = Writer {
        policy,
        resource,
        out: JsonText::new(),
    };
    writer.out.open('{');
    writer.out.name("allow");
    match &residual.allow {
        Some(tests) => writer.list("", tests),
        None => writer.out.raw("null"),
    }
    writer.out.name("deny");
    writer.list("", &residual.deny);
    writer.out.close('}');
    writer.out.finish()
}

/// The text, and where the numbers in tests get their names.
struct Writer<'a> {
    policy: &'a Policy,
    resource: Option<&'a Resource>,
    out: JsonText,
}

impl Writer<'_> {
    fn test(&mut self, test: &Test) {
        match test {
            Test::Constant(Truth::True) => self.out.flag(true),
            Test::Constant(Truth::False) => self.out.flag(false),
            Test::Constant(Truth::Error) => self.out.raw("null"),
            Test::And(all) => self.list("&", all),
            Test::Or(any) => self.list("|", any),
            Test::Not(inner) => self.list("!", core::slice::from_ref(&**inner)),
            Test::Compare(comparison, left, right) => {
                self.terms(sign(*comparison), left, Some(right));
            }
            Test::In(member, list) => self.terms("in", member, Some(list)),
            Test::StartsWith(whole, start) => self.terms("startsWith", whole, Some(start)),
            Test::Has(place) => self.terms("has", &Term::Place(*place), None),
            Test::IsTrue(term) => self.terms("is", term, None),
        }
    }

    /// A list of tests, with an operator before them unless it is empty.
    fn list(&mut self, operator: &str, tests: &[Test]) {
        self.out.open('[');
        if !operator.is_empty() {
            self.out.text(operator);
        }
        for test in tests {
            self.test(test);
        }
        self.out.close(']');
    }

    fn terms(&mut self, operator: &str, first: &Term, second: Option<&Term>) {
        self.out.open('[');
        self.out.text(operator);
        self.term(first);
        if let Some(second) = second {
            self.term(second);
        }
        self.out.close(']');
    }

    fn term(&mut self, term: &Term) {
        self.out.open('{');
        match term {
            Term::Constant(datum) if is_exact(datum) => {
                self.out.name("value");
                datum.write_json(&mut self.out);
            }
            Term::Constant(_) => (),
            Term::Place(place) => self.place(*place),
            Term::Size(inner) => {
                self.out.name("size");
                self.term(inner);
            }
        }
        self.out.close('}');
    }

    fn place(&mut self, place: Place) {
        let (root, name, kind) = match place {
            Place::Record(number) => {
                let fields = self.resource.and_then(|resource| resource.field(number));
                let Some(field) = fields else { return };
                ("record", &field.name, field.kind)
            }
            Place::Request(number) => {
                let attributes = self.policy.context();
                let Some(one) = attributes.get(usize::from(number)) else {
                    return;
                };
                ("request", &one.name, one.kind)
            }
            // The time is asked of one clock, and the principal was put in.
            Place::Time | Place::AuthId | Place::Auth(_) => return,
        };
        self.out.text_member(root, name);
        self.out.text_member("type", &kind.to_string());
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
