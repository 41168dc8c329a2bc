//! From tokens to a checked test.

mod cursor;
mod value;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::condition::lexer::{Lexer, Token};
use crate::condition::{
    Attribute, Comparison, ConditionError, Datum, MAX_CONDITION_BYTES, Place, Scalar, Term, Test,
    Truth, Type,
};
use crate::policy::Field;

/// The names that a condition may use, and their types; each name's number is its place in its list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Vocabulary<'a> {
    /// `auth.NAME`: attributes of principals. `auth.id` is always there and comes first.
    pub auth: &'a [Attribute],
    /// `request.NAME`: attributes of requests. `request.time` is always there and comes first.
    pub context: &'a [Attribute],
    /// `record.NAME`: fields of the record.
    pub record: &'a [Field],
}

/// Reads a condition and checks its types.
///
/// # Errors
/// The first thing that is wrong with it, and where.
pub fn parse(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Test, ConditionError> {
    let mut parser = Parser::new(text, vocabulary);
    let whole = parser.any();
    parser.end("`&&`, `||` or the end");
    parser.lexer.check(whole)
}

/// Reads the default of a field of type `kind`: a literal, or a path that begins with `auth.`.
///
/// # Errors
/// The first thing that is wrong with it, and where.
pub fn parse_default(
    text: &str,
    vocabulary: &Vocabulary<'_>,
    kind: Type,
) -> Result<Term, ConditionError> {
    let mut parser = Parser::new(text, vocabulary);
    let first = parser.lexer.last;
    let operand = parser.operand();
    if !matches!(
        operand.term,
        Term::Constant(_) | Term::Place(Place::AuthId | Place::Auth(_))
    ) {
        let expected = "a literal or a path that begins with `auth.`";
        parser.token = parser.lexer.unexpected_at(first, expected);
    }
    parser.end("the end");
    let fits = match operand.found {
        Found::Null => true,
        Found::EmptyList => matches!(kind, Type::List(_)),
        Found::Of(found) => found == kind,
    };
    if !fits {
        let rule = "a default and its field have one type";
        parser.wrong_type(operand.at, rule, operand.found, Some(Found::Of(kind)));
    }
    parser.lexer.check(operand.term)
}

/// What is known of a value's type when a condition is read.
#[derive(Clone, Copy, PartialEq)]
enum Found {
    /// The literal `null`.
    Null,
    /// The literal `[]`.
    EmptyList,
    Of(Type),
}

impl Found {
    const BOOL: Self = Self::one(Scalar::Bool);
    const TEXT: Self = Self::one(Scalar::Text);

    const fn one(scalar: Scalar) -> Self {
        Self::Of(Type::One(scalar))
    }

    const fn is_list(self) -> bool {
        matches!(self, Self::EmptyList | Self::Of(Type::List(_)))
    }

    fn name(self) -> String {
        let mut name = String::from("`");
        match self {
            Self::Null => name.push_str("null"),
            Self::EmptyList => name.push_str("[]"),
            Self::Of(kind) => name.push_str(&kind.to_string()),
        }
        name.push('`');
        name
    }
}

struct Operand {
    term: Term,
    found: Found,
    /// Where it begins, in bytes.
    at: usize,
}

struct Parser<'t, 'v> {
    lexer: Lexer<'t>,
    /// The token that comes next; the lexer stands behind it. After an error it is the end, so that
    /// nothing more is read and whatever was read so far can be returned: nobody gets to see it.
    token: Token<'t>,
    vocabulary: &'v Vocabulary<'v>,
    depth: usize,
    terms: usize,
}

/// Stands for what could not be read.
const NOTHING: Test = Test::Constant(Truth::Error);

const OPERATOR: &str = "an operator such as `==`, `in`, `.startsWith(…)` or `&&`, or the end";

impl<'t, 'v> Parser<'t, 'v> {
    fn new(text: &'t str, vocabulary: &'v Vocabulary<'v>) -> Self {
        let mut parser = Self {
            lexer: Lexer::new(text),
            token: Token::End,
            vocabulary,
            depth: 0,
            terms: 0,
        };
        if text.len() > MAX_CONDITION_BYTES {
            parser.too_large(0, "bytes", MAX_CONDITION_BYTES);
        }
        parser.advance();
        parser
    }

    /// `or` of the grammar.
    fn any(&mut self) -> Test {
        let first = self.all();
        match self.others("||", first, Self::all) {
            Ok(tests) => Test::Or(tests),
            Err(first) => first,
        }
    }

    /// `and` of the grammar.
    fn all(&mut self) -> Test {
        let first = self.unary();
        match self.others("&&", first, Self::unary) {
            Ok(tests) => Test::And(tests),
            Err(first) => first,
        }
    }

    /// The first test and those that follow it behind an operator; the first alone when none does.
    #[inline(never)]
    fn others(
        &mut self,
        operator: &'static str,
        first: Test,
        next: fn(&mut Self) -> Test,
    ) -> Result<Vec<Test>, Test> {
        if !self.is(operator) {
            return Err(first);
        }
        let mut tests = Vec::from([first]);
        while self.is(operator) {
            self.counted();
            tests.push(next(self));
        }
        Ok(tests)
    }

    fn unary(&mut self) -> Test {
        if !self.is("!") {
            return self.comparison();
        }
        self.deeper();
        let negation = self.lexer.last;
        self.counted();
        let is_group = self.is("(");
        let inner = self.unary();
        self.depth -= 1;
        // CEL reads `!a == b` as `(!a) == b`, which comes out otherwise when `a` is null.
        if !is_group && matches!(inner, Test::Compare(..) | Test::In(..)) {
            let expected = "parentheses behind it, as in `!(a == b)`";
            self.token = self.lexer.unexpected_at(negation, expected);
        }
        Test::Not(Box::new(inner))
    }

    fn comparison(&mut self) -> Test {
        if self.is("(") {
            self.open("(", "`(`");
            let inner = self.any();
            self.close(")", "`&&`, `||` or `)`");
            return inner;
        }
        if self.token == Token::Name("has") {
            return self.has();
        }
        let left = self.operand();
        self.operator(left)
    }

    fn has(&mut self) -> Test {
        self.counted();
        self.open("(", "`(`");
        let path = match self.token {
            Token::Name(root) => self.path(root),
            _ => None,
        };
        let Some((place, _)) = path else {
            self.unexpected("a path such as `record.NAME`");
            return NOTHING;
        };
        self.close(")", "`)`");
        Test::Has(place)
    }

    /// What follows the first operand of a comparison.
    fn operator(&mut self, left: Operand) -> Test {
        let at = self.lexer.last.start;
        let comparison = match self.token {
            Token::Symbol("==") => Comparison::Equal,
            Token::Symbol("!=") => Comparison::NotEqual,
            Token::Symbol("<") => Comparison::Less,
            Token::Symbol("<=") => Comparison::LessOrEqual,
            Token::Symbol(">") => Comparison::Greater,
            Token::Symbol(">=") => Comparison::GreaterOrEqual,
            Token::Symbol(".") => return self.starts_with(left),
            Token::Name("in") => return self.is_in(left),
            Token::End | Token::Symbol(")" | "&&" | "||") => return self.alone(left),
            _ => {
                self.unexpected(OPERATOR);
                return NOTHING;
            }
        };
        self.counted();
        let right = self.operand();
        let (fits, rule) = if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let rule =
                "`==` and `!=` take two values of one type that aren't lists, or one and `null`";
            (may_be_equal(left.found, right.found), rule)
        } else {
            let rule = "`<`, `<=`, `>` and `>=` take two `int`, two `float` or two `string`";
            (have_order(left.found, right.found), rule)
        };
        self.check(fits, at, rule, [left.found, right.found]);
        Test::Compare(comparison, left.term, right.term)
    }

    fn is_in(&mut self, left: Operand) -> Test {
        let at = self.lexer.last.start;
        self.counted();
        let right = self.operand();
        let fits = match (left.found, right.found) {
            (Found::Of(Type::One(left)), Found::Of(Type::List(right))) => left == right,
            (Found::Of(Type::One(_)), Found::EmptyList) => true,
            _ => false,
        };
        let rule = "`in` takes a value and a list of its type";
        self.check(fits, at, rule, [left.found, right.found]);
        Test::In(left.term, right.term)
    }

    fn starts_with(&mut self, text: Operand) -> Test {
        self.advance();
        let at = self.lexer.last.start;
        if self.token != Token::Name("startsWith") {
            self.unexpected("`startsWith`");
        }
        self.counted();
        self.open("(", "`(`");
        let start = self.operand();
        let fits = (text.found, start.found) == (Found::TEXT, Found::TEXT);
        let rule = "`startsWith` takes two `string`";
        self.check(fits, at, rule, [text.found, start.found]);
        self.close(")", "`)`");
        Test::StartsWith(text.term, start.term)
    }

    /// An operand without an operator.
    fn alone(&mut self, operand: Operand) -> Test {
        if operand.found != Found::BOOL {
            let rule = "a value without a comparison has to be a `bool`";
            self.wrong_type(operand.at, rule, operand.found, None);
        }
        match operand.term {
            Term::Constant(Datum::Bool(value)) => Test::Constant(Truth::from(value)),
            term => Test::IsTrue(term),
        }
    }
}

fn may_be_equal(left: Found, right: Found) -> bool {
    left == Found::Null || right == Found::Null || (left == right && !left.is_list())
}

fn have_order(left: Found, right: Found) -> bool {
    left == right
        && matches!(
            left,
            Found::Of(Type::One(Scalar::Int | Scalar::Float | Scalar::Text))
        )
}
