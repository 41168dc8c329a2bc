//! Who is told what is in the audit log.

use super::DEFAULT_ENTERPRISE_NUMBER;
use crate::Webhook;

const SYSLOG: &str = "PORTCULLIS_AUDIT_SYSLOG";
const SYSLOG_CA: &str = "PORTCULLIS_AUDIT_SYSLOG_CA";
const COLLECTOR: (&str, &str) = (
    "PORTCULLIS_AUDIT_COLLECTOR_URL",
    "PORTCULLIS_AUDIT_COLLECTOR_SECRET",
);
const HOSTNAME: &str = "PORTCULLIS_AUDIT_HOSTNAME";
const ENTERPRISE: &str = "PORTCULLIS_AUDIT_ENTERPRISE";

/// A syslog receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyslogTo {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it is spoken to by TLS (RFC 5425).
    pub is_tls: bool,
    /// A file with the certificates that vouch for it; `None` trusts those of the system.
    pub ca_file: Option<String>,
}

/// Who is told.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// A syslog receiver.
    pub syslog: Option<SyslogTo>,
    /// A collector by HTTPS.
    pub collector: Option<Webhook>,
    /// The site's name in syslog lines; `None` takes the origin's host.
    pub hostname: Option<String>,
    /// The private enterprise number in syslog lines.
    pub enterprise: u32,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            syslog: None,
            collector: None,
            hostname: None,
            enterprise: DEFAULT_ENTERPRISE_NUMBER,
        }
    }
}

impl AuditSettings {
    /// Reads the settings; `value` gives one that is set.
    ///
    /// # Errors
    /// A sentence that begins with the name of the first that is wrong.
    pub fn read(value: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, String> {
        let set = |name| value(name).filter(|text| !text.trim().is_empty());
        let url = set(COLLECTOR.0);
        let collector =
            Webhook::from_named(url.as_deref(), set(COLLECTOR.1).as_deref(), COLLECTOR)?;
        let ca_file = set(SYSLOG_CA);
        let syslog = match set(SYSLOG) {
            None if ca_file.is_some() => {
                return Err(format!("{SYSLOG_CA} is set, {SYSLOG} isn't"));
            }
            None => None,
            Some(text) => Some(receiver(text.trim(), ca_file)?),
        };
        let enterprise = match set(ENTERPRISE) {
            None => DEFAULT_ENTERPRISE_NUMBER,
            Some(text) => {
                let number = text.trim().parse().ok().filter(|number| *number > 0);
                number.ok_or_else(|| {
                    format!("{ENTERPRISE}: `{text}` isn't a private enterprise number")
                })?
            }
        };
        Ok(Self {
            syslog,
            collector,
            hostname: set(HOSTNAME).map(|text| text.trim().to_owned()),
            enterprise,
        })
    }

    /// The site's name in syslog lines.
    #[must_use]
    pub fn hostname<'a>(&'a self, origin: &'a str) -> &'a str {
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        self.hostname.as_deref().unwrap_or(host)
    }
}

fn receiver(text: &str, ca_file: Option<String>) -> Result<SyslogTo, String> {
    let wrong = || {
        format!(
            "{SYSLOG}: `{text}` isn't a receiver; write `tls://logs.example.org:6514` or \
             `tcp://10.0.0.5:601`"
        )
    };
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let is_tls = match scheme {
        "tls" => true,
        "tcp" => false,
        _ => return Err(wrong()),
    };
    let (host, port) = rest
        .trim_end_matches('/')
        .rsplit_once(':')
        .ok_or_else(wrong)?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let is_host = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:_".contains(&byte));
    let port = port.parse().ok().filter(|port| *port > 0);
    let port = port.filter(|_| is_host).ok_or_else(wrong)?;
    if ca_file.is_some() && !is_tls {
        return Err(format!("{SYSLOG_CA} is set, but {SYSLOG} isn't `tls://`"));
    }
    Ok(SyslogTo {
        host: host.to_owned(),
        port,
        is_tls,
        ca_file,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &'static str)]) -> Result<AuditSettings, String> {
        AuditSettings::read(&|name| {
            let found = pairs.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn nobody_is_told_unless_it_is_chosen() {
        let settings = read(&[]).unwrap();
        assert!(settings.syslog.is_none() && settings.collector.is_none());
        assert_eq!(
            settings.hostname("https://auth.example.org"),
            "auth.example.org"
        );
    }

    #[test]
    fn a_syslog_receiver_is_a_scheme_a_host_and_a_port() {
        let of = |text| read(&[(SYSLOG, text)]).map(|settings| settings.syslog.unwrap());
        let expected = |host: &str, port, is_tls| SyslogTo {
            host: host.to_owned(),
            port,
            is_tls,
            ca_file: None,
        };
        assert_eq!(
            of("tls://a.example:6514"),
            Ok(expected("a.example", 6514, true))
        );
        assert_eq!(of("tcp://[::1]:601"), Ok(expected("::1", 601, false)));
        for text in [
            "a.example:1",
            "udp://a:1",
            "tcp://a",
            "tcp://:1",
            "tcp://a:0",
            "tcp://a:x",
            "tcp://a b:1",
        ] {
            assert!(
                of(text)
                    .unwrap_err()
                    .starts_with("PORTCULLIS_AUDIT_SYSLOG: `"),
                "{text}"
            );
        }
    }

    #[test]
    fn certificates_are_for_tls_alone() {
        let ca = (SYSLOG_CA, "ca.pem");
        assert!(read(&[ca]).is_err());
        assert!(read(&[ca, (SYSLOG, "tcp://a:1")]).is_err());
        assert!(read(&[ca, (SYSLOG, "tls://a:1")]).is_ok());
    }
}
