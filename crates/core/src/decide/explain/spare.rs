//! Sets of changes without those that can be spared.
//!
//! The sets of an expansion that was cut short are enough, yet a smaller one in one of them may be among
//! what was left out.

use alloc::vec::Vec;

use super::formula::{Formula, Literal, Term};

/// The most literals that are looked at, for a bound on time; the sets that it doesn't suffice for
/// are left out, except the first.
const MAX_LOOKS: usize = 1 << 22;

/// What is left of sets of changes when no change in them can be spared.
///
/// `is_so` says whether a comparison comes out so before any change.
pub(super) fn without_spare(
    formula: &Formula,
    terms: Vec<Term>,
    is_so: &dyn Fn(Literal) -> bool,
) -> Vec<Term> {
    let mut trial = Trial { is_so, looks: 0 };
    let mut kept = Vec::new();
    for mut term in terms {
        let mut at = 0;
        while at < term.len() {
            let one = term.remove(at);
            if trial.holds(formula, &term) {
                // What was needed beside it may no longer be.
                at = 0;
            } else {
                term.insert(at, one);
                at += 1;
            }
        }
        if trial.looks > MAX_LOOKS && !kept.is_empty() {
            break;
        }
        kept.push(term);
    }
    kept
}

struct Trial<'a> {
    is_so: &'a dyn Fn(Literal) -> bool,
    looks: usize,
}

impl Trial<'_> {
    /// Whether a formula is true once these changes are made and no others.
    fn holds(&mut self, formula: &Formula, changes: &[Literal]) -> bool {
        match formula {
            Formula::Always => true,
            Formula::Never => false,
            Formula::Is(literal) => {
                self.looks += 1;
                self.is_true(*literal, changes)
            }
            Formula::All(parts) => parts.iter().all(|part| self.holds(part, changes)),
            Formula::Any(parts) => parts.iter().any(|part| self.holds(part, changes)),
        }
    }

    fn is_true(&self, literal: Literal, changes: &[Literal]) -> bool {
        let is_raised_to = |least| {
            let mut changes = changes.iter();
            changes.any(|change| matches!(change, Literal::AtLeast(rank) if *rank >= least))
        };
        match literal {
            Literal::Made(_) => changes.contains(&literal),
            Literal::Left(number) => !changes.contains(&Literal::Made(number)),
            Literal::AtLeast(least) => is_raised_to(least),
            Literal::Below(limit) => !is_raised_to(limit),
            Literal::Fact(number, value) => {
                let opposite = Literal::Fact(number, !value);
                changes.contains(&literal) || (self.is_so)(literal) && !changes.contains(&opposite)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    const NUMBERS: u32 = 5;

    fn formulas() -> impl Strategy<Value = Formula> {
        let literal = prop_oneof![
            (0..NUMBERS).prop_map(Literal::Made),
            (0..NUMBERS).prop_map(Literal::Left),
            (1..4_u16).prop_map(Literal::AtLeast),
            (1..4_u16).prop_map(Literal::Below),
            (0..2_u32, any::<bool>()).prop_map(|(number, value)| Literal::Fact(number, value)),
        ];
        literal
            .prop_map(Formula::Is)
            .prop_recursive(4, 24, 4, |inner| {
                let parts = prop::collection::vec(inner, 1..5);
                prop_oneof![
                    parts.clone().prop_map(Formula::All),
                    parts.prop_map(Formula::Any)
                ]
            })
    }

    /// Of the comparisons the first is so, the second is an error.
    fn is_so(literal: Literal) -> bool {
        literal == Literal::Fact(0, true)
    }

    fn holds(formula: &Formula, changes: &[Literal]) -> bool {
        let is_so = &is_so;
        Trial { is_so, looks: 0 }.holds(formula, changes)
    }

    proptest! {
        #[test]
        fn what_is_left_is_enough_and_nothing_in_it_can_be_spared(
            formula in formulas(), made in prop::collection::btree_set(0..NUMBERS, 0..5), rank in 0..4_u16
        ) {
            let mut term: Term = made.into_iter().map(Literal::Made).collect();
            term.push(Literal::AtLeast(rank));
            term.push(Literal::Fact(0, false));
            term.push(Literal::Fact(1, true));
            prop_assume!(holds(&formula, &term));
            let left = without_spare(&formula, vec![term.clone()], &is_so).remove(0);
            prop_assert!(holds(&formula, &left));
            prop_assert!(left.iter().all(|one| term.contains(one)));
            for spare in &left {
                let fewer: Term = left.iter().copied().filter(|one| one != spare).collect();
                prop_assert!(!holds(&formula, &fewer), "{spare:?} of {left:?}");
            }
        }
    }

    #[test]
    fn what_takes_too_long_is_left_out_after_the_first() {
        let wide: Vec<Formula> = (1..100_000)
            .map(|n| Formula::Is(Literal::Made(n)))
            .collect();
        let both = Formula::All(vec![Formula::Any(wide), Formula::Is(Literal::Made(0))]);
        let terms = (1..100_000).rev();
        let terms: Vec<Term> = terms
            .map(|n| vec![Literal::Made(0), Literal::Made(n)])
            .collect();
        let kept = without_spare(&both, terms.clone(), &is_so);
        assert!(kept.len() < 100, "{}", kept.len());
        assert_eq!(kept.as_slice(), &terms[..kept.len()]);
    }
}
