//! The worker's local secrets, made once.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::random;
use crate::{
    error::{Result, TaskError},
    step::Step,
};

const NAME: &str = "PORTCULLIS_SECRET";

/// Makes `.dev.vars` with a random secret, readable by its owner alone, if there is none yet.
///
/// # Errors
/// When the file can't be written, or is there without the secret.
pub(crate) fn ensure(file: &Path, step: &Step) -> Result<()> {
    match fs::read_to_string(file) {
        Ok(text) => {
            let has_it = text.lines().any(|line| line.trim_start().starts_with(NAME));
            return has_it.then_some(()).ok_or_else(|| {
                TaskError::new(format!(
                    "`{}` has no {NAME}; add one (openssl rand -hex 32) or delete the file to have it made",
                    file.display()
                ))
            });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(TaskError::io("read", file, &error)),
    }
    let line = format!("{NAME}=\"{}\"\n", random::secret()?);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(|error| TaskError::io("write", file, &error))?;
    step.detail("made .dev.vars");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::step::step;

    #[test]
    fn the_secret_is_made_once_for_its_owner_alone() {
        let file = std::env::temp_dir().join(format!("portcullis-dev-vars-{}", std::process::id()));
        let _ = fs::remove_file(&file);
        step("secrets", |step| ensure(&file, step)).unwrap();
        let first = fs::read_to_string(&file).unwrap();
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        step("secrets", |step| ensure(&file, step)).unwrap();
        assert_eq!(first, fs::read_to_string(&file).unwrap());
        fs::write(&file, "OTHER=1\n").unwrap();
        let error = step("secrets", |step| ensure(&file, step)).unwrap_err();
        assert!(error.sentence().contains("has no PORTCULLIS_SECRET"));
        fs::remove_file(&file).unwrap();
    }
}
