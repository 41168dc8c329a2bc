//! What happens, at random.

use portcullis_service::session::Carrier;
use proptest::prelude::*;

use crate::model::{
    ABSOLUTE_SECS, ACTIVITY_SECS, FRESH_SECS, GRACE_SECS, IDLE_SECS, SHORT_SECS, STEP_SECS,
    TOKEN_SECS,
};

/// A step. Numbers choose among what there is, by their remainder.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// A user signs in, perhaps with a session token that it came with.
    SignIn {
        user: usize,
        remember_me: bool,
        wants_refresh: bool,
        replaces: Option<usize>,
    },
    /// Somebody asks for its session with a token.
    Use {
        token: usize,
        carrier: Carrier,
        may_write: bool,
    },
    /// A refresh token is presented, any that was ever issued.
    Refresh { token: usize },
    /// A refresh token is presented that nobody issued, made from one that was.
    Forged { token: usize },
    /// The owner of a token ends a session, by handle or by token.
    Revoke {
        token: usize,
        session: usize,
        by_handle: bool,
    },
    /// The owner of a token ends the others.
    RevokeOthers { token: usize },
    /// The owner of a token ends all.
    RevokeAll { token: usize },
    /// A token signs out.
    SignOut { token: usize },
    /// The owner of a token changes the password, which ends the others.
    ChangePassword { token: usize },
    /// The owner of a token proves who it is.
    StepUp { token: usize },
    /// What a user may do changes.
    Privilege { user: usize },
    /// A user is disabled, or enabled again.
    Disable { user: usize, is_disabled: bool },
    /// Time passes, in milliseconds.
    Pass { ms: i64 },
}

/// Half of the tokens chosen are among the last ones: there the window is.
fn choice() -> impl Strategy<Value = usize> {
    prop_oneof![0_usize..4, 0_usize..64]
}

/// Around each limit, on both sides of it.
fn pass() -> impl Strategy<Value = Op> {
    let limits = [
        GRACE_SECS,
        TOKEN_SECS,
        ACTIVITY_SECS,
        STEP_SECS,
        IDLE_SECS - STEP_SECS,
        IDLE_SECS,
        SHORT_SECS,
        FRESH_SECS,
        ABSOLUTE_SECS,
    ];
    let around = prop::sample::select(limits.to_vec()).prop_flat_map(|secs| {
        prop::sample::select(vec![-1, 0, 1]).prop_map(move |ms| secs * 1000 + ms)
    });
    prop_oneof![
        6 => 1_i64..500,
        4 => prop::sample::select(vec![GRACE_SECS * 1000 - 1, GRACE_SECS * 1000]),
        5 => around,
        2 => 1_i64..IDLE_SECS * 1000,
    ]
    .prop_map(|ms| Op::Pass { ms })
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let carrier = prop_oneof![2 => Just(Carrier::Cookie), 1 => Just(Carrier::Bearer)];
    prop_oneof![
        6 => (0_usize..2, prop::bool::weighted(0.8), any::<bool>(), prop::option::weighted(0.2, choice()))
            .prop_map(|(user, remember_me, wants_refresh, replaces)| Op::SignIn {
                user, remember_me, wants_refresh, replaces
            }),
        14 => (choice(), carrier, prop::bool::weighted(0.9))
            .prop_map(|(token, carrier, may_write)| Op::Use { token, carrier, may_write }),
        12 => choice().prop_map(|token| Op::Refresh { token }),
        1 => choice().prop_map(|token| Op::Forged { token }),
        1 => (choice(), choice(), any::<bool>())
            .prop_map(|(token, session, by_handle)| Op::Revoke { token, session, by_handle }),
        1 => choice().prop_map(|token| Op::RevokeOthers { token }),
        1 => choice().prop_map(|token| Op::RevokeAll { token }),
        1 => choice().prop_map(|token| Op::SignOut { token }),
        1 => choice().prop_map(|token| Op::ChangePassword { token }),
        2 => choice().prop_map(|token| Op::StepUp { token }),
        3 => (0_usize..2).prop_map(|user| Op::Privilege { user }),
        1 => (0_usize..2, prop::bool::weighted(0.3))
            .prop_map(|(user, is_disabled)| Op::Disable { user, is_disabled }),
        14 => pass(),
    ]
}
