//! Fields that are allowed in some rows only, with the condition of each rule written once.

use alloc::vec::Vec;

use super::fold::fold;
use super::fragment::{Fragment, Predicate, joined, sql};
use super::{FieldAccess, Filter};
use crate::policy::FieldId;

/// In which of the allowed rows a field is allowed, by the numbers of conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mask {
    /// In none.
    Never,
    /// In all.
    Always,
    /// In some.
    When {
        /// One of these must be true; none here is no demand.
        any_of: Vec<usize>,
        /// None of these may be true.
        none_of: Vec<usize>,
    },
}

/// Everything that a principal may do to a table by one action, for statements that name many fields.
///
/// [`Access`](super::Access) says the same with a predicate for each field, complete in itself; here
/// a rule that is about ten fields is in the statement once.
#[derive(Debug, Clone)]
pub struct MaskedAccess {
    /// The rows.
    pub rows: Filter,
    /// For each field, by its number, in which of those rows.
    pub fields: Vec<Mask>,
    /// Each gives 1 or 0.
    pub(super) conditions: Vec<Fragment>,
}

/// Conditions as columns of a query, and what they say of fields.
#[derive(Debug, Clone, Default)]
pub struct Masks {
    columns: Vec<Fragment>,
    shown: Vec<(FieldId, Filter)>,
}

/// Conditions in one column, a bit each: D1 takes no more than 100 columns.
const BITS: usize = 32;

impl MaskedAccess {
    /// What is needed to hide values of some fields; with `also`, all of them are shown only where
    /// that is true, too.
    #[must_use]
    pub fn masks(&self, fields: &[FieldId], also: Option<&Filter>) -> Masks {
        let mut bits = Bits::default();
        let also = also.map(|filter| bits.of(filter));
        let mut shown = Vec::new();
        for id in fields {
            let (any_of, none_of): (&[usize], &[usize]) = match self.fields.get(usize::from(*id)) {
                Some(Mask::When { any_of, none_of }) => (any_of, none_of),
                Some(Mask::Always) if also.is_none() => continue,
                Some(Mask::Always) => (&[], &[]),
                Some(Mask::Never) | None => {
                    shown.push((*id, Fragment::text("0")));
                    continue;
                }
            };
            let mut all = Vec::new();
            all.extend(also.map(|bit| tested(&[bit], true)));
            if !any_of.is_empty() {
                all.push(tested(&bits.all(&self.conditions, any_of), true));
            }
            if !none_of.is_empty() {
                all.push(tested(&bits.all(&self.conditions, none_of), false));
            }
            shown.push((*id, Predicate::all(all).into_fragment()));
        }
        let columns = bits.columns();
        Masks { columns, shown }
    }

    /// A field's predicate, complete in itself.
    pub(super) fn field(&self, mask: &Mask) -> FieldAccess {
        let (any_of, none_of) = match mask {
            Mask::Never => return FieldAccess::Never,
            Mask::Always => return FieldAccess::Always,
            Mask::When { any_of, none_of } => (any_of, none_of),
        };
        let condition = |number: &usize| {
            let text = self.conditions.get(*number).cloned();
            text.map_or(Predicate::FALSE, Predicate::certain)
        };
        let allowed = match any_of.as_slice() {
            [] => Predicate::TRUE,
            some => Predicate::any(some.iter().map(condition)),
        };
        let denied = none_of.iter().map(|number| condition(number).negated());
        let all = Predicate::all([allowed].into_iter().chain(denied));
        FieldAccess::When(fold(all.into_fragment()))
    }
}

impl Masks {
    /// Whether every field is shown in every row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Result columns, `… AS $m0`, for a query whose rows have the resource's columns.
    #[must_use]
    pub fn columns(&self) -> &[Fragment] {
        &self.columns
    }

    /// Where a field is shown, by the columns of [`Self::columns`]; `None` is everywhere.
    #[must_use]
    pub fn shown(&self, field: FieldId) -> Option<&Filter> {
        let found = self.shown.iter().find(|(id, _)| *id == field);
        found.map(|(_, filter)| filter)
    }

    /// A predicate about these columns and the resource's, as one about the latter alone.
    #[must_use]
    pub fn around(&self, test: &Filter) -> Filter {
        if self.columns.is_empty() {
            return test.clone();
        }
        let mut columns = Fragment::default();
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                columns.sql.push_str(", ");
            }
            columns.push(column);
        }
        // SQLite neither merges a subquery with a limit into the query around it nor moves tests into
        // it: each condition is worked out once for a row, however often it is asked about.
        let pattern = "EXISTS (SELECT 1 FROM (SELECT @0 LIMIT -1) WHERE @1)";
        sql(pattern, &[&columns, test])
    }
}

/// Conditions by the number of their bit.
#[derive(Default)]
struct Bits(Vec<Fragment>);

impl Bits {
    fn of(&mut self, condition: &Fragment) -> usize {
        if let Some(bit) = self.0.iter().position(|known| known == condition) {
            return bit;
        }
        self.0.push(condition.clone());
        self.0.len() - 1
    }

    fn all(&mut self, conditions: &[Fragment], numbers: &[usize]) -> Vec<usize> {
        let known = numbers.iter().filter_map(|number| conditions.get(*number));
        known.map(|condition| self.of(condition)).collect()
    }

    fn columns(&self) -> Vec<Fragment> {
        let words = self.0.chunks(BITS).enumerate();
        words
            .map(|(word, conditions)| {
                let bits = conditions.iter().enumerate().map(|(bit, condition)| {
                    let shift = Fragment::text(&alloc::format!("{bit}"));
                    sql("((@0) << @1)", &[&fold(condition.clone()), &shift])
                });
                let name = Fragment::name(&alloc::format!("$m{word}"));
                sql("@0 AS @1", &[&joined(bits.collect(), " | "), &name])
            })
            .collect()
    }
}

/// Whether any of the bits is set, or none is.
fn tested(bits: &[usize], any: bool) -> Predicate {
    let last = bits.iter().max().map_or(0, |bit| bit / BITS);
    let tests = (0..=last).filter_map(|word| {
        let here = bits.iter().filter(|bit| **bit / BITS == word);
        let mask = here.fold(0_u64, |mask, bit| mask | 1 << (bit % BITS));
        let comparison = if any { ">" } else { "=" };
        let text = alloc::format!("((`$m{word}` & {mask}) {comparison} 0)");
        (mask != 0).then(|| Predicate::certain(Fragment::text(&text)))
    });
    if any {
        Predicate::any(tests)
    } else {
        Predicate::all(tests)
    }
}
