//! Policy files, their documents and their JSON form.

use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use portcullis_core::policy::{Document, Policy, toml};

use crate::policies::{Choices, sound, spoilt, toml_of};

proptest! {
    #[test]
    fn toml_and_json_say_the_same(bytes in vec(any::<u8>(), 0..300)) {
        let document = sound(&mut Choices(&bytes));
        let read = toml::parse_document(&toml_of(&document)).unwrap();
        prop_assert_eq!(&Document::parse_json(&read.to_json()).unwrap(), &read);
        prop_assert_eq!(&read.clone().without_positions(), &document);
        let policy = Policy::compile(read).unwrap();
        let again = Policy::compile(document).unwrap();
        prop_assert_eq!(policy.digest(), again.digest());
    }

    #[test]
    fn spoilt_policies_compile_or_are_refused_in_one_line(bytes in vec(any::<u8>(), 0..300)) {
        let mut choices = Choices(&bytes);
        let document = sound(&mut choices);
        if let Err(error) = Policy::parse_json(&spoilt(&document, &mut choices)) {
            prop_assert!(error.kind.code().starts_with("policy_"));
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn a_policy_file_cut_anywhere_is_read_or_refused(bytes in vec(any::<u8>(), 0..300), cut in any::<usize>()) {
        let text = toml_of(&sound(&mut Choices(&bytes)));
        let cut = cut % text.len();
        if let Some(text) = text.get(..cut) {
            drop(toml::parse(text));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        drop(toml::parse(&text));
        drop(Document::parse_json(&text));
    }
}
