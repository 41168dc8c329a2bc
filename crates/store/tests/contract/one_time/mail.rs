//! Mail on its way.

use portcullis_service::Store;
use portcullis_service::accounts::{AccountStore, Purpose};
use portcullis_service::mail::SettledMail;

use super::given::{HOUR_MS, ask};
use crate::support::{NOW_MS, YEAR_2100_MS, count, done, query, store_with};

#[test]
fn mail_is_taken_by_one_host_at_a_time_and_its_secret_goes_when_it_is_given_up_and_over() {
    let store = store_with(&["ann"]);
    assert!(ask(&store, "ann", "v1", Purpose::ResetPassword, ""));
    let take = |at_ms: i64| done(store.take_mail(at_ms, at_ms + 100, 9)).unwrap();
    let first = take(NOW_MS);
    assert_eq!((first.len(), first[0].attempts), (1, 1));
    assert_eq!(take(NOW_MS + 99).len(), 0);
    assert_eq!(take(NOW_MS + 100)[0].attempts, 2);
    let id = first[0].id.clone();
    let settle = |settled: SettledMail| done(store.settle_mail(&settled)).unwrap();
    settle(SettledMail::Later {
        id: id.clone(),
        next_at_ms: YEAR_2100_MS,
        problem: "status 500".into(),
    });
    assert_eq!(take(YEAR_2100_MS - 1).len(), 0);
    assert_eq!(take(YEAR_2100_MS).len(), 1);
    // Before its link is over an operator may have it handed on again.
    for (at_ms, is_kept) in [(NOW_MS + HOUR_MS - 1, true), (NOW_MS + HOUR_MS, false)] {
        settle(SettledMail::Dead {
            id: id.clone(),
            at_ms,
            problem: "it is over".into(),
        });
        assert_eq!(take(i64::MAX / 4).len(), 0);
        let row = &query(&store, "SELECT * FROM mail")[0];
        assert_eq!(row.optional_text("sealed").unwrap().is_some(), is_kept);
        assert_eq!(row.text("last_error").unwrap(), "it is over");
    }
    done(store.prune_accounts(NOW_MS + HOUR_MS)).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM mail"), 1);
    done(store.prune_accounts(NOW_MS + HOUR_MS + 1)).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM mail"), 0);
}

#[test]
fn delivered_mail_leaves_no_trace_and_values_that_are_over_are_forgotten() {
    let store = store_with(&["ann"]);
    assert!(ask(&store, "ann", "v1", Purpose::ResetPassword, ""));
    let taken = done(store.take_mail(NOW_MS, NOW_MS + 1, 9)).unwrap();
    let id = taken[0].id.clone();
    done(store.settle_mail(&SettledMail::Done { id })).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM mail"), 0);
    assert!(ask(&store, "ann", "v2", Purpose::ResetPassword, ""));
    let left = || {
        let of = |sql| count(&store, sql);
        (
            of("SELECT count(*) FROM one_time"),
            of("SELECT count(*) FROM mail"),
        )
    };
    done(store.prune_accounts(NOW_MS + HOUR_MS)).unwrap();
    assert_eq!(left(), (2, 1));
    done(store.prune_accounts(NOW_MS + HOUR_MS + 1)).unwrap();
    assert_eq!(left(), (0, 0));
    assert!(
        done(store.credential_by_email("ann@example.org"))
            .unwrap()
            .is_some()
    );
}
