//! From bindings to settings.

use portcullis_core::policy::{Policy, toml};
use portcullis_service::{GivenPolicy, Settings, Sources};
use portcullis_store::Tables;
use worker::Env;

use crate::platform;

include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// The origin of `cargo xtask dev`.
const DEV_ORIGIN: &str = "http://127.0.0.1:8787";

/// Whether reads may come from the database's replicas.
///
/// # Errors
/// A sentence for the log.
pub(crate) fn reads_replicas(env: &Env) -> Result<bool, String> {
    let name = "PORTCULLIS_D1_READ_REPLICAS";
    let text = env.var(name).map(|value| value.to_string());
    match text.as_deref().map(str::trim) {
        Err(_) | Ok("on") => Ok(true),
        Ok("off") => Ok(false),
        Ok(other) => Err(format!("{name}: `{other}` is neither `on` nor `off`")),
    }
}

/// What the tables for tenants are called.
///
/// # Errors
/// A sentence for the log.
pub(crate) fn tables(env: &Env) -> Result<Tables, String> {
    let text = env
        .var("PORTCULLIS_TABLES")
        .ok()
        .map(|value| value.to_string());
    Tables::parse(&text.unwrap_or_default()).map_err(|error| format!("PORTCULLIS_TABLES: {error}"))
}

/// The settings.
///
/// # Errors
/// A sentence for the log: what is missing or wrong, and in which binding.
pub(crate) fn settings(env: &Env) -> Result<Settings, String> {
    let text = |name: &str| env.var(name).ok().map(|value| value.to_string());
    let value = |name: &'static str| match name {
        "PORTCULLIS_AUDIT_COLLECTOR_SECRET"
        | "PORTCULLIS_MAIL_WEBHOOK_SECRET"
        | "PORTCULLIS_METRICS_TOKEN"
        | "PORTCULLIS_WEBHOOK_SECRET" => {
            let bound = env.secret(name).ok().map(|value| value.to_string());
            bound.or_else(|| text(name))
        }
        _ => text(name),
    };
    let secrets = env.secret("PORTCULLIS_SECRET").map_err(|_| {
        "PORTCULLIS_SECRET isn't set; run `openssl rand -base64 32 | npx wrangler secret put \
         PORTCULLIS_SECRET`"
            .to_owned()
    });
    let mut settings = Settings::load(Sources {
        origin: &text("PORTCULLIS_ORIGIN").unwrap_or_else(|| DEV_ORIGIN.to_owned()),
        secrets: secrets.map(|secret| secret.to_string()),
        policy: policy(text("PORTCULLIS_POLICY"), text("PORTCULLIS_POLICY_TEXT")),
        trusted_origins: &text("PORTCULLIS_TRUSTED_ORIGINS").unwrap_or_default(),
        password_cost: text("PORTCULLIS_PASSWORD_COST").as_deref(),
        value: &value,
    })
    .map_err(|error| error.problems().join("; "))?;
    if settings.audit.syslog.is_some() {
        return Err(
            "PORTCULLIS_AUDIT_SYSLOG is for `portcullis serve`; a worker tells a collector: \
                    PORTCULLIS_AUDIT_COLLECTOR_URL"
                .to_owned(),
        );
    }
    settings.request_id_header = text("PORTCULLIS_REQUEST_ID_HEADER");
    // Cloudflare sets this header itself and drops one that a client sends.
    settings.client_ip_header =
        text("PORTCULLIS_CLIENT_IP_HEADER").or_else(|| Some("cf-connecting-ip".to_owned()));
    Ok(settings)
}

fn policy(name: Option<String>, text: Option<String>) -> Result<GivenPolicy, String> {
    if let Some(text) = text {
        return match toml::parse(&text) {
            Ok(policy) => Ok(policy.into()),
            Err(error) => Err(format!("PORTCULLIS_POLICY_TEXT:{error}")),
        };
    }
    let name = name.ok_or("PORTCULLIS_POLICY isn't set; name one of policies/*.toml")?;
    let known = || {
        POLICIES
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let &(_, text) = POLICIES
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| {
            format!(
                "PORTCULLIS_POLICY: no policy `{name}`; there are: {}",
                known()
            )
        })?;
    Ok(GivenPolicy::read_later(move || built_in(text)))
}

/// A policy that the build has read: it can't be wrong. Out of line, as an isolate's first request seldom
/// needs it.
#[inline(never)]
fn built_in(text: &str) -> Policy {
    toml::parse(text).unwrap_or_else(|_| platform::stop())
}
