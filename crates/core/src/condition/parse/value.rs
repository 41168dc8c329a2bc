//! Operands: literals, lists, paths and sizes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::{Found, Operand, Parsed, Parser};
use crate::condition::lexer::Token;
use crate::condition::{Attribute, Datum, MAX_LIST_MEMBERS, Place, Scalar, Term, Type};

const VALUE: &str = "a literal, `auth.…`, `record.…`, `request.…` or `size(…)`";

/// What a value may begin with.
const ROOTS: [&str; 8] = [
    "auth", "false", "has", "null", "record", "request", "size", "true",
];

impl<'t> Parser<'t, '_> {
    pub(super) fn operand(&mut self) -> Parsed<Operand> {
        let at = self.lexer.start;
        let (term, found) = if self.token == Token::Name("size") {
            self.counted()?;
            self.open("(", "`(`")?;
            let inner = self.operand()?;
            if inner.found != Found::TEXT && !inner.found.is_list() {
                let rule = "`size` takes a `string` or a list";
                return Err(self.wrong_type(inner.at, rule, inner.found, None));
            }
            self.close(")", "`)`")?;
            let size = Term::Size(Box::new(inner.term));
            (size, Found::Of(Type::One(Scalar::Int)))
        } else if self.is("[") {
            self.count_at(at)?;
            self.list()?
        } else if let Some((value, found)) = self.literal()? {
            self.count_at(at)?;
            (Term::Constant(value), found)
        } else if let Token::Name(root) = self.token {
            let Some((place, kind)) = self.path(root)? else {
                return Err(self.unknown("value", root, &ROOTS));
            };
            (Term::Place(place), Found::Of(kind))
        } else {
            return Err(self.lexer.unexpected(VALUE));
        };
        Ok(Operand { term, found, at })
    }

    /// The place of a path and its type; `None`, with nothing read, when `root` begins no path.
    pub(super) fn path(&mut self, root: &'t str) -> Parsed<Option<(Place, Type)>> {
        let (what, built_in) = match root {
            "auth" => ("attribute of principals", "id"),
            "request" => ("attribute of requests", "time"),
            "record" => ("field of the record", ""),
            _ => return Ok(None),
        };
        self.counted()?;
        self.expect(".", "`.` and a name")?;
        let Token::Name(name) = self.token else {
            return Err(self.lexer.unexpected("a name"));
        };
        let declared: Vec<(&str, Type)> = match root {
            "auth" => pairs(self.vocabulary.auth),
            "request" => pairs(self.vocabulary.context),
            _ => {
                let fields = self.vocabulary.record.iter();
                fields
                    .map(|field| (field.name.as_str(), field.kind))
                    .collect()
            }
        };
        let found = if name == built_in {
            Some(match built_in {
                "id" => (Place::AuthId, Type::One(Scalar::Text)),
                _ => (Place::Time, Type::One(Scalar::Int)),
            })
        } else {
            let number = declared.iter().position(|(declared, _)| *declared == name);
            number.and_then(|number| {
                let (_, kind) = declared.get(number)?;
                let number = u16::try_from(number).ok()?;
                let place = match root {
                    "auth" => Place::Auth(number),
                    "request" => Place::Request(number),
                    _ => Place::Record(number),
                };
                Some((place, *kind))
            })
        };
        let Some(found) = found else {
            let mut names: Vec<&str> = declared.iter().map(|(name, _)| *name).collect();
            if !built_in.is_empty() {
                names.push(built_in);
            }
            return Err(self.unknown(what, name, &names));
        };
        self.advance()?;
        Ok(Some(found))
    }

    /// A literal other than a list; `None`, with nothing read, when there is none.
    fn literal(&mut self) -> Parsed<Option<(Datum, Found)>> {
        let (value, scalar) = match &mut self.token {
            Token::Int(value) => (Datum::Int(*value), Scalar::Int),
            Token::Float(value) => (Datum::Float(*value), Scalar::Float),
            Token::Text(text) => (Datum::Text(mem::take(text)), Scalar::Text),
            Token::Name("true") => (Datum::Bool(true), Scalar::Bool),
            Token::Name("false") => (Datum::Bool(false), Scalar::Bool),
            Token::Name("null") => {
                self.advance()?;
                return Ok(Some((Datum::Null, Found::Null)));
            }
            _ => return Ok(None),
        };
        self.advance()?;
        Ok(Some((value, Found::Of(Type::One(scalar)))))
    }

    fn list(&mut self) -> Parsed<(Term, Found)> {
        self.open("[", "`[`")?;
        let mut members = Vec::new();
        let mut kind = Found::EmptyList;
        while !(members.is_empty() && self.is("]")) {
            let at = self.lexer.start;
            if members.len() == MAX_LIST_MEMBERS {
                return Err(self.too_large(at, "members of a list", MAX_LIST_MEMBERS));
            }
            let Some((value, found)) = self.literal()? else {
                return Err(self.lexer.unexpected("a literal that isn't a list"));
            };
            let rule = "members of a list are of one type, and none is null";
            match (found, kind) {
                (Found::Of(Type::One(scalar)), Found::EmptyList) => {
                    kind = Found::Of(Type::List(scalar));
                }
                (Found::Of(Type::One(scalar)), _) if kind == Found::Of(Type::List(scalar)) => (),
                _ => return Err(self.wrong_type(at, rule, kind, Some(found))),
            }
            members.push(value);
            if self.is("]") {
                break;
            }
            self.expect(",", "`,` or `]`")?;
        }
        self.close("]", "`]`")?;
        Ok((Term::Constant(Datum::List(members)), kind))
    }
}

fn pairs(attributes: &[Attribute]) -> Vec<(&str, Type)> {
    let attributes = attributes.iter();
    attributes
        .map(|attribute| (attribute.name.as_str(), attribute.kind))
        .collect()
}
