//! The canonical text of a test.

use alloc::string::{String, ToString};

use super::{Attribute, Comparison, Datum, Place, Term, Test, Truth, Vocabulary};
use crate::json::JsonText;
use crate::number::shortest;

impl Test {
    /// Its text, one way for every test: `record.owner_id == auth.id && !(record.size > 3)`.
    ///
    /// What [`parse`](super::parse) made comes back equal from its text, unless the spaces and parentheses in
    /// it take it over a limit. An error that [`Self::for_principal`] left reads `error`, which
    /// isn't a condition. The vocabulary has to be the one that the test was read with.
    #[must_use]
    pub fn to_text(&self, vocabulary: &Vocabulary<'_>) -> String {
        let mut out = String::new();
        self.write(&mut out, vocabulary);
        out
    }

    fn write(&self, out: &mut String, vocabulary: &Vocabulary<'_>) {
        let two = |out: &mut String, left: &Term, operator: &str, right: &Term| {
            left.write(out, vocabulary);
            out.push_str(operator);
            right.write(out, vocabulary);
        };
        match self {
            Self::Constant(Truth::True) => out.push_str("true"),
            Self::Constant(Truth::False) => out.push_str("false"),
            Self::Constant(Truth::Error) => out.push_str("error"),
            Self::And(tests) => write_all(out, tests, " && ", vocabulary),
            Self::Or(tests) => write_all(out, tests, " || ", vocabulary),
            Self::Not(inner) => {
                out.push('!');
                let bare = !matches!(
                    **inner,
                    Self::And(_) | Self::Or(_) | Self::Compare(..) | Self::In(..)
                );
                inner.write_in(out, bare, vocabulary);
            }
            Self::Compare(comparison, left, right) => two(out, left, comparison.spaced(), right),
            Self::In(member, list) => two(out, member, " in ", list),
            Self::StartsWith(text, start) => {
                two(out, text, ".startsWith(", start);
                out.push(')');
            }
            Self::Has(place) => {
                out.push_str("has(");
                place.write(out, vocabulary);
                out.push(')');
            }
            Self::IsTrue(term) => term.write(out, vocabulary),
        }
    }

    fn write_in(&self, out: &mut String, bare: bool, vocabulary: &Vocabulary<'_>) {
        if bare {
            self.write(out, vocabulary);
        } else {
            out.push('(');
            self.write(out, vocabulary);
            out.push(')');
        }
    }
}

fn write_all(out: &mut String, tests: &[Test], operator: &str, vocabulary: &Vocabulary<'_>) {
    let is_and = operator == " && ";
    for (number, test) in tests.iter().enumerate() {
        if number > 0 {
            out.push_str(operator);
        }
        let bare = match test {
            Test::Or(_) => false,
            Test::And(_) => !is_and,
            _ => true,
        };
        test.write_in(out, bare, vocabulary);
    }
}

impl Term {
    /// Its text, as in a condition.
    #[must_use]
    pub fn to_text(&self, vocabulary: &Vocabulary<'_>) -> String {
        let mut out = String::new();
        self.write(&mut out, vocabulary);
        out
    }

    fn write(&self, out: &mut String, vocabulary: &Vocabulary<'_>) {
        match self {
            Self::Constant(value) => value.write(out),
            Self::Place(place) => place.write(out, vocabulary),
            Self::Size(inner) => {
                out.push_str("size(");
                inner.write(out, vocabulary);
                out.push(')');
            }
        }
    }
}

impl Place {
    fn write(self, out: &mut String, vocabulary: &Vocabulary<'_>) {
        let attribute = |number: u16, attributes: &'_ [Attribute]| {
            attributes
                .get(usize::from(number))
                .map(|attribute| attribute.name.clone())
        };
        let (root, name) = match self {
            Self::AuthId => ("auth.", Some(String::from("id"))),
            Self::Auth(number) => ("auth.", attribute(number, vocabulary.auth)),
            Self::Record(number) => {
                let field = vocabulary.record.get(usize::from(number));
                ("record.", field.map(|field| field.name.clone()))
            }
            Self::Time => ("request.", Some(String::from("time"))),
            Self::Request(number) => ("request.", attribute(number, vocabulary.context)),
        };
        out.push_str(root);
        out.push_str(name.as_deref().unwrap_or("?"));
    }
}

impl Datum {
    /// Adds the value to a JSON text.
    pub fn write_json(&self, out: &mut JsonText) {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) => {
                let mut text = String::new();
                self.write(&mut text);
                out.raw(&text);
            }
            Self::Text(text) => out.text(text),
            Self::List(members) => {
                out.open('[');
                for member in members {
                    member.write_json(out);
                }
                out.close(']');
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(value) => out.push_str(&value.to_string()),
            Self::Float(value) => out.push_str(&shortest(*value)),
            Self::Text(value) => write_text(out, value),
            Self::List(members) => {
                out.push('[');
                for (number, member) in members.iter().enumerate() {
                    if number > 0 {
                        out.push_str(", ");
                    }
                    member.write(out);
                }
                out.push(']');
            }
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('\'');
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('\'');
}

impl Comparison {
    /// The operator between two spaces.
    const fn spaced(self) -> &'static str {
        match self {
            Self::Equal => " == ",
            Self::NotEqual => " != ",
            Self::Less => " < ",
            Self::LessOrEqual => " <= ",
            Self::Greater => " > ",
            Self::GreaterOrEqual => " >= ",
        }
    }
}
