//! The description of one endpoint, and how it is written down.

use serde_json::{Value, json};

use super::Access;
use super::schema;

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or does.
    Post,
    /// Replaces.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The name in lower case, as `OpenAPI` and axum have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }

    /// Whether it may change something, so that the page that sends it is checked.
    #[must_use]
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Get)
    }
}

/// A parameter of path, query or header.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// What it says.
    pub what: &'static str,
    /// Whether a request without it is refused.
    pub required: bool,
    /// What is taken.
    pub schema: Value,
}

/// What a request may carry.
#[derive(Debug, Clone)]
pub struct Body {
    /// The types that are taken, the usual one first.
    pub media: Vec<&'static str>,
    /// Whether a request without it is refused.
    pub required: bool,
    /// What is taken.
    pub schema: Value,
}

/// An answer with a status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// When it is given.
    pub what: &'static str,
    /// Type and schema of the body; `None` for one without.
    pub content: Option<(&'static str, Value)>,
    /// Types of the body besides that one, and schemas, where the request chooses.
    pub others: Vec<(&'static str, Value)>,
    /// For refusals: the codes that the body may have.
    pub codes: Vec<&'static str>,
    /// Whether the body may be absent although there is a content.
    pub may_be_empty: bool,
}

/// One method of one path.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: String,
    /// Unique name of the operation, in camel case.
    pub id: String,
    /// The chapter that it stands in.
    pub tag: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What else there is to say; may be empty.
    pub detail: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether an API key does in place of a session.
    pub takes_api_key: bool,
    /// Parameters besides those of the path that nothing is said of.
    pub parameters: Vec<Parameter>,
    /// What a request may carry.
    pub body: Option<Body>,
    /// Answers in order of their status.
    pub answers: Vec<Answer>,
}

/// Describes a `GET`.
#[must_use]
pub fn get(path: &str, id: &str, tag: &'static str, access: Access) -> Endpoint {
    Endpoint::new(Method::Get, path, id, tag, access)
}

/// Describes a `POST`.
#[must_use]
pub fn post(path: &str, id: &str, tag: &'static str, access: Access) -> Endpoint {
    Endpoint::new(Method::Post, path, id, tag, access)
}

/// Describes a `PUT`.
#[must_use]
pub fn put(path: &str, id: &str, tag: &'static str, access: Access) -> Endpoint {
    Endpoint::new(Method::Put, path, id, tag, access)
}

/// Describes a `PATCH`.
#[must_use]
pub fn patch(path: &str, id: &str, tag: &'static str, access: Access) -> Endpoint {
    Endpoint::new(Method::Patch, path, id, tag, access)
}

/// Describes a `DELETE`.
#[must_use]
pub fn delete(path: &str, id: &str, tag: &'static str, access: Access) -> Endpoint {
    Endpoint::new(Method::Delete, path, id, tag, access)
}

impl Endpoint {
    /// An endpoint with the answers that follow from who may call it: 429 and 500 everywhere, 401 where
    /// credentials are asked for, 403 of the page that sent it, of actors, and of the decision.
    #[must_use]
    pub fn new(method: Method, path: &str, id: &str, tag: &'static str, access: Access) -> Self {
        let made = Self {
            method,
            path: path.to_owned(),
            id: id.to_owned(),
            tag,
            summary: "",
            detail: "",
            access,
            takes_api_key: false,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
        };
        made.with_shared_answers()
    }

    /// What it does, in a line; and what else there is to say, if anything.
    #[must_use]
    pub const fn says(mut self, summary: &'static str, detail: &'static str) -> Self {
        self.summary = summary;
        self.detail = detail;
        self
    }

    /// An API key does in place of a session, as far as its scopes go.
    #[must_use]
    pub const fn with_api_key(mut self) -> Self {
        self.takes_api_key = true;
        self
    }

    /// Says what a parameter of the path is.
    #[must_use]
    pub fn path_is(mut self, name: &'static str, schema: Value, what: &'static str) -> Self {
        self.parameters.push(Parameter {
            name,
            place: "path",
            what,
            required: true,
            schema,
        });
        self
    }

    /// A parameter of the query that may be absent.
    #[must_use]
    pub fn query(mut self, name: &'static str, schema: Value, what: &'static str) -> Self {
        self.parameters.push(Parameter {
            name,
            place: "query",
            what,
            required: false,
            schema,
        });
        self
    }

    /// A parameter of the query that must be there.
    #[must_use]
    pub fn required_query(mut self, name: &'static str, schema: Value, what: &'static str) -> Self {
        self.parameters.push(Parameter {
            name,
            place: "query",
            what,
            required: true,
            schema,
        });
        self
    }

    /// A header that may be absent.
    #[must_use]
    pub fn header(mut self, name: &'static str, schema: Value, what: &'static str) -> Self {
        self.parameters.push(Parameter {
            name,
            place: "header",
            what,
            required: false,
            schema,
        });
        self
    }

    /// A JSON body that must be there, with the refusals of one that is wrong.
    #[must_use]
    pub fn takes(self, schema: Value) -> Self {
        self.takes_as(vec!["application/json"], true, schema)
    }

    /// A JSON body that may be absent.
    #[must_use]
    pub fn may_take(self, schema: Value) -> Self {
        self.takes_as(vec!["application/json"], false, schema)
    }

    /// A body of one of these types.
    #[must_use]
    pub fn takes_as(mut self, media: Vec<&'static str>, required: bool, schema: Value) -> Self {
        self.body = Some(Body {
            media,
            required,
            schema,
        });
        self.refuses(400, &["VALIDATION_ERROR", "BAD_REQUEST"])
            .refuses(413, &["PAYLOAD_TOO_LARGE"])
            .refuses(415, &["UNSUPPORTED_MEDIA_TYPE"])
    }

    /// An answer with JSON.
    #[must_use]
    pub fn json(self, status: u16, what: &'static str, schema: Value) -> Self {
        self.answers_with(status, what, "application/json", schema)
    }

    /// An answer with a body of another type.
    #[must_use]
    pub fn answers_with(
        mut self,
        status: u16,
        what: &'static str,
        media: &'static str,
        schema: Value,
    ) -> Self {
        self.answers.push(Answer {
            status,
            what,
            content: Some((media, schema)),
            others: Vec::new(),
            codes: Vec::new(),
            may_be_empty: false,
        });
        self.sorted()
    }

    /// Another type that the answer with this status may have, as the request chooses.
    #[must_use]
    pub fn or_as(mut self, status: u16, media: &'static str, schema: Value) -> Self {
        let known = self.answers.iter_mut().find(|one| one.status == status);
        if let Some(known) = known {
            known.others.push((media, schema));
        }
        self
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(mut self, status: u16, what: &'static str) -> Self {
        match self.answers.iter_mut().find(|one| one.status == status) {
            Some(known) => {
                known.may_be_empty = true;
                known.what = what;
            }
            None => self.answers.push(Answer {
                status,
                what,
                content: None,
                others: Vec::new(),
                codes: Vec::new(),
                may_be_empty: true,
            }),
        }
        self.sorted()
    }

    /// Refusals with a code, `{message, code}`. Said again for a status, the codes are added.
    #[must_use]
    pub fn refuses(mut self, status: u16, codes: &[&'static str]) -> Self {
        match self.answers.iter_mut().find(|one| one.status == status) {
            Some(known) => {
                known.codes.extend(codes);
                if known.content.is_none() {
                    known.content = Some(("application/json", Value::Null));
                }
            }
            None => self.answers.push(Answer {
                status,
                what: reason(status),
                content: Some(("application/json", Value::Null)),
                others: Vec::new(),
                codes: codes.to_vec(),
                may_be_empty: false,
            }),
        }
        self.sorted()
    }

    /// A refusal of this wire that has a message and no code.
    #[must_use]
    pub fn refuses_without_code(self, status: u16) -> Self {
        self.refuses(status, &[NO_CODE])
    }

    /// A refusal that carries the explanation of a decision.
    #[must_use]
    pub fn explains(self) -> Self {
        self.refuses(403, &[EXPLAINED])
    }

    fn with_shared_answers(mut self) -> Self {
        self = self.refuses_without_code(429).empty(500, reason(500));
        self = self.refuses(403, &["MISSING_OR_NULL_ORIGIN", "INVALID_ORIGIN"]);
        match self.access {
            Access::Public(_) | Access::ServiceKey => self,
            Access::Session | Access::AccessToken => self.refuses(401, &["UNAUTHORIZED"]),
            Access::InPerson => self
                .refuses(401, &["UNAUTHORIZED"])
                .refuses(403, &["ACTOR_NOT_ALLOWED"]),
            Access::Guarded(_) | Access::Chosen(_) | Access::Named => {
                self.refuses(401, &["UNAUTHORIZED"]).explains()
            }
        }
    }

    fn sorted(mut self) -> Self {
        self.answers.sort_by_key(|one| one.status);
        self
    }
}

/// In the place of a code: there is none.
pub(super) const NO_CODE: &str = "";
/// In the place of a code: that of a decision, with its explanation.
pub(super) const EXPLAINED: &str = "*";

const fn reason(status: u16) -> &'static str {
    match status {
        400 => "The request is wrong; the message says where.",
        401 => "There is no valid credential.",
        403 => "The caller may not do this.",
        404 => "There is no such thing, or it isn't for the caller to know.",
        405 => "The method isn't served here.",
        409 | 422 => "It contradicts what there is.",
        412 => "It has changed meanwhile.",
        413 => "The body is too large.",
        415 => "The type of the body isn't taken.",
        428 => "A condition is needed.",
        429 => "Asked too often; `Retry-After` says how many seconds to wait.",
        500 => "Something broke on the server; the log has it under the request id.",
        _ => "Refused.",
    }
}

impl Answer {
    /// The schema of the body: the one that was given, or what refusals with these codes look like.
    #[must_use]
    pub fn schema(&self) -> Option<(&'static str, Value)> {
        let (media, given) = self.content.as_ref()?;
        if self.codes.is_empty() {
            return Some((media, given.clone()));
        }
        let mut kinds = Vec::new();
        let mut codes: Vec<_> = self.codes.clone();
        codes.sort_unstable();
        codes.dedup();
        if codes.contains(&EXPLAINED) {
            kinds.push(schema::named("Forbidden"));
        }
        if codes.contains(&NO_CODE) {
            kinds.push(schema::named("Message"));
        }
        codes.retain(|code| !matches!(*code, EXPLAINED | NO_CODE));
        if !codes.is_empty() {
            kinds.push(json!({
                "type": "object",
                "properties": {
                    "code": { "type": "string", "enum": codes },
                    "message": { "type": "string" },
                },
                "required": ["code", "message"],
            }));
        }
        if !given.is_null() {
            kinds.push(given.clone());
        }
        let schema = match kinds.len() {
            1 => kinds.pop().unwrap_or_default(),
            _ => json!({ "anyOf": kinds }),
        };
        Some((media, schema))
    }
}
