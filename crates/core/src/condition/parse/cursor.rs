//! Taking tokens, counting them, and errors about them.

use super::{Found, Parser};
use crate::condition::lexer::Token;
use crate::condition::{ConditionErrorKind, MAX_CONDITION_DEPTH, MAX_CONDITION_TERMS};
use crate::json::excerpt;
use crate::policy::names::nearest;
use alloc::boxed::Box;

impl Parser<'_, '_> {
    pub(super) fn is(&self, symbol: &'static str) -> bool {
        self.token == Token::Symbol(symbol)
    }

    #[inline(never)]
    pub(super) fn advance(&mut self) {
        self.token = self.lexer.next();
    }

    #[inline(never)]
    pub(super) fn expect(&mut self, symbol: &'static str, expected: &'static str) {
        if self.is(symbol) {
            self.advance();
        } else {
            self.unexpected(expected);
        }
    }

    pub(super) fn end(&mut self, expected: &'static str) {
        if self.token != Token::End {
            self.unexpected(expected);
        }
    }

    pub(super) fn open(&mut self, symbol: &'static str, expected: &'static str) {
        self.deeper();
        self.expect(symbol, expected);
    }

    pub(super) fn close(&mut self, symbol: &'static str, expected: &'static str) {
        self.depth -= 1;
        self.expect(symbol, expected);
    }

    /// One level of nesting more, within the limit: the parser and all that walks a test recur.
    pub(super) fn deeper(&mut self) {
        self.depth += 1;
        if self.depth > MAX_CONDITION_DEPTH {
            let at = self.lexer.last.start;
            self.too_large(at, "levels of nesting", MAX_CONDITION_DEPTH);
        }
    }

    /// One operator or operand more, within the limit.
    pub(super) fn count_at(&mut self, at: usize) {
        self.terms += 1;
        if self.terms > MAX_CONDITION_TERMS {
            self.too_large(at, "operators and operands", MAX_CONDITION_TERMS);
        }
    }

    /// Counts the next token, and takes it.
    #[inline(never)]
    pub(super) fn counted(&mut self) {
        self.count_at(self.lexer.last.start);
        self.advance();
    }

    /// Notes an error; from then on there are no tokens any more.
    #[inline(never)]
    pub(super) fn fail(&mut self, at: usize, kind: ConditionErrorKind) {
        self.token = self.lexer.fail(at, kind);
    }

    #[inline(never)]
    pub(super) fn unexpected(&mut self, expected: &'static str) {
        self.token = self.lexer.unexpected(expected);
    }

    pub(super) fn check(&mut self, fits: bool, at: usize, rule: &'static str, found: [Found; 2]) {
        let [left, right] = found;
        if !fits {
            self.wrong_type(at, rule, left, Some(right));
        }
    }

    #[inline(never)]
    pub(super) fn wrong_type(
        &mut self,
        at: usize,
        rule: &'static str,
        left: Found,
        right: Option<Found>,
    ) {
        let mut found = left.name();
        if let Some(right) = right {
            found.push_str(" and ");
            found.push_str(&right.name());
        }
        let found = found.into();
        self.fail(at, ConditionErrorKind::WrongType { rule, found });
    }

    pub(super) fn too_large(&mut self, at: usize, what: &'static str, max: usize) {
        self.fail(at, ConditionErrorKind::TooLarge { what, max });
    }

    #[inline(never)]
    pub(super) fn unknown(&mut self, what: &'static str, name: &str, known: &[&str]) {
        let kind = ConditionErrorKind::UnknownName {
            what,
            name: excerpt(name).into(),
            nearest: nearest(name, known).map(Box::from),
        };
        self.fail(self.lexer.last.start, kind);
    }
}
