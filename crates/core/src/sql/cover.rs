//! Which rows lie in scopes that are covered by what somebody holds (LANGUAGE.md section 3).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::column::{parameter, set};
use super::fragment::{Fragment, Predicate, sql};
use crate::condition::Datum;
use crate::decide::ScopePath;
use crate::json::{Map, Value};
use crate::policy::Depth;

/// Where the rows are.
#[derive(Debug)]
pub(super) enum Rows<'a> {
    /// All at one scope.
    At(&'a ScopePath),
    /// Each where its columns say, widest level first.
    Mapped(Vec<(Depth, Fragment)>),
}

/// A scope at one level: its id and, by the number of the column, the ids above it where known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key<'a> {
    leaf: &'a str,
    above: Vec<Option<&'a str>>,
}

impl Rows<'_> {
    /// The rows that lie in one of the scopes; gives 1 or 0.
    pub(super) fn covered(&self, scopes: &[&ScopePath]) -> Predicate {
        if scopes.iter().any(|scope| scope.depth() == 0) {
            return Predicate::TRUE;
        }
        match self {
            Self::At(place) => {
                let is_covered = scopes.iter().any(|scope| scope.covers(place));
                Predicate::Constant(is_covered.into())
            }
            Self::Mapped(levels) => {
                Predicate::any((0..levels.len()).map(|index| covered_at(levels, index, scopes)))
            }
        }
    }

    /// The rows that lie at `depth` or deeper; gives 1 or 0.
    pub(super) fn as_deep_as(&self, depth: Depth) -> Predicate {
        match self {
            _ if depth == 0 => Predicate::TRUE,
            Self::At(place) => Predicate::Constant((place.depth() >= depth).into()),
            Self::Mapped(levels) => {
                let deeper = levels.iter().filter(|(level, _)| *level >= depth);
                Predicate::any(
                    deeper
                        .map(|(_, column)| Predicate::certain(sql("(@0 IS NOT NULL)", &[column]))),
                )
            }
        }
    }

    /// The rows whose ids of scopes are ids: text or null.
    pub(super) fn well_formed(&self) -> Predicate {
        let Self::Mapped(levels) = self else {
            return Predicate::TRUE;
        };
        Predicate::all(levels.iter().map(|(_, column)| {
            Predicate::certain(sql("(typeof(@0) IN ('text', 'null'))", &[column]))
        }))
    }
}

/// What the scopes of one level cover.
fn covered_at(levels: &[(Depth, Fragment)], index: usize, scopes: &[&ScopePath]) -> Predicate {
    let Some((depth, column)) = levels.get(index) else {
        return Predicate::FALSE;
    };
    let above: Vec<_> = levels.iter().take(index).collect();
    let mut keys: Vec<Key<'_>> = Vec::new();
    for scope in scopes.iter().filter(|scope| scope.depth() == *depth) {
        let ids = above.iter().map(|(depth, _)| scope.id_at(*depth));
        keys.push(Key {
            leaf: scope.leaf(),
            above: ids.collect(),
        });
    }
    keys.sort_unstable_by(|a, b| a.leaf.cmp(b.leaf).then_with(|| a.above.cmp(&b.above)));
    keys.dedup();
    let mut found = Vec::new();
    // By which ids above are known: those of one kind are looked up together.
    let mut kinds: Vec<(Vec<bool>, Vec<Key<'_>>)> = Vec::new();
    for same in keys.chunk_by(|a, b| a.leaf == b.leaf) {
        match same {
            [] => (),
            [first, ..] if first.above.iter().all(Option::is_none) => put(&mut kinds, first),
            [one] => put(&mut kinds, one),
            several => found.extend(
                several
                    .iter()
                    .map(|key| within(column, &above, core::slice::from_ref(key))),
            ),
        }
    }
    found.extend(kinds.iter().map(|(_, keys)| within(column, &above, keys)));
    Predicate::any(found)
}

fn put<'a>(kinds: &mut Vec<(Vec<bool>, Vec<Key<'a>>)>, key: &Key<'a>) {
    let kind: Vec<bool> = key.above.iter().map(Option::is_some).collect();
    match kinds.iter_mut().find(|(other, _)| *other == kind) {
        Some((_, keys)) => keys.push(key.clone()),
        None => kinds.push((kind, alloc::vec![key.clone()])),
    }
}

/// The rows in scopes with different leaves of which the same ids above are known.
fn within(column: &Fragment, above: &[&(Depth, Fragment)], keys: &[Key<'_>]) -> Predicate {
    let leaves: Vec<Datum> = keys.iter().map(|key| text(key.leaf)).collect();
    let mut tests = alloc::vec![match leaves.as_slice() {
        [one] => sql("(@0 IS @1 COLLATE BINARY)", &[column, &parameter(one)]),
        several => sql(
            "(@0 IS NOT NULL AND @0 COLLATE BINARY IN (SELECT `value` FROM json_each(@1)))",
            &[column, &set(several)],
        ),
    }];
    for (index, (_, wider)) in above.iter().enumerate() {
        let ids = |key: &Key<'_>| {
            key.above
                .get(index)
                .copied()
                .flatten()
                .map(ToString::to_string)
        };
        let known: Vec<String> = keys.iter().filter_map(ids).collect();
        let Some(first) = known.first() else { continue };
        tests.push(if known.iter().all(|id| id == first) {
            let id = parameter(&text(first));
            sql("(@0 IS NULL OR @0 COLLATE BINARY = @1)", &[wider, &id])
        } else {
            let pairs = keys.iter().zip(&known);
            let pairs: Map<String, Value> = pairs
                .map(|(key, id)| (key.leaf.to_string(), Value::from(id.as_str())))
                .collect();
            let pairs = Fragment::param(Datum::Text(Value::Object(pairs).to_string()));
            sql(
                "(@0 IS NULL OR (@1 COLLATE BINARY, @0 COLLATE BINARY) IN \
                 (SELECT `key`, `value` FROM json_each(@2)))",
                &[wider, column, &pairs],
            )
        });
    }
    Predicate::all(tests.into_iter().map(Predicate::certain))
}

fn text(id: &str) -> Datum {
    Datum::Text(id.to_string())
}
