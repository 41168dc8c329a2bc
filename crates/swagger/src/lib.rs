//! The files of Swagger UI that the page about the API runs on, for every host the same.
//!
//! Swagger UI is under the Apache License 2.0. Nothing of it is in the repository: the build script takes it out of
//! the crate that ships it, so that a build needs cargo's registry alone and a page no other server.

/// Which Swagger UI it is.
pub const VERSION: &str = env!("SWAGGER_UI_VERSION");

/// Where the files are served, below a site's root.
pub const FOLDER: &str = "docs/swagger-ui";

/// One file as it is served.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its name in [`FOLDER`].
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub content: &'static str,
}

/// Program and style; licence and notice go with every copy (Apache License 2.0, section 4).
pub const FILES: [File; 4] = [
    File {
        name: "swagger-ui-bundle.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js")),
    },
    File {
        name: "swagger-ui.css",
        media_type: "text/css; charset=utf-8",
        content: include_str!(concat!(env!("OUT_DIR"), "/swagger-ui.css")),
    },
    File {
        name: "LICENSE.txt",
        media_type: "text/plain; charset=utf-8",
        content: include_str!(concat!(env!("OUT_DIR"), "/LICENSE")),
    },
    File {
        name: "NOTICE.txt",
        media_type: "text/plain; charset=utf-8",
        content: include_str!(concat!(env!("OUT_DIR"), "/NOTICE")),
    },
];

/// The file at a path below the site's root.
#[must_use]
pub fn file(path: &str) -> Option<File> {
    let name = path.strip_prefix(FOLDER)?.strip_prefix('/')?;
    FILES.into_iter().find(|file| file.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_found_at_its_path_and_nothing_beside_it() {
        for File { name, content, .. } in FILES {
            let found = file(&format!("{FOLDER}/{name}")).unwrap();
            assert_eq!((found.name, found.content), (name, content));
        }
        for path in [
            "",
            "docs/",
            "docs/swagger-ui/",
            "docs/swagger-uiNOTICE.txt",
            "NOTICE.txt",
        ] {
            assert!(file(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_program_is_there_and_asks_for_no_source_map() {
        assert_eq!(VERSION.split('.').count(), 3, "{VERSION}");
        let [program, style, licence, notice] = FILES.map(|file| file.content);
        assert!(program.contains("SwaggerUIBundle"));
        assert!(style.contains(".swagger-ui"));
        assert!(!program.contains("sourceMappingURL") && !style.contains("sourceMappingURL"));
        assert!(licence.contains("Apache License") && notice.contains("SmartBear"));
    }
}
