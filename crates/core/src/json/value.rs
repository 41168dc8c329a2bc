//! Any JSON value as a tree.

use alloc::{string::String, vec::Vec};

use serde_json::map::Entry;

use super::{Map, Reader, Value};

impl Reader<'_> {
    /// Whatever value is next.
    pub fn value(&mut self) -> Value {
        match self.peek() {
            b'{' => Value::Object(self.any_members()),
            b'[' => Value::Array(self.any_elements()),
            b'"' => Value::String(self.string().into_owned()),
            b't' => {
                self.word("true");
                Value::Bool(true)
            }
            b'f' => {
                self.word("false");
                Value::Bool(false)
            }
            b'n' => {
                self.word("null");
                Value::Null
            }
            b'-' | b'0'..=b'9' => self.number().map_or(Value::Null, Value::Number),
            _ => {
                self.unexpected();
                Value::Null
            }
        }
    }

    fn any_members(&mut self) -> Map<String, Value> {
        let mut members = Map::new();
        let mut is_first = true;
        self.enter();
        while self.more(b'}', is_first) {
            is_first = false;
            let name = self.name();
            match vacant(&mut members, name.clone().into_owned()) {
                Some(slot) => *slot = self.value(),
                None => self.duplicate(&name),
            }
        }
        members
    }

    fn any_elements(&mut self) -> Vec<Value> {
        let mut elements = Vec::new();
        self.enter();
        while self.more(b']', elements.is_empty()) {
            elements.push(self.value());
        }
        elements
    }
}

/// The place for a member's value, unless there is one of that name.
#[inline(never)]
pub(super) fn vacant(members: &mut Map<String, Value>, name: String) -> Option<&mut Value> {
    match members.entry(name) {
        Entry::Vacant(slot) => Some(slot.insert(Value::Null)),
        Entry::Occupied(_) => None,
    }
}
