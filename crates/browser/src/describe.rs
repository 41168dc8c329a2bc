//! What a page shows of a policy, as JSON.

use portcullis_core::decide::{Code, Subject, write_ignored};
use portcullis_core::json::JsonText;
use portcullis_core::policy::{Policy, Resource};
use portcullis_core::time::UnixSecs;

/// Everything JavaScript needs to know once: a policy's names at their numbers, and what it makes of
/// a principal.
///
/// `{"name", "version", "levels", "roles", "permissions", "tiers", "apps", "codes", "context",
/// "resources", "expiresSecs"?, "tier"?, "ignoredGrants"}`: `levels` has `global` first, each at its
/// depth; `codes` is a list of `[number, text]`; from the second `expiresSecs` on everything is
/// denied; `tier` is the principal's rank.
pub(crate) fn describe(policy: &Policy, subject: &Subject) -> String {
    let mut out = JsonText::new();
    out.open('{');
    out.text_member("name", policy.name());
    out.text_member("version", &policy.document().version);
    write_texts(&mut out, "levels", policy.levels());
    write_names(&mut out, policy);
    write_codes(&mut out);
    out.open_list("context");
    for attribute in policy.context() {
        out.text(&attribute.name);
    }
    out.close(']');
    out.open_list("resources");
    for resource in policy.resources() {
        write_resource(&mut out, resource);
    }
    out.close(']');
    write_subject(&mut out, subject);
    out.close('}');
    out.finish()
}

fn write_names(out: &mut JsonText, policy: &Policy) {
    let tier_name = |rank: u16| {
        let tier = policy.tiers().get(usize::from(rank));
        tier.map(|tier| tier.name.as_str())
    };
    out.open_list("roles");
    for role in policy.roles() {
        write_named(out, &role.name, &role.label, None);
    }
    out.close(']');
    out.open_list("permissions");
    for one in policy.permissions() {
        write_named(out, &one.name, &one.label, one.tier.and_then(tier_name));
    }
    out.close(']');
    out.open_list("tiers");
    for tier in policy.tiers() {
        write_named(out, &tier.name, &tier.label, None);
    }
    out.close(']');
    out.open_list("apps");
    for app in policy.apps() {
        write_named(out, &app.name, &app.label, tier_name(app.tier));
    }
    out.close(']');
}

/// A name, its label, and the lowest tier that may use it.
#[inline(never)]
fn write_named(out: &mut JsonText, name: &str, label: &str, tier: Option<&str>) {
    out.open('{');
    out.text_member("name", name);
    out.text_member("label", label);
    if let Some(tier) = tier {
        out.text_member("tier", tier);
    }
    out.close('}');
}

fn write_codes(out: &mut JsonText) {
    out.open_list("codes");
    for code in Code::ALL {
        out.open('[');
        out.whole(u64::from(code as u8));
        out.text(code.as_str());
        out.close(']');
    }
    out.close(']');
}

/// A type of record: the numbers of the permissions about it, its fields, and the fields that say
/// where a record is, widest level first.
fn write_resource(out: &mut JsonText, resource: &Resource) {
    out.open('{');
    out.text_member("name", &resource.name);
    out.open_list("permissions");
    for permission in &resource.permissions {
        out.whole(u64::from(*permission));
    }
    out.close(']');
    out.open_list("fields");
    for field in &resource.fields {
        out.text(&field.name);
    }
    out.close(']');
    out.open_list("scope");
    for (_, field) in &resource.scope {
        if let Some(field) = resource.field(*field) {
            out.text(&field.name);
        }
    }
    out.close(']');
    out.close('}');
}

fn write_subject(out: &mut JsonText, subject: &Subject) {
    if let Some(secs) = subject.expires().map(UnixSecs::as_secs) {
        out.name("expiresSecs");
        out.whole(secs);
    }
    if let Some(rank) = subject.tier() {
        out.name("tier");
        out.whole(u64::from(rank));
    }
    out.name("ignoredGrants");
    write_ignored(out, subject.ignored());
}

fn write_texts(out: &mut JsonText, name: &str, texts: &[String]) {
    out.open_list(name);
    for text in texts {
        out.text(text);
    }
    out.close(']');
}

/// The policy's digest in lowercase hexadecimal.
pub(crate) fn digest(policy: &Policy) -> String {
    let mut hex = String::new();
    for byte in policy.digest() {
        for digit in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(digit.into(), 16));
        }
    }
    hex
}
