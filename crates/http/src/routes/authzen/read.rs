//! Bodies of requests. Members that aren't known are ignored, as the API asks for.

use portcullis_service::authzen::{Action, Entity, Paging, Question, Semantic};
use serde_json::{Map, Value};

use crate::body::type_name;

type Members = Map<String, Value>;

/// What a body says, and what is wrong with it.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<String>,
}

impl Reader {
    fn wrong(&mut self, path: &str, expected: &str, value: Option<&Value>) {
        // One is enough to see what is wrong with a thousand.
        if self.problems.len() < 20 {
            self.problems.push(format!(
                "[body.{path}] Invalid input: expected {expected}, received {}",
                type_name(value)
            ));
        }
    }

    fn text(&mut self, members: &Members, path: &str, name: &str) -> String {
        match members.get(name) {
            Some(Value::String(text)) => text.clone(),
            other => {
                self.wrong(&join(path, name), "string", other);
                String::new()
            }
        }
    }

    fn object<'a>(&mut self, members: &'a Members, path: &str, name: &str) -> Option<&'a Members> {
        match members.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::Object(object)) => Some(object),
            other => {
                self.wrong(&join(path, name), "object", other);
                None
            }
        }
    }

    fn required<'a>(
        &mut self,
        members: &'a Members,
        path: &str,
        name: &str,
    ) -> Option<&'a Members> {
        if matches!(members.get(name), None | Some(Value::Null)) {
            self.wrong(&join(path, name), "object", members.get(name));
        }
        self.object(members, path, name)
    }

    /// A subject or a resource.
    pub(super) fn entity(&mut self, members: &Members, path: &str, name: &str) -> Entity {
        let Some(entity) = self.required(members, path, name) else {
            return Entity::default();
        };
        let path = join(path, name);
        Entity {
            kind: self.text(entity, &path, "type"),
            id: self.text(entity, &path, "id"),
            properties: self.object(entity, &path, "properties").cloned(),
        }
    }

    /// A subject or a resource that is searched: its id doesn't matter.
    pub(super) fn searched(&mut self, members: &Members, name: &str) -> Entity {
        let Some(entity) = self.required(members, "", name) else {
            return Entity::default();
        };
        Entity {
            kind: self.text(entity, name, "type"),
            ..Entity::default()
        }
    }

    pub(super) fn action(&mut self, members: &Members, path: &str) -> Action {
        let Some(action) = self.required(members, path, "action") else {
            return Action::default();
        };
        let path = join(path, "action");
        Action {
            name: self.text(action, &path, "name"),
            properties: self.object(action, &path, "properties").cloned(),
        }
    }

    pub(super) fn context(&mut self, members: &Members, path: &str) -> Members {
        let context = self.object(members, path, "context");
        context.cloned().unwrap_or_default()
    }

    /// A question; `path` is where it stands in the body.
    pub(super) fn question(&mut self, members: &Members, path: &str) -> Question {
        Question {
            subject: self.entity(members, path, "subject"),
            action: self.action(members, path),
            resource: self.entity(members, path, "resource"),
            context: self.context(members, path),
        }
    }

    /// The questions of a list, where what one doesn't say is said by the body as a whole.
    pub(super) fn questions(&mut self, body: &Members, list: &[Value]) -> Vec<Question> {
        let mut questions = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let path = format!("evaluations.{index}");
            let Value::Object(own) = value else {
                self.wrong(&path, "object", Some(value));
                continue;
            };
            let mut members = Members::new();
            for name in ["subject", "action", "resource", "context"] {
                let said = own.get(name).filter(|value| !value.is_null());
                if let Some(value) = said.or_else(|| body.get(name)) {
                    members.insert(name.to_owned(), value.clone());
                }
            }
            questions.push(self.question(&members, &path));
        }
        questions
    }

    pub(super) fn semantic(&mut self, body: &Members) -> Semantic {
        let options = self.object(body, "", "options");
        let Some(value) = options.and_then(|options| options.get("evaluations_semantic")) else {
            return Semantic::default();
        };
        let mut all = Semantic::ALL.iter();
        let known = all.find(|(name, _)| value.as_str() == Some(name));
        if let Some((_, semantic)) = known {
            return *semantic;
        }
        let names: Vec<_> = Semantic::ALL.iter().map(|(name, _)| *name).collect();
        self.problems.push(format!(
            "[body.options.evaluations_semantic] Invalid input: expected one of {}",
            names.join(", ")
        ));
        Semantic::default()
    }

    pub(super) fn paging(&mut self, body: &Members) -> Paging {
        let Some(page) = self.object(body, "", "page") else {
            return Paging::default();
        };
        let token = match page.get("token") {
            None | Some(Value::Null) => None,
            // What a last page says, sent back.
            Some(Value::String(token)) if token.is_empty() => None,
            Some(_) => Some(self.text(page, "page", "token")),
        };
        let limit = match page.get("limit") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let limit = value.as_u64();
                if limit.is_none() {
                    self.wrong("page.limit", "non-negative integer", Some(value));
                }
                limit
            }
        };
        Paging { token, limit }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        [path, ".", name].concat()
    }
}
