//! Does each step in both worlds and compares.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_issue::opaque::SessionToken;
use portcullis_issue::refresh::RefreshToken;
use portcullis_service::session::{
    self, Begin, Carrier, SessionStore, Tokens, fresh, prepare_rotation, refresh, revoke,
};
use portcullis_service::sign_out::{By, sign_out};
use portcullis_service::{
    AuditEvent, AuditStatus, Caller, Context, Denied, Error, Host, Store, User, feed,
};
use portcullis_store::{Driver, Statement, sessions};

use crate::model::{
    ABSOLUTE_SECS, Chain, FRESH_SECS, GRACE_SECS, IDLE_SECS, Refreshing, SHORT_SECS, Session,
    TOKEN_SECS,
};
use crate::op::Op;
use crate::world::{Server, done, server};

const USERS: [&str; 2] = ["ann", "bob"];

/// The server, the model, and everything that was ever handed out.
pub(crate) struct Drive {
    server: Server,
    sessions: Vec<Session>,
    epochs: [i64; 2],
    is_enabled: [bool; 2],
    /// Every session token that was ever issued.
    tokens: Vec<String>,
    /// Every refresh token that was ever issued, with the number of its session.
    refreshes: Vec<(usize, String)>,
    reuses: usize,
    steps: usize,
    pub(crate) reached: BTreeMap<&'static str, usize>,
}

impl Drive {
    pub(crate) fn new() -> Self {
        let mut drive = Self {
            server: server(),
            sessions: Vec::new(),
            epochs: [0; 2],
            is_enabled: [true; 2],
            tokens: Vec::new(),
            refreshes: Vec::new(),
            reuses: 0,
            steps: 0,
            reached: BTreeMap::new(),
        };
        drive.sign_in(0, true, false, None);
        drive.sign_in(0, true, true, None);
        drive
    }

    pub(crate) fn run(&mut self, op: &Op) {
        match *op {
            Op::SignIn {
                user,
                remember_me,
                wants_refresh,
                replaces,
            } => {
                let replaces = replaces.map(|place| self.token(place));
                self.sign_in(user, remember_me, wants_refresh, replaces.as_deref());
            }
            Op::Use {
                token,
                carrier,
                may_write,
            } => self.use_token(&self.token(token), carrier, may_write),
            Op::Refresh { token } => self.refresh(token),
            Op::Forged { token } => self.forged(token),
            Op::Revoke {
                token,
                session,
                by_handle,
            } => self.revoke(&self.token(token), session, by_handle),
            Op::RevokeOthers { token } => self.revoke_many(&self.token(token), false),
            Op::RevokeAll { token } => self.revoke_many(&self.token(token), true),
            Op::SignOut { token } => self.sign_out(&self.token(token)),
            Op::ChangePassword { token } => self.change_password(&self.token(token)),
            Op::StepUp { token } => self.step_up(&self.token(token)),
            Op::Privilege { user } => {
                self.epochs[user] += 1;
                self.sql(format!(
                    "UPDATE user SET epoch = epoch + 1 WHERE id = '{}'",
                    USERS[user]
                ));
            }
            Op::Disable { user, is_disabled } => {
                self.is_enabled[user] = !is_disabled;
                let at = if is_disabled { "1" } else { "NULL" };
                self.sql(format!(
                    "UPDATE user SET disabled_at_ms = {at} WHERE id = '{}'",
                    USERS[user]
                ));
            }
            Op::Pass { ms } => self.server.host.pass(ms),
        }
        self.steps += 1;
        if self.steps.is_multiple_of(4) {
            self.compare();
        }
    }

    /// Counts from the last one back.
    fn token(&self, place: usize) -> String {
        let count = self.tokens.len();
        self.tokens[count - 1 - place % count].clone()
    }

    fn now_ms(&self) -> i64 {
        self.server.host.now_ms()
    }

    fn reach(&mut self, what: &'static str) {
        *self.reached.entry(what).or_default() += 1;
    }

    /// Whose a token is by the model, and whether it is the one before the current.
    fn owner(&self, token: &str) -> Option<(usize, bool)> {
        let now_ms = self.now_ms();
        self.sessions.iter().enumerate().find_map(|(place, one)| {
            let holds = one.holds(self.is_enabled[one.user], now_ms);
            Some((place, one.knows(token, now_ms).filter(|_| holds)?))
        })
    }

    /// Whose a token is by the server, which has to agree.
    fn caller(&self, token: &str) -> Option<(usize, Caller)> {
        let found = known(done(session::by_token(&self.server, token)));
        let expected = self.owner(token).map(|(place, _)| place);
        let id = expected.map(|place| self.sessions[place].id.as_str());
        assert_eq!(found.as_ref().map(|caller| caller.session.id.as_str()), id);
        Some((expected?, found?))
    }

    fn sign_in(
        &mut self,
        user: usize,
        remember_me: bool,
        wants_refresh: bool,
        replaces: Option<&str>,
    ) {
        let account = account(USERS[user], self.epochs[user]);
        let how = Begin {
            remember_me,
            replaces: replaces.map(str::to_owned),
            methods: &["pwd"],
            wants_refresh,
            ..Begin::default()
        };
        let (tokens, new) = session::new_session(&self.server, &account, how, &Context::default());
        let begun = done(self.server.store.begin_session(&new, &event("auth.login"))).unwrap();
        assert_eq!(begun, self.is_enabled[user]);
        if !begun {
            return;
        }
        let now_ms = self.now_ms();
        for one in &mut self.sessions {
            let is_replaced = replaces.is_some_and(|old| one.is_named(old, now_ms));
            one.is_there &= !(is_replaced && one.user == user);
        }
        let (life_secs, absolute_secs) = if remember_me {
            (IDLE_SECS, ABSOLUTE_SECS)
        } else {
            (SHORT_SECS, SHORT_SECS)
        };
        let token = self.hand_over(self.sessions.len(), &tokens);
        self.sessions.push(Session {
            id: new.session.id,
            user,
            remember_me,
            is_there: true,
            ends_ms: now_ms + life_secs * 1000,
            absolute_ms: now_ms + absolute_secs * 1000,
            active_ms: now_ms,
            authenticated_ms: now_ms,
            epoch: self.epochs[user],
            token,
            old: None,
            follows: None,
            chain: tokens.refresh.map(|first| Chain {
                tokens: vec![first.expose().to_owned()],
                rotated_ms: now_ms,
                pair: None,
                token_ends_ms: now_ms + TOKEN_SECS.min(life_secs) * 1000,
            }),
        });
    }

    fn hand_over(&mut self, place: usize, tokens: &Tokens) -> String {
        let token = tokens.session.expose().to_owned();
        self.tokens.push(token.clone());
        if let Some(refresh) = &tokens.refresh {
            self.refreshes.push((place, refresh.expose().to_owned()));
        }
        token
    }

    fn use_token(&mut self, token: &str, carrier: Carrier, may_write: bool) {
        let now_ms = self.now_ms();
        let context = Context::default();
        let outcome = session::current(&self.server, token, carrier, may_write, &context);
        let current = match done(outcome) {
            Ok(current) => current,
            Err(Error::Denied(Denied::Unauthenticated)) => {
                assert_eq!(self.owner(token), None);
                return self.reach("use: nobody");
            }
            Err(error) => panic!("{error:?}"),
        };
        let (place, is_old) = self.owner(token).expect("the model knows nobody");
        let epoch = self.epochs[self.sessions[place].user];
        let cookie = current.cookie.as_ref().map(SessionToken::expose);
        let one = &mut self.sessions[place];
        let mut expected = None;
        let mut reached = "use: steady";
        if may_write {
            if carrier == Carrier::Cookie && is_old {
                reached = "use: old token in its window";
                if one.follows == Some((token.to_owned(), epoch)) {
                    expected = Some(one.token.clone());
                    reached = "use: same new cookie";
                }
            } else if carrier == Carrier::Cookie && one.epoch != epoch {
                let next = cookie
                    .expect("a new token after a change of privilege")
                    .to_owned();
                assert!(!self.tokens.contains(&next));
                one.rotate(&next, epoch, GRACE_SECS * 1000, now_ms);
                one.follows = Some((token.to_owned(), epoch));
                self.tokens.push(next.clone());
                expected = Some(next);
                reached = "use: new cookie";
            }
            let used = one.touch(now_ms);
            if used.is_extended && carrier == Carrier::Cookie && !is_old {
                expected = expected.or(Some(token.to_owned()));
            }
            if used.is_written && reached == "use: steady" {
                reached = "use: written down";
            }
            if used.is_extended {
                reached = "use: extended";
            }
        }
        assert_eq!(cookie, expected.as_deref());
        let told = &current.caller.session;
        assert_eq!(told.id, one.id);
        // What is told of a kept caller may be from before an extension, never from after the end.
        assert!(now_ms < told.expires_at_ms && told.expires_at_ms <= one.ends_ms);
        if reached == "use: extended" {
            assert_eq!(told.expires_at_ms, one.ends_ms);
        }
        assert_eq!(told.absolute_expires_at_ms, one.absolute_ms);
        self.reach(reached);
    }

    fn refresh(&mut self, place: usize) {
        let count = self.refreshes.len();
        let (session, presented) = self.refreshes[count - 1 - place % count].clone();
        let now_ms = self.now_ms();
        let one = &self.sessions[session];
        let (user, epoch) = (one.user, self.epochs[one.user]);
        let expected = one.refreshing(&presented, self.is_enabled[user], now_ms);
        let outcome = done(refresh::refresh(
            &self.server,
            &presented,
            &Context::default(),
        ));
        match (outcome, expected) {
            (Ok((tokens, caller)), Refreshing::Next) => {
                let token = self.hand_over(session, &tokens);
                let next = tokens.refresh.unwrap();
                let one = &mut self.sessions[session];
                one.refreshed(next.expose(), &token, epoch, now_ms);
                let chain = one.chain.as_ref().unwrap();
                assert_eq!(caller.session.expires_at_ms, one.ends_ms);
                let told = caller.session.refreshable.unwrap();
                assert_eq!(told.token_expires_at_ms, chain.token_ends_ms);
                self.reach("refresh: next");
            }
            (Ok((tokens, _)), Refreshing::SameAgain) => {
                let chain = one.chain.as_ref().unwrap();
                assert_eq!(chain.pair.as_deref(), Some(tokens.session.expose()));
                let next = tokens.refresh.unwrap();
                assert_eq!(chain.tokens.last().map(String::as_str), Some(next.expose()));
                self.reach("refresh: same again");
            }
            (Err(Error::Denied(Denied::RefreshToken)), Refreshing::Reuse) => {
                self.sessions[session].is_there = false;
                self.reuses += 1;
                self.reach("refresh: reuse");
            }
            (Err(Error::Denied(Denied::RefreshToken)), Refreshing::Refused) => {
                self.reach("refresh: refused");
            }
            (outcome, expected) => panic!("expected {expected:?}, got {outcome:?}"),
        }
    }

    fn forged(&mut self, place: usize) {
        let count = self.refreshes.len();
        let (_, real) = &self.refreshes[place % count];
        let (body, _) = real.rsplit_once('.').unwrap();
        let forged = format!("{body}.{}", "A".repeat(22));
        let outcome = done(refresh::refresh(&self.server, &forged, &Context::default()));
        assert!(matches!(outcome, Err(Error::Denied(Denied::RefreshToken))));
    }

    fn revoke(&mut self, token: &str, target: usize, by_handle: bool) {
        let Some((own, caller)) = self.caller(token) else {
            return;
        };
        let target = target % self.sessions.len();
        let (user, named) = (self.sessions[own].user, &self.sessions[target]);
        let handle = if by_handle { &named.id } else { &named.token };
        let context = Context::default();
        let ended = revoke::revoke(&self.server, &caller, handle, &context);
        let was_own = done(ended).unwrap();
        assert_eq!(was_own, own == target);
        let named = &mut self.sessions[target];
        named.is_there &= named.user != user;
    }

    fn revoke_many(&mut self, token: &str, with_own: bool) {
        let Some((own, caller)) = self.caller(token) else {
            return;
        };
        let context = Context::default();
        if with_own {
            done(revoke::revoke_all(&self.server, &caller, &context)).unwrap();
        } else {
            done(revoke::revoke_others(&self.server, &caller, &context)).unwrap();
        }
        self.end_others(own);
        self.sessions[own].is_there &= !with_own;
    }

    fn end_others(&mut self, own: usize) {
        let user = self.sessions[own].user;
        for (place, one) in self.sessions.iter_mut().enumerate() {
            one.is_there &= one.user != user || place == own;
        }
    }

    fn sign_out(&mut self, token: &str) {
        let now_ms = self.now_ms();
        let by = By::SessionToken(token);
        done(sign_out(&self.server, by, &Context::default())).unwrap();
        for one in &mut self.sessions {
            one.is_there &= !one.is_named(token, now_ms);
        }
    }

    fn change_password(&mut self, token: &str) {
        let Some((own, caller)) = self.caller(token) else {
            return;
        };
        let now_ms = self.now_ms();
        let (tokens, rotation) = prepare_rotation(&self.server, &caller);
        let mut statements = sessions::rotate_statements(&rotation);
        let (user_id, id) = (&caller.user.id, &caller.session.id);
        statements.extend(sessions::end_all_statements(user_id, Some(id)));
        let results = done(self.server.store.driver().batch(statements)).unwrap();
        assert_eq!(results[0].len(), 1);
        let token = self.hand_over(own, &tokens);
        let epoch = self.epochs[self.sessions[own].user];
        let one = &mut self.sessions[own];
        one.rotate(&token, epoch, 0, now_ms);
        one.rechained(tokens.refresh.as_ref().map(RefreshToken::expose), now_ms);
        self.end_others(own);
    }

    /// As the use case does it once the password was right.
    fn step_up(&mut self, token: &str) {
        let Some((own, caller)) = self.caller(token) else {
            return;
        };
        let now_ms = self.now_ms();
        let (tokens, mut rotation) = prepare_rotation(&self.server, &caller);
        rotation.authenticated_at_ms = Some(now_ms);
        rotation.old_until_ms = now_ms + GRACE_SECS * 1000;
        let record = event("auth.step-up");
        assert!(done(self.server.store.rotate_session(&rotation, &record)).unwrap());
        let token = self.hand_over(own, &tokens);
        let epoch = self.epochs[self.sessions[own].user];
        let one = &mut self.sessions[own];
        one.rotate(&token, epoch, GRACE_SECS * 1000, now_ms);
        one.rechained(tokens.refresh.as_ref().map(RefreshToken::expose), now_ms);
        one.authenticated_ms = now_ms;
    }

    fn sql(&self, text: String) {
        let statement = Statement::new(text, Vec::new());
        done(self.server.store.driver().batch(vec![statement])).unwrap();
    }

    /// What every token is good for, which sessions there are, and what was recorded.
    pub(crate) fn compare(&self) {
        let now_ms = self.now_ms();
        for token in &self.tokens {
            let caller = self.caller(token);
            let kept = known(done(feed::by_token(&self.server, token)));
            let id = |caller: &Caller| caller.session.id.clone();
            let looked_up = caller.as_ref().map(|(_, caller)| id(caller));
            assert_eq!(kept.as_ref().map(id), looked_up, "a kept caller");
            if let Some((place, caller)) = caller {
                let one = &self.sessions[place];
                let age_ms = now_ms - one.authenticated_ms;
                assert_eq!(
                    fresh::is_fresh(&self.server, &caller),
                    age_ms <= FRESH_SECS * 1000
                );
                assert!(one.ends_ms <= one.absolute_ms && now_ms < one.absolute_ms);
            }
        }
        for (user, id) in USERS.iter().enumerate() {
            let listed = done(self.server.store.sessions_of(id, now_ms)).unwrap();
            let listed: BTreeSet<_> = listed.into_iter().map(|one| one.id).collect();
            let expected = self.sessions.iter();
            let expected: BTreeSet<_> = expected
                .filter(|one| one.user == user && one.holds(true, now_ms))
                .map(|one| one.id.clone())
                .collect();
            assert_eq!(listed, expected);
        }
        let sql = "SELECT id FROM audit WHERE action = 'session.refresh.reuse'";
        let query = Statement::new(sql, Vec::new());
        let recorded = done(self.server.store.driver().query(query)).unwrap();
        assert_eq!(recorded.len(), self.reuses);
    }
}

fn known(outcome: Result<Caller, Error>) -> Option<Caller> {
    match outcome {
        Ok(caller) => Some(caller),
        Err(Error::Denied(Denied::Unauthenticated)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

fn account(id: &str, epoch: i64) -> User {
    User {
        id: id.to_owned(),
        email: format!("{id}@example.org"),
        name: id.to_owned(),
        email_verified: false,
        image: None,
        tier: None,
        disabled_at_ms: None,
        created_at_ms: 0,
        updated_at_ms: 0,
        epoch,
    }
}

fn event(action: &str) -> AuditEvent {
    AuditEvent {
        id: 0,
        at_ms: 0,
        action: action.to_owned(),
        status: AuditStatus::Ok,
        user_id: None,
        scope: None,
        request_id: "r".to_owned(),
        latency_ms: 0,
        ip_address: String::new(),
        user_agent: String::new(),
        fields: serde_json::Map::new(),
    }
}
