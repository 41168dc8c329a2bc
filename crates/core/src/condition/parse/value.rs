//! Operands: literals, lists, paths and sizes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::{Found, Operand, Parser};
use crate::condition::lexer::Token;
use crate::condition::{Datum, MAX_LIST_MEMBERS, Place, Scalar, Term, Type};

const VALUE: &str = "a literal, `auth.…`, `record.…`, `request.…` or `size(…)`";

/// What a value may begin with.
const ROOTS: [&str; 8] = [
    "auth", "false", "has", "null", "record", "request", "size", "true",
];

impl<'t, 'v> Parser<'t, 'v> {
    #[inline(never)]
    pub(super) fn operand(&mut self) -> Operand {
        let at = self.lexer.last.start;
        let (term, found) = if self.token == Token::Name("size") {
            self.size()
        } else if self.is("[") {
            self.count_at(at);
            self.list()
        } else if let Some((value, found)) = self.literal() {
            self.count_at(at);
            (Term::Constant(value), found)
        } else {
            self.place()
        };
        Operand { term, found, at }
    }

    fn size(&mut self) -> (Term, Found) {
        self.counted();
        self.open("(", "`(`");
        let inner = self.operand();
        if inner.found != Found::TEXT && !inner.found.is_list() {
            let rule = "`size` takes a `string` or a list";
            self.wrong_type(inner.at, rule, inner.found, None);
        }
        self.close(")", "`)`");
        let size = Term::Size(Box::new(inner.term));
        (size, Found::Of(Type::One(Scalar::Int)))
    }

    fn place(&mut self) -> (Term, Found) {
        if let Token::Name(root) = self.token {
            if let Some((place, kind)) = self.path(root) {
                return (Term::Place(place), Found::Of(kind));
            }
            self.unknown("value", root, &ROOTS);
        } else {
            self.unexpected(VALUE);
        }
        (Term::Constant(Datum::Null), Found::Null)
    }

    /// The place of a path and its type; `None`, with nothing read, when `root` begins no path.
    #[inline(never)]
    pub(super) fn path(&mut self, root: &'t str) -> Option<(Place, Type)> {
        let (what, built_in) = match root {
            "auth" => ("attribute of principals", "id"),
            "request" => ("attribute of requests", "time"),
            "record" => ("field of the record", ""),
            _ => return None,
        };
        self.counted();
        self.expect(".", "`.` and a name");
        let Token::Name(name) = self.token else {
            self.unexpected("a name");
            return None;
        };
        let declared = self.declared(root);
        let found = match built_in {
            "id" if name == built_in => Some((Place::AuthId, Type::One(Scalar::Text))),
            "time" if name == built_in => Some((Place::Time, Type::One(Scalar::Int))),
            _ => declared_place(root, name, &declared),
        };
        if found.is_some() {
            self.advance();
            return found;
        }
        let mut names = Vec::with_capacity(declared.len() + 1);
        for (name, _) in declared {
            names.push(name);
        }
        if !built_in.is_empty() {
            names.push(built_in);
        }
        self.unknown(what, name, &names);
        None
    }

    /// The names below a root, and their types.
    fn declared(&self, root: &str) -> Vec<(&'v str, Type)> {
        let mut declared = Vec::new();
        let attributes = match root {
            "auth" => self.vocabulary.auth,
            "request" => self.vocabulary.context,
            _ => {
                for field in self.vocabulary.record {
                    declared.push((field.name.as_str(), field.kind));
                }
                &[]
            }
        };
        for attribute in attributes {
            declared.push((attribute.name.as_str(), attribute.kind));
        }
        declared
    }

    /// A literal other than a list; `None`, with nothing read, when there is none.
    #[inline(never)]
    fn literal(&mut self) -> Option<(Datum, Found)> {
        let (value, found) = match &mut self.token {
            Token::Int(value) => (Datum::Int(*value), Found::one(Scalar::Int)),
            Token::Float(value) => (Datum::Float(*value), Found::one(Scalar::Float)),
            Token::Text(text) => (Datum::Text(mem::take(text)), Found::TEXT),
            Token::Name("true") => (Datum::Bool(true), Found::BOOL),
            Token::Name("false") => (Datum::Bool(false), Found::BOOL),
            Token::Name("null") => (Datum::Null, Found::Null),
            _ => return None,
        };
        self.advance();
        Some((value, found))
    }

    fn list(&mut self) -> (Term, Found) {
        self.open("[", "`[`");
        let mut members = Vec::new();
        let mut kind = Found::EmptyList;
        while !(members.is_empty() && self.is("]")) {
            let at = self.lexer.last.start;
            if members.len() == MAX_LIST_MEMBERS {
                self.too_large(at, "members of a list", MAX_LIST_MEMBERS);
            }
            let Some((value, found)) = self.literal() else {
                self.unexpected("a literal that isn't a list");
                break;
            };
            let rule = "members of a list are of one type, and none is null";
            match (found, kind) {
                (Found::Of(Type::One(scalar)), Found::EmptyList) => {
                    kind = Found::Of(Type::List(scalar));
                }
                (Found::Of(Type::One(scalar)), _) if kind == Found::Of(Type::List(scalar)) => (),
                _ => self.wrong_type(at, rule, kind, Some(found)),
            }
            members.push(value);
            if self.is("]") {
                break;
            }
            self.expect(",", "`,` or `]`");
        }
        self.close("]", "`]`");
        (Term::Constant(Datum::List(members)), kind)
    }
}

fn declared_place(root: &str, name: &str, declared: &[(&str, Type)]) -> Option<(Place, Type)> {
    for (number, (known, kind)) in (0..).zip(declared) {
        if *known == name {
            let place = match root {
                "auth" => Place::Auth(number),
                "request" => Place::Request(number),
                _ => Place::Record(number),
            };
            return Some((place, *kind));
        }
    }
    None
}
