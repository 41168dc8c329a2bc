//! What has to be true for an allow, as a formula, and the smallest sets of changes that make it so.
//!
//! Nothing that is held is ever taken away, so a literal is either a change, or says that a change
//! isn't made. A term is a conjunction of literals; the terms of a formula's disjunctive normal form
//! are its ways to be true. A term's changes alone make it true, since everything else in it is true
//! already; and every set of changes that makes the formula true makes some term true, so contains
//! that term's changes. The smallest sets are therefore the minimal ones among the terms'.

use alloc::vec::Vec;

use crate::policy::TierRank;

/// The most ways to be allowed that are kept; with more, the answer says that it isn't complete.
pub const MAX_TERMS: usize = 256;

/// The most pairs of ways that are joined for one conjunction, for a bound on time.
const MAX_JOINS: usize = 8 * MAX_TERMS;

/// The same for all conjunctions together.
const MAX_JOINS_IN_ALL: usize = 8 * MAX_JOINS;

/// Something that has to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Literal {
    /// The change with this number is made.
    Made(u32),
    /// The change with this number isn't made.
    Left(u32),
    /// The tier is raised to this rank or higher.
    AtLeast(TierRank),
    /// The tier stays below this rank.
    Below(TierRank),
    /// The comparison with this number comes out so.
    Fact(u32, bool),
}

/// A formula in which negation is in the literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Formula {
    Always,
    Never,
    Is(Literal),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

/// Literals that hold together, in order and each once.
pub(super) type Term = Vec<Literal>;

/// Expands formulas, and counts what that costs.
pub(super) struct Expansion {
    joins: usize,
    /// Whether nothing was left out.
    pub(super) is_complete: bool,
    /// By the number of a change, whether something asks for it; if not, it needn't be left out.
    pub(super) asked_for: Vec<bool>,
}

impl Formula {
    /// The opposite of a formula of [`Literal::Made`] alone.
    pub(super) fn unmade(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Is(Literal::Made(number)) => Self::Is(Literal::Left(number)),
            Self::Is(other) => Self::Is(other),
            Self::All(parts) => Self::Any(parts.into_iter().map(Self::unmade).collect()),
            Self::Any(parts) => Self::All(parts.into_iter().map(Self::unmade).collect()),
        }
    }
}

impl Expansion {
    pub(super) const fn new() -> Self {
        Self {
            joins: 0,
            is_complete: true,
            asked_for: Vec::new(),
        }
    }

    /// The ways in which a formula is true.
    pub(super) fn terms(&mut self, formula: &Formula) -> Vec<Term> {
        match formula {
            Formula::Always => alloc::vec![Term::new()],
            Formula::Never => Vec::new(),
            Formula::Is(Literal::Left(number)) if !self.is_asked_for(*number) => {
                alloc::vec![Term::new()]
            }
            Formula::Is(literal) => alloc::vec![alloc::vec![*literal]],
            Formula::Any(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    for term in self.terms(part) {
                        self.keep(&mut all, term);
                    }
                }
                all
            }
            Formula::All(parts) => self.product(parts),
        }
    }

    fn product(&mut self, parts: &[Formula]) -> Vec<Term> {
        let mut all = alloc::vec![Term::new()];
        for part in parts {
            let ways = self.terms(part);
            let until = MAX_JOINS_IN_ALL.min(self.joins + MAX_JOINS);
            let mut next = Vec::new();
            'joins: for left in &all {
                for right in &ways {
                    if self.joins >= until {
                        self.is_complete = false;
                        break 'joins;
                    }
                    self.joins += 1;
                    if let Some(term) = joined(left, right) {
                        self.keep(&mut next, term);
                    }
                }
            }
            all = next;
        }
        all
    }

    /// Adds a way, unless one that asks for less is there.
    fn keep(&mut self, all: &mut Vec<Term>, term: Term) {
        let is_full = all.len() >= MAX_TERMS && !self.is_complete;
        if is_full || all.iter().any(|one| is_within(one, &term)) {
            return;
        }
        all.retain(|one| !is_within(&term, one));
        if all.len() >= MAX_TERMS {
            self.is_complete = false;
            return;
        }
        all.push(term);
    }

    fn is_asked_for(&self, number: u32) -> bool {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        self.asked_for.get(index).copied().unwrap_or(false)
    }
}

/// Both together; `None` when they contradict each other.
fn joined(left: &Term, right: &Term) -> Option<Term> {
    let mut term = Term::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if a == b => {
                right.next();
                left.next()
            }
            (Some(a), Some(b)) if a < b => left.next(),
            (_, Some(_)) => right.next(),
            (_, None) => left.next(),
        };
        let Some(next) = next else { break };
        term.push(*next);
    }
    let contradicts = |literal: &Literal| match *literal {
        Literal::Left(number) => term.binary_search(&Literal::Made(number)).is_ok(),
        Literal::Fact(number, false) => term.binary_search(&Literal::Fact(number, true)).is_ok(),
        Literal::Below(limit) => term
            .iter()
            .any(|one| matches!(one, Literal::AtLeast(least) if *least >= limit)),
        _ => false,
    };
    (!term.iter().any(contradicts)).then_some(term)
}

/// Whether every literal of one is in the other.
fn is_within(small: &[Literal], large: &[Literal]) -> bool {
    if small.len() > large.len() {
        return false;
    }
    let mut large = large.iter();
    small
        .iter()
        .all(|literal| large.by_ref().find(|one| *one >= literal) == Some(literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Formula = Formula::Is(Literal::Made(0));
    const B: Formula = Formula::Is(Literal::Made(1));

    fn all(parts: &[Formula]) -> Formula {
        Formula::All(parts.to_vec())
    }

    fn any(parts: &[Formula]) -> Formula {
        Formula::Any(parts.to_vec())
    }

    fn terms(formula: &Formula) -> Vec<Term> {
        let mut expansion = Expansion::new();
        expansion.asked_for = alloc::vec![true; 600];
        let mut terms = expansion.terms(formula);
        assert!(expansion.is_complete);
        terms.sort();
        terms
    }

    #[test]
    fn a_way_that_asks_for_more_than_another_is_dropped() {
        let formula = any(&[all(&[A, B]), A]);
        assert_eq!(terms(&formula), [[Literal::Made(0)]]);
    }

    #[test]
    fn a_change_that_has_to_be_made_and_left_is_no_way() {
        let formula = all(&[any(&[A, B]), A.unmade()]);
        let expected = [[Literal::Made(1), Literal::Left(0)]];
        assert_eq!(terms(&formula), expected);
    }

    #[test]
    fn a_tier_that_has_to_be_high_and_stay_low_is_no_way() {
        let tier = |least, limit| {
            let least = Formula::Is(Literal::AtLeast(least));
            all(&[least, Formula::Is(Literal::Below(limit))])
        };
        assert_eq!(terms(&tier(2, 2)), Vec::<Term>::new());
        assert_eq!(terms(&tier(1, 2)).len(), 1);
    }

    #[test]
    fn a_fact_is_not_both_true_and_false() {
        let fact = |value| Formula::Is(Literal::Fact(3, value));
        assert!(terms(&all(&[fact(true), fact(false)])).is_empty());
        assert_eq!(terms(&any(&[fact(true), fact(false)])).len(), 2);
    }

    #[test]
    fn one_way_too_many_is_left_out_and_said_so() {
        let wide =
            |count| Formula::Any((0..count).map(|n| Formula::Is(Literal::Made(n))).collect());
        let mut expansion = Expansion::new();
        assert_eq!(expansion.terms(&wide(256)).len(), MAX_TERMS);
        assert!(expansion.is_complete);
        let mut expansion = Expansion::new();
        assert_eq!(expansion.terms(&wide(257)).len(), MAX_TERMS);
        assert!(!expansion.is_complete);
    }

    #[test]
    fn what_is_too_wide_to_expand_still_has_some_ways() {
        let wide = |from: u32| {
            let parts = from..from + 3000;
            Formula::Any(parts.map(|n| Formula::Is(Literal::Made(n))).collect())
        };
        let mut expansion = Expansion::new();
        let terms = expansion.terms(&all(&[wide(0), wide(3000), wide(6000)]));
        assert!(!expansion.is_complete);
        assert_eq!(terms.len(), MAX_TERMS);
        assert!(terms.iter().all(|term| term.len() == 3));
    }
}
