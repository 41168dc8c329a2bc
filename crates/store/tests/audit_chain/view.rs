//! Writes the view `audit_link` of migration 0015, and holds the migration to it.
//!
//! SHA-256 in one `SELECT`, for databases that have no function for it. How it is done:
//!
//! - A row of `s` is the hash after `n` blocks and 16 · `i` rounds; one step of the recursion is 16 rounds.
//! - Within a step each round is two levels, `r2` on, each a subquery that reads the one before it. `LIMIT 1` keeps SQLite
//!   from folding them into one expression, in which what is used twice would be computed twice; so a level is a `let`.
//!   They run as coroutines: columns are registers of SQLite's machine, and nothing is written to a table.
//! - There is no exclusive or: x ⊕ y ⊕ z = x + y + z − 2 · majority(x, y, z), bit by bit.
//! - There is no rotation: a word stands with its low 25 bits repeated above it, as 57 bits, so that a shift to the right
//!   is a rotation by up to 25 in its low 32 bits. Sums stay below 2^63, beyond which SQLite would go over to floating point.
//! - The eight words a…h are the last four of each of two sequences, A and E. A is computed one round late, from
//!   E(t) = A(t−4) + T1 and A(t) = T1 + T2, so T1 is written once. At the start of a block `z` is A itself.
//! - Between steps the words are ten decimal digits each in one text (`v`): a subquery has one value. `h` keeps
//!   those of the block's start. Words of the message are read as JSON numbers, `0x…`, of the message in hexadecimal (`x`).
//! - No `CASE`: wrangler's splitter of SQL files counts its `END` as a trigger's.

use std::fmt::Write;

use portcullis_store::MIGRATIONS;

/// Rounds in a step of the recursion, and steps in a block. With fewer rounds the words are written out and read
/// back more often, with more the statement takes longer to prepare; 16 is a third faster than 8 and 3 % slower than 64.
const ROUNDS: i32 = 16;
const STEPS: i32 = 64 / ROUNDS;
const MASK: u32 = u32::MAX;
/// The longest line.
const WIDTH: usize = 108;

/// Constants of FIPS 180-4 section 4.2.2.
const K: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

/// The first hash (FIPS 180-4 section 5.3.3) in the order in which the words are kept: e, f, g, h, b, c, d, a.
const START: [u32; 8] = [
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x6a09_e667,
];

/// The names of A(t), E(t) and W(t), counted from the start of a step.
fn a(t: i32) -> String {
    if t == -4 {
        "z".to_owned()
    } else {
        format!("a{}", t + 3)
    }
}

fn e(t: i32) -> String {
    format!("e{}", t + 3)
}

fn w(t: i32) -> String {
    format!("w{t}")
}

/// A word with its low 25 bits repeated above it.
fn doubled(x: &str) -> String {
    format!("(({x} & {}) << 32 | {x})", (1 << 25) - 1)
}

fn majority(x: &str, y: &str, z: &str) -> String {
    format!("(({x} & {y}) | ({z} & ({x} | {y})))")
}

fn xor(x: &str, y: &str, z: &str) -> String {
    format!("({x} + {y} + {z} - 2 * {})", majority(x, y, z))
}

/// Σ: three rotations of a doubled word, the smallest taken out of them.
fn sum(word: &str, least: i32, middle: i32, most: i32) -> String {
    let [two, three] = [middle, most].map(|by| format!("({word} >> {})", by - least));
    format!("({} >> {least})", xor(word, &two, &three))
}

/// σ: two rotations and a shift of a doubled word.
fn sigma(word: &str, one: i32, other: i32, shift: i32) -> String {
    let [one, other] = [one, other].map(|by| format!("({word} >> {by})"));
    xor(&one, &other, &format!("(({word} & {MASK}) >> {shift})"))
}

/// The number in ten digits of a text.
fn number(text: &str, index: i32) -> String {
    format!("CAST(substr({text}, {}, 10) AS INTEGER)", 1 + 10 * index)
}

/// What is kept between steps: e, f, g, h and A(t−1)…A(t−4).
fn words(t: i32) -> Vec<String> {
    let es = (0..4).map(|back| e(t - back));
    es.chain((1..5).map(|back| a(t - back))).collect()
}

/// The levels of a step: result columns of each.
fn levels() -> Vec<Vec<String>> {
    let kept = words(0).into_iter().enumerate();
    let mut read: Vec<_> = kept
        .map(|(index, name)| format!("{} AS {name}", number("s.v", i32::try_from(index).unwrap())))
        .collect();
    read.extend((0..16).map(|index| {
        format!(
            "iif(s.i, {}, ('0x' || substr(s.x, s.n * 128 + {}, 8)) ->> '$') AS {}",
            number("s.v", 8 + index),
            1 + 8 * index,
            w(index)
        )
    }));
    let all = words(0).into_iter().chain((0..16).map(w));
    let mut levels = vec![
        read,
        all.map(|x| format!("{} AS {x}", doubled(&x))).collect(),
    ];
    (0..ROUNDS).for_each(|t| levels.extend(round(t)));
    levels
}

/// A round: new words, then the same doubled.
fn round(t: i32) -> [Vec<String>; 2] {
    let (e0, e1, e2, e3) = (e(t), e(t - 1), e(t - 2), e(t - 3));
    let (a1, a2, a3, a4) = (a(t - 1), a(t - 2), a(t - 3), a(t - 4));
    let next = format!(
        "({a3} + {e3} + {} + ({e0} & {e1}) + (~{e0} & {e2}) + k.k{t} + {}) & {MASK}",
        sum(&e0, 6, 11, 25),
        w(t)
    );
    let mut late = format!(
        "({e0} - {a4} + {} + {}) & {MASK}",
        sum(&a1, 2, 13, 22),
        majority(&a1, &a2, &a3)
    );
    if t == 0 {
        late = format!("iif(s.i, {late}, {a4})");
    }
    // The last step's words would be those of rounds that there aren't.
    let word = format!(
        "iif(s.i < {}, ({} + {} + {} + {}) & {MASK}, 0)",
        STEPS - 1,
        w(t),
        sigma(&w(t + 1), 7, 18, 3),
        w(t + 9),
        sigma(&w(t + 14), 17, 19, 10)
    );
    let mut kept = vec![e0, e1, e2, a1, a2, a3];
    kept.extend((t + 1..t + 16).map(w));
    let new = [
        format!("{next} AS p"),
        format!("{late} AS q"),
        format!("{word} AS r"),
    ];
    let twice = [("p", e(t + 1)), ("q", a(t)), ("r", w(t + 16))];
    let twice = twice.map(|(x, name)| format!("{} AS {name}", doubled(x)));
    [
        new.into_iter().chain(kept.iter().cloned()).collect(),
        twice.into_iter().chain(kept).collect(),
    ]
}

/// Items with commas between, in lines.
fn wrapped(items: &[String], indent: usize) -> String {
    let mut lines = vec![String::new()];
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 < items.len() { "," } else { "" };
        let line = lines.last_mut().unwrap();
        if line.is_empty() {
            *line = format!("{item}{comma}");
        } else if line.len() + 1 + item.len() + comma.len() > WIDTH {
            lines.push(format!("{item}{comma}"));
        } else {
            write!(line, " {item}{comma}").unwrap();
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// The text of the view.
fn view() -> String {
    let mut text = "CREATE VIEW audit_link AS\nWITH RECURSIVE\n    k(i".to_owned();
    for index in 0..ROUNDS {
        write!(text, ", k{index}").unwrap();
    }
    let constants = K.chunks(16).enumerate().map(|(step, all)| {
        let step = core::iter::once(step.to_string());
        let all: Vec<_> = step.chain(all.iter().map(u32::to_string)).collect();
        format!("({})", wrapped(&all, 9))
    });
    let constants: Vec<_> = constants.collect();
    let start = START.map(|word| format!("{word:010}")).concat();
    let steps = levels();
    let last = steps.len() - 1;
    let steps = steps.iter().enumerate().map(|(level, columns)| {
        let from = match level {
            0 => String::new(),
            _ => format!("FROM r{} ", level - 1),
        };
        let columns = wrapped(columns, 16);
        format!("            r{level} AS (SELECT {columns}\n                {from}LIMIT 1)")
    });
    let steps: Vec<_> = steps.collect();
    let result = [7, 4, 5, 6, 0, 1, 2, 3].map(|index| number("v", index));
    write!(
        text,
        ") AS (VALUES\n        {constants}),
    m(id, x) AS (
        SELECT a.id, coalesce((SELECT c.hash FROM audit_chain c WHERE c.id < a.id ORDER BY c.id DESC LIMIT 1),
            '{zeros}')
            || hex(json_array(a.id, a.at_ms, a.action, a.status, a.user_id, a.scope, a.request_id,
            a.latency_ms, a.ip_address, a.user_agent, a.fields))
        FROM audit a ORDER BY a.id DESC LIMIT 1),
    s(id, n, i, x, h, v) AS (
        SELECT id, 0, 0,
            x || '80' || hex(zeroblob((119 - length(x) / 2 % 64) % 64)) || printf('%016X', length(x) * 4),
            '{start}',
            '{start}'
        FROM m
        UNION ALL
        SELECT s.id, s.n + (s.i = {end}), iif(s.i = {end}, 0, s.i + 1), s.x, iif(s.i, s.h, s.v), (
            WITH\n{steps}
            SELECT iif(s.i = {end},
                {whole}),
                {between}))
            FROM r{last} LIMIT 1)
        FROM s CROSS JOIN k WHERE k.i = s.i AND s.n * 128 < length(s.x))
SELECT id, printf('{hex}', {result}) AS hash
FROM s WHERE n * 128 = length(x);\n",
        constants = constants.join(",\n        "),
        zeros = "0".repeat(64),
        end = STEPS - 1,
        steps = steps.join(",\n"),
        whole = wrapped(&whole(), 16),
        between = wrapped(&between(), 16),
        hex = "%08x".repeat(8),
        result = wrapped(&result, 4),
    )
    .unwrap();
    text
}

/// The words between two steps of a block, as one text.
fn between() -> Vec<String> {
    let format = core::iter::once(format!("printf('{}'", "%010d".repeat(24)));
    let all = words(ROUNDS)
        .into_iter()
        .chain((0..16).map(|index| w(ROUNDS + index)));
    format
        .chain(all.map(|word| format!("{word} & {MASK}")))
        .collect()
}

/// The hash after a block, as one text: its words and those of the block's start.
fn whole() -> Vec<String> {
    let mut all = words(ROUNDS);
    let (e0, a4) = (e(ROUNDS), all.pop().unwrap());
    let (a1, a2, a3) = (a(ROUNDS - 1), a(ROUNDS - 2), a(ROUNDS - 3));
    let late = format!(
        "({e0} - {a4} + {} + {})",
        sum(&a1, 2, 13, 22),
        majority(&a1, &a2, &a3)
    );
    all.push(late);
    let format = core::iter::once(format!("printf('{}'", "%010d".repeat(8)));
    let sums = (0..)
        .zip(all)
        .map(|(index, word)| format!("({word} + {}) & {MASK}", number("s.h", index)));
    format.chain(sums).collect()
}

#[test]
fn the_migrations_view_is_the_one_that_is_written_here() {
    let migration = MIGRATIONS
        .iter()
        .find(|one| one.name == "0015_audit_chain.sql");
    let sql = migration.unwrap().sql;
    let start = sql.find("CREATE VIEW audit_link").unwrap();
    let found = &sql[start..];
    let found = &found[..=found.find(';').unwrap()];
    let view = view();
    for (line, (found, written)) in found.lines().zip(view.lines()).enumerate() {
        assert_eq!(found, written, "line {line} of the view");
    }
    assert_eq!(found, view.trim_end());
}
