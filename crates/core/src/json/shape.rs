//! Members, elements and texts of what a reader is at, put where they belong.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::{JsonError, Map, Reader, Value, excerpt, vacant};

/// What belongs where a text begins, usually.
const OBJECT: &str = "an object";

/// So many names of an object are looked through one by one.
const FEW: usize = 16;

/// Why a text was not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It isn't strict JSON.
    Json(JsonError),
    /// Something in it is of the wrong shape.
    Misfit(Misfit),
}

/// What in a text isn't as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Where it is, such as `roles[2].name`; empty for the whole text.
    pub path: String,
    /// What belongs there.
    pub expected: &'static str,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Misfit(misfit) => {
                for part in ["`", &excerpt(&misfit.path), "` is not ", misfit.expected] {
                    f.write_str(part)?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for ReadError {}

impl Reader<'_> {
    /// What was wrong first: with the text, its end included, else with what was asked for.
    ///
    /// # Errors
    /// Whatever was wrong.
    pub fn finish(&mut self) -> Result<(), ReadError> {
        self.end().map_err(ReadError::Json)?;
        match self.misfit.take() {
            None => Ok(()),
            // As for every other text that has to be an object.
            Some(misfit) if misfit.path.is_empty() && misfit.expected == OBJECT => {
                Err(ReadError::Json(JsonError::NotAnObject))
            }
            Some(misfit) => Err(ReadError::Misfit(misfit)),
        }
    }

    /// Whether the next value begins so: an object with `{`, a list with `[`, text with `"`, `null` with `n`.
    pub fn begins_with(&mut self, first: u8) -> bool {
        self.peek() == first
    }

    /// Whether `null` is next, which is then left behind.
    #[inline(never)]
    pub fn is_null(&mut self) -> bool {
        let is_null = self.begins_with(b'n');
        if is_null {
            self.word("null");
        }
        is_null
    }

    /// An object: `member` is told each name, and reads its value.
    ///
    /// The names in `required` have to be there.
    #[inline(never)]
    pub fn members(&mut self, required: &[&str], member: &mut dyn FnMut(&mut Self, &str)) {
        if !self.steps_into(b'{', OBJECT) {
            return;
        }
        let mut names = Names::default();
        let mut is_first = true;
        while self.more(b'}', is_first) {
            is_first = false;
            let name = self.name();
            if !names.add(name.clone()) {
                self.duplicate(&name);
            }
            let fitted = self.misfit.is_none();
            member(self, &name);
            if fitted {
                self.place_misfit(&name);
            }
        }
        for name in required {
            if self.misfit.is_none() && !names.have(name) {
                self.misfit("there");
                self.place_misfit(name);
            }
        }
    }

    /// A list, whose every element `element` reads.
    #[inline(never)]
    pub fn elements(&mut self, element: &mut dyn FnMut(&mut Self)) {
        if !self.steps_into(b'[', "a list") {
            return;
        }
        let mut index = 0_usize;
        while self.more(b']', index == 0) {
            let fitted = self.misfit.is_none();
            element(self);
            if fitted && self.misfit.is_some() {
                self.place_misfit(&["[", &index.to_string(), "]"].concat());
            }
            index += 1;
        }
    }

    /// A list whose elements are all read the same way.
    pub fn list<T: Default>(&mut self, into: &mut Vec<T>, read: fn(&mut Self, &mut T)) {
        self.elements(&mut |reader| {
            let mut element = T::default();
            read(reader, &mut element);
            into.push(element);
        });
    }

    /// Something, or `null`.
    pub fn optional<T: Default>(&mut self, into: &mut Option<T>, read: fn(&mut Self, &mut T)) {
        if !self.is_null() {
            read(self, into.insert(T::default()));
        }
    }

    /// Text.
    #[inline(never)]
    pub fn text(&mut self, into: &mut String) {
        if self.begins_with(b'"') {
            *into = self.string().into_owned();
        } else {
            self.unfit("text");
        }
    }

    /// Text, or `null`.
    #[inline(never)]
    pub fn optional_text(&mut self, into: &mut Option<String>) {
        self.optional(into, Self::text);
    }

    /// A list of texts.
    #[inline(never)]
    pub fn texts(&mut self, into: &mut Vec<String>) {
        self.list(into, Self::text);
    }

    /// A list of texts, or `null`.
    #[inline(never)]
    pub fn optional_texts(&mut self, into: &mut Option<Vec<String>>) {
        self.optional(into, Self::texts);
    }

    /// A whole number that isn't negative.
    #[inline(never)]
    pub fn whole(&mut self, into: &mut u64) {
        match self.value().as_u64() {
            Some(whole) => *into = whole,
            None => self.misfit("a whole number"),
        }
    }

    /// A whole number that isn't negative, or `null`.
    pub fn optional_whole(&mut self, into: &mut Option<u64>) {
        self.optional(into, Self::whole);
    }

    /// A whole number of 32 bits.
    #[inline(never)]
    pub fn small(&mut self, into: &mut u32) {
        let whole = self.value().as_u64();
        match whole.and_then(|whole| u32::try_from(whole).ok()) {
            Some(small) => *into = small,
            None => self.misfit("a whole number below 2^32"),
        }
    }

    /// `true` or `false`.
    pub fn flag(&mut self, into: &mut bool) {
        match self.value() {
            Value::Bool(flag) => *into = flag,
            _ => self.misfit("true or false"),
        }
    }

    /// An object of any members.
    #[inline(never)]
    pub fn object(&mut self, into: &mut Map<String, Value>) {
        match self.value() {
            Value::Object(members) => *into = members,
            _ => self.misfit(OBJECT),
        }
    }

    /// An object of any members, or `null`.
    #[inline(never)]
    pub fn optional_object(&mut self, into: &mut Option<Map<String, Value>>) {
        self.optional(into, Self::object);
    }

    /// Leaves a value behind that nobody asked for.
    pub fn skip(&mut self) {
        self.value();
    }

    /// Leaves a value behind and keeps that it isn't what it should be.
    #[inline(never)]
    pub fn unfit(&mut self, expected: &'static str) {
        self.skip();
        self.misfit(expected);
    }

    /// Refuses a member: a misspelt one would otherwise be ignored without a word.
    pub fn unknown(&mut self) {
        self.unfit("a known member");
    }

    fn steps_into(&mut self, bracket: u8, expected: &'static str) -> bool {
        let is_there = self.begins_with(bracket);
        if is_there {
            self.enter();
        } else {
            self.unfit(expected);
        }
        is_there
    }

    /// Keeps that what was read isn't what it should be, unless something before it wasn't.
    #[inline(never)]
    pub fn misfit(&mut self, expected: &'static str) {
        self.misfit.get_or_insert(Misfit {
            path: String::new(),
            expected,
        });
    }

    /// Puts the name of a member or the number of an element before the place of what didn't fit.
    #[inline(never)]
    fn place_misfit(&mut self, name: &str) {
        if let Some(misfit) = &mut self.misfit {
            let inner = &misfit.path;
            let is_member = !inner.is_empty() && !inner.starts_with('[');
            misfit.path = [name, if is_member { "." } else { "" }, inner].concat();
        }
    }
}

/// The names of one object.
#[derive(Default)]
struct Names<'t> {
    few: Vec<Cow<'t, str>>,
    /// What is more than a few is found by its order, so that an object of many names takes no
    /// longer than it should.
    many: Map<String, Value>,
}

impl<'t> Names<'t> {
    /// Adds a name and says whether it is a new one.
    fn add(&mut self, name: Cow<'t, str>) -> bool {
        let is_new = !self.few.contains(&name);
        if self.few.len() < FEW {
            self.few.push(name);
            return is_new;
        }
        is_new && vacant(&mut self.many, name.into_owned()).is_some()
    }

    fn have(&self, name: &str) -> bool {
        self.few.iter().any(|known| known == name) || self.many.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[derive(Debug, Default, PartialEq)]
    struct Shape {
        name: String,
        tags: Option<Vec<String>>,
        parts: Vec<Shape>,
    }

    fn shape(reader: &mut Reader<'_>, into: &mut Shape) {
        reader.members(&["name"], &mut |reader, name| match name {
            "name" => reader.text(&mut into.name),
            "tags" => reader.optional_texts(&mut into.tags),
            "parts" => reader.list(&mut into.parts, shape),
            _ => reader.unknown(),
        });
    }

    fn read(text: &str) -> Result<Shape, String> {
        let mut reader = Reader::new(text, 1 << 20);
        let mut read = Shape::default();
        shape(&mut reader, &mut read);
        let outcome = reader.finish();
        outcome.map(|()| read).map_err(|error| error.to_string())
    }

    #[test]
    fn members_are_put_where_they_belong_in_whatever_order() {
        let parts = alloc::vec![Shape {
            name: "b".into(),
            tags: Some(alloc::vec!["x".into(), "y".into()]),
            ..Shape::default()
        }];
        let expected = Shape {
            name: "a".into(),
            tags: None,
            parts,
        };
        let text = r#" {"parts": [{"tags":["x","y"],"name":"b"}], "tags":null, "n\u0061me":"a"} "#;
        assert_eq!(read(text), Ok(expected));
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        for (text, error) in [
            ("[]", "not a JSON object"),
            ("{}", "`name` is not there"),
            (r#"{"name":null}"#, "`name` is not text"),
            (r#"{"name":"a","tags":{}}"#, "`tags` is not a list"),
            (r#"{"name":"a","tags":["x",[1]]}"#, "`tags[1]` is not text"),
            (r#"{"name":"a","parts":[1]}"#, "`parts[0]` is not an object"),
            (
                r#"{"name":"a","parts":[{"name":"b"},{"name":"c","parts":[{}]}]}"#,
                "`parts[1].parts[0].name` is not there",
            ),
            (r#"{"name":"a","x":{"x":0}}"#, "`x` is not a known member"),
        ] {
            assert_eq!(read(text), Err(error.into()), "{text}");
        }
    }

    #[test]
    fn that_a_text_is_not_json_counts_more_than_that_it_does_not_fit() {
        for (text, error) in [
            (r#"{"x":1,"name":2]"#, "not JSON at line 1, column 16"),
            (r#"{"x":{"y":[tru]}}"#, "not JSON at line 1, column 12"),
            (r#"{"name":1} x"#, "not JSON at line 1, column 12"),
            (
                r#"{"x":{"y":1,"y":2}}"#,
                "member `y` occurs twice in one object",
            ),
        ] {
            assert_eq!(read(text), Err(error.into()), "{text}");
        }
    }

    #[test]
    fn a_name_is_found_again_behind_few_names_and_behind_many() {
        for count in [1, FEW - 1, FEW, FEW + 1, 3 * FEW] {
            for again in [0, count - 1] {
                let many: Vec<String> = (0..count).map(|n| format!("\"n{n}\":0")).collect();
                let other = format!("{{{},\"name\":0}}", many.join(","));
                let text = format!("{{{},\"n{again}\":0}}", many.join(","));
                let names = |text: &str| {
                    let mut reader = Reader::new(text, 1 << 20);
                    reader.members(&["name"], &mut |reader, _| reader.skip());
                    reader.finish().map_err(|error| error.to_string())
                };
                let error = format!("member `n{again}` occurs twice in one object");
                assert_eq!(names(&text), Err(error));
                assert_eq!(names(&other), Ok(()));
            }
        }
    }
}
