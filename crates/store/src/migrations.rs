//! The schema, one change a file, in order; files are only ever added.

/// One change of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// The file's name, as wrangler records it.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sql: include_str!(concat!("../migrations/", $name)),
        }
    };
}

/// Every change, oldest first.
pub const MIGRATIONS: &[Migration] = &[
    migration!("0001_accounts.sql"),
    migration!("0002_sessions.sql"),
    migration!("0003_signing_keys.sql"),
    migration!("0004_audit.sql"),
    migration!("0005_tenants.sql"),
    migration!("0006_catalog.sql"),
    migration!("0007_sessions.sql"),
    migration!("0008_access_changes.sql"),
    migration!("0009_throttle.sql"),
    migration!("0010_accounts.sql"),
    migration!("0011_user_settings.sql"),
    migration!("0012_identity_links.sql"),
    migration!("0013_audit_agent.sql"),
    migration!("0014_import.sql"),
    migration!("0015_audit_chain.sql"),
    migration!("0016_api_keys.sql"),
    migration!("0017_admin.sql"),
    migration!("0018_impersonation.sql"),
    migration!("0019_audit_push.sql"),
    migration!("0020_user_lists.sql"),
    migration!("0021_user_stretches.sql"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_listed_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<_> = MIGRATIONS.iter().map(|one| one.name).collect();
        assert_eq!(files, listed);
    }
}
