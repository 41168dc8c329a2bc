//! What is promised of sessions, as plain data.

pub(crate) const IDLE_SECS: i64 = 700;
pub(crate) const STEP_SECS: i64 = 100;
pub(crate) const ABSOLUTE_SECS: i64 = 3000;
pub(crate) const SHORT_SECS: i64 = 400;
pub(crate) const TOKEN_SECS: i64 = 90;
pub(crate) const ACTIVITY_SECS: i64 = 30;
pub(crate) const GRACE_SECS: i64 = 10;
pub(crate) const FRESH_SECS: i64 = 200;

/// A session. One that was ended isn't there any more.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user: usize,
    pub(crate) remember_me: bool,
    pub(crate) is_there: bool,
    pub(crate) ends_ms: i64,
    pub(crate) absolute_ms: i64,
    pub(crate) active_ms: i64,
    pub(crate) authenticated_ms: i64,
    pub(crate) epoch: i64,
    pub(crate) token: String,
    /// The token before it, and until when that holds.
    pub(crate) old: Option<(String, i64)>,
    /// From which token, and at which epoch, the current one followed.
    pub(crate) follows: Option<(String, i64)>,
    pub(crate) chain: Option<Chain>,
}

/// The refresh tokens of a session.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    /// All that were ever issued, in order; the last one is current.
    pub(crate) tokens: Vec<String>,
    pub(crate) rotated_ms: i64,
    /// The session token of the last refresh; none when another rotation put the current token there.
    pub(crate) pair: Option<String>,
    pub(crate) token_ends_ms: i64,
}

/// What a refresh token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refreshing {
    Next,
    SameAgain,
    Reuse,
    Refused,
}

/// What a use changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Used {
    pub(crate) is_extended: bool,
    pub(crate) is_written: bool,
}

impl Session {
    /// Whether its owner would say that it goes on.
    pub(crate) fn holds(&self, is_enabled: bool, now_ms: i64) -> bool {
        self.is_there && is_enabled && now_ms < self.ends_ms
    }

    /// Whether a token is good for it: `Some(true)` for the one before the current.
    pub(crate) fn knows(&self, token: &str, now_ms: i64) -> Option<bool> {
        let is_in_time = self
            .chain
            .as_ref()
            .is_none_or(|chain| now_ms < chain.token_ends_ms);
        if !is_in_time {
            return None;
        }
        if self.token == token {
            return Some(false);
        }
        let (old, until_ms) = self.old.as_ref()?;
        (old == token && now_ms < *until_ms).then_some(true)
    }

    /// Whether a token is its own, or was until a moment ago: enough to end it.
    pub(crate) fn is_named(&self, token: &str, now_ms: i64) -> bool {
        let is_old = |(old, until_ms): &(String, i64)| old == token && now_ms < *until_ms;
        self.token == token || self.old.as_ref().is_some_and(is_old)
    }

    /// A new token takes the place of the current one, which holds for `grace_ms` more.
    pub(crate) fn rotate(&mut self, token: &str, epoch: i64, grace_ms: i64, now_ms: i64) {
        let mut until_ms = now_ms + grace_ms;
        if let Some(chain) = &self.chain {
            until_ms = until_ms.min(chain.token_ends_ms);
        }
        let before = std::mem::replace(&mut self.token, token.to_owned());
        self.old = (until_ms > now_ms).then_some((before, until_ms));
        self.epoch = epoch;
        self.active_ms = now_ms;
        self.follows = None;
    }

    pub(crate) fn touch(&mut self, now_ms: i64) -> Used {
        let to_ms = (now_ms + IDLE_SECS * 1000).min(self.absolute_ms);
        let is_extended = self.remember_me
            && self.chain.is_none()
            && self.ends_ms <= now_ms + (IDLE_SECS - STEP_SECS) * 1000
            && self.ends_ms < to_ms;
        let is_written = is_extended || self.active_ms <= now_ms - ACTIVITY_SECS * 1000;
        if is_extended {
            self.ends_ms = to_ms;
        }
        if is_written {
            self.active_ms = now_ms;
        }
        Used {
            is_extended,
            is_written,
        }
    }

    pub(crate) fn refreshing(&self, token: &str, is_enabled: bool, now_ms: i64) -> Refreshing {
        let Some(chain) = self.chain.as_ref().filter(|_| self.is_there) else {
            return Refreshing::Refused;
        };
        let holds = self.holds(is_enabled, now_ms);
        let place = chain.tokens.iter().position(|one| one == token).unwrap();
        match chain.tokens.len() - 1 - place {
            0 if holds => Refreshing::Next,
            0 => Refreshing::Refused,
            1 if now_ms < chain.rotated_ms + GRACE_SECS * 1000 => {
                if holds && chain.pair.is_some() {
                    Refreshing::SameAgain
                } else {
                    Refreshing::Refused
                }
            }
            _ => Refreshing::Reuse,
        }
    }

    /// The next refresh token and the session token beside it.
    pub(crate) fn refreshed(&mut self, refresh: &str, token: &str, epoch: i64, now_ms: i64) {
        self.rotate(token, epoch, GRACE_SECS * 1000, now_ms);
        let ends_ms = (now_ms + IDLE_SECS * 1000).min(self.absolute_ms);
        self.ends_ms = self.ends_ms.max(ends_ms);
        let token_ends_ms = (now_ms + TOKEN_SECS * 1000).min(self.ends_ms);
        let chain = self.chain.as_mut().unwrap();
        chain.tokens.push(refresh.to_owned());
        chain.rotated_ms = now_ms;
        chain.pair = Some(token.to_owned());
        chain.token_ends_ms = token_ends_ms;
    }

    /// A refresh token that didn't follow from the one before it.
    pub(crate) fn rechained(&mut self, refresh: Option<&str>, now_ms: i64) {
        let ends_ms = self.ends_ms;
        if let (Some(chain), Some(refresh)) = (self.chain.as_mut(), refresh) {
            chain.tokens.push(refresh.to_owned());
            chain.rotated_ms = now_ms;
            chain.pair = None;
            chain.token_ends_ms = (now_ms + TOKEN_SECS * 1000).min(ends_ms);
        }
    }
}
