//! What a use case is: what is there before, the request, and what its repetition comes to.

use portcullis_http::api::{Endpoint, endpoints};
use serde_json::Value;

use crate::world::{Wanted, World, service_key};

/// A use case as a request.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) given: fn(&mut World),
    pub(crate) request: fn(&World) -> Wanted,
    pub(crate) again: Again,
    /// How long who asks waits before it asks again, where an answer is kept for a while.
    pub(crate) waits_ms: i64,
}

/// What sending a request, and sending it again with the cookies of before, comes to by the words of the
/// wire. Numbers follow from the description of the endpoint alone ([`Case::expected`]).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Again {
    /// It reads, does what may be done many times, or says how things are to be: the same answer again (RFC
    /// 9110 section 9.2.2).
    Same,
    /// It makes what it names: 201, and 200 once that is there (RFC 9110 sections 9.3.4 and 15.3.2).
    MadeThenThere,
    /// The first has done what the second would need undone: a success, then a refusal with this code.
    Then(&'static str),
    /// It isn't granted in the first place, and changes nothing.
    Never(&'static str),
}

/// It ended the session that it came with (its account is gone, or the session is another one now).
pub(crate) const SIGNED_OUT: Again = Again::Then("UNAUTHORIZED");

/// What has to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) status: u16,
    /// Of a refusal; `None` for a success.
    pub(crate) code: Option<&'static str>,
}

pub(crate) const fn case(
    name: &'static str,
    given: fn(&mut World),
    request: fn(&World) -> Wanted,
    again: Again,
) -> Case {
    Case {
        name,
        given,
        request,
        again,
        waits_ms: 0,
    }
}

impl Case {
    /// Asks again after a while only.
    pub(crate) const fn after_ms(mut self, ms: i64) -> Self {
        self.waits_ms = ms;
        self
    }

    /// What is answered to its request, and to the same request once more: from the description of the
    /// endpoint, where a code has one status and a success one of its own.
    #[track_caller]
    pub(crate) fn expected(&self, endpoint: &Endpoint) -> [Expected; 2] {
        let success = |made| Expected {
            status: success(endpoint, made),
            code: None,
        };
        let refusal = |code| Expected {
            status: refusal(endpoint, code),
            code: Some(code),
        };
        match self.again {
            Again::Same => [success(false), success(false)],
            Again::MadeThenThere => [success(true), success(false)],
            Again::Then(code) => [success(false), refusal(code)],
            Again::Never(code) => [refusal(code), refusal(code)],
        }
    }
}

/// The described success: 201 where something is made, else 200, else the only other one there is.
fn success(endpoint: &Endpoint, is_made: bool) -> u16 {
    let all = endpoint.answers.iter().map(|answer| answer.status);
    // 304 answers a condition, which no case sends.
    let mut told: Vec<_> = all
        .filter(|status| *status < 400 && *status != 304)
        .collect();
    let wanted = if is_made { 201 } else { 200 };
    if told.contains(&wanted) {
        return wanted;
    }
    assert!(!is_made && told.len() == 1, "{}: {told:?}", endpoint.id);
    told.remove(0)
}

/// The described status of a code.
fn refusal(endpoint: &Endpoint, code: &str) -> u16 {
    let with_it = endpoint
        .answers
        .iter()
        .filter(|one| one.codes.contains(&code));
    let statuses: Vec<_> = with_it.map(|answer| answer.status).collect();
    assert_eq!(
        statuses.len(),
        1,
        "{}: {code} has {statuses:?}",
        endpoint.id
    );
    statuses[0]
}

/// The endpoint that a request goes to: of several templates that fit, the one with the fewest parameters.
pub(crate) fn endpoint_of(wanted: &Wanted) -> Endpoint {
    let path = wanted.path.split('?').next().unwrap();
    let fits = endpoints().into_iter().filter(|endpoint| {
        endpoint.method.as_str().eq_ignore_ascii_case(wanted.method)
            && endpoint.path.split('/').count() == path.split('/').count()
            && endpoint
                .path
                .split('/')
                .zip(path.split('/'))
                .all(|(told, sent)| told.starts_with('{') || told == sent)
    });
    fits.min_by_key(|endpoint| endpoint.path.matches('{').count())
        .unwrap_or_else(|| panic!("nothing is described at {} {path}", wanted.method))
}

pub(crate) fn post(path: &str, json: Value) -> Wanted {
    send("POST", path, Some(json))
}

pub(crate) fn get(path: &str) -> Wanted {
    send("GET", path, None)
}

pub(crate) fn send(method: &'static str, path: &str, json: Option<Value>) -> Wanted {
    Wanted {
        method,
        path: path.to_owned(),
        body: json.map(|json| ("application/json", json.to_string())),
        headers: Vec::new(),
    }
}

impl Wanted {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// With a file as its body.
    pub(crate) fn file(mut self, media: &'static str, text: &str) -> Self {
        self.body = Some((media, text.to_owned()));
        self
    }

    /// With the access token that was kept.
    pub(crate) fn by_token(self, world: &World) -> Self {
        self.with("authorization", &format!("Bearer {}", world.kept["access"]))
    }

    /// Sent by a service, which has its key and no cookies.
    pub(crate) fn sent_by_bot(self) -> Self {
        let key = format!("Bearer {}", service_key().expose());
        self.with("authorization", &key)
    }
}
