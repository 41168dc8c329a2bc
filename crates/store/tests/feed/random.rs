//! Random writes, clock steps and questions to several servers: every answer is one that was true at
//! some moment within the bound, and on the server that wrote, one that is true now.

use std::sync::Arc;

use portcullis_service::Caller;
use portcullis_store::{Driver, Statement};

use crate::support::{BOUND_MS, Seeded, Server, World, bearer, caller, done, minted};

const USERS: [&str; 3] = ["ann", "bob", "eve"];
const STEPS: u64 = 300;
const RUNS: u64 = 8;

/// What an answer is compared by; `None` is nobody.
type Answer = Option<String>;

fn answer(caller: Option<Caller>) -> Answer {
    caller.map(|caller| {
        let mut grants: Vec<_> = caller.grants.iter().map(ToString::to_string).collect();
        grants.sort();
        let owned = caller
            .tenants
            .iter()
            .map(|one| format!("{}{}", one.id, one.owner));
        let tenants: Vec<_> = owned.collect();
        format!(
            "{grants:?} {tenants:?} {:?} {}",
            caller.user.tier, caller.user.name
        )
    })
}

/// What was true since when, and how many writes each server had made of it.
struct Moment {
    at_ms: i64,
    answers: [Answer; 3],
}

struct Run {
    world: Arc<World>,
    dice: Seeded,
    tokens: [String; 3],
    servers: Vec<Server>,
    /// The index of the newest moment that a server made itself.
    own: Vec<usize>,
    history: Vec<Moment>,
    jwts: Vec<(usize, i64, String)>,
    asked: u64,
}

impl Run {
    fn new(seed: u64, lags: bool) -> Self {
        let world = World::new();
        let tokens = USERS.map(|id| world.user(id));
        world.sql(
            "INSERT INTO tenant (id, name, slug, created_at_ms, updated_at_ms) VALUES ('t', 'T', 't', 1, 1)",
        );
        world.catch_up();
        let servers: Vec<_> = (0..3).map(|_| world.server(lags)).collect();
        let mut run = Self {
            own: vec![0; servers.len()],
            world,
            dice: Seeded(seed),
            tokens,
            servers,
            history: Vec::new(),
            jwts: Vec::new(),
            asked: 0,
        };
        run.note();
        run
    }

    /// What is true now, by a server that knows nothing yet.
    fn note(&mut self) {
        let truth = self.world.server(false);
        let answers = [0, 1, 2].map(|index: usize| answer(caller(&truth, &self.tokens[index])));
        let at_ms = self.world.now_ms();
        self.history.push(Moment { at_ms, answers });
    }

    fn below(&mut self, end: u64) -> u64 {
        self.dice.next() % end
    }

    fn write(&mut self) {
        let user = USERS[usize::try_from(self.below(3)).unwrap()];
        let number = self.below(1000);
        let sql = match self.below(9) {
            0 => format!("UPDATE user SET disabled_at_ms = 1 WHERE id = '{user}'"),
            1 | 2 => format!("UPDATE user SET disabled_at_ms = NULL WHERE id = '{user}'"),
            3 => format!("UPDATE user SET tier = 'tier{number}' WHERE id = '{user}'"),
            4 => format!(
                "INSERT OR REPLACE INTO role_grant (id, user_id, role, scope, created_at_ms) \
                 VALUES ('{user}', '{user}', 'R{number}', '', 1)"
            ),
            5 => format!("DELETE FROM role_grant WHERE user_id = '{user}'"),
            6 => format!(
                "INSERT OR REPLACE INTO tenant_member (id, tenant_id, user_id, is_owner, created_at_ms) \
                 VALUES ('{user}', 't', '{user}', {}, 1)",
                number % 2
            ),
            7 => format!("DELETE FROM tenant_member WHERE user_id = '{user}'"),
            _ => format!("UPDATE user SET name = 'n{number}' WHERE id = '{user}'"),
        };
        let server = usize::try_from(self.below(4)).unwrap();
        if let Some(by) = self.servers.get(server) {
            done(
                by.store
                    .driver()
                    .batch(vec![Statement::new(sql, Vec::new())]),
            )
            .unwrap();
            self.note();
            self.own[server] = self.history.len() - 1;
        } else {
            self.world.sql(&sql);
            self.note();
        }
    }

    fn ask(&mut self) {
        let server = usize::try_from(self.below(3)).unwrap();
        let user = usize::try_from(self.below(3)).unwrap();
        let now_ms = self.world.now_ms();
        let (user, given) = match self.below(3) {
            0 if !self.jwts.is_empty() => {
                let index = usize::try_from(self.below(self.jwts.len() as u64)).unwrap();
                let (user, until_ms, jwt) = &self.jwts[index];
                if *until_ms <= now_ms {
                    assert!(bearer(&self.servers[server], jwt).is_none());
                    self.jwts.swap_remove(index);
                    return;
                }
                (*user, bearer(&self.servers[server], jwt))
            }
            _ => (user, caller(&self.servers[server], &self.tokens[user])),
        };
        // A change of tier is in a token under the name of the default one where there was none.
        let given = answer(given);
        let newest_due = self
            .history
            .iter()
            .rposition(|one| one.at_ms <= now_ms - BOUND_MS);
        let from = newest_due.unwrap_or(0).max(self.own[server]);
        let allowed: Vec<_> = self.history[from..]
            .iter()
            .map(|one| &one.answers[user])
            .collect();
        assert!(
            allowed.contains(&&given),
            "{given:?} is none of {allowed:?}"
        );
        self.asked += 1;
        if given.is_some() && self.dice.next().is_multiple_of(4) && allowed.len() == 1 {
            let jwt = minted(&self.servers[server], &self.tokens[user]);
            self.jwts.push((user, now_ms / 1000 * 1000 + 300_000, jwt));
        }
    }

    fn pass_up_to(&mut self, end_ms: u64) {
        let ms = self.below(end_ms);
        self.world.pass(i64::try_from(ms).unwrap());
    }

    fn step(&mut self) {
        match self.below(20) {
            0..=3 => self.write(),
            4 => self.world.catch_up(),
            5 => self.pass_up_to(100_000),
            6..=9 => self.pass_up_to(700),
            10 => done(portcullis_service::feed::prune(&self.servers[0])).unwrap(),
            _ => self.ask(),
        }
    }
}

fn play(lags: bool) {
    let mut asked = 0;
    for seed in 0..RUNS {
        let mut run = Run::new(seed, lags);
        for _ in 0..STEPS {
            run.step();
        }
        asked += run.asked;
    }
    assert!(asked > RUNS * STEPS / 4, "{asked}");
}

#[test]
fn every_answer_was_true_within_the_bound() {
    play(false);
}

#[test]
fn every_answer_was_true_within_the_bound_where_reads_come_from_a_copy_that_lags() {
    play(true);
}
