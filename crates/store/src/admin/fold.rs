//! Names that wait to be folded.

use portcullis_service::StoreError;
use portcullis_service::admin::fold;
use serde_json::{Value as Json, json};

use crate::{Row, Statement};

pub(super) fn waiting() -> Statement {
    Statement::new(
        "SELECT u.id, u.name FROM user_to_fold f JOIN user u ON u.id = f.user_id LIMIT 2000",
        Vec::new(),
    )
}

/// A name that has changed since is left to who changed it.
pub(super) fn folded(rows: &[Row]) -> Result<Vec<Statement>, StoreError> {
    let names = rows.iter().map(|row| {
        let name = row.text("name")?;
        Ok(json!([row.text("id")?, fold(&name), name]))
    });
    let names: Vec<Json> = names.collect::<Result<_, StoreError>>()?;
    let names = Json::from(names).to_string();
    Ok(vec![
        Statement::new(
            "UPDATE user SET name_folded = j.value ->> '$[1]' FROM json_each(?1) j \
             WHERE user.id = j.value ->> '$[0]' AND user.name = j.value ->> '$[2]'",
            vec![names.as_str().into()],
        ),
        Statement::new(
            "DELETE FROM user_to_fold WHERE user_id IN \
             (SELECT j.value ->> '$[0]' FROM json_each(?1) j)",
            vec![names.into()],
        ),
    ])
}
