//! The routes of the router, read from its sources: axum doesn't tell what it was given.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What `.route(…)` can be given.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

type Routes = BTreeSet<(String, String)>;

/// Every (path, method) of `portcullis_http::router`.
pub(super) fn of_the_router() -> Routes {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let reader = Reader { source };
    let file = Path::new("areas.rs");
    let text = reader.text(file);
    let nothing = BTreeMap::new();
    let areas = areas(&text);
    let areas = areas.flat_map(|made| reader.expression(file, &text, made, &nothing));
    let known = BTreeMap::from([("routes".to_owned(), areas.collect())]);
    let whole = split(body_of(&text, "all").unwrap(), ';').pop().unwrap();
    reader.expression(file, &text, whole.trim(), &known)
}

/// What makes the routes of each area: `Self::Login => login(),`.
fn areas(text: &str) -> impl Iterator<Item = &str> {
    let arms = body_of(text, "routes").unwrap().lines();
    arms.filter_map(|line| Some(line.split_once("=>")?.1.trim().trim_end_matches(',')))
}

struct Reader {
    source: PathBuf,
}

impl Reader {
    /// What a function that makes a router gives it.
    fn function(&self, file: &Path, name: &str) -> Routes {
        let text = self.text(file);
        let body =
            body_of(&text, name).unwrap_or_else(|| panic!("no fn {name} in {}", file.display()));
        let mut known: BTreeMap<String, Routes> = BTreeMap::new();
        let mut last = Routes::new();
        for statement in split(body, ';') {
            let statement = statement.trim();
            match statement.strip_prefix("let ") {
                Some(binding) => {
                    let (name, value) = binding.split_once('=').unwrap();
                    let name = name
                        .trim()
                        .trim_start_matches("mut ")
                        .split(':')
                        .next()
                        .unwrap();
                    let routes = self.expression(file, &text, value.trim(), &known);
                    known.insert(name.trim().to_owned(), routes);
                }
                None if statement.is_empty() => {}
                None => last = self.expression(file, &text, statement, &known),
            }
        }
        last
    }

    /// `Router::new().route(…).nest(…)`, a variable, or a call of a function that makes a router.
    fn expression(
        &self,
        file: &Path,
        text: &str,
        value: &str,
        known: &BTreeMap<String, Routes>,
    ) -> Routes {
        let parts = split(value, '.');
        let head = parts[0].trim();
        let mut routes = if head.starts_with("Router::new()") {
            Routes::new()
        } else if let Some(bound) = known.get(head).or_else(|| given(head, known)) {
            bound.clone()
        } else {
            let (file, name) = self.place(file, head);
            self.function(&file, &name)
        };
        for call in &parts[1..] {
            let (name, rest) = call.trim().split_once('(').unwrap();
            let arguments = rest.trim_end().strip_suffix(')').unwrap();
            let arguments = split(arguments, ',');
            match name.trim() {
                "route" => {
                    let path = literal(&arguments[0]);
                    if !path.contains("{*") {
                        for method in methods(text, &arguments[1..].join(",")) {
                            routes.insert((path.clone(), method));
                        }
                    }
                }
                "nest" => {
                    let prefix = literal(&arguments[0]);
                    let nested = self.expression(file, text, arguments[1].trim(), known);
                    routes.extend(
                        nested
                            .into_iter()
                            .map(|(path, method)| (joined(&prefix, &path), method)),
                    );
                }
                "merge" => routes.extend(self.expression(file, text, arguments[0].trim(), known)),
                "layer" | "with_state" | "method_not_allowed_fallback" | "route_layer" => {}
                other => panic!("{}: what is `.{other}(…)` of a router?", file.display()),
            }
        }
        routes
    }

    /// Where `routes::rbac::router()` is.
    fn place(&self, file: &Path, call: &str) -> (PathBuf, String) {
        let path = call
            .split(['(', '<'])
            .next()
            .unwrap()
            .trim()
            .trim_end_matches("::");
        let mut names: Vec<_> = path.split("::").collect();
        let function = names.pop().unwrap().to_owned();
        if names.is_empty() {
            return (file.to_owned(), function);
        }
        let beside = if file.ends_with("mod.rs") || file == Path::new("lib.rs") {
            file.parent().unwrap().to_owned()
        } else {
            file.with_extension("")
        };
        // A module of this one, or one of the crate that it uses.
        let found = self.module(beside, &names);
        let found = found.or_else(|| self.module(PathBuf::new(), &names));
        let found = found.unwrap_or_else(|| panic!("{}: where is {call}?", file.display()));
        (found, function)
    }

    fn module(&self, mut dir: PathBuf, names: &[&str]) -> Option<PathBuf> {
        for name in names {
            match *name {
                "crate" => dir = PathBuf::new(),
                "self" => {}
                "super" => dir = dir.parent()?.to_owned(),
                name => dir.push(name),
            }
        }
        let files = [dir.with_extension("rs"), dir.join("mod.rs")];
        files
            .into_iter()
            .find(|file| self.source.join(file).is_file())
    }

    fn text(&self, file: &Path) -> String {
        let file = self.source.join(file);
        let text =
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        without_comments(&text)
    }
}

/// The router that a function is given, which gives it back with what is around it.
fn given<'a>(call: &str, known: &'a BTreeMap<String, Routes>) -> Option<&'a Routes> {
    let (_, arguments) = call.strip_suffix(')')?.split_once('(')?;
    split(arguments, ',')
        .iter()
        .find_map(|one| known.get(one.trim()))
}

/// axum's: `/` of what is nested is the prefix itself.
fn joined(prefix: &str, path: &str) -> String {
    if path == "/" {
        prefix.to_owned()
    } else {
        format!("{prefix}{path}")
    }
}

fn literal(argument: &str) -> String {
    let text = argument.trim();
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or_else(|| panic!("a path has to be written out: {text}"))
        .to_owned()
}

/// The methods that `get(…).post(…)` names, or those of the function of this file that is called.
fn methods(text: &str, handler: &str) -> Vec<String> {
    let found = named_methods(handler);
    if !found.is_empty() {
        return found;
    }
    let name = handler.trim().split([':', '(', '<']).next().unwrap();
    let body = body_of(text, name).unwrap_or_else(|| panic!("no methods in `{handler}`"));
    named_methods(body)
}

fn named_methods(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for method in METHODS {
        let call = format!("{method}(");
        let mut from = 0;
        while let Some(at) = text[from..].find(&call) {
            let at = from + at;
            let before = text[..at].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                found.push(method.to_owned());
            }
            from = at + call.len();
        }
    }
    found
}

/// What stands between the braces of a function.
fn body_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let at = ["(", "<"]
        .iter()
        .find_map(|next| text.find(&format!("fn {name}{next}")))?;
    let open = at + text[at..].find('{')?;
    let mut depth = 0;
    let mut is_quoted = false;
    for (index, c) in text[open..].char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            '{' if !is_quoted => depth += 1,
            '}' if !is_quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(&text[open + 1..open + index]);
                }
            }
            _ => {}
        }
    }
    None
}

/// Splits where nothing is open.
fn split(text: &str, at: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut is_quoted) = (0_i32, false);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' | '{' | '[' if !is_quoted => depth += 1,
            ')' | '}' | ']' if !is_quoted => depth -= 1,
            _ => {}
        }
        if c == at && depth == 0 && !is_quoted {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(c);
        }
    }
    if parts.len() > 1 && parts.last().is_some_and(|part| part.trim().is_empty()) && at == ',' {
        parts.pop();
    }
    parts
}

/// Sources have no `//` inside of texts where routers are made.
fn without_comments(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn routers_are_read_with_what_is_nested_and_merged() {
    let text = "fn a() { let t = x; t }\nfn object() -> M {\n get(one).put(two) }";
    assert_eq!(methods(text, "object::<S, H>()"), ["get", "put"]);
    assert_eq!(
        methods(
            text,
            "get(tenants::get::<S, H>).delete(roles::delete::<S, H>)"
        ),
        ["get", "delete"]
    );
    assert_eq!(
        split("a(b, c), \"d,e\", f", ','),
        ["a(b, c)", " \"d,e\"", " f"]
    );
    assert_eq!(joined("/rbac", "/"), "/rbac");
    assert_eq!(joined("/rbac", "/x"), "/rbac/x");
}
