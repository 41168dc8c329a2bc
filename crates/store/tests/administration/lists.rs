//! Lists against brute force: what is searched, compared and ordered by whatever there is.

use std::cmp::Ordering;

use portcullis_service::Caller;
use portcullis_service::admin::{
    self, Account, AdminStore, Field, Filter, List, Match, Operator, Search, SearchField, Sort,
    fold,
};

use crate::seeded::Seeded;
use crate::world::{START_MS, World, done};

const NAVAL: &str = include_str!("../../../../policies/naval-unit.toml");
const NAMES: [&str; 8] = [
    "José",
    "JOSE",
    "Łukasz",
    "ann lee",
    "Ann Lee",
    "Ёлкин",
    "",
    "%_'x",
];
const ROLES: [&str; 3] = ["executive", "duty_watch", "quartermaster"];

/// What an account is ordered and compared by: `None` is no value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Plain {
    Number(i64),
    Text(String),
}

fn value(account: &Account, field: Field) -> Option<Plain> {
    let user = &account.user;
    let ban = account.ban_at(START_MS);
    let text = |text: &str| Some(Plain::Text(text.to_owned()));
    let number = |number: i64| Some(Plain::Number(number));
    match field {
        Field::BanExpires => ban?.expires_at_ms.map(Plain::Number),
        Field::BanReason => ban?.reason.clone().map(Plain::Text),
        Field::Banned => number(ban.is_some().into()),
        Field::CreatedAt => number(user.created_at_ms),
        Field::Disabled => number(user.disabled_at_ms.is_some().into()),
        Field::Email => text(&user.email),
        Field::EmailVerified => number(user.email_verified.into()),
        Field::Id => text(&user.id),
        Field::Image => user.image.clone().map(Plain::Text),
        Field::Name => text(&fold(&user.name)),
        Field::Role => account
            .grants
            .iter()
            .map(|one| Plain::Text(one.role.clone()))
            .min(),
        Field::Tier => user.tier.clone().map(Plain::Text),
        Field::UpdatedAt => number(user.updated_at_ms),
    }
}

fn populate(world: &World, random: &mut Seeded) {
    for number in 0..150 {
        let mut pick = |of: u64| usize::try_from(random.next() % of).unwrap();
        let name = NAMES[pick(8)];
        let folded = fold(name);
        let (created, updated) = (START_MS - 10 + i64::try_from(pick(10)).unwrap(), pick(5));
        let image = ["NULL", "'/a.png'"][pick(2)];
        let tier = ["NULL", "'a'", "'b'"][pick(3)];
        let ban = [
            "NULL, NULL, NULL",
            "1, 'spam', NULL",
            "1, NULL, 2",
            "1, 'x', 9007199254740000",
        ][pick(4)];
        let disabled = ["NULL", "5"][pick(2)];
        world.sql(&format!(
            "INSERT INTO user (id, email, name, name_folded, email_verified, image, tier, banned_at_ms, \
             ban_reason, ban_expires_at_ms, disabled_at_ms, created_at_ms, updated_at_ms) VALUES \
             ('u{number:03}', '{}{number}@example.org', '{}', '{}', {}, {image}, {tier}, {ban}, \
             {disabled}, {created}, {updated})",
            ["ann", "bob"][pick(2)],
            name.replace('\'', "''"),
            folded.replace('\'', "''"),
            pick(2),
        ));
        for role in ROLES {
            if pick(3) == 0 {
                world.sql(&format!(
                    "INSERT INTO role_grant (id, user_id, role, created_at_ms) \
                     VALUES ('{role}-{number}', 'u{number:03}', '{role}', 1)"
                ));
            }
        }
    }
}

fn like(how: Match, text: &str, part: &str) -> bool {
    match how {
        Match::Contains => text.contains(part),
        Match::StartsWith => text.starts_with(part),
        Match::EndsWith => text.ends_with(part),
    }
}

/// Whether one value is as it is compared; no value is like nothing, and other than everything.
fn compares(value: Option<&Plain>, operator: Operator, wanted: &[Plain]) -> bool {
    let ordered = |is: fn(Ordering) -> bool| value.is_some_and(|value| is(value.cmp(&wanted[0])));
    match operator {
        Operator::Eq => value == Some(&wanted[0]),
        Operator::Ne => value != Some(&wanted[0]),
        Operator::Lt => ordered(Ordering::is_lt),
        Operator::Lte => ordered(Ordering::is_le),
        Operator::Gt => ordered(Ordering::is_gt),
        Operator::Gte => ordered(Ordering::is_ge),
        Operator::In => value.is_some_and(|value| wanted.contains(value)),
        Operator::NotIn => value.is_none_or(|value| !wanted.contains(value)),
        Operator::Like(how) => match (value, &wanted[0]) {
            (Some(Plain::Text(text)), Plain::Text(part)) => like(how, text, part),
            _ => false,
        },
    }
}

fn is_like(account: &Account, filter: &Filter) -> bool {
    let wanted: Vec<Plain> = filter
        .values
        .iter()
        .map(|one| match one {
            admin::Comparand::Integer(number) => Plain::Number(*number),
            admin::Comparand::Text(text) => Plain::Text(text.clone()),
        })
        .collect();
    if filter.field == Field::Role {
        let roles: Vec<Plain> = account
            .grants
            .iter()
            .map(|one| Plain::Text(one.role.clone()))
            .collect();
        let any = |operator| {
            roles
                .iter()
                .any(|role| compares(Some(role), operator, &wanted))
        };
        return match filter.operator {
            Operator::Ne => !any(Operator::Eq),
            Operator::NotIn => !any(Operator::In),
            operator => any(operator),
        };
    }
    compares(
        value(account, filter.field).as_ref(),
        filter.operator,
        &wanted,
    )
}

pub(crate) fn ids(accounts: &[Account]) -> Vec<String> {
    accounts.iter().map(|one| one.user.id.clone()).collect()
}

/// Every account.
pub(crate) fn every(world: &World) -> Vec<Account> {
    let rows = world.sql("SELECT id FROM user");
    let every: Vec<String> = rows.iter().map(|row| row.text("id").unwrap()).collect();
    done(world.app.store.accounts_by_id(&every)).unwrap()
}

/// What a list is to have.
pub(crate) fn expected(all: &[Account], asked: &List) -> Vec<String> {
    let mut found: Vec<&Account> = all
        .iter()
        .filter(|account| {
            asked.search.as_ref().is_none_or(|search| {
                let text = match search.field {
                    SearchField::Email => account.user.email.clone(),
                    SearchField::Name => fold(&account.user.name),
                };
                like(search.how, &text, &search.text)
            })
        })
        .filter(|account| {
            asked
                .filter
                .as_ref()
                .is_none_or(|filter| is_like(account, filter))
        })
        .collect();
    let sort = asked.sort.unwrap();
    let key = |account: &Account| (value(account, sort.field), account.user.id.clone());
    found.sort_by_key(|account| key(account));
    if sort.descending {
        found.reverse();
    }
    found
        .iter()
        .map(|account| account.user.id.clone())
        .collect()
}

fn operator(number: usize) -> Operator {
    let names = [
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
    Operator::parse(names[number % names.len()]).unwrap()
}

fn random_list(random: &mut Seeded) -> List {
    let mut pick = |of: usize| usize::try_from(random.next()).unwrap_or(0) % of;
    let parts = ["", "a", "ann", "Jos", "É", "1@", "x", "ёл", "_", "%"];
    let hows = [Match::Contains, Match::StartsWith, Match::EndsWith];
    let search = (pick(2) == 0).then(|| {
        let field = [SearchField::Email, SearchField::Name][pick(2)];
        Search::new(field, hows[pick(3)], parts[1 + pick(9)])
    });
    let field = Field::ALL[pick(13)];
    let values = [
        "true",
        "false",
        "executive",
        "duty_watch",
        "a",
        "b",
        "spam",
        "/a.png",
        "José",
        "u07",
        "0",
        "3",
        "4107542399995",
        "ann1@example.org",
    ];
    let values: Vec<String> = (0..=pick(2)).map(|_| values[pick(14)].to_owned()).collect();
    let filter = (pick(3) > 0)
        .then(|| Filter::new(field, operator(pick(11)), &values))
        .flatten();
    List {
        search,
        filter,
        sort: Some(Sort {
            field: Field::ALL[pick(13)],
            descending: pick(2) == 0,
        }),
        limit: 1000,
        ..List::default()
    }
}

pub(crate) fn pages(world: &World, caller: &Caller, asked: &List, limit: u32) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let asked = List {
            limit,
            cursor,
            ..asked.clone()
        };
        let page = done(admin::list(&world.app, caller, asked, &world.context)).unwrap();
        assert!(page.accounts.len() <= usize::try_from(limit).unwrap());
        found.extend(ids(&page.accounts));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return found,
        }
    }
}

#[test]
fn a_list_has_whom_brute_force_finds_in_its_order_on_whichever_pages() {
    let world = World::new(NAVAL);
    let mut random = Seeded(7);
    populate(&world, &mut random);
    let caller = world.caller(&world.person(&["admin"]));
    let all = every(&world);
    let mut found = 0;
    for number in 0..1200 {
        let asked = random_list(&mut random);
        let page = done(admin::list(
            &world.app,
            &caller,
            asked.clone(),
            &world.context,
        ))
        .unwrap();
        let expected = expected(&all, &asked);
        assert_eq!(ids(&page.accounts), expected, "{asked:?}");
        assert_eq!(
            page.total,
            i64::try_from(expected.len()).unwrap(),
            "{asked:?}"
        );
        assert_eq!(page.next, None);
        found += expected.len();
        if number % 5 == 0 {
            assert_eq!(pages(&world, &caller, &asked, 7), expected, "{asked:?}");
            let offset = List {
                offset: 3,
                limit: 4,
                ..asked
            };
            let page = done(admin::list(&world.app, &caller, offset, &world.context)).unwrap();
            let some: Vec<_> = expected.iter().skip(3).take(4).cloned().collect();
            assert_eq!(ids(&page.accounts), some);
        }
    }
    assert!(found > 20_000, "{found}");
}

#[test]
fn names_that_sql_could_not_fold_are_folded_by_and_by() {
    let world = World::new(NAVAL);
    let caller = world.caller(&world.person(&["admin"]));
    world.sql(
        "INSERT INTO user (id, email, name, created_at_ms, updated_at_ms) \
               VALUES ('z', 'z@example.org', 'Zoë ÅBERG', 1, 1)",
    );
    let find = |typed: &str| {
        let asked = List {
            search: Some(Search::new(SearchField::Name, Match::Contains, typed)),
            limit: 10,
            ..List::default()
        };
        done(admin::list(&world.app, &caller, asked, &world.context))
            .unwrap()
            .total
    };
    assert_eq!((find("zo"), find("zoe aberg")), (1, 0));
    done(portcullis_service::accounts::prune(&world.app)).unwrap();
    assert_eq!((find("zoe aberg"), find("ZOË Å")), (1, 1));
    assert_eq!(world.count("SELECT count(*) AS n FROM user_to_fold"), 0);
}

#[test]
fn an_index_gives_each_page_and_no_other_row_is_read() {
    let world = World::new(NAVAL);
    for (order, index) in [
        ("created_at_ms, id", "user_by_creation"),
        ("updated_at_ms, id", "user_by_change"),
        ("name_folded, id", "user_by_name"),
        ("email", "sqlite_autoindex_user_2"),
        ("id", "sqlite_autoindex_user_1"),
    ] {
        for direction in ["", " DESC"] {
            let order = order.replace(", id", &format!("{direction}, id"));
            let plan = world.sql(&format!(
                "EXPLAIN QUERY PLAN SELECT rowid FROM user ORDER BY {order}{direction} LIMIT 10 OFFSET 5"
            ));
            let detail = plan[0].text("detail").unwrap();
            assert_eq!(
                (plan.len(), detail),
                (1, format!("SCAN user USING COVERING INDEX {index}"))
            );
        }
    }
}
