//! What is known of access changes, and whether a caller that was read earlier still stands.

use std::collections::BTreeMap;

use super::{Change, ChangeKind, Changes, MAX_CHANGES};
use crate::Caller;

/// Most changes kept; where there are more, callers read before are looked up again.
const MAX_KEPT: usize = 10_000;

/// Access changes as of some moment.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The clock before the newest answer was asked for; `None` until there was one. Everything that
    /// was committed before it is in here.
    as_of_ms: Option<i64>,
    /// When somebody last went to ask.
    asked_ms: i64,
    /// Number of the newest change that is known.
    seq: i64,
    /// Changes after this number are known one by one; of earlier ones nothing is.
    floor: i64,
    /// Changes up to this number can't be known any more, or are too many.
    lost: i64,
    sessions: BTreeMap<String, i64>,
    tenancies: BTreeMap<String, i64>,
    users: BTreeMap<String, i64>,
    policy: i64,
    scopes: i64,
}

/// A question to the store: what is newer than `after`, or only the newest number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) after: Option<i64>,
}

/// What came of new changes, for what is kept elsewhere.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Applied {
    /// Signing keys changed, or may have.
    pub(super) keys: bool,
    /// What was kept is of no use any more.
    pub(super) dropped: bool,
}

impl Applied {
    const EVERYTHING: Self = Self {
        keys: true,
        dropped: true,
    };
}

impl State {
    pub(super) const fn as_of_ms(&self) -> Option<i64> {
        self.as_of_ms
    }

    pub(super) const fn seq(&self) -> i64 {
        self.seq
    }

    /// Number of the newest change of a known scope; the floor where that isn't known.
    pub(super) fn scopes(&self) -> i64 {
        self.scopes.max(self.floor)
    }

    /// Whether it is as new as decisions need it at `now_ms`. A clock that went back makes it old.
    pub(super) fn is_fresh(&self, now_ms: i64, bound_ms: i64, at_least: i64) -> bool {
        self.seq >= at_least
            && self
                .as_of_ms
                .is_some_and(|as_of_ms| (0..bound_ms).contains(&(now_ms - as_of_ms)))
    }

    /// Whether the caller has to ask for what is new, and after which number.
    ///
    /// In the last quarter of the bound one caller goes to ask while the others go on with what is
    /// known, so that a busy server asks once rather than once for every request under way. Going is
    /// noted as a time, never awaited by others: one that is cancelled holds nobody up.
    ///
    /// One that needs changes `from` on, as to judge a token that another server made before this one
    /// knew anything, asks for them if they can be had.
    pub(super) fn due(
        &mut self,
        now_ms: i64,
        bound_ms: i64,
        at_least: i64,
        from: Option<i64>,
    ) -> Option<Ask> {
        let back = from.filter(|from| (self.lost..self.floor).contains(from));
        let after = self.as_of_ms.map(|_| back.unwrap_or(self.seq)).or(back);
        if back.is_some() || !self.is_fresh(now_ms, bound_ms, at_least) {
            self.asked_ms = now_ms;
            return Some(Ask { after });
        }
        let is_ageing = !self.is_fresh(now_ms, bound_ms - bound_ms / 4, at_least);
        let is_asked_for = (0..bound_ms / 4).contains(&(now_ms - self.asked_ms));
        (is_ageing && !is_asked_for).then(|| {
            self.asked_ms = now_ms;
            Ask { after }
        })
    }

    /// Takes what a store answered to `after` at `asked_ms`. Answers may come in any order.
    pub(super) fn apply(&mut self, new: &Changes, after: Option<i64>, asked_ms: i64) -> Applied {
        let Some(after) = after else {
            return self.begin(new.latest, asked_ms);
        };
        if new.latest < after {
            // The database was put back to an earlier state: begin anew with the next question.
            *self = Self::default();
            return Applied::EVERYTHING;
        }
        let mut applied = Applied::default();
        let found = i64::try_from(new.changes.len()).unwrap_or(i64::MAX);
        // Fewer than the numbers say: rows were pruned before we saw them. And there may be too many.
        let mut is_known = new.latest - after == found && found <= i64::from(MAX_CHANGES);
        if is_known {
            for change in &new.changes {
                applied.keys |= change.kind == Some(ChangeKind::Keys) && change.seq > self.seq;
                is_known &= change.kind.is_some();
                self.note(change);
            }
        }
        let kept = self.sessions.len() + self.users.len() + self.tenancies.len();
        let latest = new.latest.max(self.seq);
        if is_known && kept <= MAX_KEPT {
            self.seq = latest;
            self.floor = self.floor.min(after);
        } else if after < self.floor {
            // What came earlier can't be had; what is newer isn't known by it either.
            self.lost = self.lost.max(after + 1);
            return applied;
        } else if new.latest > self.seq || is_known {
            self.restart(latest);
            self.lost = latest;
            applied = Applied::EVERYTHING;
        }
        self.is_as_of(asked_ms);
        applied
    }

    /// Takes the first number of all, or one that was asked for at the same time as the first.
    fn begin(&mut self, latest: i64, asked_ms: i64) -> Applied {
        if self.as_of_ms.is_some() && latest < self.seq {
            return Applied::default();
        }
        if self.as_of_ms.is_none() || latest > self.seq {
            self.restart(latest);
            self.is_as_of(asked_ms);
            return Applied::EVERYTHING;
        }
        self.is_as_of(asked_ms);
        Applied::default()
    }

    fn is_as_of(&mut self, asked_ms: i64) {
        self.as_of_ms = Some(self.as_of_ms.map_or(asked_ms, |known| known.max(asked_ms)));
    }

    /// Takes a caller, read at `asked_ms` from where reads are never old, as news of the feed itself:
    /// it saw no change after `rev`. Whether nothing was known before.
    #[must_use]
    pub(super) fn seed(&mut self, rev: i64, asked_ms: i64) -> bool {
        let is_first = self.as_of_ms.is_none();
        if is_first {
            self.restart(rev);
        }
        if self.seq == rev {
            self.is_as_of(asked_ms);
        }
        is_first
    }

    /// Whether a decision that began at `begun_ms` may be made on it.
    pub(super) fn serves(&self, begun_ms: i64, bound_ms: i64) -> bool {
        self.as_of_ms
            .is_some_and(|as_of_ms| begun_ms - as_of_ms < bound_ms)
    }

    /// Whether nothing that is known has changed the caller since it was read with all changes up to
    /// `rev`.
    pub(super) fn is_unchanged(&self, caller: &Caller, rev: i64) -> bool {
        let is_before = |changed: Option<&i64>| changed.is_none_or(|seq| *seq <= rev);
        rev >= self.floor
            && self.policy <= rev
            && is_before(self.sessions.get(&caller.session.id))
            && is_before(self.users.get(&caller.user.id))
            && caller
                .tenants
                .iter()
                .all(|tenant| is_before(self.tenancies.get(&tenant.id)))
    }

    fn note(&mut self, change: &Change) {
        let kept = match change.kind {
            // Who comes with a key has a session in name alone, whose id is the key's.
            Some(ChangeKind::ApiKey | ChangeKind::Session) => &mut self.sessions,
            Some(ChangeKind::Tenancy) => &mut self.tenancies,
            Some(ChangeKind::User) => &mut self.users,
            Some(ChangeKind::Policy) => {
                self.policy = self.policy.max(change.seq);
                return;
            }
            Some(ChangeKind::Scope) => {
                self.scopes = self.scopes.max(change.seq);
                return;
            }
            Some(ChangeKind::Keys) | None => return,
        };
        let seq = kept.entry(change.id.clone()).or_default();
        *seq = change.seq.max(*seq);
    }

    fn restart(&mut self, latest: i64) {
        *self = Self {
            as_of_ms: self.as_of_ms,
            asked_ms: self.asked_ms,
            seq: latest,
            floor: latest,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(latest: i64, users: &[(i64, &str)]) -> Changes {
        let change = |(seq, id): &(i64, &str)| Change {
            seq: *seq,
            kind: Some(ChangeKind::User),
            id: (*id).to_owned(),
        };
        Changes {
            latest,
            changes: users.iter().map(change).collect(),
        }
    }

    fn begun(latest: i64, asked_ms: i64) -> State {
        let mut state = State::default();
        assert_eq!(
            state.due(asked_ms, 1000, 0, None),
            Some(Ask { after: None })
        );
        state.apply(&changes(latest, &[]), None, asked_ms);
        state
    }

    fn changed(state: &State, id: &str) -> Option<i64> {
        state.users.get(id).copied()
    }

    #[test]
    fn it_is_fresh_from_the_question_on_for_the_bound_and_no_longer() {
        let state = begun(5, 100);
        assert!(state.is_fresh(100, 1000, 5) && state.is_fresh(1099, 1000, 5));
        assert!(!state.is_fresh(1100, 1000, 5), "too old");
        assert!(!state.is_fresh(99, 1000, 5), "the clock went back");
        assert!(!state.is_fresh(100, 1000, 6), "something newer is there");
        assert!(state.serves(99, 1000) && state.serves(1099, 1000) && !state.serves(1100, 1000));
        assert!(!State::default().serves(0, 1000));
    }

    #[test]
    fn answers_that_come_in_another_order_lose_nothing() {
        let mut state = begun(5, 100);
        let newer = changes(8, &[(6, "a"), (7, "b"), (8, "a")]);
        assert_eq!(state.apply(&newer, Some(5), 300), Applied::default());
        let older = changes(6, &[(6, "a")]);
        assert_eq!(state.apply(&older, Some(5), 200), Applied::default());
        assert_eq!((state.seq, state.floor, state.as_of_ms), (8, 5, Some(300)));
        assert_eq!(
            (changed(&state, "a"), changed(&state, "b")),
            (Some(8), Some(7))
        );
    }

    #[test]
    fn a_gap_drops_everything_and_so_do_too_many() {
        let many: Vec<_> = (6..=6 + i64::from(MAX_CHANGES))
            .map(|seq| (seq, "x"))
            .collect();
        let latest = many.last().map_or(0, |last| last.0);
        for new in [
            changes(8, &[(7, "a"), (8, "a")]),
            changes(8, &[]),
            changes(latest, &many),
        ] {
            let mut state = begun(5, 100);
            assert_eq!(state.apply(&new, Some(5), 200), Applied::EVERYTHING);
            assert_eq!((state.seq, state.floor), (new.latest, new.latest));
            assert!(state.users.is_empty());
        }
    }

    #[test]
    fn an_old_answer_with_a_gap_moves_nothing_back() {
        let mut state = begun(5, 100);
        state.apply(&changes(9, &[]), Some(5), 300);
        assert_eq!(
            state.apply(&changes(8, &[]), Some(5), 200),
            Applied::default()
        );
        assert_eq!((state.seq, state.floor, state.as_of_ms), (9, 9, Some(300)));
    }

    #[test]
    fn a_number_below_the_one_that_was_asked_for_begins_anew() {
        let mut state = begun(5, 100);
        assert_eq!(
            state.apply(&changes(3, &[]), Some(5), 200),
            Applied::EVERYTHING
        );
        assert_eq!(state.due(200, 1000, 0, None), Some(Ask { after: None }));
        assert!(!state.serves(200, 1000));
    }

    #[test]
    fn what_was_before_it_knew_anything_is_asked_for_once_and_then_known_or_lost() {
        let mut state = begun(9, 100);
        assert_eq!(
            state.due(100, 1000, 0, Some(7)),
            Some(Ask { after: Some(7) })
        );
        state.apply(&changes(9, &[(8, "a"), (9, "b")]), Some(7), 100);
        assert_eq!((state.floor, changed(&state, "a")), (7, Some(8)));
        assert_eq!(state.due(100, 1000, 0, Some(7)), None);
        assert_eq!(
            state.due(100, 1000, 0, Some(4)),
            Some(Ask { after: Some(4) })
        );
        // Number 5 was pruned.
        let rest = [(6, "c"), (7, "c"), (8, "a"), (9, "b")];
        state.apply(&changes(9, &rest), Some(4), 100);
        assert_eq!((state.floor, state.lost), (7, 5));
        assert_eq!(state.due(100, 1000, 0, Some(4)), None);
        assert_eq!(
            state.due(100, 1000, 0, Some(5)),
            Some(Ask { after: Some(5) })
        );
    }

    #[test]
    fn a_look_up_is_news_of_the_feed_when_it_saw_nothing_newer() {
        let mut state = State::default();
        assert!(state.seed(5, 100));
        assert_eq!((state.seq, state.floor, state.as_of_ms), (5, 5, Some(100)));
        assert!(!state.seed(5, 300));
        assert_eq!(state.as_of_ms, Some(300));
        assert!(!state.seed(5, 200));
        assert_eq!(state.as_of_ms, Some(300));
        assert!(!state.seed(6, 400));
        assert_eq!(
            (state.seq, state.as_of_ms),
            (5, Some(300)),
            "what 6 is isn't known"
        );
    }

    #[test]
    fn one_asks_in_the_last_quarter_and_another_when_the_first_does_not_come_back() {
        let mut state = begun(5, 0);
        assert_eq!(state.due(749, 1000, 0, None), None);
        assert_eq!(state.due(750, 1000, 0, None), Some(Ask { after: Some(5) }));
        assert_eq!(
            state.due(999, 1000, 0, None),
            None,
            "somebody has gone to ask"
        );
        assert_eq!(
            state.due(1000, 1000, 0, None),
            Some(Ask { after: Some(5) }),
            "nobody goes on with it"
        );
        assert_eq!(state.due(1001, 1000, 0, None), Some(Ask { after: Some(5) }));
    }

    #[test]
    fn a_bounded_number_of_changes_is_kept() {
        let mut state = begun(0, 0);
        for round in 0..20_i64 {
            let after = round * 1000;
            let new = Changes {
                latest: after + 1000,
                changes: (after + 1..=after + 1000)
                    .map(|seq| Change {
                        seq,
                        kind: Some(ChangeKind::Session),
                        id: seq.to_string(),
                    })
                    .collect(),
            };
            state.apply(&new, Some(after), round);
            assert!(state.sessions.len() <= MAX_KEPT);
        }
        assert!(state.floor >= 10_000);
    }
}
