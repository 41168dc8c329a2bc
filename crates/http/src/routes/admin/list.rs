//! `list-users`.

use axum::response::Response;
use http::Uri;
use portcullis_service::admin::{
    self as use_case, Field, Filter, List, MAX_PAGE, Match, Operator, Search, SearchField, Sort,
};
use portcullis_service::guard;
use portcullis_service::{Host, Store};
use serde::Serialize;

use super::Reader;
use super::answer::{Shown, listed};
use crate::answer::Refusal;
use crate::call::Call;

/// Accounts of a page when the request doesn't say.
const DEFAULT_PAGE: u32 = 100;
/// Longest text that is searched for or compared with, in bytes.
const MAX_TEXT_BYTES: usize = 1024;
/// Most values that a field is compared with.
const MAX_VALUES: usize = 1000;

/// Accounts, searched, filtered, ordered: to `{users, total, limit?, offset?, next?}`.
pub(super) async fn list<S: Store, H: Host>(
    Call(app, caller, context, ..): Call<Reader, S, H>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let query = Query::read(uri.query().unwrap_or_default())?;
    let limit = query.number("limit").map(|limit| limit.min(MAX_PAGE));
    let offset = query.number("offset");
    let Some(asked) = query.list(limit, offset)? else {
        // A field that accounts don't have: nobody is like that.
        let guard = &guard::LIST_USERS;
        use_case::manage::reach(&app, &caller, guard, &context).await?;
        return Ok(listed(&Body::default(), caller.user.id));
    };
    let page = use_case::list(&app, &caller, asked, &context).await?;
    let now_ms = app.host.now_ms();
    let policy = &app.settings.policy;
    let users = page.accounts.iter();
    let body = Body {
        limit,
        next: page.next.as_deref(),
        offset,
        total: page.total,
        users: users.map(|one| Shown::new(one, policy, now_ms)).collect(),
    };
    Ok(listed(&body, caller.user.id))
}

/// What is answered.
#[derive(Default, Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u32>,
    total: i64,
    users: Vec<Shown<'a>>,
}

/// The members of a query, those that are repeated in order.
struct Query(Vec<(String, String)>);

impl Query {
    fn read(text: &str) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let long = pairs
            .iter()
            .find(|(name, value)| value.len() > MAX_TEXT_BYTES && name != "cursor");
        if let Some((name, _)) = long {
            let name: String = name.chars().take(64).collect();
            return Err(Refusal::Validation(format!(
                "[query.{name}] Too big: expected string to have <={MAX_TEXT_BYTES} bytes"
            )));
        }
        Ok(Self(pairs))
    }

    fn text(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// A number over 0; anything else is none, as for clients of the protocol.
    fn number(&self, name: &str) -> Option<u32> {
        self.text(name)?
            .trim()
            .parse()
            .ok()
            .filter(|number| *number > 0)
    }

    /// One of several words.
    fn word<'a>(
        &'a self,
        name: &str,
        words: &[&str],
        default: &'a str,
    ) -> Result<&'a str, Refusal> {
        let word = self.text(name).unwrap_or(default);
        if words.contains(&word) {
            return Ok(word);
        }
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        Err(Refusal::Validation(format!(
            "[query.{name}] Invalid option: expected one of {}",
            words.join("|")
        )))
    }

    /// The list that is asked for; `None` when it is by something that accounts don't have.
    fn list(&self, limit: Option<u32>, offset: Option<u32>) -> Result<Option<List>, Refusal> {
        let search = self.search()?;
        let Some(filter) = self.filter()? else {
            return Ok(None);
        };
        let direction = self.word("sortDirection", &["asc", "desc"], "asc")?;
        let sort = match self.text("sortBy").filter(|field| !field.is_empty()) {
            None => None,
            Some(field) => match Field::parse(field) {
                None => return Ok(None),
                Some(field) => Some(Sort {
                    field,
                    descending: direction == "desc",
                }),
            },
        };
        Ok(Some(List {
            search,
            filter,
            sort,
            limit: limit.unwrap_or(DEFAULT_PAGE),
            offset: offset.unwrap_or(0),
            cursor: self.text("cursor").map(str::to_owned),
        }))
    }

    fn search(&self) -> Result<Option<Search>, Refusal> {
        let field = match self.word("searchField", &["email", "name"], "email")? {
            "name" => SearchField::Name,
            _ => SearchField::Email,
        };
        let operators = ["contains", "starts_with", "ends_with"];
        let how = match self.word("searchOperator", &operators, "contains")? {
            "starts_with" => Match::StartsWith,
            "ends_with" => Match::EndsWith,
            _ => Match::Contains,
        };
        let typed = self.text("searchValue").filter(|typed| !typed.is_empty());
        Ok(typed.map(|typed| Search::new(field, how, typed)))
    }

    /// What is compared; `None` inside for nothing, outside for what accounts don't have.
    #[expect(
        clippy::option_option,
        reason = "nothing to compare isn't nobody who is like that"
    )]
    fn filter(&self) -> Result<Option<Option<Filter>>, Refusal> {
        let operators = [
            "eq",
            "ne",
            "lt",
            "lte",
            "gt",
            "gte",
            "in",
            "not_in",
            "contains",
            "starts_with",
            "ends_with",
        ];
        let operator = Operator::parse(self.word("filterOperator", &operators, "eq")?);
        let given = self.0.iter().filter(|(name, _)| name == "filterValue");
        let values: Vec<String> = given.map(|(_, value)| value.clone()).collect();
        if values.is_empty() {
            return Ok(Some(None));
        }
        if values.len() > MAX_VALUES {
            let problem = format!("[query.filterValue] Too big: expected <={MAX_VALUES} values");
            return Err(Refusal::Validation(problem));
        }
        let field = Field::parse(self.text("filterField").unwrap_or("email"));
        let filter = field
            .zip(operator)
            .and_then(|(field, operator)| Filter::new(field, operator, &values));
        Ok(filter.map(Some))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<List> {
        Query::read(text).unwrap().list(None, None).unwrap()
    }

    #[test]
    fn a_query_says_what_is_searched_compared_and_in_which_order() {
        let list = read(
            "searchValue=M%C3%BCll&searchField=name&searchOperator=starts_with&filterField=role\
             &filterValue=admin&filterValue=user&filterOperator=in&sortBy=createdAt\
             &sortDirection=desc",
        )
        .unwrap();
        let search = Search::new(SearchField::Name, Match::StartsWith, "mull");
        assert_eq!(list.search, Some(search));
        let filter = list.filter.unwrap();
        assert_eq!((filter.field, filter.operator), (Field::Role, Operator::In));
        assert_eq!(filter.values.len(), 2);
        let sort = Sort {
            field: Field::CreatedAt,
            descending: true,
        };
        assert_eq!(list.sort, Some(sort));
    }

    #[test]
    fn nobody_is_like_what_accounts_do_not_have() {
        for text in [
            "sortBy=shoeSize",
            "filterField=x&filterValue=1",
            "filterField=createdAt&filterValue=soon",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
        assert!(
            read("filterField=x").unwrap().filter.is_none(),
            "without a value nothing is compared"
        );
    }

    #[test]
    fn words_are_those_of_the_protocol() {
        for text in [
            "searchField=id",
            "searchOperator=like",
            "filterOperator=is",
            "sortDirection=up",
        ] {
            let refused = Query::read(text).unwrap().list(None, None);
            assert!(matches!(refused, Err(Refusal::Validation(_))), "{text}");
        }
        let long = format!("searchValue={}", "a".repeat(MAX_TEXT_BYTES + 1));
        assert!(Query::read(&long).is_err());
    }

    #[test]
    fn a_number_that_is_none_counts_as_absent() {
        let query = Query::read("limit=abc&offset=0").unwrap();
        assert_eq!(
            (query.number("limit"), query.number("offset")),
            (None, None)
        );
        assert_eq!(Query::read("limit=50").unwrap().number("limit"), Some(50));
    }
}
