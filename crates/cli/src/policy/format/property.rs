//! Policies written in many ways: laying them out never changes what they say, and a second time
//! changes nothing.

use proptest::prelude::*;

use super::{comments, format};
use portcullis_core::policy::toml;

/// Choices, one after the other.
struct Choices<'c> {
    bytes: std::iter::Cycle<std::slice::Iter<'c, u8>>,
    made: usize,
}

impl<'c> Choices<'c> {
    fn new(bytes: &'c [u8]) -> Self {
        Self {
            bytes: bytes.iter().cycle(),
            made: 0,
        }
    }

    fn of<'t>(&mut self, options: &[&'t str]) -> &'t str {
        self.made += 1;
        let byte = usize::from(*self.bytes.next().unwrap()) + self.made / 97;
        options[byte % options.len()]
    }

    fn is(&mut self) -> bool {
        self.of(&["", "x"]) == "x"
    }

    fn blank(&mut self) -> &'static str {
        self.of(&["", " ", "  ", "\t"])
    }

    fn comment(&mut self) -> String {
        let made = self.made;
        let text = self.of(&["why", "a = \"b\"", "[x]", "'", "\"\"\"", "é # twice", ""]);
        format!("#{}{text} {made}", self.blank())
    }

    /// Blank lines and comments between things.
    fn between(&mut self) -> String {
        let mut text = String::new();
        while self.of(&["stop", "stop", "more"]) == "more" {
            let line = if self.is() {
                self.comment()
            } else {
                String::new()
            };
            text = [&text, self.blank(), &line, self.blank(), "\n"].concat();
        }
        text
    }

    fn end(&mut self) -> String {
        let comment = if self.of(&["", "", "c"]) == "c" {
            self.comment()
        } else {
            String::new()
        };
        format!("{}{comment}\n", self.blank())
    }

    fn text(&mut self, text: &str) -> String {
        if self.is() && !text.contains('\'') {
            format!("'{text}'")
        } else {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
    }

    fn entry(&mut self, key: &str, value: &str) -> String {
        let key = if key.contains(':') || self.of(&["", "", "q"]) == "q" {
            self.text(key)
        } else {
            key.to_owned()
        };
        format!(
            "{}{}{key}{}={}{value}{}",
            self.between(),
            self.blank(),
            self.blank(),
            self.blank(),
            self.end()
        )
    }

    fn list(&mut self, items: &[&str]) -> String {
        let mut text = String::from("[");
        let has_lines = self.is();
        for (n, item) in items.iter().enumerate() {
            if has_lines && self.is() {
                text += &self.end();
                text += &self.between();
            }
            text += &self.text(item);
            let is_last = n + 1 == items.len();
            if !is_last || self.is() {
                if has_lines && self.of(&["", "", "e"]) == "e" {
                    text += &self.end();
                }
                text += ",";
            }
        }
        if has_lines && self.is() {
            text += &self.end();
        }
        text + "]"
    }

    fn header(&mut self, header: &str) -> String {
        format!("{}{header}{}", self.between(), self.end())
    }

    /// Some of the lines, in any order.
    fn shuffled(&mut self, mut parts: Vec<String>) -> String {
        let mut text = String::new();
        while !parts.is_empty() {
            let at = self
                .of(&["0", "1", "2", "3", "4"])
                .parse::<usize>()
                .unwrap()
                % parts.len();
            text += &parts.remove(at);
        }
        text
    }
}

fn policy(bytes: &[u8]) -> String {
    let c = &mut Choices::new(bytes);
    let name = c.text("it's \\ \"odd\" # é");
    let head = vec![
        c.entry("name", &name),
        c.entry("version", "\"\"\"1\n# no comment\"\"\""),
        {
            let list = c.list(&["region", "ward"]);
            c.entry("scopes", &list)
        },
        {
            let tier = c.text("low");
            c.entry("default_tier", &tier)
        },
    ];
    let head = c.shuffled(head);
    let sections = vec![
        roles(c),
        permissions(c),
        format!("{}{}", c.header("[[tiers]]"), {
            let t = c.text("low");
            c.entry("name", &t)
        }),
        format!(
            "{}{}",
            c.header("[ apps ]"),
            c.entry("mail", "{ tier = 'low' , label='M # m' }")
        ),
        resources(c),
        rules(c),
    ];
    let body = c.shuffled(sections);
    format!("{head}{body}{}", c.between())
}

fn roles(c: &mut Choices<'_>) -> String {
    let mut text = String::new();
    for name in [
        "B",
        "A",
        "a_role_with_quite_a_long_name",
        "another_role_with_quite_a_long_name",
    ] {
        text += &c.header(&format!("[roles.{name}]"));
        let levels = c.list(&["ward", "region"]);
        let parts = vec![
            c.entry("level", "1_0"),
            c.entry("label", "\"\\u00e9\""),
            c.entry("grant_at", &levels),
        ];
        text += &c.shuffled(parts);
    }
    text
}

fn permissions(c: &mut Choices<'_>) -> String {
    let mut text = c.header("[permissions]");
    let all = [
        "B",
        "A",
        "a_role_with_quite_a_long_name",
        "another_role_with_quite_a_long_name",
    ];
    for name in ["b:c", "a:b", "a-rather-long-name:of-a-permission"] {
        let many = c.is();
        let list = c.list(if many { &all } else { &all[..1] });
        let is_table = c.is() && !list.contains('\n');
        let value = if is_table {
            format!("{{roles={list},tier='low'}}")
        } else {
            list
        };
        text += &c.entry(name, &value);
    }
    text
}

fn resources(c: &mut Choices<'_>) -> String {
    let mut text = c.header("[resources.todo]");
    let label = c.text("To-do");
    let actions = c.list(&["read", "update"]);
    let parts = vec![c.entry("label", &label), c.entry("actions", &actions)];
    text += &c.shuffled(parts);
    text += &c.header("[resources.todo.fields]");
    text += &c.entry("id", "'string'");
    text += &c.entry("done", "{type='bool'}");
    text
}

fn rules(c: &mut Choices<'_>) -> String {
    let mut text = String::new();
    for name in ["one", "two"] {
        text += &c.header("[[rules]]");
        let when = c.text("record.id == 'x' && !record.done");
        let (name, effect, resource) = (c.text(name), c.text("deny"), c.text("todo"));
        let parts = vec![
            c.entry("when", &when),
            c.entry("name", &name),
            c.entry("effect", &effect),
            c.entry("resource", &resource),
        ];
        text += &c.shuffled(parts);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn layout_keeps_meaning_and_comments_and_is_stable(bytes in prop::collection::vec(any::<u8>(), 40..400)) {
        let text = policy(&bytes);
        let before = toml::parse(&text).unwrap();
        let once = format(&text).unwrap();
        let after = toml::parse(&once).unwrap();
        prop_assert_eq!(before.digest(), after.digest(), "{}", once);
        prop_assert_eq!(comments(&text), comments(&once), "{}", once);
        prop_assert_eq!(format(&once).unwrap(), once);
    }
}
