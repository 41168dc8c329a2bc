//! Taking tokens, counting them, and errors about them.

use super::{Found, Parsed, Parser};
use crate::condition::lexer::Token;
use crate::condition::{
    ConditionError, ConditionErrorKind, MAX_CONDITION_DEPTH, MAX_CONDITION_TERMS,
};
use crate::json::excerpt;
use crate::policy::names::nearest;
use alloc::boxed::Box;

impl Parser<'_, '_> {
    pub(super) fn is(&self, symbol: &'static str) -> bool {
        self.token == Token::Symbol(symbol)
    }

    pub(super) fn advance(&mut self) -> Parsed<()> {
        self.token = self.lexer.next()?;
        Ok(())
    }

    pub(super) fn expect(&mut self, symbol: &'static str, expected: &'static str) -> Parsed<()> {
        if self.is(symbol) {
            self.advance()
        } else {
            Err(self.lexer.unexpected(expected))
        }
    }

    pub(super) fn end(&self, expected: &'static str) -> Parsed<()> {
        match self.token {
            Token::End => Ok(()),
            _ => Err(self.lexer.unexpected(expected)),
        }
    }

    pub(super) fn open(&mut self, symbol: &'static str, expected: &'static str) -> Parsed<()> {
        self.deeper()?;
        self.expect(symbol, expected)
    }

    pub(super) fn close(&mut self, symbol: &'static str, expected: &'static str) -> Parsed<()> {
        self.depth -= 1;
        self.expect(symbol, expected)
    }

    /// One level of nesting more, within the limit: the parser and all that walks a test recur.
    pub(super) fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_CONDITION_DEPTH {
            return Err(self.too_large(self.lexer.start, "levels of nesting", MAX_CONDITION_DEPTH));
        }
        Ok(())
    }

    /// One operator or operand more, within the limit.
    pub(super) fn count_at(&mut self, at: usize) -> Parsed<()> {
        self.terms += 1;
        if self.terms > MAX_CONDITION_TERMS {
            return Err(self.too_large(at, "operators and operands", MAX_CONDITION_TERMS));
        }
        Ok(())
    }

    /// Counts the next token, and takes it.
    pub(super) fn counted(&mut self) -> Parsed<()> {
        self.count_at(self.lexer.start)?;
        self.advance()
    }

    pub(super) fn check(
        &self,
        fits: bool,
        at: usize,
        rule: &'static str,
        found: [Found; 2],
    ) -> Parsed<()> {
        if fits {
            return Ok(());
        }
        let [left, right] = found;
        Err(self.wrong_type(at, rule, left, Some(right)))
    }

    pub(super) fn wrong_type(
        &self,
        at: usize,
        rule: &'static str,
        left: Found,
        right: Option<Found>,
    ) -> ConditionError {
        let mut found = left.name();
        if let Some(right) = right {
            found.push_str(" and ");
            found.push_str(&right.name());
        }
        self.lexer.error(
            at,
            ConditionErrorKind::WrongType {
                rule,
                found: found.into(),
            },
        )
    }

    pub(super) fn too_large(&self, at: usize, what: &'static str, max: usize) -> ConditionError {
        self.lexer
            .error(at, ConditionErrorKind::TooLarge { what, max })
    }

    pub(super) fn unknown(&self, what: &'static str, name: &str, known: &[&str]) -> ConditionError {
        let kind = ConditionErrorKind::UnknownName {
            what,
            name: excerpt(name).into(),
            nearest: nearest(name, known.iter().copied()).map(Box::from),
        };
        self.lexer.error(self.lexer.start, kind)
    }
}
